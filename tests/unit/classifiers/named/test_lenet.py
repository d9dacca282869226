import pytest
import torch
from torch import nn

from neatfool.classifiers import MODELS, LeNet5, LeNetCaffe


@pytest.mark.parametrize(
    ("module", "parameters"),
    [(LeNet5(), 61_706), (LeNetCaffe(), 431_080), (LeNet5(11), 61_791), (LeNetCaffe(11), 431_581)],
)
def test_number_of_parameters(module: nn.Module, parameters: int) -> None:
    assert sum(parameter.numel() for parameter in module.parameters()) == parameters


@pytest.mark.parametrize("name", ["lenet5", "lenet-caffe"])
@pytest.mark.parametrize("classes", [10, 11])
@pytest.mark.parametrize("population", [0, 3])
def test_one_logit_per_class(name: str, classes: int, population: int) -> None:
    model = MODELS[name]

    logits = model.module(classes)(torch.zeros(population, *model.shape))

    assert logits.shape == (population, classes)


def test_lenet5_squashes_with_tanh_and_averages() -> None:
    kinds = [type(layer) for layer in LeNet5()]

    assert kinds.count(nn.Tanh) == 4
    assert kinds.count(nn.AvgPool2d) == 2


def test_lenet_caffe_has_one_relu_after_the_500_units() -> None:
    layers = list(LeNetCaffe())

    assert [type(layer) for layer in layers].count(nn.ReLU) == 1
    assert isinstance(layers[6], nn.ReLU)
    assert layers[5].out_features == 500


def test_lenet_caffe_sees_bytes_over_256() -> None:
    model = MODELS["lenet-caffe"]

    assert (1.0 - model.mean[0]) / model.std[0] == 255 / 256
