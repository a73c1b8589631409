"""CVVP: how well speech codes fit a voice. An optional score beside CLVP's (checkpoint `cvvp.pth`)."""

# B batch, M mel bands (80), T mel frames, N speech codes, C channels

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tpd.errors import InputError
from tpd.tortoise.attention import AttentionBlock
from tpd.tortoise.rotary_encoder import RotaryEncoder


@dataclass(frozen=True, kw_only=True)
class CvvpConfig:
    """Sizes of CVVP; the defaults are the official ones."""

    channels: int = 512
    """Width of both encoders and of the space they meet in."""
    depth: int = 8
    """Attention layers of each encoder."""
    num_heads: int = 8
    """Heads; those of the encoders have 64 channels each."""
    num_mels: int = 80
    """Mel bands of a voice clip at 22.05 kHz."""
    num_codes: int = 8192
    """Rows of the embedding of speech codes."""

    def __post_init__(self) -> None:
        for name in ("channels", "depth", "num_heads", "num_mels", "num_codes"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1; found {getattr(self, name)}")
        if self.channels % (2 * self.num_heads) != 0:
            raise InputError(f"channels must be a multiple of {2 * self.num_heads}; found {self.channels}")


class _CodeEmbedding(nn.Module):
    """Codes as channels over time, the embedding one name deeper, as in the checkpoint."""

    def __init__(self, num_codes: int, channels: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(num_codes, channels)

    def forward(self, codes_BN: Tensor) -> Tensor:
        return self.emb(codes_BN).transpose(1, 2)  # type: ignore[no-any-return]


class CollapsingEncoder(nn.Module):
    """An encoder whose output is mixed once more and averaged over time."""

    def __init__(self, config: CvvpConfig) -> None:
        super().__init__()
        C = config.channels
        self.transformer = RotaryEncoder(C, config.depth, config.num_heads, widening=1, wrapped=False)
        self.pre_combiner = nn.Sequential(
            nn.Conv1d(C, C, 1), AttentionBlock(C, config.num_heads, relative=False), nn.Conv1d(C, C, 1)
        )

    def forward(self, x_BCN: Tensor) -> Tensor:
        h_BCN = self.transformer(x_BCN.transpose(1, 2)).transpose(1, 2)
        return self.pre_combiner(h_BCN).mean(dim=-1)  # type: ignore[no-any-return]


class Cvvp(nn.Module):
    """The network, tensor for tensor."""

    def __init__(self, config: CvvpConfig) -> None:
        super().__init__()
        self.config = config
        C = config.channels
        self.temperature = nn.Parameter(torch.tensor(1.0))
        self.cond_emb = nn.Sequential(
            nn.Conv1d(config.num_mels, C // 2, 5, stride=2, padding=2), nn.Conv1d(C // 2, C, 3, stride=2, padding=1)
        )
        self.conditioning_transformer = CollapsingEncoder(config)
        self.to_conditioning_latent = nn.Linear(C, C, bias=False)
        self.speech_emb = _CodeEmbedding(config.num_codes, C)
        self.speech_transformer = CollapsingEncoder(config)
        self.to_speech_latent = nn.Linear(C, C, bias=False)

    def forward(self, mel_BMT: Tensor, codes_BN: Tensor) -> Tensor:
        """Similarity [B] of each voice clip to codes: cosine times e to the learned temperature."""
        voice_BC = self.to_conditioning_latent(self.conditioning_transformer(self.cond_emb(mel_BMT)))
        speech_BC = self.to_speech_latent(self.speech_transformer(self.speech_emb(codes_BN)))
        similarity_B = (F.normalize(voice_BC, dim=-1) * F.normalize(speech_BC, dim=-1)).sum(dim=-1)
        return similarity_B * self.temperature.exp()
