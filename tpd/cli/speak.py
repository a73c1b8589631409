"""`tpd speak`: a sentence to a WAV file."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from tpd.errors import InputError, OutputError

EXAMPLES = (
    'tpd speak "The boat drifted past the old stone bridge." --out hello.wav',
    'echo "Read from a pipe." | tpd speak - --voice slt --seed 7 --out - > hello.wav',
)
"""How it is used; the end of its help."""


def speak(
    text: Annotated[str, typer.Argument(help="What to say; - reads it from standard input.", show_default=False)],
    out: Annotated[str, typer.Option(help="WAV file to write; - writes it to standard output.")] = "speech.wav",
    voice: Annotated[str | None, typer.Option(help="A voice of the bundle.", show_default="the bundle's own")] = None,
    seed: Annotated[int, typer.Option(help="Another seed says it another way.", min=0)] = 0,
    steps: Annotated[
        int | None,
        typer.Option(help="Diffusion steps; only what the engine was made for.", show_default="the engine's"),
    ] = None,
    engine: Annotated[
        Path | None, typer.Option(help="The engine: a student with its manifest.", show_default="the bundled one")
    ] = None,
) -> None:
    """Say a text."""
    began = time.perf_counter()
    if text == "-":
        text = sys.stdin.read()
    if not text.strip():
        raise InputError("there is no text to speak; give a sentence, or - and a pipe")
    target = None if out == "-" else _writable(Path(out))

    from tpd.files import write_atomically
    from tpd.runtime import pipeline
    from tpd.runtime.engine import Engine, default_engine
    from tpd.runtime.wav import wav_bytes

    loaded = Engine(engine or default_engine())
    loaded.check_steps(steps)
    start_s = time.perf_counter() - began

    def progress(stage: str, piece: int, num_pieces: int) -> None:
        print(f"\r\x1b[Kpiece {piece} of {num_pieces}: {stage}", end="", file=sys.stderr, flush=True)

    speech = pipeline.speak(loaded, text, voice=voice, seed=seed, progress=progress if sys.stderr.isatty() else None)
    content = wav_bytes(speech.audio, speech.sample_rate_hz)
    if target is None:
        sys.stdout.buffer.write(content)
    else:
        write_atomically(target, content)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    report = speech.report
    for warning in report.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    stages = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in report.stage_s.items())
    print(
        f"{report.audio_s:.2f} s of speech in {sum(report.stage_s.values()):.2f} s "
        f"({stages}; loading {start_s:.2f} s), real-time factor {report.real_time_factor:.2f}; {out}",
        file=sys.stderr,
    )


def _writable(path: Path) -> Path:
    """The path, before any work is done for it. Raises OutputError where nothing can be written there."""
    parent = path.parent
    if path.is_dir() or not parent.is_dir() or not os.access(parent, os.W_OK):
        reason = "it is a directory" if path.is_dir() else f"{parent} is no directory that can be written to"
        raise OutputError(f"cannot write {path}: {reason}; choose another --out")
    return path
