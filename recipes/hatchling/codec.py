"""The codec: a vector quantiser over cepstra of the 80-band mel, 21.5 codes a second.

A code stands for four frames. Each voice's mean is taken off first, so that codes tell sounds rather than speakers.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save
from scipy.fft import dct

from recipes.hatchling.corpus import Utterance
from tpd.files import write_atomically

NUM_CODES = 512
NUM_CEPSTRA = 20
FRAMES_PER_CODE = 4


class Codec:
    """Centroids of the quantiser and the mean mel of each voice."""

    def __init__(self, centroids_KF: np.ndarray, means: dict[str, np.ndarray]) -> None:
        self.centroids_KF = centroids_KF
        self.means = means

    def encode(self, mel_80_TM: np.ndarray, voice: str) -> np.ndarray:
        """Codes int64 [S] of a voice's mel [4S, 80]."""
        features_SF = torch.from_numpy(features(mel_80_TM, self.means[voice]))
        return _nearest(features_SF, torch.from_numpy(self.centroids_KF)).numpy()

    def save(self, path: Path) -> None:
        """Write the codec as safetensors."""
        tensors = {"centroids": self.centroids_KF, **{f"mean/{v}": mean for v, mean in self.means.items()}}
        write_atomically(path, save(tensors))

    @classmethod
    def load(cls, path: Path) -> "Codec":
        """Read what `save` wrote."""
        tensors = load_file(path)
        means = {name.removeprefix("mean/"): mean for name, mean in tensors.items() if name != "centroids"}
        return cls(tensors["centroids"], means)


def features(mel_80_TM: np.ndarray, mean_M: np.ndarray) -> np.ndarray:
    """Cepstra of the first and of the last two frames of each code, float32 [S, 2 NUM_CEPSTRA]."""
    cepstra_TC = dct(mel_80_TM.astype(np.float32) - mean_M, norm="ortho", axis=1)[:, :NUM_CEPSTRA]
    halves = cepstra_TC.reshape(len(mel_80_TM) // FRAMES_PER_CODE, 2, 2, NUM_CEPSTRA).mean(axis=2)
    halves[..., 0] *= 0.5  # loudness matters less than timbre
    rows: np.ndarray = halves.reshape(len(halves), -1).astype(np.float32)
    return rows


def fit(utterances: list[tuple[str, Utterance]], *, num_iterations: int = 30, seed: int = 0) -> Codec:
    """k-means from random rows; a centroid left without members is put on a random row."""
    by_voice: dict[str, list[np.ndarray]] = {}
    for voice, utterance in utterances:
        by_voice.setdefault(voice, []).append(utterance.mel_80_TM.astype(np.float32))
    means = {voice: np.concatenate(mels).mean(axis=0) for voice, mels in by_voice.items()}
    rows = np.concatenate([features(mel, means[voice]) for voice, mels in by_voice.items() for mel in mels])
    rows_NF = torch.from_numpy(rows)
    generator = torch.Generator().manual_seed(seed)
    centroids_KF = rows_NF[torch.randperm(len(rows_NF), generator=generator)[:NUM_CODES]].clone()
    for _ in range(num_iterations):
        nearest = _nearest(rows_NF, centroids_KF)
        counts = torch.bincount(nearest, minlength=NUM_CODES)
        sums = torch.zeros_like(centroids_KF).index_add_(0, nearest, rows_NF)
        centroids_KF = sums / counts.clamp(min=1)[:, None]
        empty = (counts == 0).nonzero()[:, 0]
        centroids_KF[empty] = rows_NF[torch.randint(len(rows_NF), (len(empty),), generator=generator)]
    explained = 1 - (rows_NF - centroids_KF[nearest]).square().sum() / (rows_NF - rows_NF.mean(0)).square().sum()
    print(f"codec: {len(rows_NF)} rows, {float(explained):.1%} of the variance explained")
    return Codec(centroids_KF.numpy(), means)


def _nearest(rows_NF: torch.Tensor, centroids_KF: torch.Tensor) -> torch.Tensor:
    squares_K = centroids_KF.square().sum(1)
    return torch.cat([(squares_K - 2 * part @ centroids_KF.T).argmin(1) for part in torch.split(rows_NF, 65536)])
