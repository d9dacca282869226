import pytest
import torch

from neatfool.classifiers import BlackBox, Classifier
from neatfool.tasks.baselines import baselines
from neatfool.tasks.probes import NOISES, PLAIN, probe_images

SHAPE = (3, 8, 8)


def answering(ask, **settings):
    return Classifier("any", BlackBox(ask), SHAPE, ("dark", "bright"), **settings)


def by_brightness(images):
    mean = images.mean(dim=(1, 2, 3))
    return torch.stack([1 - mean, mean], dim=1)


def test_asks_about_black_grey_white_and_noise():
    found = baselines(answering(by_brightness, outputs="probabilities"))
    assert tuple(found) == (*PLAIN, *NOISES)
    assert found["black"] == {"confidence": 1.0, "index": 0, "name": "dark", "images": 1}
    assert found["white"] == {"confidence": 1.0, "index": 1, "name": "bright", "images": 1}
    assert found["grey"]["confidence"] == pytest.approx(128 / 255, abs=1e-6)
    for name in ("uniform noise", "gaussian noise"):
        assert found[name]["images"] == 16
        assert 0.5 < found[name]["confidence"] < 0.55


def test_are_the_same_again():
    assert baselines(answering(by_brightness)) == baselines(answering(by_brightness))


@pytest.mark.parametrize("name", [*PLAIN, *NOISES])
def test_images_are_on_the_grid_and_noise_is_what_it_is_called(name):
    images = probe_images((1, 64, 64), 16)[name]
    levels = images * 255
    assert torch.allclose(levels, levels.round(), atol=1e-4)
    assert (images.min() >= 0) & (images.max() <= 1)
    spread = {"uniform noise": 12**-0.5, "gaussian noise": 0.243}.get(name, 0.0)
    assert images.std().item() == pytest.approx(spread, abs=0.01)


def test_a_network_that_divides_by_contrast_gives_no_numbers_for_one_colour():
    def normalised(images):
        mean, std = images.mean(dim=(1, 2, 3)), images.std(dim=(1, 2, 3))
        return torch.stack([mean / std, std / std], dim=1)

    for outputs in ("logits", "probabilities"):
        found = baselines(answering(normalised, outputs=outputs))
        assert found["black"] is None
    assert baselines(answering(normalised))["uniform noise"] is not None
