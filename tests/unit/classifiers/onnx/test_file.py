"""What is read of ONNX files beside their scores, and what is refused in words."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from neatfool.classifiers import Classifier, ClassifierSettings, build
from neatfool.errors import ClassifierError
from tests.onnx_files import FLOAT, constant, node, value, write_net

SHAPE = ("N", 3, 8, 8)
NAMES = {"names": "{0: 'a', 1: 'b', 2: 'c', 3: 'd', 4: 'e'}"}


def _build(path: Path, **settings: Any) -> Classifier:
    given = ClassifierSettings.model_validate({"model": str(path), **settings})
    return build(given, torch.device("cpu"))


def _logits(path: Path, pixels: torch.Tensor, output: str = "scores") -> torch.Tensor:
    """The oracle: what ONNX Runtime gives."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run([output], {"x": pixels.numpy()})[0])


def test_metadata_of_ultralytics(tmp_path: Path) -> None:
    metadata = {**NAMES, "imgsz": "[8, 8]", "task": "classify"}
    path = write_net(tmp_path / "net.onnx", ("N", 3, "H", "W"), 192, metadata=metadata)

    classifier = _build(path)

    assert classifier.labels == tuple("abcde")
    assert classifier.shape == (3, 8, 8)


def test_the_size_of_the_input_stands_above_that_of_the_metadata(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.onnx", SHAPE, 192, metadata={"imgsz": "640"})

    assert _build(path).shape == (3, 8, 8)


def test_labels_of_the_user_stand_above_those_of_the_file(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.onnx", SHAPE, 192, metadata=NAMES)
    (tmp_path / "names.txt").write_text("\n".join("vwxyz"))

    assert _build(path, labels=tmp_path / "names.txt").labels == tuple("vwxyz")


@pytest.mark.parametrize("settings", [{}, {"bounds": (0, 1), "mean": (0.5,), "std": (0.5,)}])
def test_colours_and_range_of_winml(settings: dict[str, Any], tmp_path: Path) -> None:
    metadata = {
        "Image.BitmapPixelFormat": "Bgr8",
        "Image.NominalPixelRange": "NominalRange_0_255",
    }
    path = write_net(tmp_path / "net.onnx", SHAPE, 192, metadata=metadata)
    images = torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(1))

    confidences = _build(path, **settings)(images)

    shown = (images - 0.5) / 0.5 if settings else images * 255
    expected = _logits(path, shown.flip(1)).softmax(1)
    torch.testing.assert_close(confidences, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("named_by", ["file", "user"])
def test_the_number_of_names_tells_outputs_apart(named_by: str, tmp_path: Path) -> None:
    nodes = [node("Identity", ["sum"], ["51"]), node("Flatten", ["x"], ["50"])]
    outputs = [value("50", ["N", 192]), value("51", ["N", 5])]
    metadata = NAMES if named_by == "file" else {}
    path = write_net(
        tmp_path / "net.onnx", SHAPE, 192, nodes=nodes, outputs=outputs, metadata=metadata
    )
    (tmp_path / "names.txt").write_text("\n".join("vwxyz"))
    images = torch.rand(2, 3, 8, 8)

    confidences = _build(path, **({} if metadata else {"labels": tmp_path / "names.txt"}))(images)

    torch.testing.assert_close(confidences, _logits(path, images, "51").softmax(1))


def test_an_output_is_set_by_name(tmp_path: Path) -> None:
    nodes = [node("Identity", ["sum"], ["51"]), node("Neg", ["sum"], ["52"])]
    outputs = [value("51", ["N", 5]), value("52", ["N", 5])]
    path = write_net(tmp_path / "net.onnx", SHAPE, 192, nodes=nodes, outputs=outputs)
    images = torch.rand(2, 3, 8, 8)

    with pytest.raises(ClassifierError, match=r"got 51 \['N', 5\].*set output to the one"):
        _build(path)
    for output in ("51", "52"):
        expected = _logits(path, images, output).softmax(1)
        torch.testing.assert_close(_build(path, output=output)(images), expected)


def test_inputs_with_values_are_left_alone(tmp_path: Path) -> None:
    """Files of IR 3 list all initialisers as inputs; an optional input need not be given."""
    nodes = [node("Add", ["sum", "bias"], ["scores"])]
    bias = constant("bias", np.arange(5))
    optional = helper.make_optional_type_proto(helper.make_tensor_type_proto(FLOAT, [1]))
    images = torch.rand(2, 3, 8, 8)
    for ir, inputs in (
        (3, [value("bias", [5]), value("row", [2], TensorProto.INT64), value("weight", [192, 5])]),
        (8, [value("bias", [5])]),
        (8, [helper.make_value_info("mask", optional)]),
    ):
        path = write_net(
            tmp_path / "net.onnx", SHAPE, 192, nodes=nodes, tensors=[bias], inputs=inputs, ir=ir
        )

        torch.testing.assert_close(_build(path)(images), _logits(path, images).softmax(1))


def test_quantised_networks(tmp_path: Path) -> None:
    """As onnxruntime.quantization writes them: QuantizeLinear, DequantizeLinear around layers."""
    step, zero = constant("step", 0.02), constant("zero", 128, np.uint8)
    nodes = [
        node("QuantizeLinear", ["sum", "step", "zero"], ["levels"]),
        node("DequantizeLinear", ["levels", "step", "zero"], ["scores"]),
    ]
    path = write_net(tmp_path / "net.onnx", SHAPE, 192, nodes=nodes, tensors=[step, zero])
    images = torch.rand(20, 3, 8, 8)

    torch.testing.assert_close(_build(path)(images), _logits(path, images).softmax(1))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another input": (
        {"inputs": [value("mask", ["N"])]},
        "one input, of images as numbers, got x ['N', 3, 8, 8] tensor(float), mask ['N']",
    ),
    "texts": ({"kind": TensorProto.STRING, "shape": ["N"]}, "got x ['N'] tensor(string)"),
    "four channels": ({"shape": (1, 4, 8, 8), "numbers": 256}, "channels, got x (1, 4, 8, 8)"),
    "five axes": ({"shape": ("N", 2, 3, 8, 8)}, "1 or 3 channels, got x (any, 2, 3, 8, 8)"),
    "an odd row": ({"shape": ("N", 190)}, "got x (any, 190); export the network for grey"),
    "newer IR": ({"ir": 99}, "can run, got: Unsupported model IR version: 99, max supported"),
    "newer operators": ({"opset": 99}, "Opset 99 is under development"),
    "older operators": ({"opset": 0}, "No Op registered for Cast with domain_version of 0"),
    "an operator of others": (
        {"nodes": [node("Mine", ["sum"], ["scores"], domain="my.own")]},
        "No opset import for domain 'my.own'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str, tmp_path: Path) -> None:
    changes, message = REFUSED[case]
    path = write_net(tmp_path / "net.onnx", **{"shape": SHAPE, "numbers": 192, **changes})

    with pytest.raises(ClassifierError) as caught:
        _build(path)

    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}: expected ")
    assert "onnxruntime_src" not in str(caught.value)
    assert len(str(caught.value)) < 700


def test_levels_are_not_normalised(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.onnx", SHAPE, 192, TensorProto.UINT8)

    with pytest.raises(
        ClassifierError, match="neither mean nor std for a network that takes whole"
    ):
        _build(path, mean=(0.5,), std=(0.5,))


def test_a_network_that_takes_no_such_images_is_refused(tmp_path: Path) -> None:
    path = write_net(tmp_path / "net.onnx", ("N", 3, "H", "W"), 192)

    with pytest.raises(ClassifierError, match=r"reshaped .*; set size and channels to what"):
        _build(path, size=9)
