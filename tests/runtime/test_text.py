"""The cleaners against what the original made of the same texts."""

import json
import subprocess
import sys

import pytest

from tests.reference import REFERENCE_DIR
from tpd.runtime.text import clean_text

CASES = json.loads((REFERENCE_DIR / "tokenizer_cases.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:20])
def test_reference_texts_are_cleaned_as_the_original_cleans_them(case: dict[str, str]) -> None:
    assert clean_text(case["text"]) == case["cleaned"]


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Capt. Ahab, Esq., of Moby & Co. Ltd.", "captain ahab, esquire, of moby & company limited"),
        ("It is first. The best. St. Ives", "it is first. the best. saint ives"),
        ("Drs. Lt.Col. Mrs. X", "doctors lieutenantcol. misess x"),
        ("$1", "one dollar"),
        ("$1.01", "one dollar, one cent"),
        ("$2.5", "two dollars, five cents"),
        ("$.50", "fifty cents"),
        ("$0.00", "zero dollars"),
        ("$1,000,000", "one million dollars"),
        ("$1.2.3", "one point two.three dollars"),
        ("£5 for €7 and 3¢", "psfive for eurseven and threec/"),
        ("2½ or ⅓ of it", "two one/two or one/three of it"),
        ("⅖ of ₪9, ≠ 5 ∑ ≤ √2", " two/five of nsnine, five <= two"),
        ("β-carotene ⇒ φ", "b-carotene = ph"),
        ("1st, 22nd, 113th", "first, twenty-second, one hundred and thirteenth"),
        ("999 1000 1001", "nine hundred ninety-nine one thousand ten oh one"),
        ("1900 1905 1984", "nineteen hundred nineteen oh five nineteen eighty-four"),
        ("2000 2007 2010 3000", "two thousand two thousand seven twenty ten three thousand"),
        ("007 and 0", "seven and zero"),
        ("3.14159", "three point fourteen thousand, one hundred fifty-nine"),
        ("“Ænima” — Łódź, straße…", "aenima -- lodz, strasse..."),
        ("cafe\u0301 \u00a0 it\u2019s", "cafe it's"),
        ("fine 😀 thanks ❤️ 🇬🇧 👍🏽 ★", "fine thanks "),
        ("10:30\t\r\n now", "ten:thirty now"),
        ("", ""),
    ],
)
def test_rules(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@pytest.mark.parametrize("text", ["$,5", "$5.,5", "9" * 40 + "th", "$" + "9" * 5000, "\ud800"])
def test_text_that_stopped_the_original_is_cleaned(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned.isascii()
    assert not any(map(str.isdigit, cleaned))


def test_a_number_without_a_name_is_read_digit_by_digit() -> None:
    assert clean_text("1" + "0" * 35) == "one hundred decillion"
    assert clean_text("12" + "0" * 35) == "one two" + " zero" * 35


def test_importing_the_cleaners_does_not_import_inflect() -> None:
    check = (
        "import sys, tpd.runtime.text, tpd.runtime.tokenizer; "
        "print({'inflect', 'tokenizers', 'torch'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert shown.stdout == "set()\n"
