"""`tpd distill`: a run directory that goes from a guided teacher to a student of few steps, and can be killed at any
time.
"""

import copy
import dataclasses
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tpd.distill.data import make_examples, read_examples
from tpd.distill.stage import Labels, StageSettings, StageTrainer, progressive_labels, sub_steps
from tpd.errors import InputError, TrainingError
from tpd.files import make_directory, write_atomically
from tpd.runtime.guidance import full_grid_scale
from tpd.runtime.parametrisation import Parametrisation
from tpd.runtime.schedule import Schedule
from tpd.tortoise.denoiser import Denoiser
from tpd.tortoise.diffusion_decoder import DiffusionDecoder
from tpd.tortoise.teacher import Teacher, load_teacher
from tpd.tortoise.weights import load_network, save_network

ARTICLE_SCHEDULE = (4000, 2000, 1000, 500, 250, 125, 62, 31)
"""Seven halvings; the first entry is guidance distillation on the full grid."""
SAVE_EVERY_S = 60.0
LOG_EVERY = 10
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides what a run yields; it is written beside the run."""

    teacher: str
    """Directory of the teacher."""
    schedule: tuple[int, ...] = ARTICLE_SCHEDULE
    """Steps of each stage's student, falling; the first stage distils guidance on this grid."""
    guidance_updates: int = 400
    """Updates of the first stage."""
    progressive_updates: int = 80
    """Updates of each later stage."""
    num_texts: int = 160
    """Utterances of synthetic data."""
    teacher_steps: int = 31
    """Guided steps in which the teacher makes each of them."""
    frames_per_batch: int = 2000
    """Mel frames in a batch, about."""
    learning_rate: float = 3e-4
    """Of every stage, falling to 0 within it."""
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "schedule", tuple(self.schedule))
        steps = self.schedule
        if not steps or steps[0] > 4000 or steps[-1] < 1:
            raise InputError(f"a schedule has steps between 4000 and 1; found {list(steps)}")
        if any(later >= earlier for earlier, later in pairwise(steps)):
            raise InputError(f"a schedule must fall, like 4000,2000,...,31; found {list(steps)}")


def distill(plan: Plan, texts: list[str], out: Path, tell: Tell) -> Path:
    """Run or go on with a run; returns the path of the last student.

    Raises InputError for a plan that cannot be, TrainingError where the directory holds another run.
    """
    teacher = load_teacher(Path(plan.teacher))
    _keep_plan(plan, make_directory(out))
    make_examples(
        teacher, texts[: plan.num_texts], out / "data", teacher_steps=plan.teacher_steps, seed=plan.seed, tell=tell
    )
    examples = read_examples(out / "data", teacher)
    decoder = teacher.decoder
    done: list[dict[str, Any]] = []
    path = out / "student.safetensors"
    for number, steps in enumerate(plan.schedule):
        path = out / f"student-{steps:04d}.safetensors"
        timesteps = list(Schedule().grid(steps).timesteps)
        done.append({"steps": steps, "updates": plan.guidance_updates if number == 0 else plan.progressive_updates})
        if not path.exists():
            labels = (
                _guided_labels(teacher, timesteps)
                if number == 0
                else _labels_of(decoder, timesteps, list(Schedule().grid(plan.schedule[number - 1]).timesteps))
            )
            settings = StageSettings(
                updates=done[-1]["updates"],
                frames_per_batch=plan.frames_per_batch,
                learning_rate=plan.learning_rate,
                seed=plan.seed + number,
            )
            student = Denoiser(_student_of(decoder))
            trainer = StageTrainer(student, teacher, decoder, examples, timesteps, labels, settings)
            _run_stage(trainer, out, steps, tell)
            student.load_state_dict(trainer.average)
            record = {"teacher": teacher.manifest_seal, "timesteps": timesteps, "stages": done, "plan": _as_json(plan)}
            save_network(path, student.decoder, extra={"distillation": json.dumps(record)})
            (out / f"stage-{steps:04d}.pt").unlink(missing_ok=True)
        decoder = load_network(path, DiffusionDecoder)
    return path


