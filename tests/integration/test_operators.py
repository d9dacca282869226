"""Operators that are no part of neatfool, but compared with its own."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import evaluations
from neatfool import past, runs

ROOT = Path(__file__).parents[2]
NET = """
import torch
from torch import nn


def build():
    last = nn.Linear(48, 10, bias=False)
    last.weight.data = torch.randn(10, 48, generator=torch.Generator().manual_seed(0))
    return nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), last)
"""
SMALL = ("run.generations=3", "search.batch=20", "run.workers=threads:1")


@pytest.mark.proof
@pytest.mark.parametrize("name", evaluations.OPERATORS)
def test_each_operator_evolves_the_same_again(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    net = tmp_path / "net.py"
    net.write_text(NET)
    colour = (f"task.classifier.model={net}:build", "task.classifier.size=16")
    classes = [each for each in evaluations.OPERATORS[name] if not each.startswith("task.classes")]
    config = runs.load_config(None, (*colour, *SMALL, *classes))
    first, second = (runs.complete(config, tmp_path / place).search for place in "ab")

    assert first.archive is not None
    assert second.archive is not None
    assert np.array_equal(first.archive.scores, second.archive.scores)
    assert len(np.unique(first.archive.keys)) > 1
    found = evaluations.budgets(tmp_path / "a")
    assert 0 < found["area"] < 1
    assert past.is_run(tmp_path / "b")
