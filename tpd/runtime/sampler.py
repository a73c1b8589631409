"""Samplers: from noise to a mel along a grid. They know a model only as `model(z, t) -> x_hat`, clamped to [-1, 1].

State and estimates are numpy arrays or torch tensors [B, M, T] in float32; coefficients are Python floats from float64.
"""

import math
from collections.abc import Callable
from typing import Any

from tpd.runtime.schedule import Grid

Array = Any
Model = Callable[[Array, int], Array]
Callback = Callable[[int, int, Array, Array], None]
"""Told (index of the step, timestep, z, x_hat) at every step."""


def ddim(model: Model, z: Array, grid: Grid, callback: Callback | None = None) -> Array:
    """DDIM without noise (Song et al. 2020, Eq. 12, eta 0)."""
    for index, timestep in enumerate(grid.timesteps):
        x_hat = model(z, timestep)
        if callback:
            callback(index, timestep, z, x_hat)
        alpha, sigma = float(grid.alpha[index]), float(grid.sigma[index])
        alpha_s, sigma_s = grid.next_levels(index)
        # z_s = alpha_s x + sigma_s (z - alpha x) / sigma
        ratio = sigma_s / sigma
        z = ratio * z + (alpha_s - alpha * ratio) * x_hat
    return z


def dpmpp_2m(model: Model, z: Array, grid: Grid, callback: Callback | None = None) -> Array:
    """DPM-Solver++(2M) (Lu et al. 2022, Alg. 2): second order from the estimate of the step before."""
    x_before, h_before = None, 0.0
    for index, timestep in enumerate(grid.timesteps):
        x_hat = model(z, timestep)
        if callback:
            callback(index, timestep, z, x_hat)
        alpha, sigma = float(grid.alpha[index]), float(grid.sigma[index])
        alpha_s, sigma_s = grid.next_levels(index)
        if sigma_s == 0:
            return x_hat  # h is infinite: the exact step of first order ends at x_hat
        h = math.log(alpha_s / sigma_s) - math.log(alpha / sigma)
        direction = x_hat
        if x_before is not None:
            share = h / (2 * h_before)  # 1 / (2 r)
            direction = (1 + share) * x_hat - share * x_before
        z = sigma_s / sigma * z - alpha_s * math.expm1(-h) * direction
        x_before, h_before = x_hat, h
    return z


def ancestral(
    model: Callable[[Array, int], tuple[Array, Array | None]],
    z: Array,
    grid: Grid,
    draw_noise: Callable[[], Array],
    callback: Callback | None = None,
) -> Array:
    """DDPM ancestral sampling on a grid (Ho et al. 2020; learned variance: Nichol & Dhariwal 2021, Eq. 15).

    The model also gives the fraction between posterior variance (0) and beta (1) in logarithms, or None for the posterior's.
    Noise is drawn at every step, in order; the last draw goes unused, as in the original.
    """
    levels = [grid.next_levels(index) for index in range(len(grid.timesteps))]
    for index, timestep in enumerate(grid.timesteps):
        x_hat, fraction = model(z, timestep)
        if callback:
            callback(index, timestep, z, x_hat)
        noise = draw_noise()
        alpha2, alpha2_s = float(grid.alpha[index]) ** 2, levels[index][0] ** 2
        beta = 1 - alpha2 / alpha2_s
        mean = (
            beta * math.sqrt(alpha2_s) / (1 - alpha2) * x_hat
            + (1 - alpha2_s) * math.sqrt(1 - beta) / (1 - alpha2) * z
        )
        if index + 1 == len(grid.timesteps):
            return mean
        log_posterior = math.log(beta * (1 - alpha2_s) / (1 - alpha2))
        if fraction is None:
            z = mean + math.exp(0.5 * log_posterior) * noise
        else:
            z = mean + _exp(0.5 * (fraction * math.log(beta) + (1 - fraction) * log_posterior)) * noise
    return z


def _exp(array: Array) -> Array:
    """e to an array of either kind."""
    return array.exp() if hasattr(array, "exp") else math.e**array
