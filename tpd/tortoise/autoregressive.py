"""TorToiSe's language model: text tokens and a voice in, speech codes and their latents out.

A GPT-2 that reads one voice embedding, the text, then the speech codes, each with positions of its own. Tensor names
are those of the official checkpoint `autoregressive.pth`; linear layers inside the GPT keep their weight as [in,
out].
"""

# B batch, C channels, P text tokens with start and stop, S speech codes, N positions in the sequence,
# H heads, D channels of a head, K cached positions, M mel bands (80), T mel frames

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tpd.errors import InputError
from tpd.tortoise.attention import AttentionBlock


@dataclass(frozen=True, kw_only=True)
class AutoregressiveConfig:
    """Sizes of the language model; the defaults are the official ones."""

    channels: int = 1024
    """Width of the model and of its latents."""
    num_layers: int = 30
    """GPT-2 blocks."""
    num_heads: int = 16
    """Attention heads."""
    num_text_tokens: int = 255
    """Size of the tokenizer's vocabulary; the start token has this number, the stop token is 0."""
    num_codes: int = 8194
    """Speech codes, with start and stop."""
    start_code: int = 8192
    """Stands before the first code."""
    stop_code: int = 8193
    """Ends the codes."""
    max_text_tokens: int = 402
    """Longest text."""
    max_codes: int = 604
    """Most codes of one utterance."""
    max_clips: int = 2
    """Voice clips the position table was made for; only its size depends on it."""
    num_mels: int = 80
    """Mel bands of a voice clip at 22.05 kHz."""
    num_conditioning_blocks: int = 6
    """Attention blocks over the voice clip."""
    skipped_positions: int = 1
    """Positions left out after the start code when codes are generated one by one. The original's cache counts one too
    many, and the codes it is known for come from that; its latents are computed with none left out."""

    def __post_init__(self) -> None:
        if self.channels % self.num_heads != 0:
            raise InputError(f"channels ({self.channels}) must be a multiple of num_heads ({self.num_heads})")
        if not max(self.start_code, self.stop_code) < self.num_codes:
            raise InputError(
                f"start_code and stop_code must be below num_codes ({self.num_codes}); "
                f"found {self.start_code} and {self.stop_code}"
            )

    @property
    def start_text_token(self) -> int:
        """Stands before the text."""
        return self.num_text_tokens


class TransposedLinear(nn.Module):
    """A linear layer whose weight is [in, out], as GPT-2 stores it."""

    def __init__(self, num_in: int, num_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_in, num_out) * 0.02)
        self.bias = nn.Parameter(torch.zeros(num_out))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight + self.bias


