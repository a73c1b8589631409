"""An engine: the distilled student in one backend, with the manifest beside it that names its bundle."""

# M mel bands, T mel frames, C channels, S speech codes, N steps of the grid

from pathlib import Path

import numpy as np

from tpd.errors import BundleError, InputError
from tpd.runtime.bundle import Bundle
from tpd.runtime.manifest import RE_EXPORT, read_manifest
from tpd.runtime.mel import NUM_MELS
from tpd.runtime.onnx_backend import OnnxGraph, default_num_threads
from tpd.runtime.sampler import ddim
from tpd.runtime.schedule import Grid, Schedule

MAX_CONDITION_ELEMENTS = 1 << 24
"""Conditions are made for as many steps at once as keep their size below this (64 MiB)."""


class Engine:
    """A student that makes mels in as many steps as it was distilled for, and the bundle it belongs to."""

    def __init__(self, path: Path, num_threads: int | None = None) -> None:
        """Read `path`, its manifest `path.json` and the bundle that names, verifying all of it first.

        Raises BundleError where anything is missing, damaged or does not belong together.
        """
        if path.suffix != ".onnx":
            raise BundleError(f"{path} cannot be run here: expected an engine that ends in .onnx")
        self.manifest = read_manifest(path.with_name(path.name + ".json"), "engine")
        content = self.manifest.content
        threads = num_threads or default_num_threads()
        step, prepare = self.manifest.read(path.name), self.manifest.read(content["prepare"])
        bundle = path.parent / content["bundle"]
        self.bundle = Bundle(bundle, threads)
        if content["bundle_seal"] != self.bundle.manifest.seal:
            raise BundleError(f"{path} was made for another bundle than {bundle}; {RE_EXPORT}")
        self.grid: Grid = Schedule().grid_of(content["timesteps"])
        self._channels: int = content["channels"]
        self._step = OnnxGraph(step, path.name, threads)
        self._prepare = OnnxGraph(prepare, content["prepare"], threads)

    def check_steps(self, num_steps: int | None) -> None:
        """Raise InputError unless the student was distilled for this many steps (None: whatever it was made for)."""
        made_for = len(self.grid.timesteps)
        if num_steps not in (None, made_for):
            raise InputError(f"this engine was distilled for {made_for} steps; {num_steps} cannot be had from it")

    def make_mel(
        self, latents_SL: np.ndarray, voice_2C: np.ndarray, num_frames: int, rng: np.random.Generator
    ) -> np.ndarray:
        """The normalised mel [1, M, T] of a piece of speech: noise, then every step of the grid (DDIM)."""
        frame_codes = np.arange(num_frames) * len(latents_SL) // num_frames
        num_steps = len(self.grid.timesteps)
        chunk = max(1, MAX_CONDITION_ELEMENTS // (self._channels * num_frames))
        conditions = np.concatenate(
            [
                self._prepare(
                    latents=latents_SL[None],
                    voice=voice_2C[None],
                    frame_codes=frame_codes,
                    steps=np.arange(first, min(first + chunk, num_steps)),
                )[0]
                for first in range(0, num_steps, chunk)
            ]
        )
        step_of = {timestep: index for index, timestep in enumerate(self.grid.timesteps)}

        def student(z_1MT: np.ndarray, timestep: int) -> np.ndarray:
            index = step_of[timestep]
            return self._step(z=z_1MT, condition=conditions[index : index + 1], step=np.array([index]))[0]

        noise = rng.standard_normal((1, NUM_MELS, num_frames), dtype=np.float32)
        return np.asarray(ddim(student, noise, self.grid))


def default_engine() -> Path:
    """The engine installed with tpd, or that of the checkout it runs from. Raises BundleError without one."""
    package = Path(__file__).parents[1]
    places = [root / "engines" / "hatchling" / "student.onnx" for root in (package, package.parent)]
    for place in places:
        if place.exists():
            return place
    raise BundleError(f"no bundled engine at {places[0]}; install tpd again, or name one with --engine")
