"""Text to tokens: cleaned, then cut by a `tokenizer.json` in which a blank is the token [SPACE]."""

import json
from typing import TYPE_CHECKING, Self

from tpd.errors import BundleError, InputError
from tpd.runtime.text import clean_text

if TYPE_CHECKING:
    import tokenizers

_STOP, _UNKNOWN, _SPACE = "[STOP]", "[UNK]", "[SPACE]"


class Tokenizer:
    """Tokens of English text, as a network was trained on them."""

    def __init__(self, tokens: "tokenizers.Tokenizer") -> None:
        self._tokens = tokens
        vocabulary = tokens.get_vocab()
        missing = [name for name in (_STOP, _UNKNOWN, _SPACE) if name not in vocabulary]
        if missing:
            raise BundleError(f"the tokenizer has no token {', '.join(missing)}; expected one made for TorToiSe")
        self._silent_ids = {
            token_id
            for token, token_id in vocabulary.items()
            if token in (_STOP, _UNKNOWN, _SPACE) or not any(map(str.isalnum, token))
        }
        """Tokens without a sound of their own: blanks, punctuation and what the tokenizer does not know."""

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read the content of a `tokenizer.json`.

        Raises BundleError where it is not one, or lacks [STOP], [UNK] or [SPACE].
        """
        import tokenizers

        try:
            return cls(tokenizers.Tokenizer.from_buffer(content))
        except ValueError as error:
            raise BundleError(f"the content of tokenizer.json is not a tokenizer: {error}") from error

    def encode(self, text: str) -> list[int]:
        """The tokens of a text, without start or stop; a character the tokenizer does not know becomes [UNK].

        Raises InputError where nothing that can be spoken remains.
        """
        cleaned = clean_text(text)
        token_ids: list[int] = self._tokens.encode(cleaned.replace(" ", _SPACE)).ids
        if self._silent_ids.issuperset(token_ids):
            raise InputError(f"nothing to speak in {text[:60]!r}: expected letters or digits")
        return token_ids


def character_tokenizer(characters: str) -> bytes:
    """A `tokenizer.json` of single characters: [STOP] 0, [UNK] 1, then the characters in order from 2.

    The blank's token is called [SPACE].
    Raises InputError where the blank is missing or a character comes twice.
    """
    if " " not in characters or len(set(characters)) < len(characters):
        raise InputError(f"expected different characters and a blank among them, found {characters!r}")
    names = [_STOP, _UNKNOWN, *(_SPACE if character == " " else character for character in characters)]
    vocabulary = {name: token_id for token_id, name in enumerate(names)}
    description: dict[str, object] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added_token(name, vocabulary[name]) for name in (_STOP, _UNKNOWN, _SPACE)],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": _UNKNOWN,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "vocab": vocabulary,
            "merges": [],
        },
    }
    return json.dumps(description, indent=1).encode()


def _added_token(name: str, token_id: int) -> dict[str, object]:
    return {
        "id": token_id,
        "special": True,
        "content": name,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
    }
