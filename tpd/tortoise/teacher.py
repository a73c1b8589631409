"""A directory of networks: the teacher that is distilled, and all that speaking needs beside it."""

# B batch, M mel bands, T mel frames, S speech codes, C channels

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save

from tpd.errors import InputError
from tpd.files import make_directory, write_atomically
from tpd.runtime.codes import SilenceCodes
from tpd.runtime.manifest import Manifest, read_manifest, write_manifest
from tpd.runtime.tokenizer import Tokenizer
from tpd.tortoise.autoregressive import Autoregressive
from tpd.tortoise.diffusion_decoder import DiffusionDecoder
from tpd.tortoise.vocoder import Vocoder
from tpd.tortoise.weights import load_network, save_network

LANGUAGE, DECODER, VOCODER = "autoregressive.safetensors", "diffusion_decoder.safetensors", "vocoder.safetensors"
MANIFEST = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A speaker, as the two networks are told of it."""

    language_C: torch.Tensor
    decoder_2C: torch.Tensor


@dataclass(kw_only=True)
class Teacher:
    """The networks of a voice model in PyTorch, on the CPU, in float32."""

    name: str
    language: Autoregressive
    decoder: DiffusionDecoder
    vocoder: Vocoder
    tokenizer_json: bytes
    voices: dict[str, Voice]
    default_voice: str
    guidance_scale: float
    """Scale at the clean end; it falls linearly to 0 at the noisy one."""
    sampling: dict[str, float]
    """Settings of the language model's sampling."""
    split: dict[str, int]
    """Lengths in characters of the pieces that long text is spoken in: `desired_length`, `max_length`."""
    silence: SilenceCodes | None
    """Codes that follow speech, where the language model was not trained to say them itself."""
    manifest_seal: str = ""
    """Hash of the manifest it was read from."""

    @property
    def tokenizer(self) -> Tokenizer:
        """Text to tokens."""
        return Tokenizer.from_bytes(self.tokenizer_json)

    def voice(self, name: str) -> Voice:
        """A voice by name. Raises InputError for one it does not have."""
        if name not in self.voices:
            raise InputError(f"no voice {name!r}; choose one of {', '.join(self.voices)}")
        return self.voices[name]


def save_teacher(directory: Path, teacher: Teacher, *, half: bool) -> None:
    """Write a teacher and its manifest; half precision if asked."""
    make_directory(directory / "voices")
    save_network(directory / LANGUAGE, teacher.language, half=half)
    save_network(directory / DECODER, teacher.decoder, half=half)
    save_network(directory / VOCODER, teacher.vocoder, half=half)
    write_atomically(directory / "tokenizer.json", teacher.tokenizer_json)
    for name, voice in teacher.voices.items():
        write_atomically(directory / voice_file(name), voice_bytes(voice))
    content: dict[str, Any] = {
        "name": teacher.name,
        "default_voice": teacher.default_voice,
        "voices": list(teacher.voices),
        "guidance_scale": teacher.guidance_scale,
        "sampling": teacher.sampling,
        "split": teacher.split,
        "silence": dataclasses.asdict(teacher.silence) if teacher.silence else None,
    }
    files = [LANGUAGE, DECODER, VOCODER, "tokenizer.json", *map(voice_file, teacher.voices)]
    write_manifest(directory / MANIFEST, "teacher", files, content)


def load_teacher(directory: Path) -> Teacher:
    """Read and verify a teacher's directory. Raises BundleError where something is missing or damaged."""
    manifest: Manifest = read_manifest(directory / MANIFEST, "teacher")
    content = manifest.content
    for name in content["files"]:
        manifest.read(name)

    def voice(name: str) -> Voice:
        tensors = load(manifest.read(voice_file(name)))
        return Voice(language_C=tensors["language"].float(), decoder_2C=tensors["decoder"].float())

    return Teacher(
        name=content["name"],
        language=load_network(directory / LANGUAGE, Autoregressive),
        decoder=load_network(directory / DECODER, DiffusionDecoder),
        vocoder=load_network(directory / VOCODER, Vocoder),
        tokenizer_json=manifest.read("tokenizer.json"),
        voices={name: voice(name) for name in content["voices"]},
        default_voice=content["default_voice"],
        guidance_scale=content["guidance_scale"],
        sampling=content["sampling"],
        split=content["split"],
        silence=SilenceCodes(**content["silence"]) if content["silence"] else None,
        manifest_seal=manifest.seal,
    )


def voice_file(name: str) -> str:
    """Where a voice lies in a directory of networks or a bundle. Raises InputError for a name that is no file name."""
    if not name or not all(character.isalnum() or character in "-_" for character in name):
        raise InputError(f"a voice's name has letters, digits, - and _ only; found {name!r}")
    return f"voices/{name}.safetensors"


def voice_bytes(voice: Voice) -> bytes:
    """A voice as safetensors, float32."""
    return save({"language": voice.language_C.contiguous().float(), "decoder": voice.decoder_2C.contiguous().float()})


class TorchLanguageModel:
    """A language model in PyTorch, as `tpd.runtime.language.generate` uses it."""

    def __init__(self, model: Autoregressive) -> None:
        config = model.config
        self.start_code, self.stop_code = config.start_code, config.stop_code
        self.max_codes, self.skipped_positions = config.max_codes, config.skipped_positions
        self._model = model

    @torch.inference_mode()
    def prefill(self, text_P: np.ndarray, voice_C: np.ndarray) -> tuple[np.ndarray, np.ndarray, torch.Tensor]:
        text = self._model.embed_text(torch.from_numpy(text_P)[None])
        prompt = torch.cat([torch.from_numpy(voice_C)[None, None], text], dim=1)
        _, cache = self._model(prompt, self._model.empty_cache(1))
        return self._read(self.start_code, 0, cache)

    @torch.inference_mode()
    def step(self, code: int, position: int, cache: torch.Tensor) -> tuple[np.ndarray, np.ndarray, torch.Tensor]:
        return self._read(code, position, cache)

    def _read(self, code: int, position: int, cache: torch.Tensor) -> tuple[np.ndarray, np.ndarray, torch.Tensor]:
        latents, cache = self._model(self._model.embed_codes(torch.tensor([[code]]), position), cache)
        return self._model.mel_head(latents[0, -1]).numpy(), latents[0, -1].numpy(), cache

    @torch.inference_mode()
    def latents(self, text_P: np.ndarray, voice_C: np.ndarray, codes_S: np.ndarray) -> np.ndarray:
        # `text_P` is framed already; `code_latents` frames its text itself.
        text = torch.from_numpy(text_P[1:-1])[None]
        found = self._model.code_latents(torch.from_numpy(voice_C)[None], text, torch.from_numpy(codes_S)[None])
        return found[0].numpy()
