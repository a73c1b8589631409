"""The commands as a user runs them: what they print, where, and how they end."""

import io
import json
import re
import subprocess
import sys
import wave
from pathlib import Path

import pytest


def tpd(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run `tpd` in a process of its own."""
    command = [sys.executable, "-c", "from tpd.cli.main import main; main()", *arguments]
    return subprocess.run(command, input=stdin.encode(), capture_output=True, check=False)


def read_wav(content: bytes) -> tuple[int, int]:
    """Sample rate and number of samples."""
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), file.getnframes()


def test_speak_writes_a_wav_and_says_what_it_did(engine_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "hello.wav"
    done = tpd("speak", "Hello there.", "--out", str(out), "--engine", str(engine_path))
    assert done.returncode == 0, done.stderr
    rate, num_samples = read_wav(out.read_bytes())
    assert rate == 24000
    assert num_samples > 0
    assert done.stdout == b""
    assert re.search(rb"s of speech in .* real-time factor", done.stderr)
    assert b"\x1b" not in done.stderr, "no progress line where nobody watches"


def test_a_pipe_in_and_a_pipe_out(engine_path: Path, tmp_path: Path) -> None:
    piped = tpd("speak", "-", "--out", "-", "--engine", str(engine_path), stdin="Hello there.\n")
    assert piped.returncode == 0, piped.stderr
    out = tmp_path / "hello.wav"
    tpd("speak", "Hello there.", "--out", str(out), "--engine", str(engine_path))
    assert piped.stdout == out.read_bytes(), "the same text, voice and seed are the same bytes"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["   "], 2, "no text to speak"),
        (["?!..."], 2, "nothing to speak"),
        (["Hello.", "--voice", "nobody"], 2, "choose one of ada, bob"),
        (["Hello.", "--steps", "5"], 2, "distilled for 31 steps"),
        (["Hello.", "--engine", "no/such.onnx"], 3, "no engine manifest"),
        (["Hello.", "--out", "no/such/dir.wav"], 4, "cannot write"),
    ],
)
def test_a_mistake_is_one_line(
    engine_path: Path, tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    given = ["speak", *arguments]
    if "--engine" not in given:
        given += ["--engine", str(engine_path)]
    if "--out" not in given:
        given += ["--out", str(tmp_path / "out.wav")]
    done = tpd(*given)
    error = done.stderr.decode()
    assert done.returncode == code, error
    assert message in error
    assert len(error.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir()), "nothing is left behind"


def test_dry_run_prints_the_plan(tmp_path: Path) -> None:
    done = tpd("distill", "--out", str(tmp_path / "run"), "--schedule", "4000,31", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["schedule"] == [4000, 31]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("schedule", ["31,62", "many", ""])
def test_a_schedule_that_cannot_be_is_refused(schedule: str) -> None:
    done = tpd("distill", "--schedule", schedule, "--dry-run")
    assert done.returncode == 2
    assert b"schedule" in done.stderr


@pytest.mark.parametrize("command", ["speak", "distill", "export"])
def test_help_ends_with_two_examples_whose_options_exist(command: str) -> None:
    text = tpd(command, "--help").stdout.decode()
    examples = re.findall(rf"tpd {command} .*", text)
    assert len(examples) >= 2
    for example in examples:
        for option in re.findall(r"--[a-z-]+", example):
            assert text.count(option) > examples.count(option), option


def test_help_needs_neither_torch_nor_onnx() -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'onnx', 'onnxruntime', 'tensorrt', 'tokenizers', 'numpy'): sys.modules[name] = None\n"
        "sys.argv = ['tpd', '--help']\n"
        "from tpd.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"speak" in done.stdout
