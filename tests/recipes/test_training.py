"""The recipe's training loop: a run that was cut off ends as one that was not."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from recipes.hatchling import training
from recipes.hatchling.training import Stage, learning_rate_factor, optimisers_of, train
from tpd.errors import TrainingError

NUM_STEPS = 12


def make_stage(directory: Path, *, cut_at: int | None = None, poison_at: int | None = None) -> Stage:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))

    def compute_loss(step: int) -> dict[str, Tensor]:
        if step == cut_at:
            raise KeyboardInterrupt
        x = torch.randn(16, 4, generator=torch.Generator().manual_seed(step))
        loss = (module(x)[:, 0] - x.sum(1)).square().mean()
        return {"loss": loss * (float("nan") if step == poison_at else 1.0)}

    return Stage(
        directory=directory,
        module=module,
        optimisers=optimisers_of(module, 1e-2),
        num_steps=NUM_STEPS,
        compute_loss=compute_loss,
    )


def test_a_cut_run_ends_like_a_whole_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train(make_stage(tmp_path / "whole"))
    monkeypatch.setattr(training, "SAVE_EVERY_S", 0.0)
    with pytest.raises(KeyboardInterrupt):
        train(make_stage(tmp_path / "cut", cut_at=7))
    resumed = train(make_stage(tmp_path / "cut"))
    for name, tensor in whole.items():
        assert torch.equal(tensor, resumed[name]), name


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_last_state(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"step 5: .*checkpoint\.pt"):
        train(make_stage(tmp_path, poison_at=5))


def test_learning_rate_rises_stays_and_falls_to_nothing() -> None:
    factors = [learning_rate_factor(step, 1000) for step in range(1000)]
    assert factors[0] == pytest.approx(0.01)
    assert max(factors[100:600]) == min(factors[100:600]) == 1.0
    assert factors[-1] == pytest.approx(1 / 400)
