"""Which of several outputs of an ONNX file has the scores."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from neatfool.classifiers.onnx.graph import OnnxGraph
from neatfool.classifiers.onnx.output import choose_output
from neatfool.errors import ClassifierError

PATH = Path("net.onnx")
LABELS = ("label", "tensor(int64)", ["N"])
MAPS = ("output_probability", "seq(map(int64,tensor(float)))", [])


def _outputs(parts: tuple[Any, ...]) -> list[Any]:
    """Write ``(name, shape)`` of numbers, or ``(name, type, shape)``, as ONNX Runtime does."""
    triples = [(each[0], "tensor(float)", each[1]) if len(each) == 2 else each for each in parts]
    return [SimpleNamespace(name=name, type=kind, shape=shape) for name, kind, shape in triples]


def _graph(outputs: list[Any], **sources: set[str]) -> OnnxGraph:
    """A graph whose outputs are not computed from each other, but for some."""
    return OnnxGraph("", None, False, {}, {each.name: set() for each in outputs} | sources)


CHOICES: dict[str, tuple[tuple[Any, ...], int, str]] = {
    "logits beside features": ((("features", ["N", 512]), ("logits", ["N", 1000])), 0, "logits"),
    "a number beside features": ((("612", [1, 512]), ("embedding", [1, 64])), 0, "612"),
    "named by nothing but features": (
        (("output", ["N", 9]), ("last_hidden_state", ["N", 9])),
        0,
        "output",
    ),
    "logits before probabilities": (
        (("probabilities", [1, 9]), ("logits", [1, 9])),
        0,
        "logits",
    ),
    "the mean of distilled logits": (
        (("cls_logits", [1, 9]), ("distillation_logits", [1, 9]), ("logits", [1, 9])),
        0,
        "logits",
    ),
    "auxiliary logits": ((("aux_logits", [1, 9]), ("logits", [1, 9])), 0, "logits"),
    "as many as names": ((("512", ["N", 7]), ("513", ["N", 9, 1, 1])), 9, "513"),
    "no maps of features": (
        (("384", ["N", 64, 28, 28]), ("385", ["N", 9])),
        0,
        "385",
    ),
    "labels of sklearn": ((LABELS, ("probabilities", ["N", 9])), 0, "probabilities"),
    "labels of sklearn, last": ((("probabilities", ["N", 9]), LABELS), 0, "probabilities"),
    "labels beside maps": ((LABELS, MAPS), 0, "output_probability"),
    "numbers before maps": ((MAPS, ("dense", ["N", 9])), 0, "dense"),
    "labels in a column": ((("y", "tensor(int64)", ["N", 1]), ("z", [None, 9])), 0, "z"),
    "names of labels": ((("class", "tensor(string)", ["N"]), ("z", [None, 9])), 0, "z"),
    "whole numbers": ((("y", "tensor(uint8)", ["N", 9]),), 0, "y"),
    "whole numbers without a shape": ((("y", "tensor(uint8)", []),), 0, "y"),
    "a score for each image": ((("sigmoid", ["N"]),), 0, "sigmoid"),
    "classes before one score": ((("age", ["N", 1]), ("sex", ["N", 2])), 0, "sex"),
    "one named like a layer": ((("pool10_1", ["N", 1000, 1, 1]),), 0, "pool10_1"),
    "one without a shape": ((("y", []),), 0, "y"),
    "one of any sides": ((("y", ["N", 9, "h", None]),), 0, "y"),
}


@pytest.mark.parametrize("case", CHOICES)
def test_what_is_chosen_and_said(case: str, caplog: pytest.LogCaptureFixture) -> None:
    parts, classes, expected = CHOICES[case]

    outputs = _outputs(parts)

    chosen = choose_output(PATH, outputs, None, classes, _graph(outputs))

    assert chosen.name == expected
    assert (f"; takes {expected}." in caplog.text) == (len(parts) > 1)


@pytest.mark.parametrize("order", [1, -1])
def test_what_others_are_computed_from_is_not_taken(order: int) -> None:
    outputs = _outputs((("a", ["N", 512]), ("b", ["N", 1000]), LABELS))[::order]
    graph = _graph(outputs, b={"a"}, label={"a", "b"})

    assert choose_output(PATH, outputs, None, 0, graph).name == "b"


UNSURE: dict[str, tuple[Any, ...]] = {
    "two of numbers": (("538", ["N", 512]), ("612", ["N", 1000])),
    "two of scores": (("age_logits", ["N", 9]), ("sex_logits", ["N", 2])),
    "features alone": (("features", ["N", 512]),),
    "features only": (("image_embeds", ["N", 512]), ("pooler_output", ["N", 768])),
    "a detector": (("output0", ["N", 84, 8400]), ("output1", ["N", 32, 160, 160])),
    "labels alone": (LABELS,),
    "labels in a column alone": (("y", "tensor(int64)", ["N", 1]),),
    "labels without a shape": (("y", "tensor(int64)", []),),
    "texts": (("y", "tensor(string)", ["N", 3]),),
    "nothing": (),
}


@pytest.mark.parametrize("case", UNSURE)
def test_what_is_unsure_is_refused_with_its_names(case: str) -> None:
    outputs = _outputs(UNSURE[case])

    with pytest.raises(ClassifierError) as caught:
        choose_output(PATH, outputs, None, 0, _graph(outputs))

    assert "expected one output of scores for classes, got" in str(caught.value)
    assert "set output to the one to take" in str(caught.value)
    assert all(each.name in str(caught.value) for each in outputs)


@pytest.mark.parametrize(("wanted", "name"), [("612", "612"), ("1", "612"), ("0", "538")])
def test_an_output_is_taken_by_name_or_place(wanted: str, name: str) -> None:
    outputs = _outputs(UNSURE["two of numbers"])

    assert choose_output(PATH, outputs, wanted, 0, _graph(outputs)).name == name


def test_a_name_is_stronger_than_a_place() -> None:
    outputs = _outputs((("1", ["N", 5]), ("0", ["N", 9])))

    assert choose_output(PATH, outputs, "0", 0, _graph(outputs)).name == "0"


@pytest.mark.parametrize("wanted", ["3", "-1", "logits", "texts", "label", "2", "²", ""])
def test_an_output_that_is_not_there_is_refused(wanted: str) -> None:
    outputs = _outputs((("538", ["N", 5]), ("texts", "tensor(string)", ["N"]), LABELS))

    with pytest.raises(ClassifierError, match=r"got '.*'; choose from 538 \['N', 5\]"):
        choose_output(PATH, outputs, wanted, 0, _graph(outputs))
