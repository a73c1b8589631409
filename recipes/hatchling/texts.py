"""English sentences for a synthesiser to speak: a small grammar over a written vocabulary.

The words are drawn from shuffled decks, so that a rare word is said as often as a frequent one: a model that is to
read unseen text needs the letters in every context more than it needs natural statistics. The sentences are mostly
grammatical and mostly meaningless.
"""

import random
import re
from functools import cache
from pathlib import Path

VOCABULARY_DIR = Path(__file__).parent / "vocabulary"
MIN_WORDS, MAX_WORDS = 2, 14


def _either(literals: str) -> list[str]:
    """Alternatives of one word each."""
    return literals.split()


# Symbols are in capitals and everything else is said as it stands. THING, PERSON, VERB and so on are decks of words
# (see `decks`); the others are rules, whose alternatives are equally likely, so a repeated one is a likelier one.
# A trailing 1 is singular, a trailing 2 plural; S present, D past, G -ing, N past participle.
GRAMMAR: dict[str, list[str]] = {
    "ADJ": ["ADJECTIVE", "ADJECTIVE", "SHORT"],
    "NOUN1": ["THING1", "THING1", "PERSON1"],
    "NOUN2": ["THING2", "THING2", "PERSON2"],
    "MY": _either("my your his her our their"),
    "DET1": _either("the the the the a a a this that MY each every another NAME's no"),
    "DET2": _either("the the the these those MY some many most all few several both"),
    "COUNT": ["NUMBER", "NUMBER", "NUMBER", "DIGITS", "a dozen", "NUMBER hundred", "half a dozen"],
    "HE": _either("he she it"),
    "THEY": _either("they we you I"),
    "THEM": _either("me him her it us them you"),
    "SELF1": ["by himself", "by herself"],
    "NP1": ["DET1 NOUN1"] * 4 + ["DET1 ADJ NOUN1"] * 3 + ["the ADJ STUFF", "STUFF", "NAME", "the NOUN1 of STUFF"],
    "NP2": ["DET2 NOUN2"] * 3 + ["DET2 ADJ NOUN2"] * 2 + ["COUNT NOUN2", "ADJ NOUN2", "NAME and NAME"],
    "NP": ["NP1", "NP1", "NP2"],
    "OBJ": ["the THING1", "a ADJ THING1", "MY THING1", "the STUFF", "the ADJ THING2", "NP1", "NP2", "THEM"],
    "WHO1": ["the PERSON1", "the ADJ PERSON1", "NAME", "NAME", "a PERSON1", "HE", "MY PERSON1", "someone", "nobody"],
    "WHO2": ["the PERSON2", "the ADJ PERSON2", "NAME and MY PERSON1", "THEY", "MY PERSON2", "some PERSON2"],
    "PLACE": ["PREPOSITION the NOUN1", "PREPOSITION the ADJ NOUN1", "PREPOSITION MY THING2", "in TOWN", "near TOWN",
              "PREPOSITION the THING2", "in the STUFF", "from TOWN to TOWN", "PREPOSITION a THING1"],
    "WHEN": ["on DAY", "in MONTH", "at NUMBER o'clock", "every DAY", "last MONTH", "on the ORDINAL of MONTH",
             "ADVERB", "ADVERB", "all day", "NUMBER days ago", "this evening", "for NUMBER years", "at night"],
    "PAST": ["DO_D OBJ", "DO_D OBJ", "DO_D OBJ PLACE", "GO_D PLACE", "GO_D PLACE", "GO_D ADVERB", "ADVERB DO_D OBJ"],
    "PRESENT1": ["DO_S OBJ", "DO_S OBJ", "GO_S PLACE", "GO_S ADVERB", "ADVERB DO_S OBJ", "ADVERB GO_S"],
    "PRESENT2": ["DO OBJ", "DO OBJ", "GO PLACE", "GO ADVERB", "ADVERB DO OBJ", "never GO PLACE"],
    "BASE": ["DO OBJ", "DO OBJ", "GO PLACE", "GO ADVERB", "DO the STUFF ADVERB"],
    "ING": ["DO_G OBJ", "DO_G OBJ", "GO_G PLACE", "GO_G ADVERB", "DO_G the ADJ THING1"],
    "CAN": _either("can could will would should must may might can't won't couldn't wouldn't shouldn't"),
    "DID": _either("didn't never did will can't couldn't"),
    "BE1": _either("is was isn't wasn't"),
    "BE2": _either("are were aren't weren't"),
    "JOIN": _either("and but because while when until so before after although as if unless since though"),
    "MORE": ["SHORTER", "SHORTER", "more ADJECTIVE", "less ADJECTIVE"],
    "MOST": ["SHORTEST", "SHORTEST", "most ADJECTIVE", "least ADJECTIVE"],
    "CLAUSE": ["WHO1 PAST", "NP1 GO_D PLACE", "WHO2 PRESENT2", "WHO1 CAN BASE", "NP1 BE1 ADJ", "NP2 BE2 ADJ"],
    "TOLD": ["said", "thought", "knew", "hoped", "heard", "told THEM", "believed"],
    "SENTENCE": [
        # Statements.
        "NP1 PAST .", "NP1 PAST .", "NP2 PAST .", "WHO1 PAST .", "WHO1 PAST WHEN .", "WHO2 PAST .", "WHO2 PAST WHEN .",
        "WHO1 PRESENT1 .", "WHO1 PRESENT1 WHEN .", "NP1 PRESENT1 .", "WHO2 PRESENT2 .", "NP2 PRESENT2 .",
        "NP1 CAN BASE .", "WHO2 CAN BASE WHEN .", "WHO1 DID BASE .", "NP1 doesn't BASE .", "WHO2 don't BASE .",
        "NP1 BE1 ADJ .", "NP1 BE1 ADJ and ADJ .", "NP2 BE2 ADJ and SHORT .", "NP1 BE1 PLACE .", "NP2 BE2 PLACE .",
        "NP1 BE1 ING .", "NP2 BE2 ING .", "NP1 BE1 DONE PLACE .", "NP2 BE2 DONE by NP .", "NP1 has DONE OBJ .",
        "NP2 have DONE OBJ .", "NP1 had GONE PLACE .", "WHO2 have GONE PLACE WHEN .", "NP1 will be DONE WHEN .",
        "WHO1 DO_D THEM a ADJ THING1 .", "ADJ STUFF PRESENT1 .", "the THING1 was SHORT , ADJ and SHORT .",
        "the THING1 and the THING2 BE2 ADJ .", "the DONE THING1 BE1 PLACE .", "the GO_G PERSON1 PAST .",
        "PLACE , WHO1 PAST .", "PLACE BE1 a ADJ THING1 .", "ADVERB , WHO1 PAST .", "on DAY WHO2 PAST .",
        "it BE1 ADJ to BASE .", "it takes STUFF and STUFF to BASE .", "ING BE1 ADJ .", "to BASE BE1 ADJ .",
        "WHO1 wanted to BASE .", "WHO2 like to BASE .", "WHO1 tried to GO and DO OBJ .", "WHO1 kept ING .",
        "I'm ING .", "you're ADJ and ADJ .", "we'll BASE WHEN .", "they've DONE OBJ .", "it's a ADJ THING1 .",
        "THING2 , THING2 , and THING2 were DONE PLACE .", "WHO1 DO_D a THING1 , a THING1 and some STUFF .",
        "there is a ADJ NOUN1 PLACE .", "there are COUNT NOUN2 PLACE .", "there was no STUFF PLACE .",
        "there were DET2 ADJ NOUN2 PLACE .", "here is MY ADJ THING1 .", "that was the MOST NOUN1 in TOWN .",
        # Relative and joined clauses.
        "the PERSON1 who DO_D OBJ BE1 ADJ .", "the THING1 that WHO1 DO_D BE1 ADJ .", "the PERSON2 who GO PLACE PAST .",
        "CLAUSE JOIN CLAUSE .", "CLAUSE , JOIN CLAUSE .", "JOIN CLAUSE , CLAUSE .", "WHO1 TOLD that CLAUSE .",
        "ING , WHO1 PAST .", "DONE by NP , the THING1 GO_D ADVERB .", "what WHO1 DO_D BE1 ADJ .",
        # Comparisons.
        "NP1 BE1 MORE than NP .", "NP2 BE2 MORE than NP .", "NP1 BE1 as SHORT as NP1 .", "NP1 BE1 the MOST of all .",
        "the MORE THING1 PAST .", "the MOST PERSON1 PAST .", "no THING1 is SHORTER or SHORTER than STUFF .",
        # Commands and questions.
        "DO OBJ .", "DO OBJ PLACE .", "DO OBJ and DO OBJ .", "please DO OBJ WHEN .", "don't BASE !", "GO ADVERB !",
        "let's BASE .", "NAME , DO OBJ !", "what a ADJ THING1 !", "how SHORT the THING2 are !", "oh , the ADJ STUFF !",
        "did WHO1 BASE ?", "do WHO2 BASE ?", "does NP1 BASE ?", "CAN you BASE ?", "has NP1 DONE OBJ ?",
        "where BE1 the ADJ NOUN1 ?", "why did NP1 BASE ?", "who DO_D the ADJ THING1 ?", "when will WHO2 BASE ?",
        "how many THING2 did WHO1 DO ?", "which NOUN1 DO_S OBJ ?", "whose THING1 is SHORTER ?", "how did WHO1 DO OBJ ?",
        # Fragments.
        "a ADJ THING1 of STUFF .", "ADJ THING2 and ADJ STUFF .", "yes , in TOWN .", "DIGITS NOUN2 .", "the ORDINAL THING1 .",
    ],
    "SALAD": ["WORD WORD WORD .", "WORD , WORD , WORD .", "WORD WORD WORD WORD .", "WORD , WORD , WORD , WORD .",
              "WORD WORD WORD WORD WORD .", "WORD , WORD WORD , WORD WORD .", "WORD WORD WORD WORD WORD WORD ."],
}  # fmt: skip
SALAD_SHARE = 0.15
VOWEL = re.compile(r"(?!(?:uni|use|usu|one|once|eur|ewe|u$))[aeiou]|hour|honest|honor|heir|herb", re.IGNORECASE)