class CausalAttention(nn.Module):
    """Multi-head attention in which a position sees itself, those before it and a cache."""

    def __init__(self, channels: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.c_attn = TransposedLinear(channels, 3 * channels)
        self.c_proj = TransposedLinear(channels, channels)

    def forward(self, x_BNC: Tensor, past_2BHKD: Tensor, mask_NK: Tensor) -> tuple[Tensor, Tensor]:
        """The output [B, N, C] and the cache [2, B, H, K + N, D] with this input's keys and values."""
        B, N, C = x_BNC.shape
        qkv = self.c_attn(x_BNC).reshape(B, N, 3, self.num_heads, C // self.num_heads)
        q_BHND, k_BHND, v_BHND = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        present_2BHKD = torch.cat([past_2BHKD, torch.stack([k_BHND, v_BHND])], dim=3)
        h_BHND = F.scaled_dot_product_attention(q_BHND, present_2BHKD[0], present_2BHKD[1], attn_mask=mask_NK)
        return self.c_proj(h_BHND.transpose(1, 2).reshape(B, N, C)), present_2BHKD


class FeedForward(nn.Module):
    """Two linear layers, four times as wide between, with the tanh form of GELU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.c_fc = TransposedLinear(channels, 4 * channels)
        self.c_proj = TransposedLinear(4 * channels, channels)

    def forward(self, x_BNC: Tensor) -> Tensor:
        return self.c_proj(F.gelu(self.c_fc(x_BNC), approximate="tanh"))  # type: ignore[no-any-return]


class Block(nn.Module):
    """A pre-norm GPT-2 block."""

    def __init__(self, channels: int, num_heads: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(channels)
        self.attn = CausalAttention(channels, num_heads)
        self.ln_2 = nn.LayerNorm(channels)
        self.mlp = FeedForward(channels)

    def forward(self, x_BNC: Tensor, past_2BHKD: Tensor, mask_NK: Tensor) -> tuple[Tensor, Tensor]:
        h_BNC, present_2BHKD = self.attn(self.ln_1(x_BNC), past_2BHKD, mask_NK)
        x_BNC = x_BNC + h_BNC
        return x_BNC + self.mlp(self.ln_2(x_BNC)), present_2BHKD


class GPT(nn.Module):
    """GPT-2 without embeddings of its own."""

    def __init__(self, config: AutoregressiveConfig) -> None:
        super().__init__()
        self.h = nn.ModuleList(Block(config.channels, config.num_heads) for _ in range(config.num_layers))
        self.ln_f = nn.LayerNorm(config.channels)

    def forward(self, x_BNC: Tensor, past_L2BHKD: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden states [B, N, C] and the grown cache [L, 2, B, H, K + N, D] (L layers)."""
        N, K = x_BNC.shape[1], past_L2BHKD.shape[4]
        position = torch.arange(K + N, device=x_BNC.device)
        mask_NK = position[None, :] <= position[K:, None]
        presents: list[Tensor] = []
        for index, block in enumerate(self.h):
            x_BNC, present_2BHKD = block(x_BNC, past_L2BHKD[index], mask_NK)
            presents.append(present_2BHKD)
        return self.ln_f(x_BNC), torch.stack(presents)


class PositionEmbedding(nn.Module):
    """A learned vector for each position."""

    def __init__(self, num_positions: int, channels: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(num_positions, channels)
        nn.init.normal_(self.emb.weight, std=0.02)

    def forward(self, num_positions: int, first: int | Tensor = 0) -> Tensor:
        """Vectors [num_positions, C] from position `first` on."""
        return self.emb(torch.arange(num_positions, device=self.emb.weight.device) + first)  # type: ignore[no-any-return]


class ConditioningEncoder(nn.Module):
    """A voice clip's mel to one vector, read off its first frame after attention."""

    def __init__(self, config: AutoregressiveConfig) -> None:
        super().__init__()
        self.init = nn.Conv1d(config.num_mels, config.channels, 1)
        self.attn = nn.Sequential(
            *(
                AttentionBlock(config.channels, config.num_heads, relative=False)
                for _ in range(config.num_conditioning_blocks)
            )
        )

    def forward(self, mel_BMT: Tensor) -> Tensor:
        return self.attn(self.init(mel_BMT))[:, :, 0]  # type: ignore[no-any-return]


class Autoregressive(nn.Module):
    """The language model of TorToiSe, tensor for tensor."""

    def __init__(self, config: AutoregressiveConfig) -> None:
        super().__init__()
        self.config = config
        C = config.channels
        self.conditioning_encoder = ConditioningEncoder(config)
        self.text_embedding = nn.Embedding(config.num_text_tokens + 1, C)
        self.mel_embedding = nn.Embedding(config.num_codes, C)
        self.gpt = GPT(config)
        self.mel_pos_embedding = PositionEmbedding(config.max_codes + 2 + config.max_clips, C)
        self.text_pos_embedding = PositionEmbedding(config.max_text_tokens + 2, C)
        self.final_norm = nn.LayerNorm(C)
        self.text_head = nn.Linear(C, config.num_text_tokens + 1)
        self.mel_head = nn.Linear(C, config.num_codes)
        nn.init.normal_(self.text_embedding.weight, std=0.02)
        nn.init.normal_(self.mel_embedding.weight, std=0.02)

    def embed_voice(self, mel_BKMT: Tensor) -> Tensor:
        """The voice [B, C] of K clips' 22.05 kHz mels (divided by the mel norms), the mean over clips."""
        return torch.stack([self.conditioning_encoder(clip) for clip in mel_BKMT.unbind(1)], dim=1).mean(dim=1)

    def empty_cache(self, batch_size: int) -> Tensor:
        """A cache of no positions, [L, 2, B, H, 0, D]."""
        c = self.config
        shape = (c.num_layers, 2, batch_size, c.num_heads, 0, c.channels // c.num_heads)
        return self.final_norm.weight.new_zeros(shape)

    def embed_text(self, text_BP: Tensor) -> Tensor:
        """Text tokens, with their start and stop, as vectors [B, P, C]."""
        return self.text_embedding(text_BP) + self.text_pos_embedding(text_BP.shape[1])  # type: ignore[no-any-return]

    def embed_codes(self, codes_BS: Tensor, first: int | Tensor = 0) -> Tensor:
        """Speech codes as vectors [B, S, C]; `first` is the position of the first one (0 is the start code)."""
        return self.mel_embedding(codes_BS) + self.mel_pos_embedding(codes_BS.shape[1], first)  # type: ignore[no-any-return]

    def generation_position(self, index: int) -> int:
        """Position of the code that is fed back as the `index`-th input of generation (0 is the start code)."""
        return index + self.config.skipped_positions if index else 0

    def frame_text(self, text_BP: Tensor) -> Tensor:
        """Text tokens between their start and stop tokens, [B, P + 2]."""
        return F.pad(F.pad(text_BP, (0, 1), value=0), (1, 0), value=self.config.start_text_token)

    def forward(self, embedded_BNC: Tensor, past_L2BHKD: Tensor) -> tuple[Tensor, Tensor]:
        """Latents [B, N, C] (after the final norm) of a stretch of embedded sequence, and the grown cache."""
        hidden_BNC, present = self.gpt(embedded_BNC, past_L2BHKD)
        return self.final_norm(hidden_BNC), present

    def code_latents(self, voice_BC: Tensor, text_BP: Tensor, codes_BS: Tensor) -> Tensor:
        """Latents [B, S, C] from which each of the given codes was predicted: what the decoder is conditioned on."""
        codes_in = F.pad(codes_BS[:, :-1], (1, 0), value=self.config.start_code)
        embedded = torch.cat(
            [voice_BC[:, None], self.embed_text(self.frame_text(text_BP)), self.embed_codes(codes_in)], dim=1
        )
        latents, _ = self(embedded, self.empty_cache(len(voice_BC)))
        return latents[:, -codes_BS.shape[1] :]  # type: ignore[no-any-return]
