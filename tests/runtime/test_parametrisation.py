"""Every parametrisation gives back x from what a perfect network of its kind would say."""

import numpy as np
import pytest
import torch

from tpd.runtime.parametrisation import Parametrisation, num_output_channels, variance_fraction, x_hat_from_output
from tpd.runtime.schedule import Schedule

NUM_MELS = 4
SIGMA_DATA = 0.5


def perfect_output(
    parametrisation: Parametrisation, x: np.ndarray, eps: np.ndarray, alpha: float, sigma: float
) -> np.ndarray:
    """What the network should say of x at z = alpha x + sigma eps."""
    v = alpha * eps - sigma * x
    match parametrisation:
        case Parametrisation.EPSILON:
            return np.concatenate([eps, np.full_like(eps, np.nan)], axis=1)
        case Parametrisation.TWO_HEADS:
            return np.concatenate([eps, x], axis=1)
        case Parametrisation.X:
            return x
        case Parametrisation.V:
            return v
        case Parametrisation.EDM:
            # Karras et al. 2022, Eq. 8 and table 1: F = (x - c_skip y) / c_out at y = x + level eps.
            level = sigma / alpha
            c_skip = SIGMA_DATA**2 / (level**2 + SIGMA_DATA**2)
            c_out = level * SIGMA_DATA / np.sqrt(level**2 + SIGMA_DATA**2)
            return np.asarray((x - c_skip * (x + level * eps)) / c_out)


@pytest.mark.parametrize("parametrisation", Parametrisation)
@pytest.mark.parametrize("timestep", [0, 500, 2000, 3999])
def test_perfect_output_gives_x(parametrisation: Parametrisation, timestep: int) -> None:
    rng = np.random.default_rng(timestep)
    x, eps = rng.uniform(-1, 1, (2, NUM_MELS, 5)), rng.standard_normal((2, NUM_MELS, 5))
    alpha, sigma = float(Schedule().alpha[timestep]), float(Schedule().sigma[timestep])
    output, z = perfect_output(parametrisation, x, eps, alpha, sigma), alpha * x + sigma * eps
    assert output.shape[1] == num_output_channels(parametrisation, NUM_MELS)
    found = x_hat_from_output(parametrisation, output, z, alpha, sigma, sigma_data=SIGMA_DATA)
    np.testing.assert_allclose(found, x, atol=1e-9)
    of_torch = x_hat_from_output(
        parametrisation, torch.from_numpy(output), torch.from_numpy(z), alpha, sigma, sigma_data=SIGMA_DATA
    )
    np.testing.assert_allclose(of_torch.numpy(), found, atol=1e-12)


def test_two_heads_are_the_epsilon_head_where_clean_and_bounded_where_noisy() -> None:
    rng = np.random.default_rng(0)
    error = np.concatenate([np.full((1, NUM_MELS, 5), 1e-3), np.zeros((1, NUM_MELS, 5))], axis=1)
    x, eps = rng.uniform(-1, 1, (1, NUM_MELS, 5)), rng.standard_normal((1, NUM_MELS, 5))

    def worst(parametrisation: Parametrisation, timestep: int) -> float:
        alpha, sigma = float(Schedule().alpha[timestep]), float(Schedule().sigma[timestep])
        output = perfect_output(parametrisation, x, eps, alpha, sigma) + error
        z = alpha * x + sigma * eps
        return float(
            np.abs(x_hat_from_output(parametrisation, output, z, alpha, sigma, sigma_data=SIGMA_DATA) - x).max()
        )

    assert worst(Parametrisation.TWO_HEADS, 0) == pytest.approx(worst(Parametrisation.EPSILON, 0), rel=1e-3)
    assert worst(Parametrisation.EPSILON, 3999) > 0.1
    assert worst(Parametrisation.TWO_HEADS, 3999) < 1e-5


def test_variance_fraction_reads_the_upper_channels() -> None:
    output = np.concatenate([np.full((1, NUM_MELS, 2), 9.0), np.full((1, NUM_MELS, 2), -1.0)], axis=1)
    assert np.array_equal(variance_fraction(output, NUM_MELS), np.zeros((1, NUM_MELS, 2)))
    assert np.array_equal(variance_fraction(output + 2, NUM_MELS), np.ones((1, NUM_MELS, 2)))
