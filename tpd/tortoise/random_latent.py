"""A voice from noise: one for the language model (`rlg_auto.pth`), one for the decoder (`rlg_diffuser.pth`)."""

# B batch, C channels

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tpd.errors import InputError

LEARNING_RATE_FACTOR = 0.1
"""Weights were trained this much slower, and are stored so much larger (Karras et al. 2019, appendix B)."""
NEGATIVE_SLOPE = 0.2


@dataclass(frozen=True, kw_only=True)
class RandomLatentConfig:
    """Size of a random-voice network; the default is the language model's, the decoder's has 2048."""

    channels: int = 1024
    """Width of noise and voice."""
    depth: int = 5
    """Layers before the last."""

    def __post_init__(self) -> None:
        if self.channels < 1 or self.depth < 0:
            raise InputError(f"channels must be positive and depth not negative; found {self}")


class EqualisedLinear(nn.Module):
    """A linear layer whose weight is scaled while running, then a leaky ReLU with gain sqrt(2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, channels) / LEARNING_RATE_FACTOR)
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x_BC: Tensor) -> Tensor:
        scale = LEARNING_RATE_FACTOR / math.sqrt(x_BC.shape[-1])
        h_BC = F.linear(x_BC, self.weight * scale, self.bias * LEARNING_RATE_FACTOR)
        return F.leaky_relu(h_BC, NEGATIVE_SLOPE) * math.sqrt(2)


class RandomLatent(nn.Module):
    """The network, tensor for tensor."""

    def __init__(self, config: RandomLatentConfig) -> None:
        super().__init__()
        self.config = config
        C = config.channels
        self.layers = nn.Sequential(*(EqualisedLinear(C) for _ in range(config.depth)), nn.Linear(C, C))

    def forward(self, noise_BC: Tensor) -> Tensor:
        """A voice [B, C] for standard normal noise."""
        return self.layers(noise_BC)  # type: ignore[no-any-return]
