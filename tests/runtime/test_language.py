"""Drawing codes: what temperature, top-p and the repetition penalty do, and generation with a cache."""

import numpy as np
import pytest
import torch

from tests.reference import load_case
from tests.tiny import tiny_teacher
from tpd.errors import InputError
from tpd.runtime.language import (
    SamplingSettings,
    draw_code,
    generate,
    penalise_repetition,
    top_p_probabilities,
)
from tpd.tortoise.autoregressive import Autoregressive, AutoregressiveConfig
from tpd.tortoise.teacher import TorchLanguageModel


def test_top_p_keeps_the_likeliest_that_reach_it() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05]))
    np.testing.assert_allclose(top_p_probabilities(logits, 0.79), [0.625, 0.375, 0, 0])
    np.testing.assert_allclose(top_p_probabilities(logits, 0.81), [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0])
    np.testing.assert_allclose(top_p_probabilities(logits, 1e-6), [1, 0, 0, 0])
    np.testing.assert_allclose(top_p_probabilities(logits, 1.0), [0.5, 0.3, 0.15, 0.05])


def test_repetition_penalty_lowers_logits_of_either_sign() -> None:
    logits = np.array([2.0, -2.0, 1.0])
    np.testing.assert_allclose(penalise_repetition(logits, [0, 1, 1], 2.0), [1.0, -4.0, 1.0])
    np.testing.assert_allclose(logits, [2.0, -2.0, 1.0])
    assert penalise_repetition(logits, [0], 1.0) is logits


def test_draws_follow_the_probabilities() -> None:
    logits = np.log(np.array([0.6, 0.3, 0.1]))
    rng = np.random.default_rng(0)
    settings = SamplingSettings(temperature=1.0, top_p=1.0)
    counts = np.bincount([draw_code(logits, settings, rng) for _ in range(20000)], minlength=3) / 20000
    np.testing.assert_allclose(counts, [0.6, 0.3, 0.1], atol=0.015)


def test_no_temperature_draws_nothing() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert draw_code(np.array([0.0, 3.0, 1.0]), SamplingSettings(temperature=0), rng) == 1
    assert rng.bit_generator.state == before


@pytest.mark.parametrize("change", [{"temperature": -1}, {"top_p": 0}, {"top_p": 1.5}, {"repetition_penalty": 0}])
def test_impossible_settings_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(change))):
        SamplingSettings(**change)


def test_latents_of_generation_are_those_of_one_pass() -> None:
    teacher = tiny_teacher()
    teacher.language.mel_head.bias[teacher.language.config.stop_code] = -100  # it never ends by itself
    language = TorchLanguageModel(teacher.language)
    text_P = np.array([40, 3, 4, 5, 6, 0, 0])
    voice_C = teacher.voices["ada"].language_C.numpy()
    spoken = generate(language, text_P, voice_C, SamplingSettings(), np.random.default_rng(1))
    assert not spoken.stopped
    assert len(spoken.codes_S) == teacher.language.config.max_codes
    again = language.latents(text_P, voice_C, spoken.codes_S)
    np.testing.assert_allclose(spoken.latents_SC, again, atol=1e-5)


def test_greedy_generation_equals_the_original() -> None:
    case = load_case("autoregressive")
    model = Autoregressive(
        AutoregressiveConfig(
            channels=64, num_layers=2, num_heads=4, num_codes=66, start_code=64, stop_code=65,
            max_text_tokens=30, max_codes=40,
        )
    ).eval()  # fmt: skip
    model.load_state_dict(case.weights)
    text_P = model.frame_text(case.io["text_tokens"].long())[0].numpy()
    settings = SamplingSettings(temperature=0, repetition_penalty=1)
    with torch.inference_mode():
        spoken = generate(
            TorchLanguageModel(model), text_P, case.io["conditioning_latent"][0].numpy(), settings,
            np.random.default_rng(0),
        )  # fmt: skip
    expected = case.io["greedy_codes"][0].tolist()
    assert spoken.codes_S[: len(expected)].tolist() == expected
