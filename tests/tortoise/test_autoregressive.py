"""The language model against the original's outputs and the official checkpoint's names."""

import pytest
import torch

from tests.reference import Case, load_case, official_shapes
from tpd.errors import InputError
from tpd.tortoise.autoregressive import Autoregressive, AutoregressiveConfig


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case("autoregressive")


@pytest.fixture(scope="module")
def model(case: Case) -> Autoregressive:
    given = case.config
    model = Autoregressive(
        AutoregressiveConfig(
            channels=given["model_dim"],
            num_layers=given["layers"],
            num_heads=given["heads"],
            num_text_tokens=given["number_text_tokens"],
            num_codes=given["number_mel_codes"],
            start_code=given["start_mel_token"],
            stop_code=given["stop_mel_token"],
            max_text_tokens=given["max_text_tokens"],
            max_codes=given["max_mel_tokens"],
            max_clips=given["max_conditioning_inputs"],
        )
    )
    model.load_state_dict(case.weights)
    return model.eval().requires_grad_(False)


def test_voice_equals_original(case: Case, model: Autoregressive) -> None:
    found = model.embed_voice(case.io["conditioning_mel"])
    torch.testing.assert_close(found, case.io["conditioning_latent"], atol=1e-5, rtol=0)


def test_latents_equal_original(case: Case, model: Autoregressive) -> None:
    io = case.io
    codes = io["mel_codes"].long()
    batch = len(codes)
    text = io["text_tokens"].long().expand(batch, -1)
    found = model.code_latents(io["conditioning_latent"].expand(batch, -1), text, codes)
    torch.testing.assert_close(found, io["latents"], atol=1e-5, rtol=0)


def test_logits_equal_original(case: Case, model: Autoregressive) -> None:
    io, config = case.io, model.config
    codes = io["mel_codes"].long()
    batch = len(codes)
    text = model.frame_text(io["text_tokens"].long().expand(batch, -1))
    framed = torch.nn.functional.pad(codes, (0, 1), value=config.stop_code)
    framed = torch.nn.functional.pad(framed, (1, 0), value=config.start_code)
    voice = io["conditioning_latent"].expand(batch, -1)[:, None]
    embedded = torch.cat([voice, model.embed_text(text), model.embed_codes(framed)], dim=1)
    latents, _ = model(embedded, model.empty_cache(batch))
    found = model.mel_head(latents[:, -framed.shape[1] :]).transpose(1, 2)
    torch.testing.assert_close(found, io["mel_logits"], atol=1e-5, rtol=0)


def test_greedy_codes_equal_original_one_by_one(case: Case, model: Autoregressive) -> None:
    """The cache gives the codes that the original gave."""
    text = model.frame_text(case.io["text_tokens"].long())
    voice = case.io["conditioning_latent"][:, None]
    expected = case.io["greedy_codes"][0].tolist()
    embedded = torch.cat([voice, model.embed_text(text)], dim=1)
    _, cache = model(embedded, model.empty_cache(1))
    code, found = model.config.start_code, []
    for index in range(len(expected)):
        fed_back = model.embed_codes(torch.tensor([[code]]), model.generation_position(index))
        latents, cache = model(fed_back, cache)
        code = int(model.mel_head(latents[:, -1]).argmax())
        found.append(code)
    assert found == expected


def test_names_and_shapes_are_official() -> None:
    with torch.device("meta"):
        model = Autoregressive(AutoregressiveConfig())
    found = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert found == official_shapes("autoregressive.pth")


def test_codes_outside_the_vocabulary_are_refused() -> None:
    with pytest.raises(InputError, match="must be below num_codes"):
        AutoregressiveConfig(num_codes=100)