def sentences(count: int, seed: int) -> list[str]:
    """`count` different sentences of 2 to 14 words, the same ones for the same seed."""
    rng = random.Random(seed)
    dealer = _Dealer(rng)
    found: dict[str, None] = {}
    while len(found) < count:
        sentence = dealer.expand("SALAD" if rng.random() < SALAD_SHARE else "SENTENCE")
        text = _written(sentence)
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
    do = [_verb_forms(line) for line in _read("transitive")]
    go = [_verb_forms(line) for line in _read("intransitive")]
    short = [_degrees(line) for line in _read("short")]
    plain = {
        "ADJECTIVE": "adjectives", "ADVERB": "adverbs", "STUFF": "substances", "PREPOSITION": "prepositions",
        "NAME": "names", "TOWN": "places", "DAY": "days", "MONTH": "months", "NUMBER": "numbers",
        "ORDINAL": "ordinals", "OTHER": "other",
    }  # fmt: skip
    made = {symbol: [line[0] for line in _read(stem)] for symbol, stem in plain.items()}
    for symbol, nouns in (("PERSON", people), ("THING", things)):
        made[f"{symbol}1"] = [noun[0] for noun in nouns]
        made[f"{symbol}2"] = [noun[1] if len(noun) > 1 else plural(noun[0]) for noun in nouns]
    for symbols, verbs in ((("DO", "DO_S", "DO_D", "DONE", "DO_G"), do), (("GO", "GO_S", "GO_D", "GONE", "GO_G"), go)):
        made |= {symbol: [forms[form] for forms in verbs] for form, symbol in enumerate(symbols)}
    made |= {
        symbol: [degrees[degree] for degrees in short] for degree, symbol in enumerate(("SHORT", "SHORTER", "SHORTEST"))
    }
    return {symbol: tuple(sorted(set(deck))) for symbol, deck in made.items()}


