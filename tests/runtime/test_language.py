"""Drawing codes: what temperature, top-p and the repetition penalty do, and generation with a cache."""

import numpy as np
import pytest
import torch

from tests.reference import load_case
from tests.tiny import tiny_teacher
from tpd.errors import InputError, TpdError
from tpd.runtime.language import (
    PROMPT_CODE,
    TORTOISE,
    SamplingSettings,
    draw_code,
    generate,
    keep_top_k,
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


def test_top_k_keeps_the_likeliest_and_what_is_level_with_the_last() -> None:
    logits = np.array([1.0, 3.0, 2.0, 2.0, 0.0])
    np.testing.assert_array_equal(keep_top_k(logits, 1), [-np.inf, 3, -np.inf, -np.inf, -np.inf])
    np.testing.assert_array_equal(keep_top_k(logits, 2), [-np.inf, 3, 2, 2, -np.inf])
    assert keep_top_k(logits, 5) is keep_top_k(logits, np.inf) is logits


def test_nucleus_is_taken_of_what_top_k_left() -> None:
    # The first has 0.4 of all, less than top-p, but 4/7 of what a top-k of 2 leaves.
    logits, rng = np.log(np.array([0.4, 0.3, 0.2, 0.1])), np.random.default_rng(0)

    def drawn(top_k: float) -> set[int]:
        settings = SamplingSettings(temperature=1, top_p=0.5, top_k=top_k)
        return {draw_code(logits, settings, rng) for _ in range(200)}

    assert drawn(2) == {0}
    assert drawn(4) == drawn(np.inf) == {0, 1}


def test_the_originals_settings() -> None:
    assert (TORTOISE.temperature, TORTOISE.top_k, TORTOISE.top_p, TORTOISE.repetition_penalty) == (0.8, 50, 0.8, 2.0)


class Level:
    """A language model that nearly prefers code 1, then 2, and so on, whatever it reads."""

    start_code, stop_code, max_codes = 6, 7, 4

    def __init__(self, skipped_positions: int) -> None:
        self.skipped_positions = skipped_positions
        self.positions: list[int] = []

    def prefill(self, text_P: np.ndarray, voice_C: np.ndarray) -> tuple[np.ndarray, np.ndarray, None]:
        return np.array([1.0, 3.0, 2.9, 2.8, 2.7, 2.6, 3.5, 0.0]), np.zeros(2), None

    def step(self, code: int, position: int, cache: None) -> tuple[np.ndarray, np.ndarray, None]:
        self.positions.append(position)
        return self.prefill(np.zeros(0), np.zeros(0))

    def latents(self, text_P: np.ndarray, voice_C: np.ndarray, codes_S: np.ndarray) -> np.ndarray:
        return np.ones((len(codes_S), 2))


def test_behind_the_originals_prompt_its_codes_count_as_said() -> None:
    settings, nothing = SamplingSettings(temperature=0), np.zeros(0)
    alone, behind = Level(skipped_positions=0), Level(skipped_positions=1)
    said = [
        generate(model, nothing, nothing, settings, np.random.default_rng(0)).codes_S.tolist()
        for model in (alone, behind)
    ]
    # 3.5 of the start code is halved by the penalty, as is 3.0 of the prompt's code: both are below 2.9 then.
    assert PROMPT_CODE not in said[1]
    assert said == [[6, 1, 2, 3], [2, 3, 4, 5]]
    assert (alone.positions, behind.positions) == ([1, 2, 3, 4], [2, 3, 4, 5])


@pytest.mark.parametrize("temperature", [0, 0.8])
@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_logits_that_are_not_finite_are_refused(temperature: float, broken: float) -> None:
    with pytest.raises(TpdError, match="logits are not finite"):
        draw_code(np.array([0.0, broken]), SamplingSettings(temperature=temperature), np.random.default_rng(0))


def test_draws_follow_the_probabilities() -> None:
    logits = np.log(np.array([0.6, 0.3, 0.1]))
    rng = np.random.default_rng(0)
    settings = SamplingSettings(temperature=1.0, top_p=1.0)
    counts = np.bincount([draw_code(logits, settings, rng) for _ in range(20000)], minlength=3) / 20000
    np.testing.assert_allclose(counts, [0.6, 0.3, 0.1], atol=0.015)


def test_temperature_is_the_power_that_probabilities_are_rooted_by() -> None:
    rng = np.random.default_rng(0)
    settings = SamplingSettings(temperature=0.5, top_p=1.0)
    counts = np.bincount([draw_code(np.log([0.6, 0.4]), settings, rng) for _ in range(20000)]) / 20000
    np.testing.assert_allclose(counts, np.array([0.36, 0.16]) / 0.52, atol=0.015)


def test_no_temperature_draws_nothing() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert draw_code(np.array([0.0, 3.0, 1.0]), SamplingSettings(temperature=0), rng) == 1
    assert rng.bit_generator.state == before


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": -1},
        {"temperature": np.nan},
        {"top_k": 0},
        {"top_k": np.nan},
        {"top_p": 0},
        {"top_p": 1.5},
        {"top_p": np.nan},
        {"repetition_penalty": 0},
        {"repetition_penalty": np.inf},
    ],
)
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
