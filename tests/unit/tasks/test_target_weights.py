import numpy as np
import pytest
import torch
from pydantic import ValidationError

from neatfool.errors import ConfigError, ShapeError
from neatfool.networks import compile_graphs
from neatfool.substrates import LinkSettings
from neatfool.tasks import TargetWeights, TargetWeightsSettings
from tests.cppns import linear_cppn


def task(regularity: float = 0.0, seed: int = 0) -> TargetWeights:
    return TargetWeights(TargetWeightsSettings(regularity=regularity), seed)


def test_there_are_81_links_and_one_niche() -> None:
    assert task().niches == ("target weights",)
    assert task().targets.shape == task().medium.shape == (81,)
    assert (task().medium.inputs, task().medium.outputs) == (
        ("x1", "y1", "x2", "y2", "bias"),
        1,
    )


@pytest.mark.parametrize("regularity", [0, 10, 50, 90, 100])
def test_so_many_targets_are_the_same(regularity) -> None:
    targets = task(regularity).targets

    values, counts = np.unique(targets, return_counts=True)
    alike = max(1, round(regularity / 100 * 81))
    assert counts.max() == alike
    assert len(values) == 81 - alike + 1
    assert (np.abs(targets) <= 1).all()


def test_the_seed_draws_the_targets_whatever_the_regularity() -> None:
    plain, half, full = (task(regularity).targets for regularity in (0, 50, 100))
    shared = full[0]

    assert np.array_equal(half[half != shared], plain[half != shared])
    assert np.array_equal(task(50).targets, half)
    assert not np.array_equal(task(50, seed=1).targets, half)


def test_a_score_is_six_times_the_links_less_the_error() -> None:
    targets = torch.from_numpy(task().targets)
    weights = torch.stack([targets, targets + 0.5, torch.zeros(81)])

    scores = task().score(weights)

    assert scores.dtype == np.float32
    assert scores.shape == (3, 1)
    assert scores[:, 0] == pytest.approx(
        [486, 486 - 40.5, 486 - float(targets.abs().sum())], rel=1e-6
    )
    assert task().mean_errors(weights)[:2] == pytest.approx([0, 0.5], abs=1e-6)


def test_outputs_of_cppns_are_the_weights() -> None:
    full = task(100)
    cppn = linear_cppn(full.medium, {"bias": full.targets[0] / 0.3})

    assert full.score(full.medium.express(compile_graphs(cppn))) == pytest.approx(486)


def test_scores_do_not_depend_on_one_another() -> None:
    weights = torch.randn(9, 81)

    together = task(50).score(weights)

    for place in range(9):
        assert np.array_equal(task(50).score(weights[[place]]), together[[place]])


def test_wrong_settings_and_weights_are_errors() -> None:
    with pytest.raises(ConfigError):
        TargetWeightsSettings(regularity=101)
    with pytest.raises(ShapeError, match=r"expected weights of shape \(P, 81\)"):
        task().score(torch.zeros(2, 80))


def test_settings_of_links_stand_over_those_of_the_task() -> None:
    given = TargetWeightsSettings.model_validate({"links": {"deltas": True}}).links

    assert given == LinkSettings(rule="raw", max_weight=1.0, bias=0.3, deltas=True)
    with pytest.raises(ValidationError):
        TargetWeightsSettings.model_validate({"links": {"delta": True}})
