"""`tpd export`: a teacher's companions and a distilled student to a bundle whose engine speaks without PyTorch."""

import copy
import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch

import tpd
from tpd.export.graphs import LanguageGraph, PrepareGraph, StudentGraph, VocoderGraph
from tpd.export.onnx_file import OPSET, Graph, halve_initialisers, round_weights, to_onnx
from tpd.export.parity import check_parity
from tpd.files import make_directory, write_atomically
from tpd.runtime.bundle import MANIFEST
from tpd.runtime.manifest import read_manifest, write_manifest
from tpd.runtime.mel import SAMPLE_RATE_HZ
from tpd.runtime.schedule import Grid, Schedule
from tpd.tortoise.diffusion_decoder import DiffusionDecoder
from tpd.tortoise.teacher import Teacher, voice_bytes, voice_file
from tpd.tortoise.weights import load_network, read_metadata

STUDENT = "student.onnx"
PREPARE = "student.prepare.onnx"
Tell = Callable[[str], None]
"""Told what is being done."""


@dataclass(frozen=True, kw_only=True)
class Student:
    """A distilled decoder, and what its training wrote beside the weights."""

    decoder: DiffusionDecoder
    timesteps: list[int]
    """Its grid, noisiest first."""
    made_from: dict[str, Any]
    """Teacher, stages and settings of its distillation."""


def load_student(path: Path) -> Student:
    """Read a student that `tpd distill` wrote."""
    decoder = load_network(path, DiffusionDecoder)
    distillation = json.loads(read_metadata(path).get("distillation", "{}"))
    return Student(decoder=decoder, timesteps=distillation["timesteps"], made_from=distillation)


def export_bundle(teacher: Teacher, student: Student, out: Path, tell: Tell) -> None:
    """Write every graph, tokenizer, voices and both manifests to `out`.

    Each graph must agree with PyTorch before anything of it is kept (BundleError otherwise).
    """
    grid = Schedule().grid_of(student.timesteps)
    make_directory(out / "voices")
    parity: dict[str, float] = {}

    def export(name: str, graph: Graph) -> None:
        tell(f"exporting {name}")
        graph = copy.deepcopy(graph)
        round_weights(graph)
        model = halve_initialisers(to_onnx(graph))
        content = model.SerializeToString()
        parity[name] = check_parity(name, graph, content)
        write_atomically(out / name, content)

    export("language.onnx", LanguageGraph(teacher.language))
    export("vocoder.onnx", VocoderGraph(teacher.vocoder))
    write_atomically(out / "tokenizer.json", teacher.tokenizer_json)
    for name, voice in teacher.voices.items():
        write_atomically(out / voice_file(name), voice_bytes(voice))
    files = ["language.onnx", "vocoder.onnx", "tokenizer.json", *map(voice_file, teacher.voices)]
    write_manifest(out / MANIFEST, "bundle", files, _bundle_content(teacher, parity))

    export(PREPARE, PrepareGraph(student.decoder, grid))
    export(STUDENT, StudentGraph(student.decoder, grid))
    content = _engine_content(student, grid, {name: parity[name] for name in (STUDENT, PREPARE)})
    content["bundle_seal"] = read_manifest(out / MANIFEST, "bundle").seal
    write_manifest(out / f"{STUDENT}.json", "engine", [STUDENT, PREPARE], content)


def _bundle_content(teacher: Teacher, parity: dict[str, float]) -> dict[str, Any]:
    config = teacher.language.config
    return {
        "name": teacher.name,
        "made_with": _versions(),
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "default_voice": teacher.default_voice,
        "voices": list(teacher.voices),
        "sampling": teacher.sampling,
        "split": teacher.split,
        "language": {
            "start_code": config.start_code,
            "stop_code": config.stop_code,
            "max_codes": config.max_codes,
            "max_text_tokens": config.max_text_tokens,
            "start_text_token": config.start_text_token,
            "skipped_positions": config.skipped_positions,
            "cache_shape": list(teacher.language.empty_cache(1).shape),
            "silence": dataclasses.asdict(teacher.silence) if teacher.silence else None,
        },
        "vocoder": {"noise_dim": teacher.vocoder.config.noise_dim},
        "teacher": teacher.manifest_seal,
        "parity": parity,
    }


def _engine_content(student: Student, grid: Grid, parity: dict[str, float]) -> dict[str, Any]:
    return {
        "bundle": ".",
        "backend": "onnxruntime",
        "made_with": _versions(),
        "prepare": PREPARE,
        "steps": len(grid.timesteps),
        "timesteps": list(grid.timesteps),
        "channels": student.decoder.config.channels,
        "parametrisation": student.decoder.config.parametrisation,
        "opset": OPSET,
        "precision": "float32 (initialisers stored in float16)",
        "distillation": student.made_from,
        "parity": parity,
    }


def _versions() -> dict[str, str]:
    return {"tpd": tpd.__version__, "torch": torch.__version__.split("+")[0], "onnx": onnx.__version__}
