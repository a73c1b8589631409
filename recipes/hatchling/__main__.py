"""`python -m recipes.hatchling STAGE`: make the bundled voice model, stage by stage; run again to go on."""

import argparse

import torch
from safetensors.torch import load_file

from recipes.hatchling import codec, corpus, data
from recipes.hatchling.config import (
    CHARACTERS,
    DECODER,
    GUIDANCE_SCALE,
    LANGUAGE,
    NUM_SENTENCES,
    SAMPLING,
    SHARES,
    SPLIT,
    VOCODER,
    WEIGHTS,
    WORK,
)
from recipes.hatchling.decoder import DecoderTrainer
from recipes.hatchling.language import LanguageTrainer, align_positions
from recipes.hatchling.training import Stage, optimisers_of, train
from recipes.hatchling.vocoder import VocoderTrainer
from tpd.runtime.tokenizer import character_tokenizer
from tpd.tortoise.autoregressive import Autoregressive
from tpd.tortoise.diffusion_decoder import DiffusionDecoder
from tpd.tortoise.teacher import Teacher, save_teacher
from tpd.tortoise.vocoder import Vocoder
from tpd.tortoise.weights import Network


def make_corpus(worker: int, num_workers: int) -> None:
    """Speak the shards that are missing; several workers share the work."""
    for index, (voice, number) in enumerate(corpus.shards(NUM_SENTENCES)):
        path = corpus.shard_path(data.CORPUS, voice, number)
        if index % num_workers == worker and not path.exists():
            corpus.make_shard(path, voice, number)
            print(path.name, flush=True)


def make_codec() -> None:
    """Fit the codec on the beginning of the corpus."""
    sample = [pair for pair, _ in zip(data.spoken(), range(3000), strict=False)]
    codec.fit(sample).save(WORK / "codec.safetensors")


def train_language(num_steps: int) -> None:
    """Text to codes."""
    torch.manual_seed(0)
    model = Autoregressive(LANGUAGE)
    align_positions(model)
    trainer = LanguageTrainer(model, data.language_examples(), SHARES)
    stage = Stage(
        directory=WORK / "language",
        module=trainer,
        optimisers=optimisers_of(trainer, 1e-3),
        num_steps=num_steps,
        compute_loss=lambda step: trainer.losses(step, batch_size=32),
    )
    data.keep("language", train(stage), "model.")


def train_decoder(name: str, num_steps: int, *, from_latents: bool) -> None:
    """Codes, or latents, to mel; the second begins where the first ended."""
    torch.manual_seed(0)
    decoder = DiffusionDecoder(DECODER)
    if from_latents:
        decoder.load_state_dict(load_file(WORK / "decoder_codes.safetensors"))
    model = data.language_model() if from_latents else None
    trainer = DecoderTrainer(decoder, data.decoder_examples(model, limit=4000), SHARES)
    stage = Stage(
        directory=WORK / name,
        module=trainer,
        optimisers=optimisers_of(trainer, 1e-3),
        num_steps=num_steps,
        compute_loss=lambda step: trainer.losses(step, frames=2400),
    )
    data.keep(name, train(stage), "decoder.")


def train_vocoder(num_steps: int) -> None:
    """Mel to sound."""
    torch.manual_seed(0)
    trainer = VocoderTrainer(Vocoder(VOCODER), data.vocoder_examples())
    stage = Stage(
        directory=WORK / "vocoder",
        module=trainer,
        optimisers=optimisers_of(trainer, 1e-3),
        num_steps=num_steps,
        compute_loss=lambda step: trainer.losses(step, batch_size=12),
    )
    data.keep("vocoder", train(stage), "vocoder.")


def assemble_teacher() -> None:
    """Put the networks and voices together: what `tpd distill` and `tpd export` take, in half precision."""

    def trained(network: Network, name: str) -> Network:
        network.load_state_dict(load_file(WORK / f"{name}.safetensors"))
        return network.eval().requires_grad_(False)

    language = trained(Autoregressive(LANGUAGE), "language")
    decoder = trained(DiffusionDecoder(DECODER), "decoder")
    teacher = Teacher(
        name="hatchling",
        language=language,
        decoder=decoder,
        vocoder=trained(Vocoder(VOCODER), "vocoder"),
        tokenizer_json=character_tokenizer(CHARACTERS),
        voices=data.voices(language, decoder),
        default_voice="rms",
        guidance_scale=GUIDANCE_SCALE,
        sampling=SAMPLING,
        split=SPLIT,
        silence=None,
    )
    save_teacher(WEIGHTS, teacher, half=True)


def main() -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(prog="python -m recipes.hatchling", description=__doc__)
    parser.add_argument(
        "stage", choices=["corpus", "codec", "language", "vocoder", "decoder-codes", "decoder", "teacher"]
    )
    parser.add_argument("--steps", type=int, default=3000, help="updates in all")
    parser.add_argument("--worker", type=int, default=0, help="corpus: which worker this is")
    parser.add_argument("--workers", type=int, default=1, help="corpus: how many workers share the work")
    given = parser.parse_args()
    match given.stage:
        case "corpus":
            make_corpus(given.worker, given.workers)
        case "codec":
            make_codec()
        case "language":
            train_language(given.steps)
        case "vocoder":
            train_vocoder(given.steps)
        case "decoder-codes":
            train_decoder("decoder_codes", given.steps, from_latents=False)
        case "decoder":
            train_decoder("decoder", given.steps, from_latents=True)
        case "teacher":
            assemble_teacher()


if __name__ == "__main__":
    main()
