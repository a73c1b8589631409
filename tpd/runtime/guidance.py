"""Classifier-free guidance: how strong it is at each timestep, and what it does to the estimate of x."""

from collections.abc import Callable
from typing import Any

from tpd.runtime.schedule import Grid

ScaleOf = Callable[[int], float]
"""Timestep to guidance scale."""


def ramped_scale(scale: float, grid: Grid) -> ScaleOf:
    """k (1 - i / N), i the index in the grid counted from its clean end: TorToiSe's ramp, full strength where it is clean."""
    num_steps = len(grid.timesteps)
    index_of = {timestep: num_steps - 1 - place for place, timestep in enumerate(grid.timesteps)}
    return lambda timestep: scale * (1 - index_of[timestep] / num_steps)


def full_grid_scale(scale: float, num_timesteps: int = 4000) -> ScaleOf:
    """The same ramp on the full schedule, for any timestep: the teacher of distillation."""
    return lambda timestep: scale * (1 - timestep / num_timesteps)


def guide(x_conditional: Any, x_unconditional: Any, scale: Any) -> Any:
    """(1 + k) x_cond - k x_uncond (Ho & Salimans 2022), clamped to [-1, 1].

    The same as guiding epsilon: at a given z every parametrisation is affine in x. Arrays of either kind.
    """
    return ((1 + scale) * x_conditional - scale * x_unconditional).clip(-1, 1)
