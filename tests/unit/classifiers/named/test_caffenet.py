import numpy as np
import torch
from torch import nn

from neatfool.classifiers.classifier import normalise
from neatfool.classifiers.named.caffenet import MEAN, STD, CaffeNet


def _on_paper(classes: int = 1000) -> CaffeNet:
    with torch.device("meta"):
        return CaffeNet(classes)


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_it_is_the_network_of_caffe() -> None:
    network = _on_paper()

    assert _count(network) == 60_965_224
    assert network(torch.zeros(2, 3, 227, 227, device="meta")).shape == (2, 1000)


def test_another_number_of_classes_changes_the_last_layer_only() -> None:
    assert _count(_on_paper(1001)) - _count(_on_paper()) == 4096 + 1


def test_responses_are_pooled_before_they_are_normalised() -> None:
    kinds = [type(layer) for layer in _on_paper()]

    assert [kinds[i - 1] for i, kind in enumerate(kinds) if kind is nn.LocalResponseNorm] == [
        nn.MaxPool2d,
        nn.MaxPool2d,
    ]


def test_responses_are_normalised_as_in_caffe() -> None:
    response = np.random.default_rng(0).uniform(0, 300, 96)
    layer = next(layer for layer in _on_paper() if isinstance(layer, nn.LocalResponseNorm))

    normalised = layer(torch.from_numpy(response).view(1, 96, 1, 1)).flatten()

    near = [np.sum(response[max(0, i - 2) : i + 3] ** 2) for i in range(96)]
    np.testing.assert_allclose(normalised, response / (1 + 1e-4 / 5 * np.array(near)) ** 0.75)


def test_each_half_of_a_split_layer_sees_half_of_the_maps() -> None:
    convolutions = [layer for layer in _on_paper() if isinstance(layer, nn.Conv2d)]

    assert [layer.groups for layer in convolutions] == [1, 2, 1, 2, 2]


def test_its_numbers_normalise_to_levels_less_their_mean() -> None:
    blue = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)

    normalised = normalise(blue, MEAN, STD).flatten()

    expected = torch.tensor([255 - 104.00698793, -116.66876762, -122.67891434])
    torch.testing.assert_close(normalised, expected)


def test_dropout_is_off_when_it_is_asked() -> None:
    network = CaffeNet(2).eval()
    image = torch.rand(1, 3, 227, 227, generator=torch.Generator().manual_seed(0)) * 255

    with torch.inference_mode():
        assert torch.equal(network(image), network(image))
