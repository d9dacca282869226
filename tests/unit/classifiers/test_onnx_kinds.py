"""ONNX files of every exporter's kind give what ONNX Runtime gives for the same pixels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from neatfool.classifiers import Classifier, ClassifierSettings, build
from tests.onnx_files import FLOAT, constant, node, value, write_net

Array = npt.NDArray[Any]
CPU = torch.device("cpu")


def _build(path: Path, **settings: Any) -> Classifier:
    return build(ClassifierSettings.model_validate({"model": str(path), **settings}), CPU)


def _levels(shape: tuple[int, ...], count: int = 5) -> Array:
    """Images (P, C, H, W) as whole numbers."""
    return np.random.default_rng(1).integers(0, 256, (count, *shape))


def _images(levels: Array) -> torch.Tensor:
    return torch.from_numpy(levels.astype(np.float32)) / 255


def _run(path: Path, arrays: list[Array], output: str = "scores") -> list[Any]:
    """The oracle: ONNX Runtime asked about arrays one after the other."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return [session.run([output], {"x": array})[0] for array in arrays]


def _softmax(rows: Any) -> Array:
    return np.asarray(torch.tensor(np.asarray(rows, dtype=np.float32)).softmax(1))


def _assert_near(confidences: torch.Tensor, expected: Any) -> None:
    np.testing.assert_allclose(confidences.numpy(), expected, rtol=0, atol=1e-6)


WIDE = (3, 6, 8)
"""Neither square nor grey: a mistaken order of axes shows."""
LAYOUTS: dict[str, tuple[Any, tuple[int, int, int], Callable[[Array], Array]]] = {
    "NCHW": (("batch", *WIDE), WIDE, lambda image: image[None]),
    "NCHW of one": ((1, *WIDE), WIDE, lambda image: image[None]),
    "NHWC": (("unk__1", 6, 8, 3), WIDE, lambda image: image.transpose(1, 2, 0)[None]),
    "NHWC of one": ((1, 6, 8, 3), WIDE, lambda image: image.transpose(1, 2, 0)[None]),
    "NHWC grey": ((None, 6, 8, 1), (1, 6, 8), lambda image: image.transpose(1, 2, 0)[None]),
    "CHW": (WIDE, WIDE, lambda image: image),
    "CHW grey": ((1, 6, 8), (1, 6, 8), lambda image: image),
    "HWC": ((6, 8, 3), WIDE, lambda image: image.transpose(1, 2, 0)),
    "HWC grey": ((8, 8, 1), (1, 8, 8), lambda image: image.transpose(1, 2, 0)),
    "NHW": (("N", 6, 8), (1, 6, 8), lambda image: image),
    "HW": ((8, 8), (1, 8, 8), lambda image: image[0]),
    "in a row": (("N", 64), (1, 8, 8), lambda image: image.reshape(1, -1)),
    "in a row of one": ((1, 64), (1, 8, 8), lambda image: image.reshape(1, -1)),
    "in a row, colours": ((None, 192), (3, 8, 8), lambda image: image.reshape(1, -1)),
    "in a row alone": ((64,), (1, 8, 8), lambda image: image.reshape(-1)),
    "in a column": (("N", 64, 1), (1, 8, 8), lambda image: image.reshape(1, -1, 1)),
    "in a row of channels": (("N", 1, 64), (1, 8, 8), lambda image: image.reshape(1, 1, -1)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, tmp_path: Path) -> None:
    declared, shape, prepare = LAYOUTS[layout]
    path = write_net(tmp_path / "net.onnx", declared, int(np.prod(shape)))
    levels = _levels(shape)

    classifier = _build(path)

    arrays = [prepare((image / np.float32(255)).astype(np.float32)) for image in levels]
    assert classifier.shape == shape
    _assert_near(classifier(_images(levels)), _softmax(np.concatenate(_run(path, arrays))))


SAID: dict[str, tuple[Any, dict[str, Any]]] = {
    "any sides": (("N", "C", "H", "W"), {"size": 8}),
    "no shape": (None, {"size": 8}),
    "any sides, channels last": (("N", "H", "W", 3), {"size": 8}),
    "any channels": (("N", "C", 8, 8), {}),
    "one side": (("N", 3, 8, None), {}),
    "a row of any length": (("N", "D"), {"size": 8}),
    "grey": (("N", "C", "H", "W"), {"size": 8, "channels": "grey"}),
}


@pytest.mark.parametrize("case", SAID)
def test_what_a_file_does_not_say_is_taken_from_settings(case: str, tmp_path: Path) -> None:
    declared, settings = SAID[case]
    shape = (1 if settings.get("channels") == "grey" else 3, 8, 8)
    path = write_net(tmp_path / "net.onnx", declared, int(np.prod(shape)))
    levels = _levels(shape)
    pixels = _images(levels).numpy()
    if case == "any sides, channels last":
        pixels = pixels.transpose(0, 2, 3, 1)
    elif case == "a row of any length":
        pixels = pixels.reshape(len(levels), -1)

    classifier = _build(path, **settings)

    assert classifier.shape == shape
    _assert_near(classifier(_images(levels)), _softmax(_run(path, [pixels])[0]))


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE])
def test_floating_points_of_every_size(kind: int, tmp_path: Path) -> None:
    back = node("Cast", ["sum"], ["scores"], to=kind)
    path = write_net(
        tmp_path / "net.onnx", ("N", *WIDE), 144, kind, [back], [value("scores", None, kind)]
    )
    levels = _levels(WIDE)

    classifier = _build(path, mean=(0.5, 0.4, 0.3), std=(0.25,))

    normalised = (_images(levels) - torch.tensor([0.5, 0.4, 0.3])[:, None, None]) / 0.25
    pixels = normalised.numpy().astype(helper.tensor_dtype_to_np_dtype(kind))
    _assert_near(classifier(_images(levels)), _softmax(_run(path, [pixels])[0]))


