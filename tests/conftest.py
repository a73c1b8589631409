"""What many tests share: a tiny teacher, and the bundle that is distilled and exported from it once a session."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.tiny import tiny_teacher
from tpd.distill.run import Plan, distill
from tpd.export.bundle import export_bundle, load_student
from tpd.tortoise.teacher import load_teacher, save_teacher

TEXTS = ["hello there.", "good day to you.", "one more thing.", "and the last."]


@pytest.fixture(scope="session")
def teacher_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny teacher on disk."""
    directory = tmp_path_factory.mktemp("teacher")
    save_teacher(directory, tiny_teacher(), half=False)
    return directory


def tiny_plan(teacher_dir: Path, **changes: object) -> Plan:
    """A distillation that takes seconds."""
    settings: dict[str, object] = {
        "teacher": str(teacher_dir),
        "schedule": (4000, 62, 31),
        "guidance_updates": 4,
        "progressive_updates": 3,
        "num_texts": 4,
        "teacher_steps": 3,
        "frames_per_batch": 60,
    }
    return Plan(**(settings | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def student_path(teacher_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student of 31 steps, distilled from the tiny teacher."""
    return distill(tiny_plan(teacher_dir), TEXTS, tmp_path_factory.mktemp("run"), lambda line: None)


@pytest.fixture(scope="session")
def engine_path(teacher_dir: Path, student_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine of that student, in its bundle."""
    out = tmp_path_factory.mktemp("bundle")
    export_bundle(load_teacher(teacher_dir), load_student(student_path), out, lambda line: None)
    return out / "student.onnx"
