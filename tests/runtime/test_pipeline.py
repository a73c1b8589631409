"""What follows speech, and what is done when a language model does not come to an end."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.tiny import tiny_teacher
from tpd.errors import TpdError
from tpd.runtime.bundle import Voice
from tpd.runtime.codes import SilenceCodes
from tpd.runtime.language import SamplingSettings
from tpd.runtime.pipeline import ATTEMPTS, Report, _speak_codes
from tpd.tortoise.teacher import TorchLanguageModel

TEXT = np.array([40, 3, 4, 5, 6, 0, 0])
SETTINGS = SamplingSettings(repetition_penalty=1.0)


def speak_codes(*, stop_bias: float, silence: SilenceCodes | None) -> tuple[Any, Report, TorchLanguageModel]:
    teacher = tiny_teacher()
    teacher.language.mel_head.bias[teacher.language.config.stop_code] = stop_bias
    language, ada = TorchLanguageModel(teacher.language), teacher.voices["ada"]
    engine: Any = SimpleNamespace(bundle=SimpleNamespace(language=language, silence=silence))
    voice = Voice(language_C=ada.language_C.numpy(), decoder_2C=ada.decoder_2C.numpy())
    report = Report()
    return _speak_codes(engine, TEXT, voice, SETTINGS, np.random.default_rng(3), report), report, language


def test_silence_follows_as_the_original_lets_it() -> None:
    silence = SilenceCodes(silence=1, final=(2, 2, 3), max_run=4)
    plain, _, _ = speak_codes(stop_bias=0.0, silence=None)
    spoken, _, language = speak_codes(stop_bias=0.0, silence=silence)
    assert plain.stopped
    num_spoken = len(plain.codes_S)
    assert spoken.codes_S[:num_spoken].tolist() == plain.codes_S.tolist()
    assert spoken.codes_S[num_spoken:].tolist() == [1] * silence.max_run
    voice_C = tiny_teacher().voices["ada"].language_C.numpy()
    np.testing.assert_allclose(spoken.latents_SC, language.latents(TEXT, voice_C, spoken.codes_S), atol=1e-5)


def test_speech_without_an_end_is_tried_again_and_told() -> None:
    spoken, report, _ = speak_codes(stop_bias=-100.0, silence=None)
    assert not spoken.stopped
    assert len(report.warnings) == ATTEMPTS
    assert "spoken anew" in report.warnings[0]
    assert "kept as it is" in report.warnings[-1]


def test_speech_of_nothing_is_an_error() -> None:
    with pytest.raises(TpdError, match="said nothing"):
        speak_codes(stop_bias=100.0, silence=None)
