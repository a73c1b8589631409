"""TorToiSe's diffusion decoder: speech latents and a voice in, one denoising estimate of a mel out.

The network splits by what each part depends on: the utterance alone (`embed_latents`), the timestep alone
(`modulate`), both but not the noisy mel (`integrate`), and all of it (`denoise`). `forward` is the last three in a
row. Tensor names are those of the official checkpoint `diffusion_decoder.pth`.
"""

# B batch, M mel bands (100), T mel frames, C channels, S speech codes, L latent channels, N clips, K residual blocks

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tpd.errors import InputError
from tpd.runtime.parametrisation import Parametrisation, num_output_channels
from tpd.tortoise.attention import AttentionBlock, group_norm, relative_positions


@dataclass(frozen=True, kw_only=True)
class DiffusionDecoderConfig:
    """Sizes and parametrisation of a diffusion decoder; the defaults are the official ones."""

    channels: int = 1024
    """Width of the residual stream."""
    num_layers: int = 10
    """Layers (residual block and attention) that see the noisy mel."""
    num_heads: int = 16
    """Attention heads everywhere."""
    num_mels: int = 100
    """Mel bands of the spectrogram that is denoised."""
    latent_channels: int = 1024
    """Width of the language model's latents."""
    num_codes: int = 8193
    """Rows of the embedding of speech codes (the other way to condition)."""
    num_code_blocks: int = 3
    """Attention blocks over embedded speech codes."""
    num_latent_blocks: int = 4
    """Attention blocks over the language model's latents."""
    num_context_blocks: int = 5
    """Attention blocks over the voice clip."""
    num_integrator_layers: int = 3
    """Layers that see the code embedding and the timestep, never the noisy mel."""
    num_final_blocks: int = 3
    """Residual blocks without attention at the end."""
    dropout: float = 0.0
    """Dropout inside residual blocks while training."""
    parametrisation: Parametrisation = Parametrisation.EPSILON
    """What the output channels mean."""
    sigma_data: float = 0.5
    """Standard deviation of the data around what the conditioning tells; used by the EDM parametrisation only."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parametrisation", Parametrisation(self.parametrisation))
        if self.channels % (2 * self.num_heads) != 0:
            raise InputError(
                f"channels must be a multiple of twice num_heads ({2 * self.num_heads}); found {self.channels}"
            )
        if not self.sigma_data > 0:
            raise InputError(f"sigma_data must be above 0; found {self.sigma_data}")

    @property
    def num_outputs(self) -> int:
        """Output channels: one set of mel bands, or two (epsilon with variance, two heads)."""
        return num_output_channels(self.parametrisation, self.num_mels)


def timestep_embedding(timestep_B: Tensor, channels: int) -> Tensor:
    """Sinusoids of the timestep, cosines first, periods from 1 to 10,000: float32 [B, channels]."""
    half = channels // 2
    frequency = torch.exp(-math.log(10_000) * torch.arange(half, device=timestep_B.device) / half)
    angle = timestep_B[:, None].float() * frequency
    return F.pad(torch.cat([angle.cos(), angle.sin()], dim=-1), (0, channels % 2))


class ResBlock(nn.Module):
    """Pointwise and width-3 convolution, the timestep entering as scale and shift of the second norm."""

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.in_layers = nn.Sequential(group_norm(channels), nn.SiLU(), nn.Conv1d(channels, channels, 1))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(channels, 2 * channels))
        self.out_layers = nn.Sequential(
            group_norm(channels), nn.SiLU(), nn.Dropout(dropout), nn.Conv1d(channels, channels, 3, padding=1)
        )

    def forward(self, x_BCT: Tensor, modulation_B2C: Tensor) -> Tensor:
        """`modulation_B2C` is what `emb_layers` makes of the timestep's embedding."""
        scale_BC1, shift_BC1 = modulation_B2C[..., None].chunk(2, dim=1)
        h_BCT = self.out_layers[0](self.in_layers(x_BCT)) * (1 + scale_BC1) + shift_BC1
        _, activation, dropout, convolution = self.out_layers
        return x_BCT + convolution(dropout(activation(h_BCT)))  # type: ignore[no-any-return]


