"""A bundle: everything of a voice model but the student. Language model, vocoder, tokenizer and voices in one
directory.
"""

# P text tokens with start and stop, C channels, S speech codes, M mel bands, T mel frames

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load

from tpd.errors import InputError
from tpd.runtime.codes import SilenceCodes
from tpd.runtime.manifest import Manifest, read_manifest
from tpd.runtime.mel import VOCODER_PADDING_FRAMES
from tpd.runtime.onnx_backend import OnnxGraph
from tpd.runtime.tokenizer import Tokenizer

MANIFEST = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Voice:
    """How a speaker sounds to the two networks that are told."""

    language_C: np.ndarray
    """For the language model, float32."""
    decoder_2C: np.ndarray
    """For the diffusion decoder, float32."""


class OnnxLanguageModel:
    """The language model's one graph, as generation uses it (`tpd.runtime.language.LanguageModel`)."""

    def __init__(self, graph: OnnxGraph, config: dict[str, Any]) -> None:
        self._graph = graph
        self.start_code: int = config["start_code"]
        self.stop_code: int = config["stop_code"]
        self.max_codes: int = config["max_codes"]
        self.skipped_positions: int = config["skipped_positions"]
        self.max_text_tokens: int = config["max_text_tokens"]
        self._start_text_token: int = config["start_text_token"]
        self._cache_shape = tuple(config["cache_shape"])
        self._no_text = np.zeros((1, 0), dtype=np.int64)

    def frame_text(self, tokens: list[int]) -> np.ndarray:
        """Tokens with the trailing 0 the model was trained with, between start and stop: int64 [P]."""
        if len(tokens) + 1 > self.max_text_tokens:
            raise InputError(
                f"a sentence has {len(tokens)} tokens; at most {self.max_text_tokens - 1} can be spoken at once"
            )
        return np.array([self._start_text_token, *tokens, 0, 0], dtype=np.int64)

    def prefill(self, text_P: np.ndarray, voice_C: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Read text, voice and the start code: logits [V], latent [C], cache."""
        logits, latents, cache = self._read_all(text_P, voice_C, np.array([self.start_code]))
        return logits[0], latents[0, -1], cache

    def step(self, code: int, position: int, cache: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Read one code more: logits [V], latent [C], cache."""
        logits, latents, cache = self._graph(
            voice=np.zeros((1, 0, self._cache_shape[3] * self._cache_shape[5]), dtype=np.float32),
            text=self._no_text,
            codes=np.array([[code]]),
            first_position=np.array([position]),
            cache=cache,
        )
        return logits[0], latents[0, -1], cache

    def latents(self, text_P: np.ndarray, voice_C: np.ndarray, codes_S: np.ndarray) -> np.ndarray:
        """Latents [S, C] of given codes in one pass."""
        said = np.concatenate([[self.start_code], codes_S[:-1]])
        return np.asarray(self._read_all(text_P, voice_C, said)[1][0])

    def _read_all(self, text_P: np.ndarray, voice_C: np.ndarray, codes_S: np.ndarray) -> list[np.ndarray]:
        return self._graph(
            voice=voice_C[None, None],
            text=text_P[None],
            codes=codes_S[None],
            first_position=np.array([0]),
            cache=np.zeros(self._cache_shape, dtype=np.float32),
        )


class Bundle:
    """A bundle that was read and verified."""

    def __init__(self, directory: Path, num_threads: int) -> None:
        """Raises BundleError where the directory is not a bundle or a file of it is damaged."""
        self.manifest: Manifest = read_manifest(directory / MANIFEST, "bundle")
        content = self.manifest.content
        self.tokenizer = Tokenizer.from_bytes(self.manifest.read("tokenizer.json"))
        graph = OnnxGraph(self.manifest.read("language.onnx"), "language.onnx", num_threads)
        self.language = OnnxLanguageModel(graph, content["language"])
        self._vocoder = OnnxGraph(self.manifest.read("vocoder.onnx"), "vocoder.onnx", num_threads)
        self._noise_dim: int = content["vocoder"]["noise_dim"]
        self.sample_rate_hz: int = content["sample_rate_hz"]
        self.default_voice: str = content["default_voice"]
        self.voice_names: list[str] = content["voices"]
        silence = content["language"]["silence"]
        self.silence = SilenceCodes(**silence) if silence else None

    def voice(self, name: str) -> Voice:
        """A voice of the bundle. Raises InputError for a name it does not have."""
        if name not in self.voice_names:
            raise InputError(f"no voice {name!r}; choose one of {', '.join(self.voice_names)}")
        tensors = load(self.manifest.read(f"voices/{name}.safetensors"))
        return Voice(language_C=tensors["language"], decoder_2C=tensors["decoder"])

    def vocode(self, mel_1MT: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Samples [S] of a normalised mel."""
        num_frames = mel_1MT.shape[2] + VOCODER_PADDING_FRAMES
        noise = rng.standard_normal((1, self._noise_dim, num_frames), dtype=np.float32)
        audio_1S = self._vocoder(mel=mel_1MT, noise=noise)[0]
        return np.asarray(audio_1S[0])
