"""English text as TorToiSe's tokenizer expects it: ASCII, lower case, numbers and abbreviations spelt out.

The rules, their order and their quirks are those of the original (`tortoise/utils/tokenizer.py`), because its
networks heard text that had been through them: "$1.5" is one dollar, five cents, and "£" is "ps".
"""

import functools
import re
import unicodedata
from typing import TYPE_CHECKING

from anyascii import anyascii

if TYPE_CHECKING:
    import inflect

_ABBREVIATIONS = {
    "mrs": "misess",
    "mr": "mister",
    "dr": "doctor",
    "st": "saint",
    "co": "company",
    "jr": "junior",
    "maj": "major",
    "gen": "general",
    "drs": "doctors",
    "rev": "reverend",
    "lt": "lieutenant",
    "hon": "honorable",
    "sgt": "sergeant",
    "capt": "captain",
    "esq": "esquire",
    "ltd": "limited",
    "col": "colonel",
    "ft": "fort",
}
"""Expanded before a full stop, one after the other in this order."""

_ORIGINAL_ASCII = str.maketrans(
    {
        "£": "PS",
        "¢": "C/",
        "¥": "Y=",
        "§": "SS",
        "·": "*",
        "×": "x",  # noqa: RUF001 (these characters are meant)
        "¼": " 1/4",
        "½": " 1/2",
        "¾": " 3/4",
        "⅓": " 1/3 ",
        "⅔": " 2/3 ",
        "⅕": " 1/5 ",
        "⅖": " 2/5 ",
        "⅗": " 3/5 ",
        "⅘": " 4/5 ",
        "⅙": " 1/6 ",
        "⅚": " 5/6 ",
        "⅛": " 1/8 ",
        "⅜": " 3/8 ",
        "⅝": " 5/8 ",
        "⅞": " 7/8 ",
        "—": "--",
        "―": "--",
        "‚": ",",  # noqa: RUF001
        "„": ",,",
        "←": "-",
        "→": "-",
        "↑": "|",
        "↓": "|",
        "↔": "-",
        "⇒": "=",
        "‣": "*>",
        "₡": "CL",
        "₣": "FF",
        "₪": "NS",
        "₴": "UAH",
        "₵": "C|",
        "₺": "L",
        "₽": "R",
        "℅": " c/o ",
        "Β": "B",  # noqa: RUF001
        "β": "b",
        "Η": "E",  # noqa: RUF001
        "η": "e",
        "ή": "e",
        "Ξ": "Ks",
        "Υ": "U",  # noqa: RUF001
        "υ": "u",  # noqa: RUF001
        "ύ": "u",
        "Φ": "Ph",
        "φ": "ph",
        "Χ": "Kh",  # noqa: RUF001
        "χ": "kh",
        "№": "No. ",
        "™": "(tm)",
        "℃": "degC",
        "℉": "degF",
        "\u200b": " ",
    }
)
"""Characters of English text that the original spells otherwise than anyascii does."""

_SPELT_OPERATORS = "−∕∖∗∣∶∼≤≥≦≧"  # noqa: RUF001
"""The signs of the block of mathematical operators that the original does not leave out."""

_LARGEST_SPELT_DIGITS = 36
"""Longer numbers have no name in inflect; they are read digit by digit."""


def clean_text(text: str) -> str:
    """What is spoken for a text: ASCII without capitals, digits or double quotes, runs of blanks made one.

    Blanks at either end are kept as one. A number of more than 36 digits is read digit by digit.
    """
    text = _to_ascii(text).lower()
    text = _spell_numbers(text)
    for abbreviation, word in _ABBREVIATIONS.items():
        text = re.sub(rf"\b{abbreviation}\.", word, text)
    text = re.sub(r"\s+", " ", text)
    return text.replace('"', "")


def _to_ascii(text: str) -> str:
    if text.isascii():
        return text
    return "".join(map(_ascii_of, text.translate(_ORIGINAL_ASCII)))


@functools.cache
def _ascii_of(character: str) -> str:
    """ASCII for one character; pictures, which anyascii names or draws (":smile:", "*"), are not spoken."""
    if "\u2200" <= character <= "\u22ff" and character not in _SPELT_OPERATORS:
        return ""
    spelt = anyascii(character)
    is_named_picture = len(spelt) > 2 and spelt.startswith(":")
    in_picture_block = "\u2600" <= character <= "\u27bf" or character >= "\U0001f000"
    is_picture = in_picture_block and unicodedata.category(character) == "So"
    return "" if is_named_picture or is_picture else spelt


def _spell_numbers(text: str) -> str:
    text = re.sub(r"[0-9][0-9,]+[0-9]", lambda match: match[0].replace(",", ""), text)
    text = re.sub(r"\$([0-9.,]*[0-9]+)", lambda match: _spell_dollars(match[1]), text)
    text = re.sub(r"[0-9]+\.[0-9]+", lambda match: match[0].replace(".", " point "), text)
    text = re.sub(r"([0-9]+)(?:st|nd|rd|th)", lambda match: _spell_ordinal(match[0], match[1]), text)
    return re.sub(r"[0-9]+", lambda match: _spell_cardinal(match[0]), text)


def _spell_dollars(amount: str) -> str:
    """An amount with its units named, its numbers still digits; with two points or more it stays as it is."""
    parts = amount.replace(",", "").split(".")
    if len(parts) > 2:
        return f"{amount} dollars"
    counts = [(part.lstrip("0"), unit) for part, unit in zip(parts, ("dollar", "cent"), strict=False)]
    named = [f"{count} {unit}" if count == "1" else f"{count} {unit}s" for count, unit in counts if count]
    return ", ".join(named) or "zero dollars"


def _spell_ordinal(ordinal: str, digits: str) -> str:
    if len(digits) > _LARGEST_SPELT_DIGITS:
        return _spell_cardinal(digits)
    return str(_inflect().number_to_words(ordinal))


def _spell_cardinal(digits: str) -> str:
    """A number in words; those between 1000 and 3000 are read as years are."""
    digits = digits.lstrip("0") or "0"
    if len(digits) > _LARGEST_SPELT_DIGITS:
        return " ".join(map(_spell_cardinal, digits))
    number = int(digits)
    words = _inflect().number_to_words
    if number == 2000 or not 1000 < number < 3000:
        return str(words(digits, andword=""))
    if 2000 < number < 2010:
        return f"two thousand {words(str(number % 100))}"
    if number % 100 == 0:
        return f"{words(str(number // 100))} hundred"
    return str(words(digits, andword="", zero="oh", group=2)).replace(", ", " ")


@functools.cache
def _inflect() -> "inflect.engine":
    import inflect

    return inflect.engine()
