"""Speaking with a tiny engine: the same samples every time, and nothing opened that is not whole."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tpd.errors import BundleError, InputError
from tpd.runtime.engine import Engine
from tpd.runtime.pipeline import speak


@pytest.fixture(scope="module")
def engine(engine_path: Path) -> Engine:
    return Engine(engine_path, num_threads=1)


@pytest.fixture
def copy(engine_path: Path, tmp_path: Path) -> Path:
    """A bundle that a test may damage."""
    shutil.copytree(engine_path.parent, tmp_path / "bundle")
    return tmp_path / "bundle"


def test_same_text_voice_and_seed_give_the_same_samples(engine: Engine) -> None:
    first, second = (speak(engine, "Hello there. And you?", seed=4) for _ in range(2))
    assert len(first.audio) > 0
    np.testing.assert_array_equal(first.audio, second.audio)


def test_threads_do_not_change_what_is_said(engine: Engine, engine_path: Path) -> None:
    other = Engine(engine_path, num_threads=2)
    first, second = (speak(e, "Hello there.", seed=4).audio for e in (engine, other))
    np.testing.assert_allclose(first, second, atol=1e-4)


def test_seed_and_voice_matter(engine: Engine) -> None:
    base = speak(engine, "Hello there.", seed=1)
    for changed in (speak(engine, "Hello there.", seed=2), speak(engine, "Hello there.", seed=1, voice="bob")):
        same_length = changed.audio.shape == base.audio.shape
        assert not (same_length and np.array_equal(changed.audio, base.audio))


def test_length_is_that_of_the_codes(engine: Engine) -> None:
    speech = speak(engine, "Hello there.", seed=1)
    num_frames = speech.report.num_codes * 4 * 24000 // 22050
    assert len(speech.audio) == 256 * num_frames


@pytest.mark.parametrize("text", ["", "   ", "...", "?!"])
def test_nothing_to_say_is_refused(engine: Engine, text: str) -> None:
    with pytest.raises(InputError):
        speak(engine, text)


def test_unknown_voice_is_refused_with_those_there_are(engine: Engine) -> None:
    with pytest.raises(InputError, match="ada, bob"):
        speak(engine, "Hello.", voice="../ada")


def test_steps_other_than_the_students_are_refused(engine: Engine) -> None:
    engine.check_steps(None)
    engine.check_steps(31)
    with pytest.raises(InputError, match="distilled for 31 steps"):
        engine.check_steps(8)


@pytest.mark.parametrize(
    "name",
    ["student.onnx", "student.prepare.onnx", "language.onnx", "vocoder.onnx", "tokenizer.json", "manifest.json",
     "student.onnx.json"],
)  # fmt: skip
@pytest.mark.parametrize("fault", ["flip", "truncate", "remove"])
def test_damage_is_found_before_a_file_is_opened(copy: Path, name: str, fault: str) -> None:
    path = copy / name
    content = bytearray(path.read_bytes())
    if fault == "remove":
        path.unlink()
    elif fault == "truncate":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2] ^= 0x20
        path.write_bytes(content)
    with pytest.raises(BundleError):
        Engine(copy / "student.onnx", num_threads=1)


def test_an_engine_of_another_bundle_is_refused(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest.pop("seal")
    manifest["name"] = "other"
    from tpd.runtime.manifest import seal_of

    manifest["seal"] = seal_of(manifest)
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="made for another bundle"):
        Engine(copy / "student.onnx", num_threads=1)


def test_a_missing_engine_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no engine manifest at .*nothing\.onnx\.json"):
        Engine(tmp_path / "nothing.onnx")


def test_a_plan_is_not_for_this_backend(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"expected an engine that ends in \.onnx"):
        Engine(tmp_path / "student.plan")


def test_text_of_any_length_is_spoken_in_pieces(engine: Engine) -> None:
    stages: list[tuple[str, int, int]] = []
    text = "This goes on. And on it goes, as long as anyone listens. 1234567 2345678 3456789 4567891 5678912 6789123."
    speak(engine, text, progress=lambda *told: stages.append(told))
    num_pieces = stages[0][2]
    assert num_pieces >= 4
    assert [piece for stage, piece, _ in stages if stage == "sound"] == list(range(1, num_pieces + 1))


def test_what_is_too_long_to_speak_at_once_is_refused(engine: Engine) -> None:
    with pytest.raises(InputError, match="at most 79 can be spoken at once"):
        speak(engine, "9" * 50)


def test_pieces_without_a_sound_are_left_out(engine: Engine) -> None:
    assert len(speak(engine, "Hello there. ... !!!").audio) > 0
