import numpy as np
import pytest
import torch
from torch import nn

from neatfool import detectors
from neatfool.classifiers import BlackBox, Classifier
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
    with pytest.raises(ConfigError):
        FoolingSettings(classes=())


def test_classes_can_be_named() -> None:
    task = Fooling(fake_classifier(SHAPE, classes=4), FoolingSettings(classes="c2, 0-3:3"))

    assert task.indices == (2, 0, 3)


def test_a_class_that_is_not_known_by_name_is_an_error() -> None:
    with pytest.raises(ConfigError, match="expected the name of a class or an index 0 … 3"):
        Fooling(fake_classifier(SHAPE, classes=4), FoolingSettings(classes="robin"))


class Smooth(nn.Module):
    """A small network without kinks, in double precision."""

    def __init__(self) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(1)
        self.first = torch.randn(24, 8, generator=random, dtype=torch.float64)
        self.last = torch.randn(8, 3, generator=random, dtype=torch.float64)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (images.flatten(1).double() @ self.first).tanh() @ self.last


@pytest.mark.parametrize("outputs", ["logits", "log-odds"])
@pytest.mark.parametrize("objective", ["confidence", "logit", "log-odds"])
def test_gradients_are_those_of_finite_differences(outputs: str, objective: str) -> None:
    classifier = Classifier("smooth", Smooth(), SHAPE, ("a", "b", "c"), outputs=outputs)
    task = Fooling(classifier, FoolingSettings(classes=(2, 0)))
    at, niches = 0.2 + 0.6 * images(5), np.array([0, 1, 1, 0, 1])

    def value(of: torch.Tensor) -> torch.Tensor:
        exact = classifier.module(of.double())[range(5), [2, 0, 0, 2, 0]]
        if objective == "logit":
            return exact
        every = classifier.module(of.double())
        shares = every.sigmoid() if outputs == "log-odds" else every.softmax(1)
        own = shares[range(5), [2, 0, 0, 2, 0]]
        return own if objective == "confidence" else (own / (1 - own)).log()

    found = task.gradients(at, niches, None, objective)
    for place in np.ndindex(SHAPE):
        step = torch.zeros(SHAPE, dtype=torch.float64)
        step[place] = 1e-5
        change = (value(at.double() + step) - value(at.double() - step)) / 2e-5
        got = found[(slice(None), *place)].double()
        torch.testing.assert_close(got, change, rtol=1e-3, atol=1e-6)


def test_networks_without_gradients_are_refused() -> None:
    def ask(images: torch.Tensor) -> np.ndarray:
        return images.flatten(1)[:, :3].detach().numpy()

    fooling(1).require_gradients()
    blind = Fooling(Classifier("api", BlackBox(ask), SHAPE, ("a", "b", "c")))
    with pytest.raises(ConfigError, match=r"api: expected a network with gradients.*map-elites"):
        blind.require_gradients()

    flat = Fooling(Classifier("flat", nn.Sequential(nn.Flatten(), Steps()), SHAPE, ("a", "b")))
    with pytest.raises(ConfigError, match="all of them are 0 or no numbers"):
        flat.require_gradients()

    lost = Fooling(Classifier("lost", nn.Sequential(nn.Flatten(), Lost()), SHAPE, ("a", "b")))
    with pytest.raises(ConfigError, match="all of them are 0 or no numbers"):
        lost.require_gradients()

    single = nn.Sequential(nn.Flatten(), nn.Linear(24, 1))
    Fooling(Classifier("single", single, SHAPE, ("without", "with"))).require_gradients()


def test_gradients_that_would_pass_over_a_detector_are_refused() -> None:
    settings = detectors.KINDS.named["softmax"]()
    classifier = fake_classifier(SHAPE, classes=4)
    detector = detectors.KINDS.owner(settings)(settings, classifier)
    with pytest.raises(ConfigError, match=r"task\.detector: expected none .* got softmax"):
        Fooling(classifier, None, detector).require_gradients()


class Steps(nn.Module):
    """Round images, so that nothing changes where they change a little."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images[:, :2].round()


class Lost(nn.Module):
    """Take a root whose slope is no number."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images[:, :2] + (images - images).sqrt()[:, :2]
