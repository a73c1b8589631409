"""What a machine that never heard this speech understands of it: pocketsphinx, and the error rate of its characters."""

import re
from typing import Any

import numpy as np

from tpd.errors import DependencyError

RECOGNISER_RATE_HZ = 16000
PAUSE_S = 0.2
"""Silence put before and after a sentence, which the recogniser expects."""


def character_error_rate(said: str, heard: str) -> float:
    """Edits (Levenshtein 1966) that turn the letters heard into those said, for each letter said; spaces count."""
    said, heard = letters(said), letters(heard)
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, start=1):
        before, row = row, [i]
        for j, b in enumerate(heard, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
    return row[-1] / max(1, len(said))


def letters(text: str) -> str:
    """Lower case, single spaces, nothing but letters."""
    return " ".join(re.sub(r"[^a-z ]", "", text.lower().replace("-", " ")).split())


class Recogniser:
    """Pocketsphinx with the English model that its wheel carries."""

    def __init__(self) -> None:
        """Raises DependencyError without pocketsphinx."""
        try:
            import pocketsphinx
            import soxr
        except ImportError as error:
            raise DependencyError(
                f"listening needs {error.name}: pip install -c constraints.txt '.[recipe]'"
            ) from error
        self._resample: Any = soxr.resample
        self._decoder: Any = pocketsphinx.Decoder(samprate=RECOGNISER_RATE_HZ, loglevel="FATAL")

    def hear(self, audio_S: np.ndarray, sample_rate_hz: int) -> str:
        """The words of a sentence, brought to one loudness first; empty where none are heard."""
        audio = self._resample(audio_S, sample_rate_hz, RECOGNISER_RATE_HZ)
        audio = 0.7 * audio / max(1e-5, float(np.abs(audio).max()))
        pause = np.zeros(int(PAUSE_S * RECOGNISER_RATE_HZ))
        samples = (np.concatenate([pause, audio, pause]) * 32767).astype("<i2")
        self._decoder.start_utt()
        self._decoder.process_raw(samples.tobytes(), no_search=False, full_utt=True)
        self._decoder.end_utt()
        heard = self._decoder.hyp()
        return letters(re.sub(r"\[.*?\]|<.*?>|\(\d+\)", "", heard.hypstr)) if heard else ""
