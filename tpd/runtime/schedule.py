"""The noise schedule and its grids: 4000 steps, of which a sampler visits a few. Float64 on the host.

z_t = alpha_t x + sigma_t eps, variance-preserving: alpha_t^2 + sigma_t^2 = 1 (Ho et al. 2020, Eq. 4).
"""

# N steps of a grid

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tpd.errors import InputError

Array = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """The timesteps a sampler visits, noisiest first; then comes the clean mel: alpha 1, sigma 0."""

    timesteps: tuple[int, ...]
    """Falling, on the full schedule."""
    alpha: Array
    """Scale of the clean mel in z, float64 [N]."""
    sigma: Array
    """Scale of the noise in z, float64 [N]."""

    @property
    def u(self) -> Array:
        """The ratio alpha / sigma, float64 [N]: the coordinate in which a DDIM step is a straight line."""
        return np.asarray(self.alpha / self.sigma)

    @property
    def betas(self) -> Array:
        """Variance added since the next cleaner step, float64 [N]: 1 - alpha_t^2 / alpha_s^2."""
        alpha_s = np.append(self.alpha[1:], 1.0)
        return np.asarray(1 - np.square(self.alpha / alpha_s))

    def next_levels(self, index: int) -> tuple[float, float]:
        """Alpha and sigma that the step from `index` ends at."""
        if index + 1 == len(self.timesteps):
            return 1.0, 0.0
        return float(self.alpha[index + 1]), float(self.sigma[index + 1])


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The schedule the networks are trained on; the defaults are TorToiSe's."""

    num_timesteps: int = 4000
    """Steps of the full schedule."""
    beta_start: float = 0.25e-4
    """Variance added at the clean end."""
    beta_end: float = 0.25 * 0.02
    """Variance added at the noisy end; linear in between."""

    def __post_init__(self) -> None:
        if self.num_timesteps < 1 or not 0 < self.beta_start <= self.beta_end < 1:
            raise InputError(f"a schedule has timesteps and 0 < beta_start <= beta_end < 1; found {self}")

    @property
    def betas(self) -> Array:
        """Variance each step adds, float64 [num_timesteps]."""
        return np.linspace(self.beta_start, self.beta_end, self.num_timesteps, dtype=np.float64)

    @cached_property
    def _alpha_squared(self) -> Array:
        return np.cumprod(1 - self.betas)

    @property
    def alpha(self) -> Array:
        """sqrt(prod(1 - beta)), float64 [num_timesteps]."""
        return np.sqrt(self._alpha_squared)

    @property
    def sigma(self) -> Array:
        """sqrt(1 - alpha^2), float64 [num_timesteps]."""
        return np.sqrt(1 - self._alpha_squared)

    def grid(self, num_steps: int) -> Grid:
        """The evenly spaced grid of so many steps. Raises InputError as `space_timesteps` does."""
        return self.grid_of(space_timesteps(self.num_timesteps, num_steps)[::-1])

    def grid_of(self, timesteps: Sequence[int]) -> Grid:
        """The grid of given timesteps. Raises InputError unless they fall and lie on the schedule."""
        falling = all(later < earlier for earlier, later in pairwise(timesteps))
        if not timesteps or not falling or timesteps[0] >= self.num_timesteps or timesteps[-1] < 0:
            raise InputError(
                f"a grid has falling timesteps from {self.num_timesteps - 1} at most to 0 at least; "
                f"found {list(timesteps)}"
            )
        index = np.array(timesteps)
        return Grid(timesteps=tuple(timesteps), alpha=self.alpha[index], sigma=self.sigma[index])


def space_timesteps(num_timesteps: int, num_steps: int) -> list[int]:
    """`num_steps` timesteps from 0 to the last one, as evenly as rounding allows, rising.

    The stride is added up step by step and halves are rounded to even: the original's grids.
    Raises InputError where there are not as many timesteps.
    """
    if not 1 <= num_steps <= num_timesteps:
        raise InputError(f"a grid has 1 to {num_timesteps} steps; found {num_steps}")
    stride = (num_timesteps - 1) / (num_steps - 1) if num_steps > 1 else 1.0
    timesteps, position = [], 0.0
    for _ in range(num_steps):
        timesteps.append(round(position))
        position += stride
    return timesteps
