"""The hatchling's language model: text and a voice to speech codes.

Beside the code itself, two things that flite knows teach the network faster than codes alone would: which phone each
code is part of (a head that is thrown away), and which word it is part of (two attention heads are told where to
look).
"""

# B batch, N positions, P framed text tokens, S codes with start, C channels

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from recipes.hatchling.corpus import PHONES
from recipes.hatchling.training import pick
from tpd.tortoise.autoregressive import Autoregressive

GUIDED_LAYERS = (1, 2)
"""In these layers the first head is told which word to look at."""
CORRUPTED = 0.08
"""Share of input codes replaced at random, so that the model survives its own mistakes."""
CODES_PER_CHARACTER = 1.52
"""Flite's average; the position tables start out aligned at this rate."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One utterance as the language model sees it."""

    voice: str
    text: np.ndarray
    """Text tokens, one a character, with the trailing 0."""
    codes: np.ndarray
    phone_S: np.ndarray
    word_S: np.ndarray
    mel_80_TM: np.ndarray
    """For the voice clip; divided by the mel norms."""


class LanguageTrainer(nn.Module):
    """The language model with its auxiliary head, and its losses on the batch of a step."""

    def __init__(self, model: Autoregressive, examples: list[Example], shares: dict[str, float]) -> None:
        super().__init__()
        self.model = model
        self.phone_head = nn.Linear(model.config.channels, len(PHONES))
        self.batches = _Buckets(examples, shares)
        self.examples = examples
        self._qkv: dict[int, Tensor] = {}
        for layer in GUIDED_LAYERS:
            block: Any = model.gpt.h[layer]
            block.attn.c_attn.register_forward_hook(self._keep(layer))

    def _keep(self, layer: int) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Tensor) -> None:
            self._qkv[layer] = output

        return hook

    def losses(self, step: int, batch_size: int) -> dict[str, Tensor]:
        """Cross-entropy of codes and phones, and how much attention strays from the word."""
        chosen = [self.examples[i] for i in self.batches.draw(step, batch_size)]
        voice_BC = self._voices(chosen, step)
        latents_BNC, first_code = self._latents(chosen, voice_BC, step)
        rows = torch.cat([torch.full((len(e.codes) + 1,), b) for b, e in enumerate(chosen)])
        columns = torch.cat([first_code[b] + torch.arange(len(e.codes) + 1) for b, e in enumerate(chosen)])
        hidden = latents_BNC[rows, columns]
        stop = self.model.config.stop_code
        codes = torch.from_numpy(np.concatenate([np.append(e.codes, stop) for e in chosen]))
        phones = torch.from_numpy(np.concatenate([np.append(e.phone_S, 0) for e in chosen])).long()
        return {
            "code": F.cross_entropy(self.model.mel_head(hidden), codes),
            "phone": 0.3 * F.cross_entropy(self.phone_head(hidden), phones),
            "look": 0.1 * self._stray(chosen, rows, columns),
        }

    def _voices(self, chosen: list[Example], step: int) -> Tensor:
        """One clip a voice in the batch, drawn anew each step, embedded once and shared."""
        embedded: dict[str, Tensor] = {}
        for voice in dict.fromkeys(example.voice for example in chosen):
            pool = self.batches.by_voice[voice]
            clip = self.examples[pool[int(pick(step, 7, 1, len(pool)))]].mel_80_TM[:256]
            mel_11MT = torch.from_numpy(clip.T.astype(np.float32))[None, None]
            embedded[voice] = self.model.embed_voice(mel_11MT)[0]
        return torch.stack([embedded[example.voice] for example in chosen])

    def _latents(self, chosen: list[Example], voice_BC: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Latents [B, N, C] of sequences padded at their end only, and where each one's codes begin [B]."""
        model, batch = self.model, len(chosen)
        texts = [model.frame_text(torch.from_numpy(e.text)[None])[0] for e in chosen]
        text_BP = nn.utils.rnn.pad_sequence(texts, batch_first=True)
        codes = [F.pad(torch.from_numpy(e.codes), (1, 0), value=model.config.start_code) for e in chosen]
        codes_BS = nn.utils.rnn.pad_sequence(codes, batch_first=True)
        generator = torch.Generator().manual_seed(step)
        noisy = torch.rand(codes_BS.shape, generator=generator) < CORRUPTED
        noisy[:, 0] = False
        random_BS = torch.randint(model.config.start_code, codes_BS.shape, generator=generator)
        codes_BS = torch.where(noisy, random_BS, codes_BS)
        parts = torch.cat([voice_BC[:, None], model.embed_text(text_BP), model.embed_codes(codes_BS)], dim=1)
        first_code = torch.tensor([1 + len(text) for text in texts])
        position_BN = torch.arange(int(max(1 + len(t) + len(c) for t, c in zip(texts, codes, strict=True)))).repeat(
            batch, 1
        )
        gap_B1 = (1 + text_BP.shape[1] - first_code)[:, None]
        source_BN = torch.where(position_BN < first_code[:, None], position_BN, position_BN + gap_B1)
        source_BN = source_BN.clamp(max=parts.shape[1] - 1)
        packed = parts.gather(1, source_BN[..., None].expand(-1, -1, parts.shape[-1]))
        latents_BNC, _ = model(packed, model.empty_cache(batch))
        return latents_BNC, first_code

    def _stray(self, chosen: list[Example], rows: Tensor, columns: Tensor) -> Tensor:
        """Negative logarithm of the attention that falls on the word being said, over codes whose word is known."""
        unknown = np.array([[-1, -1]])
        spans = np.concatenate([part for e in chosen for part in (e.word_S, unknown)])
        word = torch.from_numpy(spans.astype(np.int64))
        known = word[:, 0] >= 0
        # A character stands two positions further on: after the voice and the start token.
        first, last = word[known, 0, None] + 2, word[known, 1, None] + 2
        total = torch.zeros(())
        for layer in GUIDED_LAYERS:
            channels = self.model.config.channels // self.model.config.num_heads
            q, k = self._qkv[layer][..., :channels], self._qkv[layer][..., self.model.config.channels :][..., :channels]

            scores = (q @ k.transpose(1, 2))[rows[known], columns[known]] / math.sqrt(channels)
            key = torch.arange(scores.shape[1])
            scores = scores.masked_fill(key > columns[known, None], -torch.inf)
            on_word = scores.masked_fill((key < first) | (key > last), -torch.inf)
            total = total + (scores.logsumexp(1) - on_word.logsumexp(1)).mean()
        return total


class _Buckets:
    """Examples by length, so that a batch wastes little on padding; voices in the given shares."""

    def __init__(self, examples: list[Example], shares: dict[str, float], size: int = 256) -> None:
        order = sorted(range(len(examples)), key=lambda i: len(examples[i].text) + len(examples[i].codes))
        self.buckets = [order[i : i + size] for i in range(0, len(order), size)]
        self.by_voice: dict[str, list[int]] = {}
        for index, example in enumerate(examples):
            self.by_voice.setdefault(example.voice, []).append(index)
        weight = {voice: shares[voice] / len(pool) for voice, pool in self.by_voice.items()}
        self.weights = [torch.tensor([weight[examples[i].voice] for i in bucket]) for bucket in self.buckets]

    def draw(self, step: int, count: int) -> list[int]:
        """Indices of the batch of a step."""
        bucket = int(pick(step, 1, 1, [float(w.sum()) for w in self.weights]))
        inside = pick(step, 2, count, self.weights[bucket].tolist())
        return [self.buckets[bucket][int(i)] for i in inside]


def align_positions(model: Autoregressive) -> None:
    """Start the position tables as sinusoids that match where text and codes tell of the same moment."""
    channels = model.config.channels
    frequency = torch.exp(-math.log(1000.0) * torch.arange(channels // 2) / (channels // 2))
    for table, rate in (
        (model.text_pos_embedding.emb.weight, CODES_PER_CHARACTER),
        (model.mel_pos_embedding.emb.weight, 1.0),
    ):
        angle = torch.arange(len(table))[:, None] * rate * frequency
        with torch.no_grad():
            table.copy_(0.05 * torch.cat([angle.sin(), angle.cos()], dim=1))
