from types import ModuleType

import pytest
import torch

from neatfool.images.colour import paint
from tests.kernels import compiled, interpreted

pytest.importorskip("triton", reason="Triton is made for Linux only")


@pytest.fixture(scope="module")
def painting() -> ModuleType:
    return interpreted("neatfool.images.triton_paint")


@pytest.mark.parametrize("rounding", ["nearest", "down"])
@pytest.mark.parametrize("channels", [1, 3])
def test_paint_equals_plain_torch(painting, channels, rounding) -> None:
    values = painted_values(channels)

    found = painting.paint(values.clone(), rounding)

    assert torch.equal(found, paint(values.clone(), rounding))


def painted_values(channels: int) -> torch.Tensor:
    """Outputs within and beyond [-1, 1], at corners of the hue, at halves of levels, and none."""
    values = torch.randn(3, channels, 600, generator=torch.Generator().manual_seed(channels))
    values[0, :, :256] = (torch.arange(256) + 0.5) / 255
    values[1, 0, :7] = torch.arange(7) / 6
    values[1, :, 10:14] = torch.tensor([torch.nan, torch.inf, -torch.inf, -0.0])
    values[2, channels - 1, 20] = torch.nan
    return values


@pytest.mark.parametrize("channels", [1, 3])
def test_outputs_may_be_a_view(painting, channels) -> None:
    values = painted_values(channels)

    found = painting.paint(values.mT.contiguous().mT, "nearest")

    assert torch.equal(found, paint(values, "nearest"))


def test_nothing_gives_nothing(painting) -> None:
    assert painting.paint(torch.zeros(0, 3, 5), "nearest").shape == (0, 3, 5)
    assert painting.paint(torch.zeros(2, 1, 0), "nearest").shape == (2, 1, 0)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_kernel_compiles_and_rounds_every_step(channels) -> None:
    from neatfool.images.triton_paint import _run

    settings = {"channels": channels, "nearest": True, "tile": 1024}
    types = {"values": "*fp32", "points": "i32"}
    kernel = compiled(_run, types, settings, ["values"], enable_fp_fusion=False)

    assert "fma" not in kernel.asm["ptx"]
    assert "div.full" not in kernel.asm["ptx"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("rounding", ["nearest", "down"])
@pytest.mark.parametrize("channels", [1, 3])
def test_on_a_gpu_pictures_are_those_of_the_cpu(channels, rounding) -> None:
    values = painted_values(channels)

    assert torch.equal(paint(values.cuda(), rounding).cpu(), paint(values.clone(), rounding))
