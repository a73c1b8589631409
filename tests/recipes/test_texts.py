"""The sentences the hatchling learns from: distinct, repeatable, holding all the vocabulary."""

import re

import pytest

from recipes.hatchling.grammar import GRAMMAR
from recipes.hatchling.texts import decks, plural, sentences, with_ending, words, written


@pytest.fixture(scope="module")
def many() -> list[str]:
    return sentences(20_000, seed=1)


def spoken_words(texts: list[str]) -> list[str]:
    return [word for text in texts for word in re.findall(r"[a-z']+", text.lower())]


def test_as_many_different_sentences_as_asked(many: list[str]) -> None:
    assert len(many) == len(set(many)) == 20_000


def test_same_seed_same_sentences_other_seed_others() -> None:
    assert sentences(250, seed=7) == sentences(250, seed=7)
    assert not set(sentences(250, seed=7)) & set(sentences(250, seed=8))


def test_more_sentences_begin_with_the_same_ones(many: list[str]) -> None:
    assert sentences(100, seed=1) == many[:100]


def test_every_sentence_is_plain_short_and_punctuated(many: list[str]) -> None:
    for text in many:
        assert re.fullmatch(r"[A-Z0-9][A-Za-z0-9',? !.-]*[.?!]", text), text
        assert 2 <= len(text.split()) <= 14, text


def test_no_symbol_of_the_grammar_is_left(many: list[str]) -> None:
    symbols = (set(GRAMMAR) | set(decks()) | {"WORD", "DIGITS"}) - {"I"}
    assert not symbols & {token for text in many for token in re.findall(r"[A-Z0-9_]+", text)}


def test_vocabulary_is_large() -> None:
    assert len(words()) >= 4000
    assert all(re.fullmatch(r"[A-Za-z']+", word) for word in words())


def test_every_word_is_said(many: list[str]) -> None:
    said = spoken_words(many)
    assert not {word.lower() for word in words()} - set(said)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ("i saw a owl , a uniform and a hour .", "I saw an owl, a uniform and an hour."),
        ("the ham didn't burn i'm sure .", "The ham didn't burn I'm sure."),
    ],
)
def test_written(tokens: str, expected: str) -> None:
    assert written(tokens) == expected


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("box", "boxes"),
        ("city", "cities"),
        ("toy", "toys"),
        ("church", "churches"),
        ("quiz", "quizzes"),
    ],
)
def test_plural(noun: str, expected: str) -> None:
    assert plural(noun) == expected


@pytest.mark.parametrize(
    ("word", "ending", "expected"),
    [
        ("bake", "ing", "baking"), ("hop", "ing", "hopping"), ("carry", "ing", "carrying"),
        ("die", "ing", "dying"), ("see", "ing", "seeing"), ("dye", "ing", "dyeing"),
        ("quit", "ing", "quitting"), ("sleep", "ing", "sleeping"), ("carry", "ed", "carried"),
        ("play", "ed", "played"), ("stop", "ed", "stopped"), ("bake", "ed", "baked"),
        ("listen", "ed", "listened"), ("big", "er", "bigger"), ("dry", "est", "driest"),
    ],
)  # fmt: skip
def test_ending(word: str, ending: str, expected: str) -> None:
    assert with_ending(word, ending) == expected
