"""`tpd distill`: a guided teacher to a student of few steps."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tpd.errors import DependencyError, InputError

INSTALL = "pip install -c constraints.txt '.[distill]'"

EXAMPLES = (
    "tpd distill --out runs/hatchling",
    "tpd distill --teacher models/tortoise --schedule 4000,1000,250,62,31 --dry-run",
)
"""How it is used; the end of its help."""


def distill(
    teacher: Annotated[Path, typer.Option(help="Directory of the teacher's networks.")] = Path(
        "recipes/hatchling/weights"
    ),
    out: Annotated[Path, typer.Option(help="Run directory; the same command goes on with it.")] = Path("runs/student"),
    schedule: Annotated[
        str, typer.Option(help="Steps of each stage, falling; the first distils guidance.")
    ] = "4000,2000,1000,500,250,125,62,31",
    texts: Annotated[
        Path | None, typer.Option(help="Sentences for synthetic data, one a line.", show_default="the bundled ones")
    ] = None,
    num_texts: Annotated[int, typer.Option(help="How many of them are spoken.", min=2)] = 160,
    guidance_updates: Annotated[int, typer.Option(help="Updates of the first stage.", min=1)] = 400,
    updates: Annotated[int, typer.Option(help="Updates of each later stage.", min=1)] = 80,
    seed: Annotated[int, typer.Option(help="Of data, batches and noise.", min=0)] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and stop.")] = False,
) -> None:
    """Distil a teacher: its guidance first, then its steps, halving by halving."""
    try:
        from tpd.distill.run import Plan
        from tpd.distill.run import distill as run
        from tpd.distill.texts import bundled_texts, read_texts
    except ImportError as error:
        raise DependencyError(f"distilling needs PyTorch ({error}); install it: {INSTALL}") from error
    try:
        steps = tuple(int(step) for step in schedule.split(","))
    except ValueError as error:
        raise InputError(f"--schedule takes numbers with commas between them; found {schedule!r}") from error
    plan = Plan(
        teacher=str(teacher),
        schedule=steps,
        num_texts=num_texts,
        guidance_updates=guidance_updates,
        progressive_updates=updates,
        seed=seed,
    )
    if dry_run:
        import dataclasses
        import json

        print(json.dumps(dataclasses.asdict(plan), indent=2))
        return
    sentences = read_texts(texts) if texts else bundled_texts()
    student = run(plan, sentences, out, lambda line: print(line, file=sys.stderr, flush=True))
    print(student)
