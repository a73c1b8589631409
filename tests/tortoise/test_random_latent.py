"""The random-voice network against the original's voice and the official checkpoints' names."""

import pytest
import torch

from tests.reference import load_case, official_shapes
from tpd.tortoise.random_latent import RandomLatent, RandomLatentConfig


def test_voice_equals_original() -> None:
    case = load_case("random_latent")
    network = RandomLatent(RandomLatentConfig(channels=case.config["channels"]))
    network.load_state_dict(case.weights)
    with torch.inference_mode():
        found = network(case.io["noise"])
    torch.testing.assert_close(found, case.io["latent"], atol=1e-5, rtol=0)


@pytest.mark.parametrize(("checkpoint", "channels"), [("rlg_auto.pth", 1024), ("rlg_diffuser.pth", 2048)])
def test_names_and_shapes_are_official(checkpoint: str, channels: int) -> None:
    with torch.device("meta"):
        network = RandomLatent(RandomLatentConfig(channels=channels))
    found = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    assert found == official_shapes(checkpoint)
