"""`tpd export`: a student and its companions to a bundle that speaks without PyTorch."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tpd.errors import DependencyError

INSTALL = "pip install -c constraints.txt '.[cpu,export]'"

EXAMPLES = (
    "tpd export --student runs/hatchling/student-0031.safetensors --out engines/hatchling",
    "tpd export --teacher models/tortoise --student runs/tortoise/student-0031.safetensors",
)
"""How it is used; the end of its help."""


def export(
    student: Annotated[Path, typer.Option(help="The student that tpd distill wrote.", show_default=False)],
    teacher: Annotated[Path, typer.Option(help="Directory of its teacher's networks.")] = Path(
        "recipes/hatchling/weights"
    ),
    out: Annotated[Path, typer.Option(help="Directory of the bundle.")] = Path("engines/student"),
) -> None:
    """Export a student with everything that speaking needs to ONNX, each graph checked against PyTorch."""
    try:
        from tpd.export.bundle import export_bundle, load_student
    except ImportError as error:
        raise DependencyError(f"exporting needs PyTorch and onnx ({error}); install them: {INSTALL}") from error
    from tpd.tortoise.teacher import load_teacher

    export_bundle(
        load_teacher(teacher), load_student(student), out, lambda line: print(line, file=sys.stderr, flush=True)
    )
    print(out / "student.onnx")
