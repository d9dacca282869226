import pytest
import torch
from torch import nn

from neatfool.classifiers import MODELS, LeNet5, LeNetCaffe
from neatfool.classifiers.named.lenet import LeNetRbf, Mlp, Rbf


@pytest.mark.parametrize(
    ("module", "parameters"),
    [
        *((LeNet5(), 61_706), (LeNetCaffe(), 431_080), (LeNetRbf(), 61_696), (Mlp(), 79_510)),
        *((LeNet5(11), 61_791), (LeNetCaffe(11), 431_581), (LeNetRbf(11), 61_780)),
    ],
)
def test_number_of_parameters(module: nn.Module, parameters: int) -> None:
    assert sum(parameter.numel() for parameter in module.parameters()) == parameters


@pytest.mark.parametrize("name", ["lenet5", "lenet-caffe", "lenet-rbf", "mlp"])
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


def test_radial_basis_functions_are_those_of_the_paper() -> None:
    layer = Rbf(4, 3)
    assert layer.centres.abs().unique().tolist() == [1]
    features = torch.rand(5, 4, generator=torch.Generator().manual_seed(0)) * 2 - 1
    shares = torch.stack([(-((features - c) ** 2).sum(1) / 4).exp() for c in layer.centres], 1)
    expected = shares / (shares.sum(dim=1, keepdim=True) + torch.tensor(-5.0).exp())
    torch.testing.assert_close(layer(features).sigmoid(), expected)
    assert layer(torch.full((1, 4), 100.0)).sigmoid().max() < 1e-6, "far away is no class"
