"""Speech codes from text, one at a time: a language model with a cache, and how its codes are drawn.

The order is that of `generate` of transformers 4.31, which the original calls: repetition penalty, temperature, top-k,
top-p.
"""

# P text tokens with start and stop, C channels, S speech codes, V codes of the vocabulary

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tpd.errors import InputError, TpdError

PROMPT_CODE = 1
"""What the original shows `generate` in place of voice and text; its penalty counts it as said from the beginning."""


@dataclass(frozen=True, kw_only=True)
class SamplingSettings:
    """How codes are drawn; the defaults are what TorToiSe names, `TORTOISE` is also what it leaves to a default."""

    temperature: float = 0.8
    """Divides the logits; 0 takes the likeliest code and draws nothing."""
    top_k: float = math.inf
    """Only so many of the likeliest codes can be drawn; infinity is all."""
    top_p: float = 0.8
    """Only the likeliest codes that together have this probability are drawn from."""
    repetition_penalty: float = 2.0
    """Divides (or multiplies, below zero) the logit of a code that was said before; 1 does nothing."""

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < math.inf:
            raise InputError(f"temperature must be 0 or more; found {self.temperature}")
        if not self.top_k >= 1:
            raise InputError(f"top_k must be 1 or more, infinity for all codes; found {self.top_k}")
        if not 0 < self.top_p <= 1:
            raise InputError(f"top_p must be above 0 and at most 1; found {self.top_p}")
        if not 0 < self.repetition_penalty < math.inf:
            raise InputError(f"repetition_penalty must be above 0; found {self.repetition_penalty}")


TORTOISE = SamplingSettings(top_k=50)
"""How the original draws: it never names top-k, so 50, the default of `generate`, holds."""


class LanguageModel(Protocol):
    """What generation needs of a language model."""

    start_code: int
    stop_code: int
    max_codes: int
    skipped_positions: int
    """Positions left out after the start code while generating. Not 0: it generates behind the original's prompt."""

    def prefill(self, text_P: np.ndarray, voice_C: np.ndarray) -> tuple[np.ndarray, np.ndarray, Any]:
        """Read text, voice and the start code: logits [V], latent [C], cache."""
        ...

    def step(self, code: int, position: int, cache: Any) -> tuple[np.ndarray, np.ndarray, Any]:
        """Read one code more: logits [V], latent [C], cache."""
        ...

    def latents(self, text_P: np.ndarray, voice_C: np.ndarray, codes_S: np.ndarray) -> np.ndarray:
        """Latents [S, C] of given codes in one pass."""
        ...


@dataclass(frozen=True, kw_only=True)
class SpokenCodes:
    """What a language model said."""

    codes_S: np.ndarray
    """Codes without the stop code, int64."""
    latents_SC: np.ndarray
    """The latent each code was predicted from, float32."""
    stopped: bool
    """Whether it ended by itself."""


def generate(
    model: LanguageModel,
    text_P: np.ndarray,
    voice_C: np.ndarray,
    settings: SamplingSettings,
    rng: np.random.Generator,
) -> SpokenCodes:
    """Draw codes until the stop code or the longest utterance.

    The latent that predicts a code while it is drawn is the one the decoder is conditioned on, so it is kept; only a
    model that leaves out positions while generating needs a second pass.

    Raises TpdError for logits that are not finite.
    """
    prompt = [PROMPT_CODE, model.start_code] if model.skipped_positions else []
    codes: list[int] = []
    latents: list[np.ndarray] = []
    logits_V, latent_C, cache = model.prefill(text_P, voice_C)
    stopped = False
    while len(codes) < model.max_codes:
        code = draw_code(penalise_repetition(logits_V, prompt + codes, settings.repetition_penalty), settings, rng)
        if code == model.stop_code:
            stopped = True
            break
        codes.append(code)
        latents.append(latent_C)
        logits_V, latent_C, cache = model.step(code, len(codes) + model.skipped_positions, cache)
    codes_S = np.array(codes, dtype=np.int64)
    if model.skipped_positions and codes:
        latents_SC = model.latents(text_P, voice_C, codes_S)
    else:
        latents_SC = np.array(latents, dtype=np.float32).reshape(len(codes), len(latent_C))
    return SpokenCodes(codes_S=codes_S, latents_SC=latents_SC, stopped=stopped)


def penalise_repetition(logits_V: np.ndarray, said: list[int], penalty: float) -> np.ndarray:
    """Make codes that were said less likely (Keskar et al. 2019, as GPT-2 implementations do it)."""
    if penalty == 1 or not said:
        return logits_V
    penalised = logits_V.copy()
    chosen = penalised[said]
    penalised[said] = np.where(chosen < 0, chosen * penalty, chosen / penalty)
    return penalised


def keep_top_k(logits_V: np.ndarray, top_k: float) -> np.ndarray:
    """Minus infinity for all below the `top_k` likeliest; what is level with the last of them stays."""
    if top_k >= len(logits_V):
        return logits_V
    lowest_kept = np.partition(logits_V, -int(top_k))[-int(top_k)]
    return np.where(logits_V < lowest_kept, -np.inf, logits_V)


def top_p_probabilities(logits_V: np.ndarray, top_p: float) -> np.ndarray:
    """Probabilities float64 [V] of the nucleus (Holtzman et al. 2020): all else is 0; the likeliest stays."""
    probability_V = np.exp(logits_V.astype(np.float64) - logits_V.max())
    probability_V /= probability_V.sum()
    order = np.argsort(-probability_V, kind="stable")
    before = np.cumsum(probability_V[order]) - probability_V[order]
    probability_V[order[before >= top_p]] = 0
    nucleus_V: np.ndarray = probability_V / probability_V.sum()
    return nucleus_V


def draw_code(logits_V: np.ndarray, settings: SamplingSettings, rng: np.random.Generator) -> int:
    """One code by temperature, top-k and top-p. Raises TpdError for logits that are not finite."""
    if not np.isfinite(logits_V).all():
        raise TpdError("the language model's logits are not finite; export its bundle again, in full precision")
    if settings.temperature == 0:
        return int(logits_V.argmax())
    probability_V = top_p_probabilities(keep_top_k(logits_V / settings.temperature, settings.top_k), settings.top_p)
    return int(np.searchsorted(np.cumsum(probability_V), rng.random() * (1 - 1e-12), side="right"))
