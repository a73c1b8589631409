"""The vocoder against the original's sound and the official checkpoint's names."""

import pytest
import torch

from tests.reference import Case, load_case, official_shapes
from tpd.tortoise.vocoder import Vocoder, VocoderConfig, convolve_by_frame, fold_weight_norm


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case("vocoder")


def test_sound_equals_original(case: Case) -> None:
    given = case.config
    vocoder = Vocoder(
        VocoderConfig(
            noise_dim=given["noise_dim"],
            channels=given["channel_size"],
            dilations=given["dilations"],
            strides=given["strides"],
            leaky_relu_slope=given["lReLU_slope"],
            kernel_predictor_taps=given["kpnet_conv_size"],
        )
    )
    vocoder.load_state_dict(fold_weight_norm(case.weights))
    with torch.inference_mode():
        found = vocoder.eval().synthesise(case.io["mel"], case.io["noise"])
    torch.testing.assert_close(found, case.io["audio"], atol=1e-5, rtol=0)


def test_names_and_shapes_are_official() -> None:
    official = official_shapes("vocoder.pth")
    with torch.device("meta"):
        vocoder = Vocoder(VocoderConfig())
        folded = fold_weight_norm({name: torch.empty(shape) for name, shape in official.items()})
    expected = {name: tuple(tensor.shape) for name, tensor in folded.items()}
    assert {name: tuple(tensor.shape) for name, tensor in vocoder.state_dict().items()} == expected


def test_one_kernel_for_all_frames_is_a_convolution() -> None:
    torch.manual_seed(0)
    x, weight, bias = torch.randn(2, 4, 5 * 8), torch.randn(6, 4, 3), torch.randn(6)
    kernel = weight.reshape(1, 1, 6, 12).expand(2, 5, -1, -1)
    found = convolve_by_frame(x, kernel, bias.reshape(1, 1, 6, 1).expand(2, 5, -1, -1), hop=8)
    torch.testing.assert_close(found, torch.nn.functional.conv1d(x, weight, bias, padding=1), atol=1e-5, rtol=0)
