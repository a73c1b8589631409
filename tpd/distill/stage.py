"""One stage of distillation: a student learns on one grid from the network before it."""

# B batch, M mel bands, T mel frames

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from tpd.distill.data import Example
from tpd.distill.target import convex_target, ddim_step, truncated_snr_weight, weighted_loss
from tpd.errors import TrainingError
from tpd.runtime.mel import num_mel_frames
from tpd.runtime.schedule import Schedule
from tpd.tortoise.denoiser import Denoiser
from tpd.tortoise.teacher import Teacher

Labels = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(z, index into the student's grid [B], code embedding of the teacher) to the target of x."""


@dataclass(frozen=True, kw_only=True)
class StageSettings:
    """How a stage is trained."""

    updates: int = 200
    """Updates of the weights."""
    frames_per_batch: int = 2000
    """Mel frames in a batch, about."""
    learning_rate: float = 3e-4
    """Adam's, falling linearly to 0 over the stage."""
    average_decay: float = 0.98
    """Of the running average of the weights, which is what teaches next."""
    seed: int = 0
    """Of batches, timesteps and noise."""


CLEAN = 4000
"""Stands for the clean mel in rows of timesteps: alpha 1, sigma 0."""


def sub_steps(student: Sequence[int], teacher: Sequence[int]) -> Tensor:
    """Where the teacher stops on the way of each of the student's steps: int64 [N, K + 1].

    Row i begins at the student's timestep i and ends at the next one (the last at CLEAN); between them are the steps
    of the teacher's grid, but for those that all but coincide with an end. Short rows repeat their end. Both grids
    fall. Raises TrainingError where they do not, or the student's is not the coarser one.
    """
    for name, grid in (("student", student), ("teacher", teacher)):
        if any(later >= earlier for earlier, later in pairwise(grid)):
            raise TrainingError(f"the {name}'s timesteps must fall; found {list(grid[:5])}...")
    if len(student) > len(teacher):
        raise TrainingError(f"a schedule must fall: a student of {len(student)} steps has a teacher of {len(teacher)}")
    near = 0.5 * (teacher[0] - teacher[-1]) / max(1, len(teacher) - 1)
    rows: list[list[int]] = []
    for start, end in pairwise([*student, -1]):
        inside = [timestep for timestep in teacher if start - near > timestep > end + near]
        rows.append([start, *inside, end if end >= 0 else CLEAN])
    longest = max(map(len, rows))
    return torch.tensor([row + [row[-1]] * (longest - len(row)) for row in rows])


def progressive_labels(stops_NK: Tensor, estimate: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Labels:
    """Targets by letting the teacher take all its steps within one of the student's (Salimans & Ho 2022, Alg. 2).

    `stops_NK` from `sub_steps`; `estimate(z, timestep, embedding)` is the teacher's clamped x. A step of no length
    has no weight in the target and moves nothing.
    """
    schedule = Schedule()
    alpha_all = torch.cat([torch.from_numpy(schedule.alpha), torch.ones(1)]).float()
    sigma_all = torch.cat([torch.from_numpy(schedule.sigma), torch.zeros(1)]).float()

    def labels(z_BMT: Tensor, index_B: Tensor, embedding: Tensor) -> Tensor:
        stops_BK = stops_NK[index_B]
        alpha, sigma = alpha_all[stops_BK][..., None, None], sigma_all[stops_BK][..., None, None]
        estimates: list[Tensor] = []
        for k in range(stops_BK.shape[1] - 1):
            x_hat = estimate(z_BMT, stops_BK[:, k].clamp(max=CLEAN - 1), embedding)
            estimates.append(x_hat)
            # Where the mel is clean already there is nothing to divide by, and nothing to do.
            moved = ddim_step(z_BMT, x_hat, alpha[:, k], sigma[:, k].clamp(min=1e-6), alpha[:, k + 1], sigma[:, k + 1])
            z_BMT = torch.where((stops_BK[:, k] != stops_BK[:, k + 1])[:, None, None], moved, z_BMT)
        u = alpha / sigma
        return convex_target(estimates, [u[:, k] for k in range(len(estimates))], u[:, -1])

    return labels


class StageTrainer:
    """A student, what teaches it, and one update at a time."""

    def __init__(
        self,
        student: Denoiser,
        teacher: Teacher,
        teacher_decoder: nn.Module,
        examples: list[Example],
        timesteps: list[int],
        labels: Labels,
        settings: StageSettings,
    ) -> None:
        self.student = student
        self.settings = settings
        self.optimiser = torch.optim.Adam(student.parameters(), lr=settings.learning_rate)
        self.average = {name: tensor.detach().clone() for name, tensor in student.state_dict().items()}
        self.update = 0
        self._voices = {name: voice.decoder_2C for name, voice in teacher.voices.items()}
        self._teacher_decoder = teacher_decoder
        self._examples = examples
        self._timestep = torch.tensor(timesteps)
        self._labels = labels

    def step(self) -> float:
        """One update; the loss before it. Raises TrainingError where loss or gradient is not finite."""
        settings = self.settings
        generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + self.update)
        mel_BMT, latents_BSL, voice_B2C = self._batch(generator)
        num_frames = mel_BMT.shape[-1]
        index_B = torch.randint(len(self._timestep), (len(mel_BMT),), generator=generator)
        timestep_B = self._timestep[index_B]
        alpha = self.student.alpha[timestep_B][:, None, None]
        sigma = self.student.sigma[timestep_B][:, None, None]
        z_BMT = alpha * mel_BMT + sigma * torch.randn(mel_BMT.shape, generator=generator)
        with torch.no_grad():
            embedding = self._teacher_decoder.embed_latents(latents_BSL, voice_B2C, num_frames)  # type: ignore[operator]
            target_BMT = self._labels(z_BMT, index_B, embedding)
        embedding = self.student.decoder.embed_latents(latents_BSL, voice_B2C, num_frames)
        x_hat_BMT = self.student(z_BMT, timestep_B, embedding)
        loss = weighted_loss(x_hat_BMT, target_BMT, truncated_snr_weight(alpha / sigma, ceiling=100.0))
        for group in self.optimiser.param_groups:
            group["lr"] = settings.learning_rate * (1 - self.update / settings.updates)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.student.parameters(), 1.0)
        if not (torch.isfinite(loss) and torch.isfinite(norm)):
            raise TrainingError(
                f"update {self.update}: the loss ({loss.item()}) or its gradient ({norm}) is not finite"
            )
        self.optimiser.step()
        self.update += 1
        decay = min(settings.average_decay, self.update / (self.update + 9))
        for name, tensor in self.student.state_dict().items():
            self.average[name].lerp_(tensor, 1 - decay)
        return loss.item()

    def _batch(self, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Utterances of nearly one length, the longer cut: mel, latents, voice."""
        examples = self._examples
        anchor = examples[int(torch.randint(len(examples), (1,), generator=generator))]
        length = len(anchor.latents_SL)
        near = sorted(examples, key=lambda e: (abs(len(e.latents_SL) - length), len(e.latents_SL)))
        count = max(2, self.settings.frames_per_batch // anchor.mel_MT.shape[1])
        pool = near[: 2 * count]
        chosen = [pool[int(i)] for i in torch.randperm(len(pool), generator=generator)[:count]]
        num_codes = min(len(e.latents_SL) for e in chosen)
        num_frames = num_mel_frames(num_codes)
        return (
            torch.stack([e.mel_MT[:, :num_frames] for e in chosen]),
            torch.stack([e.latents_SL[:num_codes] for e in chosen]),
            torch.stack([self._voices[e.voice] for e in chosen]),
        )
