"""Synthetic data: texts go through the language model, then the guided teacher makes the mels a student learns from.

No recording is needed. One file an utterance, written once: run it again after a kill and it goes on.
"""

# B batch (1), M mel bands, T mel frames, S speech codes, L latent channels

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from tpd.errors import BundleError, TrainingError
from tpd.files import make_directory, write_atomically
from tpd.runtime.guidance import ramped_scale
from tpd.runtime.language import SamplingSettings, generate
from tpd.runtime.mel import NUM_MELS, num_mel_frames
from tpd.runtime.sampler import ddim
from tpd.runtime.schedule import Schedule
from tpd.tortoise.denoiser import Denoiser, guided
from tpd.tortoise.teacher import Teacher, TorchLanguageModel


@dataclass(frozen=True, kw_only=True)
class Example:
    """One synthetic utterance."""

    voice: str
    latents_SL: Tensor
    mel_MT: Tensor
    """The guided teacher's mel, normalised."""


def make_examples(
    teacher: Teacher,
    texts: list[str],
    directory: Path,
    *,
    teacher_steps: int,
    seed: int,
    tell: Callable[[str], None],
) -> None:
    """Speak each text in one of the voices, in turn, and keep latents and mel in `directory`."""
    make_directory(directory)
    tokenizer, language = teacher.tokenizer, TorchLanguageModel(teacher.language)
    denoiser, grid = Denoiser(teacher.decoder), Schedule().grid(teacher_steps)
    scale_of = ramped_scale(teacher.guidance_scale, grid)
    names = list(teacher.voices)
    for index, text in enumerate(texts):
        path = directory / f"{index:06d}.safetensors"
        if path.exists():
            continue
        rng = np.random.default_rng([seed, index])
        # The default voice is heard as often as all others together.
        name = teacher.default_voice if index % 2 else names[index // 2 % len(names)]
        voice = teacher.voice(name)
        tokens = tokenizer.encode(text)
        text_P = np.array([teacher.language.config.start_text_token, *tokens, 0, 0])
        settings = SamplingSettings(**teacher.sampling)
        spoken = generate(language, text_P, voice.language_C.numpy(), settings, rng)
        if not len(spoken.codes_S):
            continue
        latents = torch.from_numpy(spoken.latents_SC)
        num_frames = num_mel_frames(len(latents))
        with torch.inference_mode():
            embedding = teacher.decoder.embed_latents(latents[None], voice.decoder_2C[None], num_frames)
            noise = torch.from_numpy(rng.standard_normal((1, NUM_MELS, num_frames), dtype=np.float32))
            mel = ddim(guided(denoiser, embedding, scale_of), noise, grid)[0]
        metadata = {"teacher": teacher.manifest_seal, "voice": name, "text": text}
        write_atomically(path, save({"latents": latents, "mel": mel}, metadata=metadata))
        tell(f"{index + 1}/{len(texts)} utterances")


def read_examples(directory: Path, teacher: Teacher) -> list[Example]:
    """Every utterance in a directory, in order.

    Raises TrainingError where there is none or another teacher made them, BundleError where a file is damaged.
    """
    examples: list[Example] = []
    for path in sorted(directory.glob("*.safetensors")):
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                examples.append(
                    Example(
                        voice=metadata["voice"],
                        latents_SL=file.get_tensor("latents"),
                        mel_MT=file.get_tensor("mel"),
                    )
                )
        except (SafetensorError, KeyError) as error:
            raise BundleError(f"{path} is damaged ({error}); delete it and run the same command again") from error
        if metadata.get("teacher") != teacher.manifest_seal:
            raise TrainingError(f"{path} was made by another teacher; choose another --out or delete {directory}")
    if not examples:
        raise TrainingError(f"no synthetic data in {directory}; run the same command again without --no-data")
    return examples
