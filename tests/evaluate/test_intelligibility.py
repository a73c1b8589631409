"""The character error rate, by hand."""

import pytest

from tpd.evaluate.intelligibility import character_error_rate, letters


@pytest.mark.parametrize(
    ("said", "heard", "rate"),
    [
        ("abc", "abc", 0.0),
        ("abc", "", 1.0),
        ("abcd", "abxd", 0.25),
        ("abcd", "abd", 0.25),
        ("abcd", "abxcd", 0.25),
        ("It's a well.", "its a well", 0.0),
        ("ab", "abcd", 1.0),
    ],
)
def test_rate(said: str, heard: str, rate: float) -> None:
    assert character_error_rate(said, heard) == pytest.approx(rate)


def test_letters_are_all_that_counts() -> None:
    assert letters("  Well-known: it's 5 O'Clock!  ") == "well known its oclock"
