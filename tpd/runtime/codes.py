"""What follows speech in a row of codes: the stop code becomes silence, and long silence is not rendered."""

# S speech codes

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tpd.errors import InputError


@dataclass(frozen=True, kw_only=True)
class SilenceCodes:
    """The codes of a speech codec that mean silence; the defaults are those of TorToiSe's."""

    silence: int = 83
    """The code of silence."""
    final: tuple[int, ...] = (45, 45, 248)
    """The last codes of a clip that ends in silence."""
    max_run: int = 8
    """Silence codes in a row that are still rendered, so that speech can die away."""

    def __post_init__(self) -> None:
        if min(self.silence, self.max_run, *self.final) < 0:
            raise InputError(f"silence codes and their longest run cannot be negative, found {self}")


def replace_stop(codes_S: NDArray[np.int64], stop_code: int, silence: SilenceCodes) -> NDArray[np.int64]:
    """Fill a row with silence from its first stop code on, and end it as the decoder has heard clips end.

    A row without a stop code comes back as it is: its speech was cut short. The original's function is
    `fix_autoregressive_output`. Raises InputError where the row is not one-dimensional, or has a stop code
    but no room for the final codes.
    """
    _check_row(codes_S)
    stops = np.flatnonzero(codes_S == stop_code)
    if stops.size == 0:
        return codes_S.copy()
    if codes_S.size < len(silence.final):
        raise InputError(f"a row that ends needs {len(silence.final)} codes for its end, found {codes_S.size}")
    replaced_S = codes_S.copy()
    replaced_S[stops[0] :] = silence.silence
    replaced_S[codes_S.size - len(silence.final) :] = silence.final
    return replaced_S


def num_spoken(codes_S: NDArray[np.int64], silence: SilenceCodes) -> int:
    """How many codes to render: all, or up to the first longer run of silence and `max_run` codes of it.

    Raises InputError where the row is not one-dimensional.
    """
    _check_row(codes_S)
    run = 0
    for position, is_silence in enumerate(codes_S == silence.silence):
        run = run + 1 if is_silence else 0
        if run > silence.max_run:
            return position
    return int(codes_S.size)


def _check_row(codes_S: NDArray[np.int64]) -> None:
    if codes_S.ndim != 1:
        raise InputError(f"expected one row of codes, shape [S]; found shape {list(codes_S.shape)}")
