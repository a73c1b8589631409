"""What the student must say: targets and losses of both phases, as pure functions.

In the natural coordinates u = sigma / alpha and z / sigma a DDIM step is a straight line (DESIGN, Song et al. 2020),
so what
K steps of a teacher amount to is one step whose estimate of x is a convex combination of the teacher's estimates. No
cancellation, and it stays in [-1, 1] when they do.
"""

# B batch, M mel bands, T mel frames, K teacher steps

from collections.abc import Callable

import torch
from torch import Tensor

Estimate = Callable[[Tensor, Tensor], Tensor]
"""(z [B, M, T], timestep index [B]) to x_hat, clamped."""


def ddim_step(
    z_BMT: Tensor, x_hat_BMT: Tensor, alpha: Tensor, sigma: Tensor, alpha_s: Tensor, sigma_s: Tensor
) -> Tensor:
    """DDIM (eta 0) from noise level (alpha, sigma) to (alpha_s, sigma_s): z_s = alpha_s x + sigma_s eps.

    All coefficients are [B, 1, 1]; at the clean end (alpha_s 1, sigma_s 0) this is x_hat.
    """
    ratio = sigma_s / sigma
    return ratio * z_BMT + (alpha_s - alpha * ratio) * x_hat_BMT


def convex_target(estimates: list[Tensor], u: list[Tensor], u_end: Tensor) -> Tensor:
    """The estimate whose single step from u[0] to u_end ends where the teacher's steps ended.

    `estimates` [K][B, M, T] at natural noise levels `u` [K][B, 1, 1], falling; the weights (u_j - u_{j+1}) / (u_0 -
    u_end) are
    positive and sum to 1.
    """
    ends = [*u[1:], u_end]
    target = torch.zeros_like(estimates[0])
    for estimate, start, end in zip(estimates, u, ends, strict=True):
        target = target + (start - end) / (u[0] - u_end) * estimate
    return target


def truncated_snr_weight(u: Tensor, ceiling: float = 1e4) -> Tensor:
    """max(SNR, 1) (Salimans & Ho 2022, section 4), SNR = 1 / u^2, kept below a ceiling where a mel is already clean."""
    return u.square().reciprocal().clamp(1.0, ceiling)


def weighted_loss(x_hat_BMT: Tensor, target_BMT: Tensor, weight_B11: Tensor) -> Tensor:
    """Mean weighted squared error in x."""
    return (weight_B11 * (x_hat_BMT - target_BMT).square()).mean()
