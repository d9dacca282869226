import numpy as np
import pytest
import torch
from torch import nn

from neatfool.classifiers import AlexNet, LeNet5, LeNetCaffe
from neatfool.classifiers.named.caffemodel import read_caffemodel, state_dict_for
from neatfool.classifiers.named.caffenet import CaffeNet
from neatfool.errors import ClassifierError
from tests.caffe_files import (
    Blob,
    Version,
    caffemodel,
    doubled,
    four_sizes,
    halved,
    layer,
    layers_of,
    legacy,
    number,
    packed_shape,
    part,
    seeded,
    shaped,
    unpacked,
    whole,
)

FORMATS: list[tuple[Version, Blob]] = [
    ("v1", legacy),
    ("v2", shaped),
    ("v2", unpacked),
    ("v2", doubled),
    ("v2", halved),
]


def _loaded(content: bytes, module: nn.Module) -> nn.Module:
    module.load_state_dict(state_dict_for(module, read_caffemodel(content)))
    return module.eval()


@pytest.mark.parametrize(("version", "blob"), FORMATS)
def test_the_lenet_of_caffe_is_the_same_from_every_format(version: Version, blob: Blob) -> None:
    source = seeded(LeNetCaffe)
    images = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(1))

    loaded = _loaded(caffemodel(layers_of(source), version, blob), LeNetCaffe())

    assert torch.equal(loaded(images), source(images))


@pytest.fixture(scope="module")
def caffenet() -> CaffeNet:
    network = seeded(CaffeNet)
    assert isinstance(network, CaffeNet)
    return network


@pytest.mark.parametrize(("version", "blob"), [("v1", legacy), ("v2", shaped)])
def test_caffenet_is_the_same_from_both_formats(
    caffenet: CaffeNet, version: Version, blob: Blob
) -> None:
    image = torch.rand(1, 3, 227, 227, generator=torch.Generator().manual_seed(1)) * 255 - 110
    with torch.device("meta"):
        empty = CaffeNet()

    content = caffemodel(layers_of(caffenet), version, blob)
    state = state_dict_for(empty, read_caffemodel(content))
    empty.load_state_dict(state, assign=True)

    with torch.inference_mode():
        assert torch.equal(empty.eval()(image), caffenet(image))


def test_an_inner_product_sees_channels_then_rows_then_columns() -> None:
    weight = np.zeros((500, 800), np.float32)
    weight[7, 3 * 16 + 2 * 4 + 1] = 1  # unit 7 looks at map 3, row 2, column 1
    layers = layers_of(seeded(LeNetCaffe)) | {"ip1": [weight, np.zeros(500, np.float32)]}

    network = _loaded(caffemodel(layers, "v1", legacy), LeNetCaffe())

    flatten, ip1 = network.get_submodule("4"), network.get_submodule("5")
    maps = torch.rand(1, 50, 4, 4, generator=torch.Generator().manual_seed(0))
    assert ip1(flatten(maps))[0, 7] == maps[0, 3, 2, 1]


def test_weights_of_another_number_of_classes_fit_their_module() -> None:
    content = caffemodel(layers_of(seeded(lambda: LeNetCaffe(11))), "v2", shaped)

    assert _loaded(content, LeNetCaffe(11))
    with pytest.raises(ClassifierError, match=r"\(10, 500\).* in layer ip2, got .*\(11, 500\)"):
        state_dict_for(LeNetCaffe(), read_caffemodel(content))


def test_alexnet_takes_whole_layers_and_refuses_split_ones() -> None:
    with torch.device("meta"):
        ours, split = AlexNet(), CaffeNet()
    for network in (ours, split):
        network.to_empty(device="cpu")
    with torch.no_grad():
        for parameter in (*ours.parameters(), *split.parameters()):
            parameter.zero_()

    assert state_dict_for(ours, layers_of(ours)).keys() == ours.state_dict().keys()
    with pytest.raises(ClassifierError, match=r"layer conv2, got \[\(256, 48, 5, 5\)"):
        state_dict_for(ours, layers_of(split))


def test_what_is_read_can_be_written() -> None:
    blobs = read_caffemodel(caffemodel(layers_of(seeded(LeNetCaffe)), "v2", shaped))["conv1"]

    assert [(blob.dtype, blob.flags.writeable) for blob in blobs] == [(np.float32, True)] * 2


ONE = layer("a", [shaped(np.ones((2, 3), np.float32))], "v2")


def _blob(content: bytes) -> bytes:
    return layer("a", [content], "v2")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no weights in 0 bytes"),
        (b"\0" * 1000, "no weights in 1000 bytes"),
        (b"<html>Not found</html>", "got "),
        (part(1, b"OnlyAName"), "no weights"),
        (layer("a", [], "v1"), "no weights"),
        (part(2, part(1, part(1, b"a") + part(50, shaped(np.ones(2, np.float32))))), "no weights"),
        (ONE[:-1], "bytes where .* are announced"),
        (number(100 << 3 | 2) + number(2**62), f"0 bytes where {2**62} are announced"),
        (number(100 << 3 | 2) + b"\xff" * 20, "more than ten bytes"),
        (number(100 << 3 | 2) + b"\xff", "the middle of a number"),
        (number(100 << 3 | 3), "unknown kind 3"),
        (whole(100, 5), "a number in place of a message"),
        (ONE + ONE, "two layers 'a'"),
        (part(100, part(1, b"\xff")), "utf-8"),
        (_blob(b""), r"0 values for shape \[0, 0, 0, 0\]"),
        (_blob(packed_shape((2, 3))), r"0 values for shape \[2, 3\]"),
        (_blob(packed_shape((2, 3)) + part(5, bytes(20))), r"5 values for shape \[2, 3\]"),
        (_blob(packed_shape((2, 3)) + part(5, bytes(23))), "5 values"),
        (_blob(packed_shape((1,)) + part(5, bytes(7))), "multiple"),
        (_blob(packed_shape((2**40, 2**40)) + part(5, bytes(4))), "1 values for shape"),
        (_blob(packed_shape((1,) * 33) + part(5, bytes(4))), "1 values for shape"),
        (_blob(four_sizes((2**64 - 1,)) + part(5, bytes(4))), "1 values for shape"),
    ],
)
def test_what_is_no_caffemodel_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ClassifierError, match=rf"(?s)^net\.caffemodel: expected .*{message}"):
        read_caffemodel(content, "net.caffemodel")


def test_layers_of_another_network_are_refused() -> None:
    layers = layers_of(seeded(LeNetCaffe))
    layers["fc3"] = layers.pop("ip2")

    with pytest.raises(ClassifierError, match=r"expected layers conv1, .*ip2, got conv1, .*fc3"):
        state_dict_for(LeNetCaffe(), layers)


def test_a_layer_without_its_bias_is_refused() -> None:
    layers = layers_of(seeded(LeNetCaffe))
    layers["conv2"].pop()

    with pytest.raises(ClassifierError, match="in layer conv2, got"):
        state_dict_for(LeNetCaffe(), layers)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_weights_that_are_not_finite_are_refused(value: float) -> None:
    layers = layers_of(seeded(LeNetCaffe))
    layers["ip1"][1] = np.full(500, value)
    layers = read_caffemodel(caffemodel(layers, "v2", doubled))

    with pytest.raises(ClassifierError, match="NaN or infinity in layer ip1"):
        state_dict_for(LeNetCaffe(), layers)


def test_networks_that_caffe_does_not_have_are_refused() -> None:
    with pytest.raises(ClassifierError, match=r"expected one of CaffeNet, .*, got LeNet5"):
        state_dict_for(LeNet5(), {})
