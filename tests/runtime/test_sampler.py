"""The samplers on data whose perfect denoiser is known: a Gaussian of mean 0.3 and deviation 0.2 at every point."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tpd.runtime.sampler import ancestral, ddim, dpmpp_2m
from tpd.runtime.schedule import Grid, Schedule

MEAN, DEVIATION = 0.3, 0.2
SCHEDULE = Schedule()
ALPHA, SIGMA = SCHEDULE.alpha.tolist(), SCHEDULE.sigma.tolist()
Sampler = Callable[..., Any]


def denoise(z: Any, timestep: int) -> Any:
    """E[x | z], exact."""
    alpha, sigma = ALPHA[timestep], SIGMA[timestep]
    gain = alpha * DEVIATION**2 / (alpha**2 * DEVIATION**2 + sigma**2)
    return MEAN + gain * (z - alpha * MEAN)


def spread(timestep: int) -> float:
    """Deviation of z."""
    return math.hypot(ALPHA[timestep] * DEVIATION, SIGMA[timestep])


def noise(seed: int = 0) -> np.ndarray:
    """Float64 [2, 5, 400]."""
    return np.random.default_rng(seed).standard_normal((2, 5, 400))


def error_of(sampler: Sampler, grid: Grid) -> float:
    """Largest distance from the probability-flow ODE, which keeps every point at its quantile, then one jump to x."""
    z, first, last = noise(), grid.timesteps[0], grid.timesteps[-1]
    quantile = (z - ALPHA[first] * MEAN) / spread(first)
    exact = denoise(ALPHA[last] * MEAN + spread(last) * quantile, last)
    return float(np.abs(sampler(denoise, z, grid) - exact).max())


def even_in_log_snr(num_steps: int) -> Grid:
    """From timestep 3900 to 30."""
    log_u = np.log(SCHEDULE.alpha / SCHEDULE.sigma)
    wanted = np.linspace(log_u[3900], log_u[30], num_steps)
    return SCHEDULE.grid_of([int(np.abs(log_u - value).argmin()) for value in wanted])


def dpmpp_2m_of_karras(z: np.ndarray, grid: Grid) -> np.ndarray:
    """The same solver in the coordinates of Karras et al. 2022 (x + level noise), where it is written without alpha."""
    level, y = grid.sigma / grid.alpha, z / grid.alpha[0]
    time, x_before = -np.log(level), None
    for i, timestep in enumerate(grid.timesteps[:-1]):
        x_hat = denoise(y * ALPHA[timestep], timestep)
        slope = 0.0 if x_before is None else (x_hat - x_before) / (time[i] - time[i - 1])
        step = time[i + 1] - time[i]
        y = math.exp(-step) * y - math.expm1(-step) * (x_hat + slope * step / 2)
        x_before = x_hat
    return np.asarray(denoise(y * ALPHA[grid.timesteps[-1]], grid.timesteps[-1]))


@pytest.mark.parametrize("sampler", [ddim, dpmpp_2m])
@pytest.mark.parametrize("timesteps", [[3999], [3999, 10], [3999, 2000, 0]])
def test_last_estimate_is_what_is_returned(sampler: Sampler, timesteps: list[int]) -> None:
    estimates: list[np.ndarray] = []
    found = sampler(denoise, noise(), SCHEDULE.grid_of(timesteps), lambda i, t, z, x_hat: estimates.append(x_hat))
    assert len(estimates) == len(timesteps)
    np.testing.assert_array_equal(found, estimates[-1])


def test_ddim_is_of_first_order_and_dpmpp_of_second() -> None:
    # Halving the steps halves the one's error and quarters the other's.
    coarse, fine = even_in_log_snr(40), even_in_log_snr(80)
    assert error_of(ddim, coarse) / error_of(ddim, fine) == pytest.approx(2, abs=0.3)
    assert error_of(dpmpp_2m, coarse) / error_of(dpmpp_2m, fine) == pytest.approx(4, abs=0.8)
    assert error_of(dpmpp_2m, coarse) < 0.1 * error_of(ddim, coarse)


def test_dpmpp_loses_to_ddim_on_even_timesteps() -> None:
    grid = SCHEDULE.grid(31)
    assert error_of(dpmpp_2m, grid) > 1.5 * error_of(ddim, grid)


@pytest.mark.parametrize("sampler", [ddim, dpmpp_2m])
def test_many_even_timesteps_follow_the_flow(sampler: Sampler) -> None:
    assert error_of(sampler, SCHEDULE.grid(1000)) < 0.006


@pytest.mark.parametrize("grid", [SCHEDULE.grid(31), even_in_log_snr(12)], ids=["even", "log-SNR"])
def test_dpmpp_equals_its_form_in_other_coordinates(grid: Grid) -> None:
    np.testing.assert_allclose(dpmpp_2m(denoise, noise(), grid), dpmpp_2m_of_karras(noise(), grid), atol=1e-12)


def test_ddim_step_is_a_straight_line_in_u() -> None:
    grid, states, estimates = SCHEDULE.grid(12), [], []

    def record(index: int, timestep: int, z: np.ndarray, x_hat: np.ndarray) -> None:
        states.append(z / grid.sigma[index])
        estimates.append(x_hat)

    ddim(denoise, noise(), grid, record)
    for i in range(len(grid.timesteps) - 1):
        expected = states[i] + (grid.u[i + 1] - grid.u[i]) * estimates[i]
        np.testing.assert_allclose(states[i + 1], expected, rtol=1e-9, atol=1e-9)


def deviation_of_chain(grid: Grid, fraction: float) -> float:
    """Deviation an ancestral chain ends with, exactly: every step is linear, so variances can be followed alone."""
    variance = 1.0
    for index, timestep in enumerate(grid.timesteps):
        alpha, sigma2 = ALPHA[timestep], SIGMA[timestep] ** 2
        alpha_s, sigma_s = grid.next_levels(index)
        beta = 1 - (alpha / alpha_s) ** 2
        gain = alpha * DEVIATION**2 / spread(timestep) ** 2
        slope = alpha_s * beta / sigma2 * gain + sigma_s**2 * alpha / alpha_s / sigma2
        posterior = beta * sigma_s**2 / sigma2
        added = math.exp(fraction * math.log(beta) + (1 - fraction) * math.log(posterior)) if posterior else 0.0
        variance = slope**2 * variance + added
    return math.sqrt(variance)


@pytest.mark.parametrize("fraction", [None, 0.0, 0.5, 1.0])
def test_ancestral_sampling_recovers_the_gaussian(fraction: float | None) -> None:
    # Not exactly in so few steps: the posterior's variance is too narrow, beta's too wide (Ho et al. 2020, 3.2).
    rng, grid = np.random.default_rng(1), SCHEDULE.grid(100)
    z = rng.standard_normal((4, 5, 2000))
    share = None if fraction is None else np.full_like(z, fraction)
    found = ancestral(lambda z, t: (denoise(z, t), share), z, grid, lambda: rng.standard_normal(z.shape))
    assert found.mean() == pytest.approx(MEAN, abs=0.005)
    assert found.std() == pytest.approx(deviation_of_chain(grid, fraction or 0.0), rel=0.012)
    assert found.std() == pytest.approx(DEVIATION, rel=0.15)


def test_ancestral_sampling_draws_once_a_step_and_ends_at_the_estimate() -> None:
    draws: list[int] = []
    estimates: list[np.ndarray] = []

    def draw() -> np.ndarray:
        draws.append(len(estimates))
        return noise(len(draws))

    found = ancestral(
        lambda z, t: (denoise(z, t), None), noise(), SCHEDULE.grid(7), draw, lambda i, t, z, x: estimates.append(x)
    )
    assert draws == [1, 2, 3, 4, 5, 6, 7]
    np.testing.assert_allclose(found, estimates[-1], rtol=1e-9)


@pytest.mark.parametrize("name", ["ddim", "dpmpp_2m", "ancestral"])
def test_numpy_equals_torch_repeats_and_keeps_float32(name: str) -> None:
    grid, z = SCHEDULE.grid(31), noise().astype(np.float32)

    def sample(convert: Callable[[np.ndarray], Any]) -> Any:
        if name != "ancestral":
            return {"ddim": ddim, "dpmpp_2m": dpmpp_2m}[name](denoise, convert(z), grid)
        rng, share = np.random.default_rng(2), convert(np.full_like(z, 0.4))
        return ancestral(
            lambda z, t: (denoise(z, t), share),
            convert(z),
            grid,
            lambda: convert(rng.standard_normal(z.shape, np.float32)),
        )

    of_numpy, of_torch = sample(np.copy), sample(lambda array: torch.from_numpy(array.copy()))
    assert of_numpy.dtype == np.float32
    assert of_torch.dtype == torch.float32
    np.testing.assert_allclose(of_torch.numpy(), of_numpy, atol=2e-6)
    np.testing.assert_array_equal(sample(np.copy), of_numpy)


@pytest.mark.parametrize("sampler", [ddim, dpmpp_2m])
def test_what_is_given_is_left_alone(sampler: Sampler) -> None:
    z = noise()
    sampler(denoise, z, SCHEDULE.grid(5))
    np.testing.assert_array_equal(z, noise())
