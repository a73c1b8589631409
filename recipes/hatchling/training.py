"""One training loop for every stage: it can be killed at any moment and goes on when run again."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer

from tpd.errors import TrainingError
from tpd.files import write_atomically

SAVE_EVERY_S = 60.0
LOG_EVERY = 25


@dataclass(kw_only=True)
class Stage:
    """What one stage trains, and with what."""

    directory: Path
    """Where its checkpoint and its log lie."""
    module: nn.Module
    """What is trained (and checkpointed)."""
    optimisers: list[Optimizer]
    """They step together; their learning rates are scaled together."""
    num_steps: int
    """Updates in all."""
    compute_loss: Callable[[int], dict[str, torch.Tensor]]
    """Losses of the batch of a step, which depends on nothing but the number of the step; the sum is minimised."""
    average_decay: float = 0.998
    """Of the running average of the weights, which is what the stage yields."""


def learning_rate_factor(step: int, num_steps: int, *, warm_up: int = 100, decay_share: float = 0.4) -> float:
    """Linear warm-up, a plateau, then linearly to 0 over the last `decay_share` of the steps."""
    return min(1.0, (step + 1) / warm_up, (num_steps - step) / (decay_share * num_steps))


def optimisers_of(module: nn.Module, learning_rate: float, weight_decay: float = 0.01) -> list[Optimizer]:
    """Muon (Jordan et al. 2024) for the inner matrices, Adam for all else."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in module.named_parameters():
        outer = "embedding" in name or "head" in name
        (matrices if parameter.ndim == 2 and not outer else others).append(parameter)
    adam = torch.optim.AdamW(others, lr=learning_rate, betas=(0.9, 0.98), weight_decay=0.0)
    if not matrices:
        return [adam]
    muon = torch.optim.Muon(matrices, lr=learning_rate, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")
    return [muon, adam]


def train(stage: Stage) -> dict[str, torch.Tensor]:
    """Run a stage from its last checkpoint to its end; returns the averaged weights."""
    stage.directory.mkdir(parents=True, exist_ok=True)
    checkpoint = stage.directory / "checkpoint.pt"
    base_rates = [[group["lr"] for group in optimiser.param_groups] for optimiser in stage.optimisers]
    average = {name: tensor.detach().clone() for name, tensor in stage.module.state_dict().items()}
    first = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        stage.module.load_state_dict(state["module"])
        for optimiser, saved in zip(stage.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        average, first = state["average"], state["step"]

    def save(step: int) -> None:
        state = {
            "module": stage.module.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in stage.optimisers],
            "average": average,
            "step": step,
        }
        write_atomically(checkpoint, lambda file: torch.save(state, file))

    stage.module.train()
    began, saved_at = time.monotonic(), time.monotonic()
    sums: dict[str, float] = {}
    num_summed = 0
    for step in range(first, stage.num_steps):
        factor = learning_rate_factor(step, stage.num_steps)
        for optimiser, rates in zip(stage.optimisers, base_rates, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            optimiser.zero_grad()
        losses = stage.compute_loss(step)
        total = torch.stack(list(losses.values())).sum()
        total.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(stage.module.parameters(), 1.0)
        if not torch.isfinite(norm):
            raise TrainingError(f"step {step}: loss or gradient is not finite; the last good state is {checkpoint}")
        for optimiser in stage.optimisers:
            optimiser.step()
        _average(average, stage.module.state_dict(), min(stage.average_decay, (step + 1) / (step + 10)))
        for name, loss in losses.items():
            sums[name] = sums.get(name, 0.0) + float(loss.detach())
        num_summed += 1
        if (step + 1) % LOG_EVERY == 0:
            rate = (time.monotonic() - began) / (step + 1 - first)
            line = {
                "step": step + 1,
                "s_per_step": round(rate, 3),
                **{k: round(v / num_summed, 5) for k, v in sums.items()},
            }
            _log(stage.directory, line)
            sums, num_summed = {}, 0
        if time.monotonic() - saved_at > SAVE_EVERY_S:
            save(step + 1)
            saved_at = time.monotonic()
    save(stage.num_steps)
    return average


def _average(average: dict[str, torch.Tensor], current: dict[str, torch.Tensor], decay: float) -> None:
    for name, tensor in current.items():
        if tensor.is_floating_point():
            average[name].lerp_(tensor, 1 - decay)
        else:
            average[name].copy_(tensor)


def _log(directory: Path, line: dict[str, float]) -> None:
    print(json.dumps(line), flush=True)
    with (directory / "stats.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def pick(step: int, seed: int, count: int, choices: Iterable[float] | int) -> torch.Tensor:
    """`count` indices drawn for one step, uniformly below an integer or by weights."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
    if isinstance(choices, int):
        return torch.randint(choices, (count,), generator=generator)
    return torch.multinomial(torch.tensor(list(choices)), count, replacement=True, generator=generator)
