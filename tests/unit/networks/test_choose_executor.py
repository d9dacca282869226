from types import SimpleNamespace

import pytest
import torch

from neatfool.networks import executors


@pytest.mark.parametrize(
    ("device", "dtype", "has_triton", "expected"),
    [
        ("cpu", torch.float32, True, "numba"),
        ("cpu", torch.float64, True, "exact"),
        ("cuda", torch.float32, True, "triton"),
        ("cuda", torch.float32, False, "torch"),
        ("cuda", torch.float64, True, "torch"),
        ("cpu", torch.float16, True, "exact"),
        ("mps", torch.float32, True, "torch"),
    ],
)
def test_the_fastest_executor(device, dtype, has_triton, expected, monkeypatch) -> None:
    monkeypatch.setattr(executors, "_has_triton", lambda: has_triton)
    inputs = SimpleNamespace(device=torch.device(device), dtype=dtype, is_cuda=device == "cuda")

    assert executors.choose_executor(inputs) == expected
