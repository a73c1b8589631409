"""Samplers: from noise to a mel along a grid. A model is `model(z, t) -> x_hat`, clamped to [-1, 1].

State and estimates are numpy or torch arrays [B, M, T] in float32, coefficients Python floats from float64.
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
    """DPM-Solver++(2M) (Lu et al. 2022, Alg. 2): second order from the estimate of the step before.

    It wants steps even in log-SNR. On evenly spaced timesteps the last one is five times the one before, where
    extrapolation overshoots: between 20 and 100 steps DDIM is then the more accurate of the two.
    """
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
    """DDPM sampling (Ho et al. 2020, Alg. 2) with learned variance (Nichol & Dhariwal 2021, Eq. 15).

    The model gives x_hat and how far the logarithm of the variance is from the posterior's (0) to beta's (1),
    or None for the posterior's. A draw is made at every step; the last goes unused, as in the original.
    """
    for index, (timestep, beta) in enumerate(zip(grid.timesteps, grid.betas.tolist(), strict=True)):
        x_hat, fraction = model(z, timestep)
        if callback:
            callback(index, timestep, z, x_hat)
        noise = draw_noise()
        variance = float(grid.sigma[index]) ** 2
        alpha_s, sigma_s = grid.next_levels(index)
        # Mean of q(z_s | z, x) (Ho et al. 2020, Eq. 7)
        z = alpha_s * beta / variance * x_hat + sigma_s**2 * math.sqrt(1 - beta) / variance * z
        if sigma_s > 0:
            spread: Array = math.sqrt(beta * sigma_s**2 / variance)  # of the posterior
            if fraction is not None:
                spread = spread * (variance / sigma_s**2) ** (fraction / 2)  # at 1 it is sqrt(beta)
            z = z + spread * noise
    return z
