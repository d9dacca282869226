from types import ModuleType

import pytest
import torch

from neatfool.images import numba_paint, paint
from neatfool.images.colour import paint_plainly
from tests.kernels import compiled, interpreted


def painted_values(channels: int) -> torch.Tensor:
    """Outputs within and beyond [-1, 1], at corners of the hue, at halves of levels, and none."""
    values = torch.randn(3, channels, 600, generator=torch.Generator().manual_seed(channels))
    values[0, :, :256] = (torch.arange(256) + 0.5) / 255
    values[1, 0, :7] = torch.arange(7) / 6
    values[1, :, 10:14] = torch.tensor([torch.nan, torch.inf, -torch.inf, -0.0])
    values[2, channels - 1, 20] = torch.nan
    return values


@pytest.fixture(scope="module", params=["numba", "triton"])
def painting(request) -> ModuleType:
    """Every paint that is compiled."""
    if request.param == "numba":
        return numba_paint
    pytest.importorskip("triton", reason="Triton is made for Linux only")
    return interpreted("neatfool.images.triton_paint")


@pytest.mark.parametrize("rounding", ["nearest", "down"])
@pytest.mark.parametrize("channels", [1, 3])
def test_paint_equals_plain_torch(painting, channels, rounding) -> None:
    values = painted_values(channels)

    found = painting.paint(values.clone(), rounding)

    assert torch.equal(found, paint_plainly(values.clone(), rounding))


@pytest.mark.parametrize("channels", [1, 3])
def test_outputs_may_be_a_view(painting, channels) -> None:
    values = painted_values(channels)

    found = painting.paint(values.mT.contiguous().mT, "nearest")

    assert torch.equal(found, paint_plainly(values, "nearest"))


def test_nothing_gives_nothing(painting) -> None:
    assert painting.paint(torch.zeros(0, 3, 5), "nearest").shape == (0, 3, 5)
    assert painting.paint(torch.zeros(2, 1, 0), "nearest").shape == (2, 1, 0)


def test_double_precision_is_painted_too() -> None:
    values = painted_values(3)

    found = paint(values.double())

    assert found.dtype == torch.float64
    assert (found - paint_plainly(values)).abs().max() <= 1 / 255 + 1e-6  # halves may round apart
    assert ((found - paint_plainly(values)).abs() < 1e-6).float().mean() > 0.95


@pytest.mark.parametrize("channels", [1, 3])
def test_the_kernel_compiles_and_rounds_every_step(channels) -> None:
    pytest.importorskip("triton", reason="Triton is made for Linux only")
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
