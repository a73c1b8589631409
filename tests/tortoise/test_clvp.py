"""CLVP against the original's similarities and the official checkpoint's names."""

import torch

from tests.reference import load_case, official_shapes
from tpd.tortoise.clvp import Clvp, ClvpConfig


def test_similarity_equals_original() -> None:
    case = load_case("clvp")
    given = case.config
    clvp = Clvp(
        ClvpConfig(
            channels=given["dim_text"],
            depth=given["text_enc_depth"],
            num_heads=given["text_heads"],
            num_text_tokens=given["num_text_tokens"],
            num_codes=given["num_speech_tokens"],
        )
    )
    clvp.load_state_dict(case.weights)
    with torch.inference_mode():
        found = clvp.eval()(case.io["text_tokens"].long(), case.io["speech_codes"].long())
    torch.testing.assert_close(found, case.io["similarity"], atol=1e-5, rtol=0)


def test_names_and_shapes_are_official() -> None:
    with torch.device("meta"):
        clvp = Clvp(ClvpConfig())
    found = {name: tuple(tensor.shape) for name, tensor in clvp.state_dict().items()}
    assert found == official_shapes("clvp2.pth")