@pytest.mark.parametrize("said", [False, True])
@pytest.mark.parametrize("kind", ["UINT8", "INT32", "INT64", "UINT16", "INT8"])
def test_whole_numbers_are_levels(kind: str, said: bool, tmp_path: Path) -> None:
    number = TensorProto.DataType.Value(kind)
    path = write_net(tmp_path / "net.onnx", ("N", 8, 8, 3), 192, number)
    levels = _levels((3, 8, 8))
    lowest = -128 if kind == "INT8" else 0

    confidences = _build(path, **({"bounds": (lowest, lowest + 255)} if said else {}))(
        _images(levels)
    )

    pixels = (levels + lowest).transpose(0, 2, 3, 1).astype(kind.lower())
    _assert_near(confidences, _softmax(_run(path, [pixels])[0]))


def _reshaped(*shape: int) -> dict[str, Any]:
    return {
        "nodes": [node("Reshape", ["sum", "form"], ["scores"])],
        "tensors": [constant("form", shape, np.int64)],
    }


def _rounded(scale: float, zero: int, kind: Any, *before: str) -> dict[str, Any]:
    names = ["sum", *before]
    return {
        "nodes": [
            *(node(each, [name], [each]) for each, name in zip(before, names, strict=False)),
            node("QuantizeLinear", [names[-1], "step", "zero"], ["scores"]),
        ],
        "tensors": [constant("step", scale), constant("zero", zero, kind)],
        "outputs": [value("scores", None, helper.np_dtype_to_tensor_dtype(np.dtype(kind)))],
    }


def _mapped(**classes: Any) -> dict[str, Any]:
    key = TensorProto.STRING if "classlabels_strings" in classes else TensorProto.INT64
    numbers = helper.make_tensor_type_proto(FLOAT, None)
    kind = helper.make_sequence_type_proto(helper.make_map_type_proto(key, numbers))
    return {
        "nodes": [
            node("Softmax", ["sum"], ["probabilities"]),
            node("ZipMap", ["probabilities"], ["scores"], domain="ai.onnx.ml", **classes),
        ],
        "outputs": [helper.make_value_info("scores", kind)],
    }


LEVELS_OF_SHARES = {
    "nodes": [
        node("Softmax", ["sum"], ["shares"]),
        node("Mul", ["shares", "most"], ["levels"]),
        node("Cast", ["levels"], ["scores"], to=TensorProto.UINT8),
    ],
    "tensors": [constant("most", 255.5)],
    "outputs": [value("scores", None, TensorProto.UINT8)],
}
OUTPUTS: dict[str, tuple[dict[str, Any], Callable[[Array], Array]]] = {
    "(N, K, 1, 1)": (_reshaped(-1, 5, 1, 1), lambda raw: _softmax(raw[:, :, 0, 0])),
    "(N, 1, 1, K)": (_reshaped(-1, 1, 1, 5), lambda raw: _softmax(raw[:, 0, 0])),
    "(N, 1, K)": (_reshaped(-1, 1, 5), lambda raw: _softmax(raw[:, 0])),
    "(K,)": (_reshaped(5), lambda raw: _softmax(raw[None])),
    "(1, K)": (_reshaped(1, 5), _softmax),
    "(K, 1, 1)": (_reshaped(5, 1, 1), lambda raw: _softmax(raw[None, :, 0, 0])),
    "int32": (
        {
            "nodes": [node("Cast", ["sum"], ["scores"], to=TensorProto.INT32)],
            "outputs": [value("scores", None, TensorProto.INT32)],
        },
        _softmax,
    ),
    "rounded logits": (
        _rounded(0.1, 100, np.uint8),
        lambda raw: _softmax((raw.astype(np.float32) - 100) * np.float32(0.1)),
    ),
    "rounded probabilities": (
        _rounded(1 / 256, -128, np.int8, "Softmax"),
        lambda raw: (raw + 128.0) / (raw + 128.0).sum(),
    ),
    "levels of probabilities": (LEVELS_OF_SHARES, lambda raw: raw / raw.sum()),
    "maps of numbers": (
        _mapped(classlabels_int64s=[4, 2, 0, 1, 3]),
        lambda raw: np.array([[raw[0][label] for label in sorted(raw[0])]]),
    ),
    "maps of names": (
        _mapped(classlabels_strings=["bee", "ant", "elk", "cat", "dog"]),
        lambda raw: np.array([[raw[0][name] for name in sorted(raw[0])]]),
    ),
}


