"""The end of a row of codes against the original's."""

import json
from typing import Any

import numpy as np
import pytest

from tests.reference import REFERENCE_DIR
from tpd.errors import InputError
from tpd.runtime.codes import SilenceCodes, num_spoken, replace_stop

CASES = json.loads((REFERENCE_DIR / "code_padding_cases.json").read_text())
SILENCE = SilenceCodes()


@pytest.mark.parametrize("case", CASES)
def test_reference_rows_end_as_the_originals_do(case: dict[str, Any]) -> None:
    codes_S = np.array(case["codes"])
    assert replace_stop(codes_S, case["stop_token"], SILENCE).tolist() == case["fixed"]
    assert codes_S.tolist() == case["codes"], "the row given is left alone"


def test_codes_after_the_first_stop_are_silence() -> None:
    codes_S = np.array([7, 9, 5, 9, 6, 6, 6])
    own = SilenceCodes(silence=1, final=(2, 3))
    assert replace_stop(codes_S, 9, own).tolist() == [7, 1, 1, 1, 1, 2, 3]
    assert replace_stop(codes_S, 9, SilenceCodes(silence=1, final=())).tolist() == [7, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("codes", "count"),
    [
        ([5, 5, 5], 3),
        ([5, *[83] * 8], 9),
        ([5, *[83] * 9], 9),
        ([5, *[83] * 20, 5], 9),
        ([*[83] * 8, 5, *[83] * 12], 17),
        ([83] * 9, 8),
        ([], 0),
    ],
)
def test_long_silence_is_not_rendered(codes: list[int], count: int) -> None:
    assert num_spoken(np.array(codes, dtype=np.int64), SILENCE) == count


def test_a_longest_run_of_zero_stops_at_the_first_silence() -> None:
    assert num_spoken(np.array([4, 83, 4]), SilenceCodes(max_run=0)) == 1


def test_rows_that_cannot_end_are_refused() -> None:
    with pytest.raises(InputError, match="needs 3 codes"):
        replace_stop(np.array([5, 9]), 9, SILENCE)
    with pytest.raises(InputError, match=r"shape \[S\]"):
        replace_stop(np.zeros((1, 5), dtype=np.int64), 9, SILENCE)
    with pytest.raises(InputError, match=r"shape \[S\]"):
        num_spoken(np.zeros((1, 5), dtype=np.int64), SILENCE)
    with pytest.raises(InputError, match="negative"):
        SilenceCodes(silence=-1)
