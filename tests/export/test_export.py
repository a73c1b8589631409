"""Exported graphs: they compute what PyTorch computes, are small, and say nothing of where they were made."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from tests.tiny import tiny_teacher
from tpd.errors import BundleError
from tpd.export.bundle import load_student
from tpd.export.graphs import LanguageGraph, PrepareGraph, StudentGraph, VocoderGraph
from tpd.export.onnx_file import halve_initialisers, round_weights, to_onnx
from tpd.export.parity import check_parity
from tpd.runtime.engine import Engine
from tpd.runtime.sampler import ddim
from tpd.runtime.schedule import Schedule
from tpd.tortoise.denoiser import Denoiser, conditional


@pytest.fixture(scope="module")
def graphs() -> dict[str, tuple[torch.nn.Module, bytes]]:
    teacher, grid = tiny_teacher(), Schedule().grid(31)
    made = {
        "language": LanguageGraph(teacher.language),
        "prepare": PrepareGraph(teacher.decoder, grid),
        "student": StudentGraph(teacher.decoder, grid),
        "vocoder": VocoderGraph(teacher.vocoder),
    }
    return {name: (graph, to_onnx(graph).SerializeToString()) for name, graph in made.items()}


def test_language_graph_with_everything_empty_that_can_be(graphs: dict[str, tuple[torch.nn.Module, bytes]]) -> None:
    graph, content = graphs["language"]
    assert isinstance(graph, LanguageGraph)
    cache = graph.model.empty_cache(1)
    prompt = (torch.randn(1, 1, 32), torch.randint(9, (1, 6)), torch.tensor([[16]]), torch.tensor([0]), cache)
    past = torch.randn(*cache.shape[:4], 9, cache.shape[5])
    step = (torch.zeros(1, 0, 32), torch.zeros(1, 0, dtype=torch.long), torch.tensor([[3]]), torch.tensor([1]), past)
    assert check_parity("language", graph, content, prompt, step) < 1e-5


@pytest.mark.parametrize("num_codes", [1, 2, 5, 60])
def test_prepare_and_student_graphs_at_any_length(
    graphs: dict[str, tuple[torch.nn.Module, bytes]], num_codes: int
) -> None:
    num_frames = num_codes * 4 * 24000 // 22050
    frame_codes = torch.arange(num_frames) * num_codes // num_frames
    graph, content = graphs["prepare"]
    inputs = (torch.randn(1, num_codes, 32), torch.randn(1, 64), frame_codes, torch.arange(31))
    assert check_parity("prepare", graph, content, inputs) < 1e-5
    graph, content = graphs["student"]
    inputs = (torch.randn(1, 100, num_frames), torch.randn(1, 32, num_frames), torch.tensor([30]))
    assert check_parity("student", graph, content, inputs) < 1e-5


def test_vocoder_graph_at_another_length(graphs: dict[str, tuple[torch.nn.Module, bytes]]) -> None:
    graph, content = graphs["vocoder"]
    inputs = (torch.randn(1, 100, 77).clamp(-1, 1), torch.randn(1, 4, 87))
    assert check_parity("vocoder", graph, content, inputs) < 1e-5


def test_hoisted_student_is_the_plain_network() -> None:
    """Tables over the grid and conditions made beforehand change nothing but rounding."""
    teacher, grid = tiny_teacher(), Schedule().grid(31)
    latents, voice = torch.randn(1, 7, 32), torch.randn(1, 64)
    num_frames = 30
    frame_codes = torch.arange(num_frames) * 7 // num_frames
    with torch.inference_mode():
        embedding = teacher.decoder.embed_latents(latents, voice, num_frames)
        conditions = PrepareGraph(teacher.decoder, grid)(latents, voice, frame_codes, torch.arange(31))
        student = StudentGraph(teacher.decoder, grid)
        plain = conditional(Denoiser(teacher.decoder), embedding)
        for index in (0, 11, 30):
            z = torch.randn(1, 100, num_frames)
            found = student(z, conditions[index : index + 1], torch.tensor([index]))
            torch.testing.assert_close(found, plain(z, grid.timesteps[index]), atol=1e-5, rtol=0)


def test_no_graph_names_a_path(graphs: dict[str, tuple[torch.nn.Module, bytes]]) -> None:
    for name, (_, content) in graphs.items():
        for mark in (b".py", str(Path.cwd()).encode(), b"site-packages"):
            assert mark not in content, f"{name} contains {mark!r}"


def test_half_initialisers_are_half_the_size_and_exact() -> None:
    graph = VocoderGraph(tiny_teacher().vocoder)
    round_weights(graph)
    model = to_onnx(graph)
    halved = halve_initialisers(model)
    assert halved.ByteSize() < 0.6 * model.ByteSize()
    assert check_parity("vocoder", graph, halved.SerializeToString()) < 1e-5


def test_a_weight_beyond_half_precision_is_refused() -> None:
    graph = VocoderGraph(tiny_teacher().vocoder)
    with torch.no_grad():
        graph.vocoder.res_stack[0].kernel_predictor.kernel_conv.weight[0, 0, 0] = 1e6
    with pytest.raises(BundleError, match="half precision"):
        halve_initialisers(to_onnx(graph))


def test_a_graph_of_other_weights_is_refused(graphs: dict[str, tuple[torch.nn.Module, bytes]]) -> None:
    _, content = graphs["student"]
    other = StudentGraph(tiny_teacher(seed=1).decoder, Schedule().grid(31))
    with pytest.raises(BundleError, match="does not compute what PyTorch computes"):
        check_parity("student", other, content)


def test_engine_makes_the_mel_that_pytorch_makes(engine_path: Path, student_path: Path) -> None:
    engine, student = Engine(engine_path, num_threads=1), load_student(student_path)
    round_weights(student.decoder)
    latents, voice = torch.randn(9, 32), torch.randn(64)
    num_frames = 39
    found = engine.make_mel(latents.numpy(), voice.numpy(), num_frames, np.random.default_rng(5))
    with torch.inference_mode():
        embedding = student.decoder.embed_latents(latents[None], voice[None], num_frames)
    noise = np.random.default_rng(5).standard_normal((1, 100, num_frames), dtype=np.float32)
    expected = ddim(conditional(Denoiser(student.decoder), embedding), torch.from_numpy(noise), engine.grid)
    assert np.abs(found - expected.numpy()).mean() < 1e-3


def test_manifests_tell_where_an_engine_comes_from(engine_path: Path) -> None:
    content = json.loads(engine_path.with_name("student.onnx.json").read_text())
    assert content["steps"] == len(content["timesteps"]) == 31
    assert [stage["steps"] for stage in content["distillation"]["stages"]] == [4000, 62, 31]
    assert max(content["parity"].values()) <= 1e-4
    onnx.checker.check_model(onnx.load(engine_path), full_check=True)
