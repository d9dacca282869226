"""Losses equal their formulas, and changed images stay where they may be."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neatfool.defence.retraining.losses import OUTLIER, Adversarial, OutlierExposure
from neatfool.defence.retraining.settings import AdversarialSettings

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 3.0], [1.0, 1.0, 1.0], [4.0, -2.0, 0.0]])
LABELS = torch.tensor([0, 1, OUTLIER, OUTLIER])


def _by_hand(weight: float) -> float:
    """The formula of the paper, in plain Python."""
    told = [[math.exp(z) / sum(map(math.exp, row)) for z in row] for row in LOGITS.tolist()]
    real = -(math.log(told[0][0]) + math.log(told[1][1])) / 2
    uniform = [-sum(math.log(p) / 3 for p in row) for row in told[2:]]
    return real + weight * sum(uniform) / 2


@pytest.mark.parametrize("weight", [0.0, 0.5, 2.0])
def test_outlier_exposure_is_its_formula(weight: float) -> None:
    loss, logits = OutlierExposure(weight)(lambda shown: shown, LOGITS, LABELS)

    assert loss.item() == pytest.approx(_by_hand(weight), rel=1e-6)
    assert torch.equal(logits, LOGITS)


@pytest.mark.parametrize("rows", [slice(0, 2), slice(2, 4)])
def test_a_batch_may_lack_either_kind(rows: slice) -> None:
    loss, _ = OutlierExposure(0.5)(lambda shown: shown, LOGITS[rows], LABELS[rows])

    assert math.isfinite(loss.item())


def test_what_is_unsure_of_outliers_loses_least() -> None:
    outliers = torch.full((1,), OUTLIER)
    sure, unsure = torch.tensor([[9.0, 0.0, 0.0]]), torch.zeros(1, 3)
    losses = [
        OutlierExposure(1.0)(lambda shown: shown, each, outliers)[0] for each in (sure, unsure)
    ]

    assert losses[1].item() == pytest.approx(math.log(3))
    assert losses[0] > losses[1]


@given(
    radius=st.floats(0.01, 1),
    step=st.floats(0.01, 1),
    steps=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_changes_stay_in_the_ball(radius: float, step: float, steps: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    images = torch.rand(3, 1, 4, 4, generator=random)
    weights = torch.randn(16, 5, generator=random)
    settings = AdversarialSettings(radius=radius, step=step, steps=steps)

    changed = Adversarial(settings, seed).changed(
        lambda shown: shown.flatten(1) @ weights, images, torch.tensor([0, 1, 2])
    )

    assert not changed.requires_grad
    assert ((changed >= 0) & (changed <= 1)).all()
    assert (changed - images).abs().max() <= radius + 1e-6


def test_changes_hurt_and_leave_no_gradients() -> None:
    weights = torch.nn.Linear(16, 3)
    images, labels = torch.full((8, 1, 4, 4), 0.5), torch.zeros(8, dtype=torch.int64)

    def network(shown: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = weights(shown.flatten(1))
        return logits

    loss, _ = Adversarial(AdversarialSettings(), 0)(network, images, labels)

    assert weights.weight.grad is None
    assert loss > torch.nn.functional.cross_entropy(network(images), labels)
