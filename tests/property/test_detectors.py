"""What a detector says of an image does not depend on the others."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from neatfool import detectors
from neatfool.classifiers import Classifier
from neatfool.detectors.ensemble import Ensemble
from neatfool.sections.detector import EnsembleSettings
from tests.detecting import images, pictures

SHAPE = (1, 8, 8)


def network(seed: int) -> Classifier:
    torch.manual_seed(seed)
    layers = nn.Conv2d(1, 6, 3), nn.Tanh(), nn.Flatten(), nn.Linear(216, 40), nn.ReLU()
    return Classifier("net", nn.Sequential(*layers, nn.Linear(40, 5)), SHAPE, tuple("abcde"))


@pytest.fixture(scope="module", params=detectors.KINDS.named)
def detector(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> detectors.Detector:
    guarded = network(0)
    if request.param == "ensemble":
        return Ensemble(EnsembleSettings(), guarded, network(1))
    real: Path = pictures(tmp_path_factory.mktemp("real") / "r", 160, side=8, classes=5)
    more = {"neighbours": {"neighbour": 5}}.get(request.param, {})
    return detectors.build(detectors.KINDS.named[request.param](data=real, **more), guarded, 0)


@settings(max_examples=15)
@given(count=st.integers(1, 40), seed=st.integers(0, 2**32))
def test_a_batch_equals_batches_of_one_in_any_order(
    detector: detectors.Detector, count: int, seed: int
) -> None:
    some = images(count, seed, SHAPE)
    suspicions = detector.suspicion(some)
    alone = np.concatenate([detector.suspicion(each[None]) for each in some])
    np.testing.assert_array_equal(suspicions, alone)
    np.testing.assert_array_equal(detector.suspicion(some.flip(0)), suspicions[::-1])
