"""Sizes and lengths of the hatchling, in one place."""

from pathlib import Path

from recipes.hatchling.codec import NUM_CODES
from recipes.hatchling.corpus import SHARD_SENTENCES
from tpd.runtime.parametrisation import Parametrisation
from tpd.tortoise.autoregressive import AutoregressiveConfig
from tpd.tortoise.diffusion_decoder import DiffusionDecoderConfig
from tpd.tortoise.vocoder import VocoderConfig

WORK = Path(__file__).parent / "work"
"""Corpus, checkpoints and logs; not committed."""
WEIGHTS = Path(__file__).parent / "weights"
"""What the recipe yields, in half precision; committed."""

NUM_SENTENCES = {
    "rms": 24 * SHARD_SENTENCES,
    "slt": 8 * SHARD_SENTENCES,
    "awb": 8 * SHARD_SENTENCES,
    "kal16": 8 * SHARD_SENTENCES,
}
"""Sentences a voice speaks."""
SHARES = {"rms": 0.55, "slt": 0.15, "awb": 0.15, "kal16": 0.15}
"""How often each voice is trained on; the default voice most of all."""

GUIDANCE_SCALE = 2.0
"""Of the teacher, at the clean end of its ramp."""
SAMPLING = {"temperature": 0.8, "top_p": 0.8, "repetition_penalty": 1.3}
"""How the language model's codes are drawn, unless a user says otherwise."""
SPLIT = {"desired_length": 80, "max_length": 120}
"""Long text is spoken in pieces of about the length the language model was trained on."""
CHARACTERS = " abcdefghijklmnopqrstuvwxyz'.,?!-;:\""
"""What the tokenizer knows, one token each."""

LANGUAGE = AutoregressiveConfig(
    channels=256,
    num_layers=6,
    num_heads=4,
    num_text_tokens=40,
    num_codes=NUM_CODES + 2,
    start_code=NUM_CODES,
    stop_code=NUM_CODES + 1,
    max_text_tokens=300,
    max_codes=300,
    max_clips=1,
    num_conditioning_blocks=2,
    skipped_positions=0,
)
DECODER = DiffusionDecoderConfig(
    channels=192,
    num_layers=6,
    num_heads=6,
    latent_channels=LANGUAGE.channels,
    num_codes=NUM_CODES + 1,
    num_code_blocks=1,
    num_latent_blocks=2,
    num_context_blocks=1,
    num_integrator_layers=2,
    num_final_blocks=2,
    parametrisation=Parametrisation.EDM,
    sigma_data=0.12,
)
VOCODER = VocoderConfig(noise_dim=32, channels=16, kernel_predictor_channels=32)
