"""Text in, sound out: the whole of speaking."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from tpd.errors import InputError, TpdError
from tpd.runtime.bundle import Bundle, Voice
from tpd.runtime.codes import num_spoken, replace_stop
from tpd.runtime.engine import Engine
from tpd.runtime.language import SamplingSettings, SpokenCodes, generate
from tpd.runtime.mel import num_mel_frames
from tpd.runtime.split import split_text

ATTEMPTS = 3
"""How often a piece is spoken anew when the language model does not end it."""
Progress = Callable[[str, int, int], None]
"""Told the stage, the piece (from 1) and how many pieces there are."""


@dataclass(kw_only=True)
class Report:
    """Where the time went."""

    stage_s: dict[str, float] = field(default_factory=dict)
    """Wall seconds of each stage."""
    audio_s: float = 0.0
    """Seconds of speech."""
    num_codes: int = 0
    """Speech codes drawn."""
    warnings: list[str] = field(default_factory=list)
    """What a listener should know: pieces spoken anew or cut."""

    @property
    def real_time_factor(self) -> float:
        """Wall seconds for a second of speech."""
        return sum(self.stage_s.values()) / self.audio_s if self.audio_s else float("inf")

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        began = time.perf_counter()
        yield
        self.stage_s[stage] = self.stage_s.get(stage, 0.0) + time.perf_counter() - began


@dataclass(frozen=True, kw_only=True)
class Speech:
    """What was said."""

    audio: np.ndarray
    """Samples in [-1, 1], float32."""
    sample_rate_hz: int
    report: Report


def speak(
    engine: Engine,
    text: str,
    *,
    voice: str | None = None,
    seed: int = 0,
    settings: SamplingSettings | None = None,
    progress: Progress | None = None,
) -> Speech:
    """Say a text of any length. The same engine, text, voice, settings and seed give the same samples.

    Raises InputError for a text in which nothing can be spoken and for an unknown voice.
    """
    bundle = engine.bundle
    chosen = bundle.voice(voice or bundle.default_voice)
    settings = settings or SamplingSettings(**bundle.manifest.content["sampling"])
    report, sounds, tell = Report(), [], progress or _say_nothing
    framed = [bundle.language.frame_text(tokens) for tokens in _pieces(text, bundle)]
    for number, text_P in enumerate(framed, start=1):
        rng = np.random.default_rng([seed, number])
        tell("codes", number, len(framed))
        with report.timing("codes"):
            spoken = _speak_codes(engine, text_P, chosen, settings, rng, report)
        report.num_codes += len(spoken.codes_S)
        tell("mel", number, len(framed))
        with report.timing("mel"):
            mel_1MT = engine.make_mel(spoken.latents_SC, chosen.decoder_2C, num_mel_frames(len(spoken.codes_S)), rng)
        tell("sound", number, len(framed))
        with report.timing("sound"):
            sounds.append(bundle.vocode(mel_1MT, rng))
    audio = np.concatenate(sounds)
    report.audio_s = len(audio) / bundle.sample_rate_hz
    return Speech(audio=audio, sample_rate_hz=bundle.sample_rate_hz, report=report)


def _pieces(text: str, bundle: Bundle) -> list[list[int]]:
    """Tokens of each piece that is spoken at once.

    A piece that is too long once its numbers are spelt out is cut at a blank near its middle; one without a sound is a
    pause and left out. Raises InputError where the whole text has no sound.
    """
    bundle.tokenizer.encode(text)
    found: list[list[int]] = []
    waiting = split_text(text, **bundle.manifest.content["split"])
    while waiting:
        piece = waiting.pop(0)
        try:
            tokens = bundle.tokenizer.encode(piece)
        except InputError:
            continue
        middle = piece.rfind(" ", 0, len(piece) // 2 + 1)
        if len(tokens) >= bundle.language.max_text_tokens and middle > 0:
            waiting[:0] = [piece[:middle], piece[middle + 1 :]]
        else:
            found.append(tokens)
    return found


def _speak_codes(
    engine: Engine,
    text_P: np.ndarray,
    voice: Voice,
    settings: SamplingSettings,
    rng: np.random.Generator,
    report: Report,
) -> SpokenCodes:
    """Draw codes, anew if the language model does not come to an end, and let silence follow as it was trained with."""
    language, silence = engine.bundle.language, engine.bundle.silence
    for attempt in range(1, ATTEMPTS + 1):
        spoken = generate(language, text_P, voice.language_C, settings, rng)
        if spoken.stopped and len(spoken.codes_S):
            break
        again = attempt < ATTEMPTS and settings.temperature > 0
        report.warnings.append(
            f"the language model {'said nothing' if spoken.stopped else 'did not come to an end'}; "
            + ("spoken anew" if again else "kept as it is")
        )
        if not again:
            break
    if not len(spoken.codes_S):
        raise TpdError("the language model said nothing; try another --seed or other words")
    if silence is None:
        return spoken
    # The original pads codes to their longest with silence, then renders only the beginning of it.
    padded = np.full(language.max_codes, language.stop_code)
    padded[: len(spoken.codes_S)] = spoken.codes_S
    codes_S = replace_stop(padded, language.stop_code, silence)
    codes_S = codes_S[: num_spoken(codes_S, silence)]
    latents_SC = language.latents(text_P, voice.language_C, codes_S)
    return SpokenCodes(codes_S=codes_S, latents_SC=latents_SC, stopped=spoken.stopped)


def _say_nothing(stage: str, piece: int, num_pieces: int) -> None:
    """Progress for those who do not watch."""
