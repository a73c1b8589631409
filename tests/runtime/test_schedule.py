"""The schedule and its grids: known values, identities, and what is refused."""

import numpy as np
import pytest

from tests.reference import Case, load_case
from tpd.errors import InputError
from tpd.runtime.schedule import Schedule, space_timesteps


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case("diffusion_decoder")


@pytest.mark.parametrize("num_steps", [10, 31, 80])
def test_grids_equal_the_originals(case: Case, num_steps: int) -> None:
    grid = Schedule().grid(num_steps)
    assert list(grid.timesteps[::-1]) == case.io[f"ddim{num_steps}/timestep_map"].tolist()
    np.testing.assert_allclose(grid.alpha[::-1] ** 2, case.io[f"ddim{num_steps}/alphas_cumprod"], rtol=1e-12)


def test_noise_is_preserving_and_double_precision() -> None:
    schedule = Schedule()
    np.testing.assert_allclose(schedule.alpha**2 + schedule.sigma**2, 1, rtol=1e-12)
    assert schedule.betas.dtype == schedule.alpha.dtype == schedule.sigma.dtype == np.float64
    assert schedule.betas[[0, -1]].tolist() == [0.25e-4, 0.25 * 0.02]
    # Nearly all noise at the last timestep.
    assert schedule.sigma[-1] / schedule.alpha[-1] == pytest.approx(153, abs=0.5)


@pytest.mark.parametrize("num_steps", [1, 2, 3, 31, 62, 125, 3999, 4000])
def test_spacing_covers_the_schedule_evenly(num_steps: int) -> None:
    timesteps = space_timesteps(4000, num_steps)
    assert len(timesteps) == num_steps
    assert timesteps[0] == 0
    assert timesteps[-1] == (3999 if num_steps > 1 else 0)
    gaps = np.diff(timesteps)
    assert not len(gaps) or gaps.max() - gaps.min() <= 1


def test_u_is_the_root_of_the_signal_to_noise_ratio() -> None:
    grid = Schedule().grid(31)
    np.testing.assert_allclose(grid.u**2, grid.alpha**2 / (1 - grid.alpha**2), rtol=1e-9)
    assert (np.diff(grid.u) > 0).all()


def test_betas_of_a_grid_lead_to_its_levels() -> None:
    schedule = Schedule()
    grid = schedule.grid(31)
    np.testing.assert_allclose(np.cumprod(1 - grid.betas[::-1])[::-1], grid.alpha**2, rtol=1e-10)
    np.testing.assert_allclose(schedule.grid(4000).betas[::-1], schedule.betas, rtol=1e-9)


def test_levels_after_the_last_timestep_are_clean() -> None:
    grid = Schedule().grid_of([3000, 20])
    assert grid.next_levels(0) == (grid.alpha[1], grid.sigma[1])
    assert grid.next_levels(1) == (1.0, 0.0)


@pytest.mark.parametrize("timesteps", [[], [4000], [5, -1], [5, 5], [0, 1]])
def test_impossible_grids_are_refused(timesteps: list[int]) -> None:
    with pytest.raises(InputError, match="falling timesteps from 3999 at most to 0 at least; found"):
        Schedule().grid_of(timesteps)


@pytest.mark.parametrize("num_steps", [-1, 0, 4001])
def test_impossible_numbers_of_steps_are_refused(num_steps: int) -> None:
    with pytest.raises(InputError, match=f"1 to 4000 steps; found {num_steps}"):
        Schedule().grid(num_steps)


@pytest.mark.parametrize(
    "settings", [{"num_timesteps": 0}, {"beta_start": 0.0}, {"beta_end": 1.0}, {"beta_start": 0.5}]
)
def test_impossible_schedules_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InputError, match="0 < beta_start <= beta_end < 1"):
        Schedule(**settings)  # type: ignore[arg-type]
