"""A teacher so small that distilling, exporting and speaking with it take seconds. Its weights are random."""

import torch

from tpd.runtime.parametrisation import Parametrisation
from tpd.runtime.tokenizer import character_tokenizer
from tpd.tortoise.autoregressive import Autoregressive, AutoregressiveConfig
from tpd.tortoise.diffusion_decoder import DiffusionDecoder, DiffusionDecoderConfig
from tpd.tortoise.teacher import Teacher, Voice
from tpd.tortoise.vocoder import Vocoder, VocoderConfig

CHARACTERS = " abcdefghijklmnopqrstuvwxyz.,!?'"


def tiny_teacher(parametrisation: Parametrisation = Parametrisation.EDM, seed: int = 0) -> Teacher:
    """A teacher with all projections that start at zero made random, so that nothing is hidden."""
    torch.manual_seed(seed)
    language = Autoregressive(
        AutoregressiveConfig(
            channels=32,
            num_layers=2,
            num_heads=2,
            num_text_tokens=40,
            num_codes=18,
            start_code=16,
            stop_code=17,
            max_text_tokens=80,
            max_codes=24,
            max_clips=1,
            num_conditioning_blocks=1,
            skipped_positions=0,
        )
    )
    decoder = DiffusionDecoder(
        DiffusionDecoderConfig(
            channels=32,
            num_layers=2,
            num_heads=2,
            latent_channels=32,
            num_codes=17,
            num_code_blocks=1,
            num_latent_blocks=1,
            num_context_blocks=1,
            num_integrator_layers=1,
            num_final_blocks=1,
            parametrisation=parametrisation,
        )
    )
    vocoder = Vocoder(VocoderConfig(noise_dim=4, channels=8, kernel_predictor_channels=8))
    for network in (language, decoder, vocoder):
        for parameter in network.parameters():
            if not parameter.any():
                torch.nn.init.normal_(parameter, std=0.05)
        network.eval().requires_grad_(False)
    voices = {
        name: Voice(language_C=torch.randn(32) * 0.1, decoder_2C=torch.randn(64) * 0.1) for name in ("ada", "bob")
    }
    return Teacher(
        name="tiny",
        language=language,
        decoder=decoder,
        vocoder=vocoder,
        tokenizer_json=character_tokenizer(CHARACTERS),
        voices=voices,
        default_voice="ada",
        guidance_scale=1.0,
        sampling={"temperature": 0.8, "top_p": 0.8, "repetition_penalty": 1.0},
        split={"desired_length": 40, "max_length": 60},
        silence=None,
    )
