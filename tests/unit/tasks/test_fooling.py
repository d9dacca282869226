import numpy as np
import pytest
import torch
from pydantic import ValidationError

from neatfool.errors import ConfigError
from neatfool.tasks import Fooling, FoolingSettings
from tests.fakes import fake_classifier

SHAPE = (2, 3, 4)


def images(count: int = 6) -> torch.Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(0))


def fooling(*classes: int) -> Fooling:
    return Fooling(fake_classifier(SHAPE, classes=4), FoolingSettings(classes=classes))


def test_without_settings_every_class_is_a_niche() -> None:
    task = Fooling(fake_classifier(SHAPE, classes=4))

    scores = task.score(images())

    assert task.niches == ("c0", "c1", "c2", "c3")
    assert scores.dtype == np.float32
    assert scores.shape == (6, 4)
    assert scores.sum(axis=1) == pytest.approx(np.ones(6), rel=1e-6)


def test_a_score_is_the_confidence_in_the_class_of_the_niche() -> None:
    confidences = fake_classifier(SHAPE, classes=4)(images()).numpy()

    task = fooling(3, 0)

    assert task.niches == ("c3", "c0")
    assert task.indices == (3, 0)
    assert np.array_equal(task.score(images()), confidences[:, [3, 0]])


@pytest.mark.parametrize("classes", [(4,), (0, 7), (-1,)])
def test_a_class_the_classifier_does_not_have_is_an_error(classes) -> None:
    with pytest.raises(ConfigError, match=rf"class {classes[-1]} .*fake has the classes 0 to 3"):
        fooling(*classes)


def test_a_class_named_twice_is_an_error() -> None:
    with pytest.raises(ConfigError, match="twice"):
        fooling(1, 2, 1)


def test_no_classes_at_all_are_refused() -> None:
    with pytest.raises(ValidationError):
        FoolingSettings(classes=())


def test_classes_can_be_named() -> None:
    task = Fooling(fake_classifier(SHAPE, classes=4), FoolingSettings(classes="c2, 0-3:3"))

    assert task.indices == (2, 0, 3)


def test_a_class_that_is_not_known_by_name_is_an_error() -> None:
    with pytest.raises(ConfigError, match="expected the name of a class or an index 0 … 3"):
        Fooling(fake_classifier(SHAPE, classes=4), FoolingSettings(classes="robin"))
