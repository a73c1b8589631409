"""Classifier-free guidance: how strong it is at each timestep, and what it does to the estimate of x."""

from collections.abc import Callable
from typing import Any

from tpd.runtime.schedule import Grid

ScaleOf = Callable[[int], float]
"""Timestep to guidance scale."""


def ramped_scale(scale: float, grid: Grid) -> ScaleOf:
    """TorToiSe's ramp, k (1 - i / N): nearly full where the mel is clean, k / N where it is all noise.

    i is the index in the grid counted from its clean end. Timesteps off the grid have none: KeyError.
    """
    num_steps = len(grid.timesteps)
    index_of = {timestep: num_steps - 1 - place for place, timestep in enumerate(grid.timesteps)}
    return lambda timestep: scale * (1 - index_of[timestep] / num_steps)


def full_grid_scale(scale: float, num_timesteps: int = 4000) -> ScaleOf:
    """The same ramp on the full schedule, for any timestep: the teacher of distillation."""
    return lambda timestep: scale * (1 - timestep / num_timesteps)


def guide(x_conditional: Any, x_unconditional: Any, scale: Any) -> Any:
    """(1 + k) x_cond - k x_uncond (Ho & Salimans 2022), clamped to [-1, 1].

    Of estimates not yet clamped: then it equals guiding epsilon, which is affine in x at a given z.
    Arrays of either kind.
    """
    return ((1 + scale) * x_conditional - scale * x_unconditional).clip(-1, 1)
