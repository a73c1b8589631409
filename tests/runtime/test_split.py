"""Pieces of long text against the original's."""

import json
import random
import re
from typing import Any

import pytest

from tests.reference import REFERENCE_DIR
from tpd.errors import InputError
from tpd.runtime.split import split_text

CASES = json.loads((REFERENCE_DIR / "split_cases.json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_reference_texts_are_cut_where_the_original_cuts_them(case: dict[str, Any]) -> None:
    assert split_text(case["text"], case["desired_length"], case["max_length"]) == case["pieces"]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One is short. Two is short. Three.", ["One is short. Two is short.", "Three."]),
        (
            "No sentence ends anywhere in this text at all",
            ["No sentence ends anywhere in", "this text at all"],
        ),
        ("a" * 45, ["a" * 20, "a" * 25]),
        ("Really?!?! Yes, that is so.", ["Really?!?! Yes, that is so."]),
        ('He said "Go. Now. Please go." and went away.', ['He said "Go. Now. Please go."', "and went away."]),
        ("“Curly,” she said.\n\nThe end is near.", ['"Curly," she said.', "The end is near."]),
        (
            "One is short!! Two “is? longer. And goes” on.",
            ["One is short!!", 'Two "is? longer. And goes"', "on."],
        ),
        ("3.5 metres. Done", ["3.5 metres. Done"]),
        (" ... !? ", []),
        ("", []),
    ],
)
def test_cuts(text: str, pieces: list[str]) -> None:
    assert split_text(text, desired_length=20, max_length=30) == pieces


def test_nothing_is_lost_and_no_piece_is_too_long() -> None:
    generator = random.Random(0)
    for _ in range(300):
        text = "".join(generator.choices('abcde .!?",\n', k=generator.randrange(200)))
        max_length = generator.randint(1, 40)
        pieces = split_text(text, generator.randint(1, max_length), max_length)
        assert all(0 < len(piece) <= max_length + 1 for piece in pieces)
        spoken = [re.sub(r"[^a-e]", "", part) for part in ("".join(pieces), text)]
        assert spoken[0] == spoken[1]


@pytest.mark.parametrize(("desired_length", "max_length"), [(0, 10), (20, 10), (-1, -1)])
def test_impossible_lengths_are_refused(desired_length: int, max_length: int) -> None:
    with pytest.raises(InputError, match="desired length"):
        split_text("Some text.", desired_length, max_length)
