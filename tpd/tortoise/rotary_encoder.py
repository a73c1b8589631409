"""The bidirectional transformer inside TorToiSe's two scoring networks: rotary positions, RMS norms, gated feed-
forward.
"""

# B batch, N positions, C channels, H heads, D channels of a head (64), R rotated channels of a head (32)

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEAD_CHANNELS = 64
ROTARY_CHANNELS = 32


class RmsNorm(nn.Module):
    """Scale to a root mean square of 1 (Zhang & Sennrich 2019)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.g = nn.Parameter(torch.ones(channels))

    def forward(self, x_BNC: Tensor) -> Tensor:
        size_BN1 = x_BNC.norm(dim=-1, keepdim=True) * x_BNC.shape[-1] ** -0.5
        return x_BNC / size_BN1.clamp(min=1e-8) * self.g  # type: ignore[no-any-return]


class Rotary(nn.Module):
    """Angles of rotary positions (Su et al. 2021); the checkpoint carries their frequencies."""

    inv_freq: Tensor

    def __init__(self) -> None:
        super().__init__()
        frequency = 10_000.0 ** -(torch.arange(0, ROTARY_CHANNELS, 2) / ROTARY_CHANNELS)
        self.register_buffer("inv_freq", frequency)

    def forward(self, num_positions: int) -> Tensor:
        """Angles [N, R], the frequencies twice in a row."""
        position = torch.arange(num_positions, device=self.inv_freq.device)
        return (position[:, None] * self.inv_freq).repeat(1, 2)


def rotate(x_BHND: Tensor, angle_NR: Tensor) -> Tensor:
    """Turn the first R channels of every head by their position's angles; the rest stays."""
    turned, rest = x_BHND[..., :ROTARY_CHANNELS], x_BHND[..., ROTARY_CHANNELS:]
    first, second = turned.chunk(2, dim=-1)
    across = torch.cat([-second, first], dim=-1)
    return torch.cat([turned * angle_NR.cos() + across * angle_NR.sin(), rest], dim=-1)


class RotaryAttention(nn.Module):
    """Attention over all positions. Values are rotated like queries and keys: the networks were trained so."""

    def __init__(self, channels: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        inner = num_heads * HEAD_CHANNELS
        self.to_q = nn.Linear(channels, inner, bias=False)
        self.to_k = nn.Linear(channels, inner, bias=False)
        self.to_v = nn.Linear(channels, inner, bias=False)
        self.to_out = nn.Linear(inner, channels)

    def forward(self, x_BNC: Tensor, angle_NR: Tensor) -> Tensor:
        def heads(linear: nn.Linear) -> Tensor:
            return rotate(linear(x_BNC).unflatten(-1, (self.num_heads, -1)).transpose(1, 2), angle_NR)

        h_BHND = F.scaled_dot_product_attention(heads(self.to_q), heads(self.to_k), heads(self.to_v))
        return self.to_out(h_BHND.transpose(1, 2).flatten(-2))  # type: ignore[no-any-return]


class GatedLinear(nn.Module):
    """One half of a linear layer, gated by the GELU of the other (Shazeer 2020)."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, 2 * inner)

    def forward(self, x_BNC: Tensor) -> Tensor:
        value, gate = self.proj(x_BNC).chunk(2, dim=-1)
        return value * F.gelu(gate)  # type: ignore[no-any-return]


class GatedFeedForward(nn.Module):
    """A gated layer and a linear one; the places between are an identity and a dropout in the checkpoint's count."""

    def __init__(self, channels: int, widening: int) -> None:
        super().__init__()
        inner = channels * widening
        self.net = nn.Sequential(GatedLinear(channels, inner), nn.Identity(), nn.Identity(), nn.Linear(inner, channels))

    def forward(self, x_BNC: Tensor, angle_NR: Tensor) -> Tensor:
        return self.net(x_BNC)  # type: ignore[no-any-return]


class Wrapped(nn.Module):
    """A layer under the name that the original's gradient checkpointing gave it."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.wrap = layer

    def forward(self, x_BNC: Tensor, angle_NR: Tensor) -> Tensor:
        return self.wrap(x_BNC, angle_NR)  # type: ignore[no-any-return]


class AttentionLayers(nn.Module):
    """Attention and feed-forward in turn, each after a norm and added to what it was given."""

    def __init__(self, channels: int, depth: int, num_heads: int, widening: int, *, wrapped: bool) -> None:
        super().__init__()
        self.rotary_pos_emb = Rotary()
        self.layers = nn.ModuleList()
        for index in range(2 * depth):
            layer: nn.Module = (
                GatedFeedForward(channels, widening) if index % 2 else RotaryAttention(channels, num_heads)
            )
            norm = nn.ModuleList([RmsNorm(channels)])
            self.layers.append(nn.ModuleList([norm, Wrapped(layer) if wrapped else layer]))

    def forward(self, x_BNC: Tensor) -> Tensor:
        angle_NR = self.rotary_pos_emb(x_BNC.shape[1])
        layers: Any = self.layers
        for (norm,), layer in layers:
            x_BNC = x_BNC + layer(norm(x_BNC), angle_NR)
        return x_BNC


class RotaryEncoder(nn.Module):
    """The whole encoder: [B, N, C] to [B, N, C]."""

    def __init__(self, channels: int, depth: int, num_heads: int, *, widening: int, wrapped: bool) -> None:
        super().__init__()
        self.attn_layers = AttentionLayers(channels, depth, num_heads, widening, wrapped=wrapped)
        self.norm = nn.LayerNorm(channels)

    def forward(self, x_BNC: Tensor) -> Tensor:
        return self.norm(self.attn_layers(x_BNC))  # type: ignore[no-any-return]
