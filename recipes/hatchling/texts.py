"""English sentences for a synthesiser to speak: a small grammar over a written vocabulary.

The words are drawn from shuffled decks, so that a rare word is said as often as a frequent one: a
model that is to read unseen text needs the letters in every context more than it needs natural
statistics. Most sentences are grammatical and meaningless; some are lists of any words.
"""

import random
import re
from functools import cache
from pathlib import Path

from recipes.hatchling.grammar import GRAMMAR

VOCABULARY_DIR = Path(__file__).parent / "vocabulary"
MIN_WORDS, MAX_WORDS = 2, 14
SALAD_SHARE = 0.15
"""Part of the sentences that are lists of any words."""
VOWEL = re.compile(r"(?!uni|use|usu|uran|one|once|eur)[aeiou]|hour|honest|honor|heir|herb", re.IGNORECASE)
"""What a word that takes `an` begins with."""


def sentences(count: int, seed: int) -> list[str]:
    """`count` different sentences of 2 to 14 words, the same ones for the same seed."""
    rng = random.Random(seed)
    dealer = _Dealer(rng)
    found: dict[str, None] = {}
    while len(found) < count:
        sentence = dealer.expand("SALAD" if rng.random() < SALAD_SHARE else "SENTENCE")
        text = written(sentence)
        if MIN_WORDS <= len(text.split()) <= MAX_WORDS:
            found[text] = None
    return list(found)


@cache
def words() -> tuple[str, ...]:
    """Every surface word of the vocabulary, sorted."""
    return tuple(sorted({word for deck in decks().values() for word in deck}))


@cache
def decks() -> dict[str, tuple[str, ...]]:
    """The words of each terminal symbol of the grammar."""
    people, things = _read("people"), _read("things")
    plain = {
        "ADJECTIVE": "adjectives", "ADVERB": "adverbs", "STUFF": "substances", "NAME": "names",
        "PREPOSITION": "prepositions", "TOWN": "places", "DAY": "days", "MONTH": "months",
        "NUMBER": "numbers", "ORDINAL": "ordinals", "OTHER": "other",
    }  # fmt: skip
    made = {symbol: [line[0] for line in _read(stem)] for symbol, stem in plain.items()}
    for symbol, nouns in (("PERSON", people), ("THING", things)):
        made[f"{symbol}1"] = [noun[0] for noun in nouns]
        made[f"{symbol}2"] = [noun[1] if len(noun) > 1 else plural(noun[0]) for noun in nouns]
    inflected = {
        ("DO", "DO_S", "DO_D", "DONE", "DO_G"): [_verb_forms(line) for line in _read("transitive")],
        ("GO", "GO_S", "GO_D", "GONE", "GO_G"): [_verb_forms(line) for line in _read("intransitive")],
        ("SHORT", "SHORTER", "SHORTEST"): [_degrees(line) for line in _read("short")],
    }
    for symbols, table in inflected.items():
        made |= {symbol: [forms[index] for forms in table] for index, symbol in enumerate(symbols)}
    return {symbol: tuple(sorted(set(deck))) for symbol, deck in made.items()}


def plural(noun: str) -> str:
    """Plural (or, of a verb, third person) by rule: box boxes, city cities, toy toys."""
    if noun.endswith("iz"):
        return noun + "zes"
    if re.search(r"(?:s|x|z|ch|sh)$", noun) and not noun.endswith(("stomach", "monarch")):
        return noun + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + "s"


def with_ending(word: str, ending: str) -> str:
    """Add an ending that starts with a vowel: bake baking, hop hopping, carry carried."""
    if ending == "ing":
        if word.endswith("ie"):
            return word[:-2] + "ying"
        if re.search(r"[^eoy]e$", word):
            return word[:-1] + "ing"
    elif word.endswith("e"):
        return word + ending[1:]
    elif re.search(r"[^aeiou]y$", word):
        return word[:-1] + "i" + ending
    if re.fullmatch(r"(?:[^aeiou]*|qu|squ)[aeiou][bdgklmnprtvz]", word):
        return word + word[-1] + ending
    return word + ending


class _Dealer:
    """Expands symbols, drawing every word from a deck, shuffled anew only when it is used up."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._decks = {**decks(), "WORD": words(), "DIGITS": tuple(str(n) for n in range(2, 200))}
        self._left: dict[str, list[str]] = {}

    def expand(self, symbol: str) -> str:
        """The tokens that a symbol comes to, with spaces between them."""
        symbol, apostrophe, ending = symbol.partition("'")
        if symbol in GRAMMAR:
            rule = self._rng.choice(GRAMMAR[symbol])
            text = " ".join(self.expand(token) for token in rule.split(" "))
        else:
            text = self._draw(symbol) if symbol in self._decks else symbol
        return text + apostrophe + ending

    def _draw(self, symbol: str) -> str:
        if not self._left.get(symbol):
            self._left[symbol] = self._rng.sample(self._decks[symbol], len(self._decks[symbol]))
        return self._left[symbol].pop()


def written(tokens: str) -> str:
    """Tokens as an English sentence: a or an, I, no space before a mark, a capital first."""
    text = re.sub(r"\ba (?=(\w+))", lambda m: "an " if VOWEL.match(m[1]) else "a ", tokens)
    text = re.sub(r"(?<![\w'])i(?![\w-])", "I", re.sub(r" ([,.?!])", r"\1", text))
    return text[0].upper() + text[1:]


def _verb_forms(line: list[str]) -> tuple[str, ...]:
    """base, -s, past, participle, -ing of a line `base [past participle [ing]]`."""
    base = line[0]
    past, participle = line[1:3] if len(line) > 1 else [with_ending(base, "ed")] * 2
    third = {"have": "has", "do": "does", "go": "goes"}.get(base, plural(base))
    return base, third, past, participle, line[3] if len(line) > 3 else with_ending(base, "ing")


def _degrees(line: list[str]) -> tuple[str, ...]:
    """Positive, comparative and superlative of a line `positive [comparative superlative]`."""
    if len(line) == 3:
        return line[0], line[1], line[2]
    return line[0], with_ending(line[0], "er"), with_ending(line[0], "est")


def _read(stem: str) -> list[list[str]]:
    lines = (VOCABULARY_DIR / f"{stem}.txt").read_text(encoding="ascii").splitlines()
    return [line.split() for line in lines if line]
