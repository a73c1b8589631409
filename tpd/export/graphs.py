"""The graphs that speaking needs, as modules whose forward is exactly what a graph computes.

What never changes is done once: the timestep enters through tables over the student's grid, made here; the layers that
never see the mel are in a graph of their own that runs once an utterance.
"""

# B batch (1), M mel bands, T mel frames, C channels, S speech codes, L latent channels, N steps of the grid, K blocks,
# P text tokens with start and stop, J positions in the cache, V codes

import torch
from torch import Tensor

from tpd.export.onnx_file import Graph
from tpd.runtime.mel import denormalise
from tpd.runtime.parametrisation import x_hat_from_output
from tpd.runtime.schedule import Grid
from tpd.tortoise.autoregressive import Autoregressive
from tpd.tortoise.diffusion_decoder import DiffusionDecoder
from tpd.tortoise.vocoder import Vocoder


class LanguageGraph(Graph):
    """The language model on any stretch of its sequence: the whole prompt at first, then one code at a time."""

    inputs = ("voice", "text", "codes", "first_position", "cache")
    outputs = ("logits", "latents", "next_cache")
    dynamic = (
        {1: "num_voices"},
        {1: "num_text_tokens"},
        {1: "num_codes"},
        {},
        {4: "num_cached"},
    )

    def __init__(self, model: Autoregressive) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, voice_B1C: Tensor, text_BP: Tensor, codes_BS: Tensor, first_position: Tensor, cache: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Logits [B, V] after the last code, latents [B, S, C] of the codes, the grown cache.

        Voice and text are empty (no positions) once they are in the cache. `first_position` [1] is that of the first
        code.
        """
        codes = self.model.embed_codes(codes_BS, first_position)
        embedded = torch.cat([voice_B1C, self.model.embed_text(text_BP), codes], dim=1)
        latents, next_cache = self.model(embedded, cache)
        latents = latents[:, voice_B1C.shape[1] + text_BP.shape[1] :]
        return self.model.mel_head(latents[:, -1]), latents, next_cache

    def example(self) -> tuple[Tensor, ...]:
        """Inputs to trace with."""
        C = self.model.config.channels
        cache = self.model.empty_cache(1)
        past = torch.randn(*cache.shape[:4], 7, cache.shape[-1])
        return torch.randn(1, 2, C), torch.randint(9, (1, 5)), torch.randint(9, (1, 3)), torch.tensor([2]), past


class PrepareGraph(Graph):
    """What the student needs to know of an utterance: latents and voice to one condition for each step asked for."""

    inputs = ("latents", "voice", "frame_codes", "steps")
    outputs = ("conditions",)
    dynamic = ({1: "num_codes"}, {}, {0: "num_frames"}, {0: "num_steps"})

    modulation_NK2C: Tensor

    def __init__(self, decoder: DiffusionDecoder, grid: Grid) -> None:
        super().__init__()
        self.decoder = decoder
        table_KN2C = decoder.modulate(torch.tensor(grid.timesteps)).integrator_KB2C
        self.register_buffer("modulation_NK2C", table_KN2C.transpose(0, 1).contiguous())

    def forward(self, latents_1SL: Tensor, voice_12C: Tensor, frame_code_T: Tensor, step_n: Tensor) -> Tensor:
        """Conditions [n, C, T]: `frame_code_T` is the code of each mel frame, `step_n` the rows of the grid."""
        embedding_1CT = self.decoder.code_latents(latents_1SL, voice_12C)[..., frame_code_T]
        expanded = embedding_1CT.expand(step_n.shape[0], -1, -1)
        return self.decoder.integrate(expanded, self.modulation_NK2C[step_n].transpose(0, 1))

    def example(self) -> tuple[Tensor, ...]:
        """Inputs to trace with."""
        config = self.decoder.config
        frame_codes = torch.arange(21) * 5 // 21
        return (
            torch.randn(1, 5, config.latent_channels),
            torch.randn(1, 2 * config.channels),
            frame_codes,
            torch.arange(3),
        )


class StudentGraph(Graph):
    """One step of the student: the noisy mel and the step's condition to the estimate of x."""

    inputs = ("z", "condition", "step")
    outputs = ("x_hat",)
    dynamic = ({2: "num_frames"}, {2: "num_frames"}, {})

    modulation_NK2C: Tensor
    alpha_N11: Tensor
    sigma_N11: Tensor

    def __init__(self, decoder: DiffusionDecoder, grid: Grid) -> None:
        super().__init__()
        self.decoder = decoder
        table_KN2C = decoder.modulate(torch.tensor(grid.timesteps)).layers_KB2C
        self.register_buffer("modulation_NK2C", table_KN2C.transpose(0, 1).contiguous())
        self.register_buffer("alpha_N11", torch.from_numpy(grid.alpha).float()[:, None, None])
        self.register_buffer("sigma_N11", torch.from_numpy(grid.sigma).float()[:, None, None])

    def forward(self, z_1MT: Tensor, condition_1CT: Tensor, step_1: Tensor) -> Tensor:
        """x_hat [1, M, T], clamped to [-1, 1]."""
        config = self.decoder.config
        output = self.decoder.denoise(z_1MT, condition_1CT, self.modulation_NK2C[step_1].transpose(0, 1))
        x_hat: Tensor = x_hat_from_output(
            config.parametrisation,
            output,
            z_1MT,
            self.alpha_N11[step_1],
            self.sigma_N11[step_1],
            sigma_data=config.sigma_data,
        )
        return x_hat.clamp(-1, 1)

    def example(self) -> tuple[Tensor, ...]:
        """Inputs to trace with."""
        config = self.decoder.config
        return torch.randn(1, config.num_mels, 21), torch.randn(1, config.channels, 21), torch.tensor([1])


class VocoderGraph(Graph):
    """The normalised mel to sound."""

    inputs = ("mel", "noise")
    outputs = ("audio",)
    dynamic = ({2: "num_frames"}, {2: "num_padded_frames"})

    def __init__(self, vocoder: Vocoder) -> None:
        super().__init__()
        self.vocoder = vocoder

    def forward(self, mel_1MT: Tensor, noise_1NT: Tensor) -> Tensor:
        """Samples [1, S] in [-1, 1]; the noise has 10 more frames than the mel."""
        return self.vocoder.synthesise(denormalise(mel_1MT), noise_1NT)[:, 0]

    def example(self) -> tuple[Tensor, ...]:
        """Inputs to trace with."""
        config = self.vocoder.config
        return torch.randn(1, config.num_mels, 21), torch.randn(1, config.noise_dim, 31)
