"""Self-attention over time with bucketed relative positions, as all of TorToiSe's convolutional parts use it."""

# B batch, C channels, T frames, H heads, D channels of a head

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

NUM_BUCKETS = 32
"""Relative positions are told apart by this many learned values a head (16 for each direction)."""
MAX_DISTANCE = 64
"""Distances from here on share the last bucket of their direction."""


def group_norm(channels: int) -> nn.GroupNorm:
    """Group normalisation with the number of groups TorToiSe gives a layer of this width.

    Raises ValueError where fewer than three groups would remain.
    """
    num_groups = 8 if channels <= 16 else 16 if channels <= 64 else 32
    while channels % num_groups != 0:
        num_groups //= 2
    if num_groups <= 2:
        raise ValueError(f"{channels} channels cannot be normalised in more than two groups")
    return nn.GroupNorm(num_groups, channels)


def _bucket_of_distance() -> Tensor:
    """Bucket of each distance key - query from -MAX_DISTANCE to MAX_DISTANCE, int64 [129].

    Half of each direction's buckets are exact, the others widen logarithmically (T5, Raffel et al. 2020).
    """
    distance = torch.arange(-MAX_DISTANCE, MAX_DISTANCE + 1)
    num_one_way = NUM_BUCKETS // 2
    num_exact = num_one_way // 2
    magnitude = distance.abs()
    growth = torch.log(magnitude.clamp(min=1).float() / num_exact)
    coarse = num_exact + (growth / math.log(MAX_DISTANCE / num_exact) * (num_one_way - num_exact)).long()
    bucket = torch.where(magnitude < num_exact, magnitude, coarse.clamp(max=num_one_way - 1))
    return bucket + (distance > 0).long() * num_one_way


def relative_positions(num_frames: int, device: torch.device | None = None) -> Tensor:
    """Bucket of every (query, key) pair of a sequence, int64 [T, T]: made once a length, shared by all layers."""
    frame = torch.arange(num_frames, device=device)
    distance = (frame[None, :] - frame[:, None]).clamp(-MAX_DISTANCE, MAX_DISTANCE)
    return _bucket_of_distance().to(frame.device)[distance + MAX_DISTANCE]


class RelativePositionBias(nn.Module):
    """A learned bias on attention scores for each bucket of relative position and each head."""

    def __init__(self, num_heads: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.relative_attention_bias = nn.Embedding(NUM_BUCKETS, num_heads)

    def forward(self, positions_TT: Tensor) -> Tensor:
        """Bias [1, H, T, T] for the buckets that `relative_positions` gives."""
        bias_TTH = F.embedding(positions_TT, self.relative_attention_bias.weight * self.scale)
        return bias_TTH.permute(2, 0, 1)[None]


class AttentionBlock(nn.Module):
    """Group norm, multi-head self-attention, and the input added back."""

    def __init__(self, channels: int, num_heads: int, *, relative: bool) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.norm = group_norm(channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv1d(channels, channels, 1)
        self.relative_pos_embeddings = (
            RelativePositionBias(num_heads, math.sqrt(channels // num_heads)) if relative else None
        )
        nn.init.zeros_(self.proj_out.weight)
        nn.init.zeros_(self.proj_out.bias)  # type: ignore[arg-type]

    def forward(self, x_BCT: Tensor, positions_TT: Tensor | None = None) -> Tensor:
        """Attend over time; `positions_TT` from `relative_positions` where the block is relative."""
        B, C, T = x_BCT.shape
        # The checkpoint interleaves query, key and value within each head.
        qkv = self.qkv(self.norm(x_BCT)).reshape(B, self.num_heads, 3, C // self.num_heads, T)
        q_BHTD, k_BHTD, v_BHTD = qkv.transpose(-1, -2).unbind(2)
        bias = None
        if self.relative_pos_embeddings is not None:
            if positions_TT is None:
                positions_TT = relative_positions(T, x_BCT.device)
            bias = self.relative_pos_embeddings(positions_TT).to(q_BHTD.dtype)
        h_BHTD = F.scaled_dot_product_attention(q_BHTD, k_BHTD, v_BHTD, attn_mask=bias)
        h_BCT = h_BHTD.transpose(-1, -2).reshape(B, C, T)
        return x_BCT + self.proj_out(h_BCT)  # type: ignore[no-any-return]
