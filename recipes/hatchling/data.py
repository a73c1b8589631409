"""What each stage learns from: the corpus through the stages before it."""

import json
from collections.abc import Iterator

import numpy as np
import torch
from safetensors.torch import load_file, save

from recipes.hatchling import corpus, decoder, language, vocoder
from recipes.hatchling.codec import Codec
from recipes.hatchling.config import CHARACTERS, LANGUAGE, NUM_SENTENCES, SHARES, WORK
from recipes.hatchling.corpus import Utterance
from recipes.hatchling.decoder import CLIP_FRAMES
from tpd.files import write_atomically
from tpd.tortoise.autoregressive import Autoregressive
from tpd.tortoise.diffusion_decoder import DiffusionDecoder
from tpd.tortoise.teacher import Voice

CORPUS = WORK / "corpus"
TOKENS = {character: index for index, character in enumerate(CHARACTERS, start=2)}


def spoken() -> Iterator[tuple[str, Utterance]]:
    """Every utterance of the corpus that has been made, with its voice."""
    for voice, number in corpus.shards(NUM_SENTENCES):
        path = corpus.shard_path(CORPUS, voice, number)
        if path.exists():
            for utterance in corpus.read_shard(path):
                yield voice, utterance


def text_tokens(text: str) -> np.ndarray:
    """Tokens of a cleaned text, one a character, and the trailing 0."""
    return np.array([TOKENS.get(character, 1) for character in text] + [0], dtype=np.int64)


def mel_norms() -> np.ndarray:
    """Mean magnitude of each of the 80 log mel bands [80], by which voice clips are divided."""
    path = WORK / "mel_norms.json"
    if not path.exists():
        mels = [utterance.mel_80_TM for (_, utterance), _ in zip(spoken(), range(500), strict=False)]
        norms = np.abs(np.concatenate(mels).astype(np.float32)).mean(axis=0)
        write_atomically(path, json.dumps([round(float(n), 6) for n in norms]).encode())
    return np.array(json.loads(path.read_text()), dtype=np.float32)


def language_examples() -> list[language.Example]:
    """The corpus for the language model."""
    codec, norms = Codec.load(WORK / "codec.safetensors"), mel_norms()
    return [
        language.Example(
            voice=voice,
            text=text_tokens(u.text),
            codes=codec.encode(u.mel_80_TM, voice),
            phone_S=u.phone_S,
            word_S=u.word_S,
            mel_80_TM=(u.mel_80_TM[:256] / norms).astype(np.float16),
        )
        for voice, u in spoken()
    ]


def decoder_examples(model: Autoregressive | None, limit: int | None = None) -> list[decoder.Example]:
    """The corpus for the decoder, with the language model's latents where one is given."""
    codec, norms = Codec.load(WORK / "codec.safetensors"), mel_norms()
    examples: list[decoder.Example] = []
    for voice, u in spoken():
        codes = codec.encode(u.mel_80_TM, voice)
        latents = None
        if model is not None:
            with torch.inference_mode():
                clip = torch.from_numpy((u.mel_80_TM[:256] / norms).T.astype(np.float32))[None, None]
                found = model.code_latents(
                    model.embed_voice(clip), torch.from_numpy(text_tokens(u.text))[None], torch.from_numpy(codes)[None]
                )
                latents = found[0].numpy().astype(np.float16)
        examples.append(decoder.Example(voice=voice, mel_TM=u.mel_100_TM, codes=codes, latents_SL=latents))
        if limit is not None and len(examples) >= limit:
            break
    return examples


def vocoder_examples(limit: int = 3000) -> list[vocoder.Example]:
    """A part of the corpus for the vocoder, voices mixed."""
    pairs = zip(range(limit), spoken(), strict=False)
    return [vocoder.Example(mel_TM=u.mel_100_TM, audio=u.audio) for _, (_, u) in pairs]


def language_model() -> Autoregressive:
    """The language model as trained so far."""
    model = Autoregressive(LANGUAGE)
    model.load_state_dict(load_file(WORK / "language.safetensors"))
    return model.eval().requires_grad_(False)


def voices(language: Autoregressive, decoder: DiffusionDecoder, num_clips: int = 12) -> dict[str, Voice]:
    """Each speaker as both networks embed the mean of a few clips."""
    norms = mel_norms()
    clips: dict[str, list[Utterance]] = {voice: [] for voice in SHARES}
    for voice, utterance in spoken():
        if len(clips[voice]) < num_clips and len(utterance.mel_80_TM) >= CLIP_FRAMES:
            clips[voice].append(utterance)
    found: dict[str, Voice] = {}
    with torch.inference_mode():
        for voice, utterances in clips.items():
            mels_80 = np.stack([(u.mel_80_TM[:CLIP_FRAMES] / norms).T for u in utterances]).astype(np.float32)
            mels_100 = np.stack([u.mel_100_TM[:CLIP_FRAMES].T for u in utterances]).astype(np.float32)
            found[voice] = Voice(
                language_C=language.embed_voice(torch.from_numpy(mels_80)[None])[0],
                decoder_2C=decoder.embed_voice(torch.from_numpy(mels_100)[None])[0],
            )
    return found


def keep(name: str, average: dict[str, torch.Tensor], prefix: str) -> None:
    """Write a stage's averaged network, without what only its training needed."""
    tensors = {key.removeprefix(prefix): value.contiguous() for key, value in average.items() if key.startswith(prefix)}
    write_atomically(WORK / f"{name}.safetensors", save(tensors))