@pytest.mark.parametrize("declared", [("N", *WIDE), (1, *WIDE), WIDE], ids=["N", "1", "none"])
@pytest.mark.parametrize("case", OUTPUTS)
def test_outputs(case: str, declared: Any, tmp_path: Path) -> None:
    more, read = OUTPUTS[case]
    path = write_net(tmp_path / "net.onnx", declared, 144, **more)
    levels = _levels(WIDE)
    pixels = _images(levels).numpy()

    classifier = _build(path)

    arrays = [image if declared == WIDE else image[None] for image in pixels]
    expected = np.concatenate([read(raw) for raw in _run(path, arrays)])
    _assert_near(classifier(_images(levels)), expected)
    if case == "maps of names":
        assert classifier.labels == ("ant", "bee", "cat", "dog", "elk")
    elif case == "maps of numbers":
        assert classifier.labels == tuple("01234")


MEAN = [
    node("ReduceMean", ["sum"], ["mean"], axes=[0]),
    node("Add", ["sum", "mean"], ["scores"]),
]
ROUNDED_TOGETHER = [
    node("DynamicQuantizeLinear", ["sum"], ["levels", "step", "zero"]),
    node("DequantizeLinear", ["levels", "step", "zero"], ["scores"]),
]
ALIKE = [
    node("Slice", ["sum", "zeros", "ones"], ["one"]),
    node("Mul", ["one", "halves"], ["pair"]),
    node("Reshape", ["pair", "form"], ["scores"]),
]
BATCHES: dict[str, tuple[Any, int, dict[str, Any]]] = {
    "four declared": ((4, *WIDE), 4, {}),
    "three declared, sides last": ((3, 8, 8, 3), 3, {}),
    "one in the graph": (("N", *WIDE), 1, {"rows": 1}),
    "two in the graph": (("N", *WIDE), 2, {"rows": 2}),
    "eight in the graph": (("N", *WIDE), 8, {"rows": 8}),
    "one row for all": (
        ("N", *WIDE),
        1,
        {"nodes": [node("ReduceMean", ["sum"], ["scores"], axes=[0])]},
    ),
    "two scores in a row, nearly alike": (
        ("N", *WIDE),
        1,
        {
            "nodes": ALIKE,
            "tensors": [
                constant("zeros", [0, 0], np.int64),
                constant("ones", [1, 1], np.int64),
                constant("halves", [[1, 0.999]]),
                constant("form", [2], np.int64),
            ],
        },
    ),
    "rows that depend on each other": (("N", *WIDE), 1, {"nodes": MEAN}),
    "rows rounded together": (("N", *WIDE), 1, {"nodes": ROUNDED_TOGETHER}),
}


@pytest.mark.parametrize("case", BATCHES)
def test_batches(case: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    declared, batch, more = BATCHES[case]
    shape = (3, 8, 8) if declared[-1] == 3 else WIDE
    path = write_net(tmp_path / "net.onnx", declared, int(np.prod(shape)), **more)
    levels = _levels(shape, 16)
    pixels = _images(np.concatenate([levels, np.zeros_like(levels)])).numpy()
    if declared[-1] == 3:
        pixels = pixels.transpose(0, 2, 3, 1)

    confidences = _build(path)(_images(levels))

    arrays = [pixels[first : first + batch] for first in range(0, 16, batch)]
    assert (f"is asked about {batch} at a time" in caplog.text) == ("declared" not in case)
    rows = np.concatenate([np.atleast_2d(raw) for raw in _run(path, arrays)])
    _assert_near(confidences, _softmax(rows[:16]))


def test_what_takes_any_number_is_asked_about_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier = _build(write_net(tmp_path / "net.onnx", ("N", *WIDE), 144))
    seen: list[int] = []
    actual = onnxruntime.InferenceSession.run

    def run(self: Any, names: Any, feed: Any, *more: Any) -> Any:
        seen.append(len(feed["x"]))
        return actual(self, names, feed, *more)

    monkeypatch.setattr(onnxruntime.InferenceSession, "run", run)
    classifier(torch.zeros(32, *WIDE))

    assert seen == [32]
