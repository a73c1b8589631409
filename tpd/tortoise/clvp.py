"""CLVP: how well speech codes fit a text. It chooses among the language model's candidates (checkpoint `clvp2.pth`)."""

# B batch, N tokens or codes, C channels

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tpd.errors import InputError
from tpd.tortoise.rotary_encoder import RotaryEncoder


@dataclass(frozen=True, kw_only=True)
class ClvpConfig:
    """Sizes of CLVP; the defaults are the official ones."""

    channels: int = 768
    """Width of both encoders and of the space they meet in."""
    depth: int = 20
    """Attention layers of each encoder."""
    num_heads: int = 12
    """Heads of 64 channels each."""
    num_text_tokens: int = 256
    """Rows of the text embedding."""
    num_codes: int = 8192
    """Rows of the embedding of speech codes; start and stop are not among them."""

    def __post_init__(self) -> None:
        for name in ("channels", "depth", "num_heads", "num_text_tokens", "num_codes"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1; found {getattr(self, name)}")


class _Named(nn.Module):
    """The encoder one name deeper, as in the checkpoint."""

    def __init__(self, encoder: RotaryEncoder) -> None:
        super().__init__()
        self.transformer = encoder

    def forward(self, x_BNC: Tensor) -> Tensor:
        return self.transformer(x_BNC)  # type: ignore[no-any-return]


class Clvp(nn.Module):
    """The network, tensor for tensor."""

    def __init__(self, config: ClvpConfig) -> None:
        super().__init__()
        self.config = config
        C = config.channels

        def encoder() -> _Named:
            return _Named(RotaryEncoder(C, config.depth, config.num_heads, widening=2, wrapped=True))

        self.temperature = nn.Parameter(torch.tensor(1.0))
        self.text_emb = nn.Embedding(config.num_text_tokens, C)
        self.to_text_latent = nn.Linear(C, C, bias=False)
        self.speech_emb = nn.Embedding(config.num_codes, C)
        self.to_speech_latent = nn.Linear(C, C, bias=False)
        self.text_transformer = encoder()
        self.speech_transformer = encoder()

    def embed_text(self, tokens_BN: Tensor) -> Tensor:
        """The direction [B, C] of a text."""
        pooled = self.text_transformer(self.text_emb(tokens_BN)).mean(dim=1)
        return F.normalize(self.to_text_latent(pooled), dim=-1)

    def embed_speech(self, codes_BN: Tensor) -> Tensor:
        """The direction [B, C] of speech codes."""
        pooled = self.speech_transformer(self.speech_emb(codes_BN)).mean(dim=1)
        return F.normalize(self.to_speech_latent(pooled), dim=-1)

    def forward(self, tokens_BN: Tensor, codes_BN: Tensor) -> Tensor:
        """Similarity [B] of each text to its codes: cosine times e to the learned temperature."""
        return (self.embed_text(tokens_BN) * self.embed_speech(codes_BN)).sum(dim=-1) * self.temperature.exp()
