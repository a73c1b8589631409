"""A distillation run: it goes on after a kill as if nothing had been, and says what is wrong."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.conftest import TEXTS, tiny_plan
from tests.tiny import tiny_teacher
from tpd.distill.data import read_examples
from tpd.distill.run import distill
from tpd.errors import BundleError, InputError, OutputError, TrainingError
from tpd.export.bundle import load_student
from tpd.runtime.parametrisation import Parametrisation
from tpd.runtime.schedule import Schedule
from tpd.tortoise.teacher import load_teacher, save_teacher


def test_student_knows_its_grid_and_origin(student_path: Path) -> None:
    student = load_student(student_path)
    assert student.timesteps == list(Schedule().grid(31).timesteps)
    assert [stage["steps"] for stage in student.made_from["stages"]] == [4000, 62, 31]


def test_the_same_plan_gives_the_same_student(teacher_dir: Path, student_path: Path, tmp_path: Path) -> None:
    again = load_file(distill(tiny_plan(teacher_dir), TEXTS, tmp_path, lambda line: None))
    for name, tensor in load_file(student_path).items():
        assert torch.equal(tensor, again[name]), name


def test_a_killed_run_goes_on_to_the_same_student(teacher_dir: Path, student_path: Path, tmp_path: Path) -> None:
    """Kill -9 at some moment of a run that saves at every update, then the same command again."""
    script = textwrap.dedent(f"""
        import pathlib, time
        import tpd.distill.run as run
        from tests.conftest import TEXTS, tiny_plan
        run.SAVE_EVERY_S = 0.0
        step = run.StageTrainer.step
        def slow(self):
            time.sleep(0.3)
            return step(self)
        run.StageTrainer.step = slow
        run.distill(tiny_plan(pathlib.Path({str(teacher_dir)!r})), TEXTS, pathlib.Path({str(tmp_path)!r}), print)
    """)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("stage-*.pt")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    time.sleep(0.4)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(tmp_path.glob("stage-*.pt")), "the run was not killed in the middle of a stage"
    found = load_file(distill(tiny_plan(teacher_dir), TEXTS, tmp_path, lambda line: None))
    for name, tensor in load_file(student_path).items():
        assert torch.equal(tensor, found[name]), name


def test_another_plan_in_the_same_directory_is_refused(teacher_dir: Path, tmp_path: Path) -> None:
    plan = tiny_plan(teacher_dir, schedule=(4000,), guidance_updates=1)
    distill(plan, TEXTS, tmp_path, lambda line: None)
    with pytest.raises(TrainingError, match="holds a run with another seed"):
        distill(
            tiny_plan(teacher_dir, schedule=(4000,), guidance_updates=1, seed=5), TEXTS, tmp_path, lambda line: None
        )
    assert json.loads((tmp_path / "plan.json").read_text())["seed"] == 0


def test_data_of_another_teacher_is_refused(teacher_dir: Path, tmp_path: Path) -> None:
    distill(tiny_plan(teacher_dir, schedule=(4000,), guidance_updates=1), TEXTS, tmp_path / "run", lambda line: None)
    save_teacher(tmp_path / "other", tiny_teacher(seed=1), half=False)
    with pytest.raises(TrainingError, match="another teacher"):
        read_examples(tmp_path / "run" / "data", load_teacher(tmp_path / "other"))


def test_a_damaged_example_is_named(teacher_dir: Path, tmp_path: Path) -> None:
    plan = tiny_plan(teacher_dir, schedule=(4000,), guidance_updates=1)
    distill(plan, TEXTS, tmp_path, lambda line: None)
    damaged = next((tmp_path / "data").glob("*.safetensors"))
    os.truncate(damaged, 40)
    with pytest.raises(BundleError, match=damaged.name):
        read_examples(tmp_path / "data", load_teacher(teacher_dir))


@pytest.mark.parametrize("schedule", [(), (31, 62), (62, 62), (5000, 31), (31, 0)])
def test_a_schedule_must_fall(teacher_dir: Path, schedule: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="schedule"):
        tiny_plan(teacher_dir, schedule=schedule)


def test_a_missing_teacher_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no teacher manifest at .*name a teacher's directory"):
        distill(tiny_plan(tmp_path / "nobody"), TEXTS, tmp_path / "run", lambda line: None)
    assert not (tmp_path / "run").exists()


def test_a_place_that_cannot_be_written_is_named(teacher_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot make the directory"):
        distill(tiny_plan(teacher_dir), TEXTS, tmp_path / "file" / "run", lambda line: None)


def test_an_epsilon_teacher_gets_a_student_of_two_heads(tmp_path: Path) -> None:
    save_teacher(tmp_path / "teacher", tiny_teacher(Parametrisation.EPSILON), half=False)
    plan = tiny_plan(tmp_path / "teacher", schedule=(4000, 62), guidance_updates=2, progressive_updates=2)
    student = load_student(distill(plan, TEXTS, tmp_path / "run", lambda line: None))
    assert student.decoder.config.parametrisation is Parametrisation.TWO_HEADS
