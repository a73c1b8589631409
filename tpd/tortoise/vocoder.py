"""UnivNet (Jang et al. 2021), TorToiSe's vocoder: a 100-band log mel in, 24 kHz sound out.

Noise is shaped by convolutions whose kernels are predicted for every mel frame. The official checkpoint `vocoder.pth`
keeps each weight as a pair (length and direction); `fold_weight_norm` makes them the plain weights used here.
"""

# B batch, M mel bands, T mel frames, N noise channels, C channels, O output channels, K taps, S samples at some rate

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tpd.errors import InputError
from tpd.runtime.mel import MEL_MIN, VOCODER_PADDING_FRAMES

KERNEL_TAPS = 3
"""Taps of every convolution inside a block, fixed and predicted."""


@dataclass(frozen=True, kw_only=True)
class VocoderConfig:
    """Sizes of the vocoder; the defaults are the official ones."""

    num_mels: int = 100
    """Mel bands."""
    noise_dim: int = 64
    """Channels of the noise it starts from."""
    channels: int = 32
    """Width of the sound path."""
    strides: tuple[int, ...] = (8, 8, 4)
    """Upsampling of each block; their product is the hop of the mel in samples."""
    dilations: tuple[int, ...] = (1, 3, 9, 27)
    """Dilation of each convolution in a block."""
    leaky_relu_slope: float = 0.2
    """Slope below zero of every leaky ReLU."""
    kernel_predictor_channels: int = 64
    """Width of the networks that predict kernels."""
    kernel_predictor_taps: int = 3
    """Taps of their convolutions."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "strides", tuple(self.strides))
        object.__setattr__(self, "dilations", tuple(self.dilations))
        if any(stride % 2 for stride in self.strides):
            raise InputError(f"strides must be even; found {self.strides}")


class KernelPredictor(nn.Module):
    """Kernels and biases of one block's convolutions, for every mel frame."""

    def __init__(self, config: VocoderConfig) -> None:
        super().__init__()
        hidden, taps = config.kernel_predictor_channels, config.kernel_predictor_taps
        C, num_layers = config.channels, len(config.dilations)
        self.shape = (num_layers, C, 2 * C, KERNEL_TAPS)

        def conv(num_in: int, num_out: int, num_taps: int) -> nn.Conv1d:
            return nn.Conv1d(num_in, num_out, num_taps, padding=num_taps // 2)

        def activation() -> nn.LeakyReLU:
            return nn.LeakyReLU(config.leaky_relu_slope)

        self.input_conv = nn.Sequential(conv(config.num_mels, hidden, 5), activation())
        self.residual_convs = nn.ModuleList(
            nn.Sequential(
                nn.Identity(),  # the checkpoint counts a dropout here
                conv(hidden, hidden, taps),
                activation(),
                conv(hidden, hidden, taps),
                activation(),
            )
            for _ in range(3)
        )
        self.kernel_conv = conv(hidden, num_layers * C * 2 * C * KERNEL_TAPS, taps)
        self.bias_conv = conv(hidden, num_layers * 2 * C, taps)

    def forward(self, mel_BMT: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """For each layer, kernels [B, T, O, C K] and biases [B, T, O, 1]."""
        B, _, T = mel_BMT.shape
        num_layers, C, O, K = self.shape
        h = self.input_conv(mel_BMT)
        for residual in self.residual_convs:
            h = h + residual(h)
        kernels = self.kernel_conv(h).reshape(B, num_layers, C, O, K, T)
        kernels = kernels.permute(1, 0, 5, 3, 2, 4).reshape(num_layers, B, T, O, C * K)
        biases = self.bias_conv(h).reshape(B, num_layers, O, T).permute(1, 0, 3, 2)[..., None]
        return kernels.unbind(0), biases.unbind(0)


class LocationVariableBlock(nn.Module):
    """Upsample, then gated convolutions: each a fixed dilated one followed by one with predicted kernels."""

    def __init__(self, config: VocoderConfig, stride: int, hop: int) -> None:
        super().__init__()
        C, slope = config.channels, config.leaky_relu_slope
        self.hop = hop
        self.kernel_predictor = KernelPredictor(config)
        self.convt_pre = nn.Sequential(
            nn.LeakyReLU(slope), nn.ConvTranspose1d(C, C, 2 * stride, stride=stride, padding=stride // 2)
        )
        self.conv_blocks = nn.ModuleList(
            nn.Sequential(
                nn.LeakyReLU(slope),
                nn.Conv1d(C, C, KERNEL_TAPS, padding=dilation, dilation=dilation),
                nn.LeakyReLU(slope),
            )
            for dilation in config.dilations
        )

    def forward(self, x_BCS: Tensor, mel_BMT: Tensor) -> Tensor:
        x_BCS = self.convt_pre(x_BCS)
        for conv, kernel, bias in zip(self.conv_blocks, *self.kernel_predictor(mel_BMT), strict=True):
            signal, gate = convolve_by_frame(conv(x_BCS), kernel, bias, self.hop).chunk(2, dim=1)
            x_BCS = x_BCS + torch.sigmoid(signal) * torch.tanh(gate)
        return x_BCS


def convolve_by_frame(x_BCS: Tensor, kernel_BTOI: Tensor, bias_BTO1: Tensor, hop: int) -> Tensor:
    """Convolve every stretch of `hop` samples with its own kernel: [B, C, T hop] to [B, O, T hop].

    One matrix product a frame; I is C times taps, the taps fastest.
    """
    B, C, S = x_BCS.shape
    T, O = kernel_BTOI.shape[1:3]
    padded = F.pad(x_BCS, (1, 1))
    shifted = torch.stack([padded[..., tap : tap + S] for tap in range(KERNEL_TAPS)], dim=2)
    patches = shifted.reshape(B, C * KERNEL_TAPS, T, hop).transpose(1, 2)
    y_BTOh = kernel_BTOI @ patches + bias_BTO1
    return y_BTOh.transpose(1, 2).reshape(B, O, S)


class Vocoder(nn.Module):
    """UnivNet's generator with plain weights."""

    def __init__(self, config: VocoderConfig) -> None:
        super().__init__()
        self.config = config
        C = config.channels
        self.conv_pre = nn.Conv1d(config.noise_dim, C, 7, padding=3, padding_mode="reflect")
        self.res_stack = nn.ModuleList()
        hop = 1
        for stride in config.strides:
            hop *= stride
            self.res_stack.append(LocationVariableBlock(config, stride, hop))
        self.conv_post = nn.Sequential(
            nn.LeakyReLU(config.leaky_relu_slope),
            nn.Conv1d(C, 1, 7, padding=3, padding_mode="reflect"),
            nn.Tanh(),
        )

    def forward(self, mel_BMT: Tensor, noise_BNT: Tensor) -> Tensor:
        """Sound [B, 1, 256 T] of a log mel (natural units) and standard normal noise of as many frames (4 or more)."""
        x_BCS = self.conv_pre(noise_BNT)
        for block in self.res_stack:
            x_BCS = block(x_BCS, mel_BMT)
        return self.conv_post(x_BCS)  # type: ignore[no-any-return]

    def synthesise(self, mel_BMT: Tensor, noise_BNT: Tensor) -> Tensor:
        """Sound [B, 1, 256 T] of a whole utterance; the noise has `VOCODER_PADDING_FRAMES` more frames than the mel."""
        hop = self.res_stack[-1].hop
        padded = F.pad(mel_BMT, (0, VOCODER_PADDING_FRAMES), value=MEL_MIN)
        return self(padded, noise_BNT)[..., : -VOCODER_PADDING_FRAMES * hop]  # type: ignore[no-any-return, operator]


def fold_weight_norm(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Turn pairs `*.weight_g`, `*.weight_v` into `*.weight` (Salimans & Kingma 2016, Eq. 2); all else stays."""
    folded: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if name.endswith(".weight_g"):
            direction = state[name.removesuffix("_g") + "_v"]
            folded[name.removesuffix("_g")] = torch._weight_norm(direction, tensor, 0)
        elif not name.endswith(".weight_v"):
            folded[name] = tensor
    return folded
