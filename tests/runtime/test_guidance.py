"""Classifier-free guidance: the ramps, and that guiding x is guiding epsilon."""

import numpy as np
import pytest
import torch

from tpd.runtime.guidance import full_grid_scale, guide, ramped_scale
from tpd.runtime.schedule import Schedule


def test_ramp_counts_from_the_clean_end() -> None:
    scale_of = ramped_scale(2.0, Schedule().grid_of([3999, 700, 30, 2]))
    assert [scale_of(timestep) for timestep in (2, 30, 700, 3999)] == [2.0, 1.5, 1.0, 0.5]


def test_ramp_has_no_scale_off_its_grid() -> None:
    with pytest.raises(KeyError):
        ramped_scale(2.0, Schedule().grid(10))(1)


def test_ramp_of_the_full_grid_is_the_full_ramp() -> None:
    schedule = Schedule()
    on_grid, anywhere = ramped_scale(2.0, schedule.grid(4000)), full_grid_scale(2.0)
    assert all(on_grid(timestep) == anywhere(timestep) for timestep in range(4000))


@pytest.mark.parametrize("timestep", [50, 1500, 3000])
def test_guiding_x_is_guiding_epsilon(timestep: int) -> None:
    alpha, sigma = float(Schedule().alpha[timestep]), float(Schedule().sigma[timestep])
    z, eps_cond, eps_uncond = np.random.default_rng(0).standard_normal((3, 1, 4, 5))
    eps = (1 + 1.7) * eps_cond - 1.7 * eps_uncond
    found = guide((z - sigma * eps_cond) / alpha, (z - sigma * eps_uncond) / alpha, 1.7)
    np.testing.assert_allclose(found, ((z - sigma * eps) / alpha).clip(-1, 1), atol=1e-12)


def test_scale_may_differ_from_row_to_row_and_zero_is_no_guidance() -> None:
    cond, uncond = torch.tensor([[[0.5]], [[0.5]]]), torch.tensor([[[0.25]], [[0.25]]])
    found = guide(cond, uncond, torch.tensor([0.0, 1.0])[:, None, None])
    assert found.flatten().tolist() == [0.5, 0.75]
    assert guide(np.array([3.0]), np.array([-3.0]), 1.0).tolist() == [1.0]
