import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neatfool.classifiers import MODELS, Classifier, has_weights
from neatfool.classifiers.named.training import initialise

CLASSIFIERS = [
    Classifier(name, initialise(model, 0), model.shape, model.labels, model.mean, model.std)
    for name, model in MODELS.items()
    if has_weights(name)
]
SEEDS = st.integers(0, 2**32)


def _images(classifier: Classifier, population: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(256, (population, *classifier.shape), generator=generator) / 255


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda classifier: classifier.name)
@settings(max_examples=20, deadline=None)
@given(population=st.integers(1, 40), seed=SEEDS)
def test_a_batch_equals_batches_of_one(classifier: Classifier, population: int, seed: int) -> None:
    images = _images(classifier, population, seed)

    confidences = classifier(images)

    assert torch.equal(confidences, torch.cat([classifier(image[None]) for image in images]))


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda classifier: classifier.name)
@settings(max_examples=20, deadline=None)
@given(population=st.integers(0, 40), seed=SEEDS)
def test_permuted_images_get_permuted_confidences(
    classifier: Classifier, population: int, seed: int
) -> None:
    images = _images(classifier, population, seed)
    order = torch.randperm(population, generator=torch.Generator().manual_seed(seed))

    assert torch.equal(classifier(images)[order], classifier(images[order]))


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda classifier: classifier.name)
@settings(max_examples=20, deadline=None)
@given(population=st.integers(0, 40), seed=SEEDS)
def test_confidences_are_shares(classifier: Classifier, population: int, seed: int) -> None:
    confidences = classifier(_images(classifier, population, seed))

    assert confidences.shape == (population, len(classifier.labels))
    assert (confidences >= 0).all()
    torch.testing.assert_close(confidences.sum(1), torch.ones(population))
