"""The targets of distillation: what they must equal, by the mathematics."""

import pytest
import torch

from tpd.distill.stage import CLEAN, progressive_labels, sub_steps
from tpd.distill.target import convex_target, ddim_step, truncated_snr_weight
from tpd.errors import TrainingError
from tpd.runtime.schedule import Schedule

SCHEDULE = Schedule()


def levels(timestep: int) -> tuple[torch.Tensor, torch.Tensor]:
    if timestep == CLEAN:
        return torch.ones(1, 1, 1), torch.zeros(1, 1, 1)
    return (
        torch.full((1, 1, 1), float(SCHEDULE.alpha[timestep])),
        torch.full((1, 1, 1), float(SCHEDULE.sigma[timestep])),
    )


def estimate(z: torch.Tensor, timestep: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
    """Some bounded function of all it is given."""
    return torch.tanh(z + 0.001 * timestep[:, None, None] + embedding)


@pytest.mark.parametrize(("start", "end"), [(3999, 3866), (2000, 1867), (267, 133), (133, 0), (0, CLEAN)])
def test_one_step_to_the_target_ends_where_the_teachers_steps_end(start: int, end: int) -> None:
    torch.manual_seed(0)
    z = torch.randn(1, 4, 6)
    student = [start] if end == CLEAN else [start, end]
    inside = [t for t in range(start - 1, -1, -20) if end == CLEAN or t > end]
    teacher = [start, *inside] if end == CLEAN else [start, *inside, end]
    stops = sub_steps(student, teacher)[:1]
    target = progressive_labels(stops, estimate)(z, torch.zeros(1, dtype=torch.long), torch.zeros(1))

    expected = z.double()
    for here, there in zip(stops[0, :-1].tolist(), stops[0, 1:].tolist(), strict=True):
        if here != there:
            x_hat = estimate(expected.float(), torch.tensor([here]), torch.zeros(1)).double()
            expected = ddim_step(expected, x_hat, *(level.double() for level in (*levels(here), *levels(there))))
    found = ddim_step(z, target, *levels(start), *levels(end))
    torch.testing.assert_close(found.double(), expected, atol=2e-5, rtol=0)


def test_target_is_between_its_estimates() -> None:
    torch.manual_seed(0)
    estimates = [torch.rand(2, 3, 4) * 2 - 1 for _ in range(4)]
    u = [torch.full((2, 1, 1), level) for level in (0.2, 0.5, 1.0, 3.0)]
    target = convex_target(estimates, u, torch.full((2, 1, 1), 5.0))
    stacked = torch.stack(estimates)
    assert (target <= stacked.amax(0) + 1e-6).all()
    assert (target >= stacked.amin(0) - 1e-6).all()


def test_agreement_is_the_target() -> None:
    same = torch.rand(1, 3, 4)
    u = [torch.full((1, 1, 1), level) for level in (1e-3, 3.0, 150.0)]
    for end in (200.0, torch.inf):
        found = convex_target([same] * 3, u, torch.full((1, 1, 1), end))
        torch.testing.assert_close(found, same, atol=1e-6, rtol=0)


@pytest.mark.parametrize("pair", [(2000, 1000), (125, 62), (62, 31), (31, 16), (4000, 31)])
def test_sub_steps_go_from_each_step_to_the_next(pair: tuple[int, int]) -> None:
    teacher, student = (list(SCHEDULE.grid(steps).timesteps) for steps in pair)
    stops = sub_steps(student, teacher)
    assert stops[:, 0].tolist() == student
    assert stops[:, -1].tolist() == [*student[1:], CLEAN]
    falling = torch.where(stops == CLEAN, -1, stops)
    assert (falling.diff(dim=1) <= 0).all()
    # About as many steps of the teacher as the schedule is coarser, in every step of the student but the last.
    counts = (falling.diff(dim=1) < 0).sum(1)[:-1]
    ratio = (pair[0] - 1) / (pair[1] - 1)
    assert ratio - 1.01 <= counts.min()
    assert counts.max() <= ratio + 1.01


def test_a_schedule_that_rises_is_refused() -> None:
    with pytest.raises(TrainingError, match="must fall"):
        sub_steps([10, 20], [30, 20, 10])
    with pytest.raises(TrainingError, match="a student of 3 steps has a teacher of 2"):
        sub_steps([30, 20, 10], [30, 10])


def test_weight_is_truncated_both_ways() -> None:
    weight = truncated_snr_weight(torch.tensor([1e6, 10.0, 1.0, 0.006]), ceiling=1000.0)
    torch.testing.assert_close(weight, torch.tensor([1000.0, 100.0, 1.0, 1.0]))
