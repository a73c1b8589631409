"""The corpus: sentences spoken by flite, as mels, sound, and the times of words and phones.

Shards of one voice each are written once and never again: run the stage again after a kill and it goes on.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
import torch

from recipes.hatchling.flite import VOICES, Flite, Phone
from recipes.hatchling.texts import sentences
from tpd.files import write_atomically
from tpd.runtime.mel import normalise, num_mel_frames
from tpd.runtime.text import clean_text
from tpd.tortoise.mel import mel_80_22050, mel_100_24000

SHARD_SENTENCES = 250
PHONES = [
    "pau",
    "aa",
    "ae",
    "ah",
    "ao",
    "aw",
    "ax",
    "ay",
    "b",
    "ch",
    "d",
    "dh",
    "eh",
    "er",
    "ey",
    "f",
    "g",
    "hh",
    "ih",
    "iy",
    "jh",
    "k",
    "l",
    "m",
    "n",
    "ng",
    "ow",
    "oy",
    "p",
    "r",
    "s",
    "sh",
    "t",
    "th",
    "uh",
    "uw",
    "v",
    "w",
    "y",
    "z",
    "zh",
]
"""CMU phones as flite names them; silence is 0."""
CODE_S = 1024 / 22050
"""Seconds of speech a code stands for."""


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One spoken sentence. M mel bands, T frames, S codes."""

    text: str
    """Cleaned text, as the tokenizer sees it."""
    mel_80_TM: np.ndarray
    """Log mel at 22.05 kHz, 4 frames a code, float16 [4S, 80] (not divided by the mel norms)."""
    mel_100_TM: np.ndarray
    """Normalised mel at 24 kHz, float16 [num_mel_frames(S), 100]."""
    audio: np.ndarray
    """Samples at 24 kHz, int16."""
    phone_S: np.ndarray
    """Index into PHONES of what is said in the middle of each code, uint8 [S]."""
    word_S: np.ndarray
    """First and last character in `text` of the word being said at each code, -1 where none is known, int16 [S, 2]."""


def shards(num_sentences: dict[str, int]) -> list[tuple[str, int]]:
    """Every (voice, number of shard) of a corpus, the voices interleaved so that any beginning of it is mixed."""
    all_shards = [
        (voice, number) for voice, count in num_sentences.items() for number in range(count // SHARD_SENTENCES)
    ]
    return sorted(all_shards, key=lambda shard: ((shard[1] + 0.5) / num_sentences[shard[0]], shard[0]))


def shard_path(directory: Path, voice: str, number: int) -> Path:
    """Where a shard lies."""
    return directory / f"{voice}-{number:03d}.npz"


def make_shard(path: Path, voice: str, number: int) -> None:
    """Speak one shard and write it; nothing is left where it was interrupted."""
    flite = Flite(voice)
    # A voice's sentences are one list, in which words are dealt evenly; a longer list begins with the shorter one.
    end = (number + 1) * SHARD_SENTENCES
    texts = sentences(end, seed=VOICES.index(voice))[end - SHARD_SENTENCES :]
    spoken = [utterance for text in texts if (utterance := _speak(flite, text)) is not None]
    arrays: dict[str, np.ndarray] = {}
    for field in ("mel_80_TM", "mel_100_TM", "audio", "phone_S", "word_S"):
        parts = [getattr(utterance, field) for utterance in spoken]
        arrays[field] = np.concatenate(parts)
        arrays[f"{field}_lengths"] = np.array([len(part) for part in parts])
    arrays["texts"] = np.frombuffer(json.dumps([u.text for u in spoken]).encode(), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)

    def save(file: object) -> None:
        np.savez(file, **arrays)  # type: ignore[arg-type]

    write_atomically(path, save)


def read_shard(path: Path) -> Iterator[Utterance]:
    """The utterances of one shard."""
    with np.load(path) as arrays:
        texts = json.loads(arrays["texts"].tobytes())
        columns = {
            field: np.split(arrays[field], np.cumsum(arrays[f"{field}_lengths"])[:-1])
            for field in ("mel_80_TM", "mel_100_TM", "audio", "phone_S", "word_S")
        }
    for index, text in enumerate(texts):
        yield Utterance(text=text, **{field: column[index] for field, column in columns.items()})


def _speak(flite: Flite, sentence: str) -> Utterance | None:
    """One utterance, or None for one too long to learn from."""
    text = clean_text(sentence)
    speech = flite.speak(text)
    audio_22050 = soxr.resample(speech.audio, speech.sample_rate_hz, 22050)
    audio_24000 = soxr.resample(speech.audio, speech.sample_rate_hz, 24000)
    num_codes = len(audio_22050) // 1024
    num_frames = num_mel_frames(num_codes)
    if not 8 <= num_codes <= 180:
        return None
    with torch.inference_mode():
        mel_80 = mel_80_22050(torch.from_numpy(audio_22050)[None], mel_norms=None)[0, :, : 4 * num_codes]
        mel_100 = normalise(mel_100_24000(torch.from_numpy(audio_24000)[None])[0, :, :num_frames])
    return Utterance(
        text=text,
        mel_80_TM=mel_80.T.numpy().astype(np.float16),
        mel_100_TM=mel_100.T.numpy().astype(np.float16),
        audio=np.clip(audio_24000 * 32767, -32768, 32767).astype(np.int16),
        phone_S=_phone_of_codes(speech.phones, num_codes),
        word_S=_word_of_codes(text, speech.phones, num_codes),
    )


def _at_codes(phones: list[Phone], num_codes: int) -> list[int]:
    """Index of the phone in the middle of each code."""
    ends_s = np.array([phone.end_s for phone in phones])
    middle_s = (np.arange(num_codes) + 0.4) * CODE_S
    return [int(i) for i in np.minimum(np.searchsorted(ends_s, middle_s), len(phones) - 1)]


def _phone_of_codes(phones: list[Phone], num_codes: int) -> np.ndarray:
    names = [PHONES.index(phone.name) for phone in phones]
    return np.array([names[i] for i in _at_codes(phones, num_codes)], dtype=np.uint8)


def _word_of_codes(text: str, phones: list[Phone], num_codes: int) -> np.ndarray:
    """Where in the text the word of each code stands, walking text and phones word by word."""
    spans: list[tuple[int, int]] = []
    position, current, previous = 0, (-1, -1), ""
    for phone in phones:
        if phone.word and phone.word != previous:
            start = text.find(phone.word, position)
            if 0 <= start <= position + 24:
                current = (start, start + len(phone.word) - 1)
                position = start + len(phone.word)
            else:
                current = (-1, -1)
        previous = phone.word or previous
        spans.append(current if phone.word else (-1, -1))
    return np.array([spans[i] for i in _at_codes(phones, num_codes)], dtype=np.int16)