class DiffusionLayer(nn.Module):
    """A residual block that knows the timestep, then attention."""

    def __init__(self, channels: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        self.resblk = ResBlock(channels, dropout)
        self.attn = AttentionBlock(channels, num_heads, relative=True)

    def forward(self, x_BCT: Tensor, modulation_B2C: Tensor, positions_TT: Tensor) -> Tensor:
        return self.attn(self.resblk(x_BCT, modulation_B2C), positions_TT)  # type: ignore[no-any-return]


class Modulation(NamedTuple):
    """Scale and shift of every residual block at given timesteps."""

    integrator_KB2C: Tensor
    """Of the conditioning layers."""
    layers_KB2C: Tensor
    """Of the layers that see the noisy mel."""


class DiffusionDecoder(nn.Module):
    """The denoising network of TorToiSe, tensor for tensor."""

    def __init__(self, config: DiffusionDecoderConfig) -> None:
        super().__init__()
        self.config = config
        C, H, M = config.channels, config.num_heads, config.num_mels

        def attention(num_blocks: int, channels: int) -> list[nn.Module]:
            return [AttentionBlock(channels, H, relative=True) for _ in range(num_blocks)]

        def layers(num_layers: int) -> list[nn.Module]:
            return [DiffusionLayer(C, H, config.dropout) for _ in range(num_layers)]

        self.inp_block = nn.Conv1d(M, C, 3, padding=1)
        self.time_embed = nn.Sequential(nn.Linear(C, C), nn.SiLU(), nn.Linear(C, C))
        self.code_embedding = nn.Embedding(config.num_codes, C)
        self.code_converter = nn.ModuleList(attention(config.num_code_blocks, C))
        self.code_norm = group_norm(C)
        self.latent_conditioner = nn.ModuleList(
            [nn.Conv1d(config.latent_channels, C, 3, padding=1), *attention(config.num_latent_blocks, C)]
        )
        self.contextual_embedder = nn.ModuleList(
            [
                nn.Conv1d(M, C, 3, padding=1, stride=2),
                nn.Conv1d(C, 2 * C, 3, padding=1, stride=2),
                *attention(config.num_context_blocks, 2 * C),
            ]
        )
        self.unconditioned_embedding = nn.Parameter(torch.randn(1, C, 1))
        self.conditioning_timestep_integrator = nn.ModuleList(layers(config.num_integrator_layers))
        self.integrating_conv = nn.Conv1d(2 * C, C, 1)
        self.mel_head = nn.Conv1d(C, M, 3, padding=1)
        self.layers = nn.ModuleList(
            layers(config.num_layers) + [ResBlock(C, config.dropout) for _ in range(config.num_final_blocks)]
        )
        self.out = nn.Sequential(group_norm(C), nn.SiLU(), nn.Conv1d(C, config.num_outputs, 3, padding=1))

    def embed_voice(self, mel_BNMT: Tensor) -> Tensor:
        """The voice [B, 2C] of N clips' normalised 24 kHz mels, the mean over all their frames."""
        clips: list[Tensor] = []
        for clip_BCT in mel_BNMT.unbind(1):
            for conv in self.contextual_embedder[:2]:
                clip_BCT = conv(clip_BCT)
            clips.append(_attend(self.contextual_embedder[2:], clip_BCT))
        return torch.cat(clips, dim=-1).mean(dim=-1)

    def code_latents(self, latents_BSL: Tensor, voice_B2C: Tensor) -> Tensor:
        """The language model's latents in a voice, [B, C, S]."""
        h_BCS = self.latent_conditioner[0](latents_BSL.transpose(1, 2))
        return self._speak_as(voice_B2C, _attend(self.latent_conditioner[1:], h_BCS))

    def embed_latents(self, latents_BSL: Tensor, voice_B2C: Tensor, num_frames: int) -> Tensor:
        """Code embedding [B, C, T] from the language model's latents and a voice: once an utterance."""
        return _repeat(self.code_latents(latents_BSL, voice_B2C), num_frames)

    def embed_codes(self, codes_BS: Tensor, voice_B2C: Tensor, num_frames: int) -> Tensor:
        """Code embedding [B, C, T] from speech codes and a voice."""
        h_BCS = _attend(self.code_converter, self.code_embedding(codes_BS).transpose(1, 2))
        return _repeat(self._speak_as(voice_B2C, h_BCS), num_frames)

    def embed_nothing(self, batch_size: int, num_frames: int) -> Tensor:
        """The unconditional code embedding [B, C, T]."""
        return self.unconditioned_embedding.expand(batch_size, -1, num_frames)

    def _speak_as(self, voice_B2C: Tensor, h_BCS: Tensor) -> Tensor:
        """Let the voice scale and shift each channel."""
        scale_BC1, shift_BC1 = voice_B2C[..., None].chunk(2, dim=1)
        return self.code_norm(h_BCS) * (1 + scale_BC1) + shift_BC1  # type: ignore[no-any-return]

    def modulate(self, timestep_B: Tensor) -> Modulation:
        """What the timesteps (0 to 3999) do to every residual block: all that `t` ever enters."""
        time_BC = self.time_embed(timestep_embedding(timestep_B, self.config.channels))

        def stack(layers: nn.ModuleList) -> Tensor:
            blocks: list[Any] = [layer.resblk if isinstance(layer, DiffusionLayer) else layer for layer in layers]
            return torch.stack([block.emb_layers(time_BC) for block in blocks])

        return Modulation(stack(self.conditioning_timestep_integrator), stack(self.layers))

    def integrate(self, code_embedding_BCT: Tensor, modulation_KB2C: Tensor) -> Tensor:
        """What the conditioning layers make of code embedding and timestep [B, C, T]; they never see the mel."""
        positions_TT = relative_positions(code_embedding_BCT.shape[-1], code_embedding_BCT.device)
        for layer, modulation in zip(self.conditioning_timestep_integrator, modulation_KB2C, strict=True):
            code_embedding_BCT = layer(code_embedding_BCT, modulation, positions_TT)
        return code_embedding_BCT

    def denoise(self, z_BMT: Tensor, condition_BCT: Tensor, modulation_KB2C: Tensor) -> Tensor:
        """The raw output [B, num_outputs, T] for a noisy mel and what `integrate` returned."""
        positions_TT = relative_positions(z_BMT.shape[-1], z_BMT.device)
        h_BCT = self.integrating_conv(torch.cat([self.inp_block(z_BMT), condition_BCT], dim=1))
        for layer, modulation in zip(self.layers, modulation_KB2C, strict=True):
            attentive = isinstance(layer, DiffusionLayer)
            h_BCT = layer(h_BCT, modulation, positions_TT) if attentive else layer(h_BCT, modulation)
        return self.out(h_BCT)  # type: ignore[no-any-return]

    def forward(self, z_BMT: Tensor, timestep_B: Tensor, code_embedding_BCT: Tensor) -> Tensor:
        """One evaluation: noisy mel, timesteps and code embedding to the raw output."""
        modulation = self.modulate(timestep_B)
        condition_BCT = self.integrate(code_embedding_BCT, modulation.integrator_KB2C)
        return self.denoise(z_BMT, condition_BCT, modulation.layers_KB2C)


def _attend(blocks: nn.ModuleList | nn.Module, h_BCT: Tensor) -> Tensor:
    """Run attention blocks that share one table of relative positions."""
    positions_TT = relative_positions(h_BCT.shape[-1], h_BCT.device)
    for block in blocks:  # type: ignore[union-attr]
        h_BCT = block(h_BCT, positions_TT)
    return h_BCT


def frame_codes(num_codes: int, num_frames: int, device: torch.device | None = None) -> Tensor:
    """Which code each mel frame belongs to, int64 [T]: what nearest interpolation gives, in integers."""
    return torch.arange(num_frames, device=device) * num_codes // num_frames


def _repeat(h_BCS: Tensor, num_frames: int) -> Tensor:
    """Repeat each code over its mel frames, [B, C, T]."""
    return h_BCS[..., frame_codes(h_BCS.shape[-1], num_frames, h_BCS.device)]
