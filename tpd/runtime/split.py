"""Long text is spoken in pieces, cut where sentences end.

The cuts are those of the original (`tortoise/utils/text.py`) on every text, its oddities at the last two
characters and at quotes included: voices sound alike only if the pieces are alike.
"""

import re

from tpd.errors import InputError


def split_text(text: str, desired_length: int = 200, max_length: int = 300) -> list[str]:
    """Cut a text into pieces of about `desired_length` characters, at most `max_length`, in their order.

    A piece ends with a sentence where one ends in time, else between words, else inside a long word. What
    follows a closing quote may make it a character longer than `max_length`. Pieces of only blanks and
    punctuation are left out, so the list may be empty.
    Raises InputError unless 1 <= desired_length <= max_length.
    """
    if not 1 <= desired_length <= max_length:
        raise InputError(
            f"cannot split text into pieces of {desired_length} characters, at most {max_length}: "
            "expected 1 <= desired length <= maximum length"
        )
    text = re.sub(r"[“”]", '"', re.sub(r"\s+", " ", text))
    pieces = _Splitter(text, desired_length, max_length).split()
    return [piece for piece in map(str.strip, pieces) if not re.fullmatch(r"[\s.,;:!?]*", piece)]


class _Splitter:
    """A walk over a text: the open piece is what lies from `start` up to, not including, `end`."""

    def __init__(self, text: str, desired_length: int, max_length: int) -> None:
        self.text = text
        self.desired_length = desired_length
        self.max_length = max_length
        self.pieces: list[str] = []
        self.start = self.end = 0
        self.in_quote = False
        self.boundary: int | None = None
        """Where the last sentence of the open piece ended."""

    def split(self) -> list[str]:
        while self.end < len(self.text):
            self._forward(1)
            if self._length >= self.max_length:
                self._back_to_best_cut()
                self._close()
            elif not self.in_quote and self._at_sentence_end():
                while self.end < len(self.text) and self._length < self.max_length and self._ahead(0) in "!?.":
                    self._forward(1)
                self.boundary = self.end
                if self._length >= self.desired_length:
                    self._close()
            elif self.in_quote and self._ahead(0) == '"' and self._ahead(1) in " ":
                self._forward(2)
                self.boundary = self.end
        return [*self.pieces, self.text[self.start :]]

    @property
    def _length(self) -> int:
        return self.end - self.start

    def _at_sentence_end(self) -> bool:
        last = self.text[self.end - 1]
        return last in "!?" or (last == "." and self._ahead(0) in " ")

    def _ahead(self, count: int) -> str:
        """The character `count` after the next; "", which is in any string, from the text's last one on."""
        position = self.end + count
        return self.text[position] if position < len(self.text) - 1 else ""

    def _forward(self, count: int) -> None:
        self._toggle_quotes(self.end, self.end + count)
        self.end += count

    def _back_to_best_cut(self) -> None:
        """Step back to the last sentence's end, or to the last blank or mark, where that leaves enough."""
        cut = self.end
        if self.boundary is not None and self._length > self.desired_length / 2:
            cut = self.boundary
        else:
            while self.text[cut - 1] not in "!?. " and cut - self.start > self.desired_length:
                cut -= 1
        # As the original does: the quotes counted back are those one place before the ones stepped over.
        self._toggle_quotes(cut - 1, self.end - 1)
        self.end = cut

    def _toggle_quotes(self, begin: int, end: int) -> None:
        self.in_quote ^= self.text.count('"', begin, end) % 2 == 1

    def _close(self) -> None:
        self.pieces.append(self.text[self.start : self.end])
        self.start = self.end
        self.boundary = None