def _run_stage(trainer: StageTrainer, out: Path, steps: int, tell: Tell) -> None:
    """Train a stage to its end from its last checkpoint."""
    checkpoint = out / f"stage-{steps:04d}.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        trainer.student.load_state_dict(state["student"])
        trainer.optimiser.load_state_dict(state["optimiser"])
        trainer.average, trainer.update = state["average"], state["update"]
    saved_at, losses = time.monotonic(), []
    while trainer.update < trainer.settings.updates:
        try:
            losses.append(trainer.step())
        except TrainingError as error:
            kept = checkpoint if checkpoint.exists() else "none yet: the stage had just begun"
            raise TrainingError(f"{error}; last good checkpoint: {kept}") from error
        if trainer.update % LOG_EVERY == 0:
            line = {"steps": steps, "update": trainer.update, "loss": sum(losses) / len(losses)}
            with (out / "stats.jsonl").open("a") as file:
                file.write(json.dumps(line) + "\n")
            tell(f"{steps} steps: update {trainer.update}/{trainer.settings.updates}, loss {line['loss']:.5f}")
            losses = []
        if time.monotonic() - saved_at > SAVE_EVERY_S:
            state = {
                "student": trainer.student.state_dict(),
                "optimiser": trainer.optimiser.state_dict(),
                "average": trainer.average,
                "update": trainer.update,
            }
            write_atomically(checkpoint, lambda file, state=state: torch.save(state, file))  # type: ignore[misc]
            saved_at = time.monotonic()


def _student_of(teacher: DiffusionDecoder) -> DiffusionDecoder:
    """A student that starts as its teacher.

    One that predicts x in any way keeps that; an epsilon teacher's student gets two heads: the variance channels
    become an x head that begins at 0, so that its estimate begins as alpha^2 times the teacher's.
    """
    config = teacher.config
    if config.parametrisation is not Parametrisation.EPSILON:
        return copy.deepcopy(teacher).requires_grad_(True)
    student = DiffusionDecoder(dataclasses.replace(config, parametrisation=Parametrisation.TWO_HEADS))
    state = {name: tensor.clone() for name, tensor in teacher.state_dict().items()}
    state["out.2.weight"][config.num_mels :] = 0
    state["out.2.bias"][config.num_mels :] = 0
    student.load_state_dict(state)
    return student.requires_grad_(True)


def _guided_labels(teacher: Teacher, timesteps: list[int]) -> Labels:
    """Phase one: the guided teacher's own estimate (Meng et al. 2022, section 3.1)."""
    denoiser, scale_of = Denoiser(teacher.decoder), full_grid_scale(teacher.guidance_scale)
    timestep_N = torch.tensor(timesteps)

    def labels(z_BMT: Tensor, index_B: Tensor, embedding: Tensor) -> Tensor:
        timestep_B = timestep_N[index_B]
        scale_B = torch.tensor([scale_of(int(timestep)) for timestep in timestep_B])
        return denoiser.guided(z_BMT, timestep_B, embedding, scale_B)

    return labels


def _labels_of(decoder: DiffusionDecoder, timesteps: list[int], teacher_timesteps: list[int]) -> Labels:
    """Phase two: the student of the stage before, as many steps as it takes."""
    denoiser = Denoiser(decoder)
    return progressive_labels(
        sub_steps(timesteps, teacher_timesteps),
        lambda z, timestep, embedding: denoiser(z, timestep, embedding).clamp(-1, 1),
    )


def _keep_plan(plan: Plan, out: Path) -> None:
    """Write the plan, or make sure that the run that lies there has the same."""
    path = out / "plan.json"
    if path.exists():
        kept = json.loads(path.read_text())
        changed = [name for name, value in _as_json(plan).items() if kept.get(name) != value]
        if changed:
            raise TrainingError(
                f"{out} holds a run with another {', '.join(changed)}; "
                f"choose another --out, or repeat its settings ({path})"
            )
    else:
        write_atomically(path, (json.dumps(_as_json(plan), indent=2) + "\n").encode())


def _as_json(plan: Plan) -> dict[str, Any]:
    return json.loads(json.dumps(dataclasses.asdict(plan)))  # type: ignore[no-any-return]
