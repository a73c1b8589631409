"""What a network's output means, and the estimate of x it amounts to; plain arithmetic on arrays of either kind."""

# M mel bands; z = alpha x + sigma eps is the noisy mel [B, M, T]; outputs are [B, M or 2M, T]

from enum import StrEnum
from typing import Any

Array = Any
"""numpy array or torch tensor; levels may be floats or anything that broadcasts against z."""


class Parametrisation(StrEnum):
    """How a network speaks of x."""

    EPSILON = "epsilon"
    """M bands of epsilon, then M of learned variance: the official weights."""
    TWO_HEADS = "two_heads"
    """M bands of epsilon, then M of x, mixed by noise level (Salimans & Ho 2022, section 4)."""
    X = "x"
    """x itself."""
    V = "v"
    """v = alpha eps - sigma x (Salimans & Ho 2022, appendix D)."""
    EDM = "edm"
    """x through the preconditioning of Karras et al. 2022 (table 1), in variance-preserving coordinates."""


def num_output_channels(parametrisation: Parametrisation, num_mels: int) -> int:
    """Channels a network of this parametrisation has."""
    two_sets = (Parametrisation.EPSILON, Parametrisation.TWO_HEADS)
    return 2 * num_mels if parametrisation in two_sets else num_mels


def x_hat_from_output(
    parametrisation: Parametrisation,
    output: Array,
    z: Array,
    alpha: Array,
    sigma: Array,
    *,
    sigma_data: float,
) -> Array:
    """The estimate of x [B, M, T], not clamped. `sigma_data` is used by EDM only."""
    num_mels = z.shape[1]
    match parametrisation:
        case Parametrisation.EPSILON:
            return (z - sigma * output[:, :num_mels]) / alpha
        case Parametrisation.TWO_HEADS:
            epsilon, x = output[:, :num_mels], output[:, num_mels:]
            return sigma**2 * x + alpha * (z - sigma * epsilon)
        case Parametrisation.X:
            return output
        case Parametrisation.V:
            return alpha * z - sigma * output
        case Parametrisation.EDM:
            variance = alpha**2 * sigma_data**2 + sigma**2
            return alpha * sigma_data**2 / variance * z + sigma * sigma_data / variance**0.5 * output


def variance_fraction(output: Array, num_mels: int) -> Array:
    """How far from the posterior's (0) to beta's (1) an epsilon network puts the logarithm of the variance.

    [B, M, T], (v + 1) / 2 of its upper channels v (Nichol & Dhariwal 2021, Eq. 15).
    """
    return (output[:, num_mels : 2 * num_mels] + 1) / 2
