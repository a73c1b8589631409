"""What the student must say: targets and losses of both phases, as pure functions.

In the natural coordinate u = alpha / sigma a DDIM step is a straight line: z_s / sigma_s = z_t / sigma_t + (u_s -
u_t) x_hat (Song et al. 2020, Eq. 12). So what K steps of a teacher amount to is one step whose estimate of x is a
convex combination of the teacher's estimates. There is no cancellation, and it stays in [-1, 1] when they do.
"""

# B batch, M mel bands, T mel frames, K teacher steps

import torch
from torch import Tensor


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

    `estimates` [K][B, M, T] at the natural coordinates `u` [K][B, 1, 1], rising; the weights (u_{j+1} - u_j) / (u_end
    - u_0) are positive and sum to 1. At a clean end u_end is infinite and the target is the last estimate. A step of
    no length has no weight.
    """
    target = torch.zeros_like(estimates[0])
    for estimate, start, end in zip(estimates, u, [*u[1:], u_end], strict=True):
        weight = torch.where(end.isinf(), 1.0, (end - start) / (u_end - u[0]))
        target = target + torch.where(end == start, 0.0, weight) * estimate
    return target


def truncated_snr_weight(u: Tensor, ceiling: float = 1e4) -> Tensor:
    """max(SNR, 1) (Salimans & Ho 2022, section 4), SNR = u^2, kept below a ceiling where a mel is already clean."""
    return u.square().clamp(1.0, ceiling)


def weighted_loss(x_hat_BMT: Tensor, target_BMT: Tensor, weight_B11: Tensor) -> Tensor:
    """Mean weighted squared error in x."""
    return (weight_B11 * (x_hat_BMT - target_BMT).square()).mean()
