"""Tokens of the official tokenizer (where the user has it) and of one made here."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.reference import REFERENCE_DIR
from tpd.errors import BundleError, InputError
from tpd.runtime.tokenizer import Tokenizer, character_tokenizer

CASES = json.loads((REFERENCE_DIR / "tokenizer_cases.json").read_text())
CHARACTERS = " abcdefghijklmnopqrstuvwxyz'.,?!-;:\""


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_bytes(character_tokenizer(CHARACTERS))


@pytest.fixture(scope="module")
def official() -> Tokenizer:
    path = os.environ.get("TPD_OFFICIAL_TOKENIZER")
    if path is None:
        pytest.skip("TPD_OFFICIAL_TOKENIZER does not name the official tokenizer.json")
    return Tokenizer.from_bytes(Path(path).read_bytes())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:20])
def test_official_tokens_equal_the_originals(official: Tokenizer, case: dict[str, Any]) -> None:
    assert official.encode(case["text"]) == case["tokens"]


def test_a_merge_joins_characters_within_words_only() -> None:
    description = json.loads(character_tokenizer(" ht"))
    description["model"]["vocab"]["th"] = 5
    description["model"]["merges"] = [["t", "h"]]
    tokenizer = Tokenizer.from_bytes(json.dumps(description).encode())
    assert tokenizer.encode("th t h Thx") == [5, 2, 4, 2, 3, 2, 5, 1]


def test_characters_have_the_ids_of_their_order(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("ab c") == [3, 4, 2, 5]
    assert tokenizer.encode("ab  c") == tokenizer.encode("AB c")
    assert tokenizer.encode(CHARACTERS[1:-1]) == list(range(3, 2 + len(CHARACTERS) - 1))


def test_numbers_are_spoken_in_words(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("21") == tokenizer.encode("twenty-one")


def test_names_of_special_tokens_in_a_text_are_ordinary_characters(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("[STOP]") == [1, *tokenizer.encode("stop"), 1]


@pytest.mark.parametrize("text", ["", "   ", "\n", "...", "?!", "%%", "[&]", '""', "😀", "$"])
def test_text_without_anything_to_speak_is_refused(tokenizer: Tokenizer, text: str) -> None:
    with pytest.raises(InputError, match="nothing to speak"):
        tokenizer.encode(text)


def test_text_of_unknown_letters_only_is_refused() -> None:
    tokenizer = Tokenizer.from_bytes(character_tokenizer(" ab"))
    assert tokenizer.encode("xa") == [1, 3]
    with pytest.raises(InputError, match="nothing to speak"):
        tokenizer.encode("xyz")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00", b"not json"])
def test_content_that_is_no_tokenizer_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError, match=r"tokenizer\.json"):
        Tokenizer.from_bytes(content)


def test_a_tokenizer_without_the_blanks_token_is_refused() -> None:
    content = character_tokenizer(" ab").replace(b"[SPACE]", b"_")
    with pytest.raises(BundleError, match=r"no token \[SPACE\]"):
        Tokenizer.from_bytes(content)


@pytest.mark.parametrize("characters", ["", "abc", " aba"])
def test_characters_must_differ_and_include_the_blank(characters: str) -> None:
    with pytest.raises(InputError, match="different characters"):
        character_tokenizer(characters)