def plural(noun: str) -> str:
    """Plural (or, of a verb, third person) by rule: box boxes, city cities, toy toys."""
    if re.search(r"(?:s|x|z|ch|sh)$", noun) and not noun.endswith(("stomach", "monarch")):
        return noun + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + "s"


def with_ending(word: str, ending: str) -> str:
    """Add an ending that starts with a vowel: bake baking, hop hopping, carry carried, die dying."""
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
    """Expands symbols, drawing every word from a deck that is shuffled anew only when it is used up."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._decks = {**decks(), "WORD": words(), "DIGITS": tuple(str(n) for n in range(2, 2000))}
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


def _written(tokens: str) -> str:
    """Tokens as an English sentence: a or an, I, no space before a mark, a capital to begin with."""
    text = re.sub(r"\ba (?=(\w+))", lambda m: "an " if VOWEL.match(m[1]) else "a ", tokens)
    text = re.sub(r"(?<![\w'])i(?![\w-])", "I", re.sub(r" ([,.?!])", r"\1", text))
    return text[0].upper() + text[1:]


def _verb_forms(line: list[str]) -> tuple[str, str, str, str, str]:
    """base, -s, past, participle, -ing of a line `base [past participle [ing]]`."""
    base = line[0]
    past, participle = line[1:3] if len(line) > 1 else [with_ending(base, "ed")] * 2
    third = {"have": "has", "do": "does", "go": "goes"}.get(base, plural(base))
    return base, third, past, participle, line[3] if len(line) > 3 else with_ending(base, "ing")


def _degrees(line: list[str]) -> tuple[str, str, str]:
    """Positive, comparative and superlative of a line `positive [comparative superlative]`."""
    if len(line) == 3:
        return line[0], line[1], line[2]
    return line[0], with_ending(line[0], "er"), with_ending(line[0], "est")


def _read(stem: str) -> list[list[str]]:
    lines = (VOCABULARY_DIR / f"{stem}.txt").read_text(encoding="ascii").splitlines()
    return [line.split() for line in lines if line]
