from collections import namedtuple
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, get_args

import pytest
import torch

from neatfool.classifiers.outputs import (
    INDEPENDENT,
    choose_scores,
    confidences_of,
    find_scores,
    guess_outputs,
    in_two_classes,
    logits_of,
    tensors_in,
)
from neatfool.errors import ClassifierError
from neatfool.sections.classifier import Outputs

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [-30.0, 0.0, 3.0]])
GIVEN: dict[Outputs, torch.Tensor] = {
    "logits": LOGITS,
    "probabilities": LOGITS.softmax(1),
    "log-probabilities": LOGITS.log_softmax(1),
    "sigmoid": LOGITS.sigmoid(),
    "percent": 100 * LOGITS.sigmoid(),
    "log-odds": LOGITS,
}


def test_every_kind_is_tried() -> None:
    assert tuple(GIVEN) == get_args(Outputs)


@pytest.mark.parametrize("outputs", GIVEN)
def test_confidences_are_those_of_the_network(outputs: Outputs) -> None:
    expected = LOGITS.sigmoid() if outputs in INDEPENDENT else LOGITS.softmax(1)

    torch.testing.assert_close(confidences_of(GIVEN[outputs], outputs), expected)


def test_sigmoids_are_used_as_they_are() -> None:
    scores = torch.tensor([[0.0, 1.0, 0.3], [1e-30, 0.9999999, 1.0]])

    assert torch.equal(confidences_of(scores, "sigmoid"), scores)


@pytest.mark.parametrize("outputs", GIVEN)
def test_logits_lead_back_to_confidences(outputs: Outputs) -> None:
    logits = logits_of(GIVEN[outputs], outputs)

    back = logits.sigmoid() if outputs in INDEPENDENT else logits.softmax(1)
    torch.testing.assert_close(back, confidences_of(GIVEN[outputs], outputs))
    assert logits.isfinite().all()


@pytest.mark.parametrize("outputs", ["sigmoid", "percent"])
def test_logits_of_certainty_are_finite_and_have_gradients(outputs: Outputs) -> None:
    whole = {"sigmoid": 1.0, "percent": 100.0}[outputs]
    scores = torch.tensor([[0.0, 0.5, 1.0]], requires_grad=True)

    logits = logits_of(scores * whole, outputs)
    logits[0, 1].backward()

    assert logits.isfinite().all()
    assert scores.grad is not None
    torch.testing.assert_close(scores.grad[0, 1], torch.tensor(4.0))


@pytest.mark.parametrize("outputs", GIVEN)
def test_one_number_is_the_second_of_two_classes(outputs: Outputs) -> None:
    alone = {
        "logits": LOGITS[:, :1],
        "log-probabilities": LOGITS[:, :1].sigmoid().log(),
        "percent": 100 * LOGITS[:, :1].sigmoid(),
        "log-odds": LOGITS[:, :1],
    }.get(outputs, LOGITS[:, :1].sigmoid())

    confidences = confidences_of(alone, outputs)

    there = LOGITS[:, :1].sigmoid()
    torch.testing.assert_close(confidences, torch.cat([1 - there, there], dim=1))
    assert torch.equal(in_two_classes(LOGITS, outputs), LOGITS)


@pytest.mark.parametrize(
    ("outputs", "wrong", "message"),
    [
        ("probabilities", [0.5, 0.6], "probabilities that sum up to 1, got sums from 1.1 to 1.1"),
        ("log-probabilities", [0.5, 0.6], "log-probabilities that sum up to 1"),
        ("sigmoid", [0.5, 1.6], "sigmoid from 0 to 1, got values from 0.5 to 1.6; set outputs"),
        ("sigmoid", [-0.2, 0.6], "sigmoid from 0 to 1"),
        ("sigmoid", [0.2, torch.inf], "sigmoid from 0 to 1"),
        ("percent", [50.0, 130.0], "percent from 0 to 100, got values from 50 to 130"),
    ],
)
def test_what_the_scores_cannot_be_is_refused(
    outputs: Outputs, wrong: list[float], message: str
) -> None:
    for meaning in (confidences_of, logits_of):
        with pytest.raises(ClassifierError, match=message):
            meaning(torch.tensor([wrong]), outputs)


@pytest.mark.parametrize("outputs", GIVEN)
def test_an_image_without_numbers_does_not_condemn_the_others(outputs: Outputs) -> None:
    scores = GIVEN[outputs].clone()
    scores[0, 0] = torch.nan

    confidences = confidences_of(scores, outputs)

    assert confidences[0, 0].isnan()
    assert torch.equal(confidences[1], confidences_of(GIVEN[outputs], outputs)[1])


@pytest.mark.parametrize("outputs", ["sigmoid", "percent"])
def test_rounding_does_not_leave_the_range(outputs: Outputs) -> None:
    whole = {"sigmoid": 1.0, "percent": 100.0}[outputs]

    confidences = confidences_of(whole * torch.tensor([[1.000001, -1e-7]]), outputs)

    assert confidences.tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("scores", "guess"),
    [
        (LOGITS, "logits"),
        (LOGITS.softmax(1), "probabilities"),
        (LOGITS.softmax(1).half().float(), "probabilities"),
        (LOGITS.log_softmax(1), "logits"),
        (LOGITS.sigmoid(), "sigmoid"),
        (100 * LOGITS.softmax(1), "percent"),
        (LOGITS[:, :1], "logits"),
        (LOGITS[:, :1].sigmoid(), "sigmoid"),
        (torch.ones(3, 1), "sigmoid"),
    ],
)
def test_scores_are_told_apart(scores: torch.Tensor, guess: Outputs) -> None:
    assert guess_outputs(scores) == guess


FEATURES, SCORES = torch.rand(2, 4), torch.rand(2, 3)
Pair = namedtuple("Pair", "features logits")


@dataclass
class Answer:
    loss: None
    logits: torch.Tensor
    hidden: tuple[torch.Tensor, ...]


class Slotted:
    __slots__ = ("_scores",)

    def __init__(self, scores: torch.Tensor) -> None:
        self._scores = scores

    @property
    def logits(self) -> torch.Tensor:
        return self._scores


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (SCORES, "0"),
        ([SCORES], "0"),
        ((SCORES, FEATURES), "0"),
        ((None, SCORES), "1"),
        ({"out": SCORES, "aux": SCORES + 1}, "out"),
        ({"aux": SCORES + 1, "out": SCORES}, "out"),
        ({"embedding": FEATURES, "class_scores": SCORES}, "class_scores"),
        ({"aux_logits": SCORES + 1, "logits": SCORES}, "logits"),
        (Pair(FEATURES, SCORES), "logits"),
        (Answer(None, SCORES, (FEATURES, FEATURES)), "logits"),
        (SimpleNamespace(logits=SCORES), "logits"),
        (Slotted(SCORES), "logits"),
        (({"map": torch.rand(2, 4, 5, 5)}, {"logits": SCORES}), "1.logits"),
        ((SCORES.argmax(1), SCORES), "1"),
        ((torch.rand(2), SCORES), "1"),
        ({"loss": torch.rand(()), "y": SCORES}, "y"),
        (SCORES[:, :, None, None], "0"),
    ],
)
def test_the_scores_are_found(answer: Any, name: str) -> None:
    found = find_scores(answer, 2)

    assert choose_scores(found) == name
    assert torch.equal(found[name], SCORES)


def test_one_score_for_each_image_is_a_column() -> None:
    assert find_scores(SCORES[:, 0], 2)["0"].shape == (2, 1)


@pytest.mark.parametrize(
    ("count", "width", "place"), [(None, None, "0"), (3, None, "1"), (3, 4, "1"), (None, 3, "1")]
)
def test_as_many_columns_as_classes(count: int | None, width: int | None, place: str) -> None:
    assert choose_scores(find_scores((FEATURES, SCORES), 2), count, width) == place


def test_a_name_says_more_than_the_last_layer() -> None:
    found = find_scores({"logits": SCORES, "embedding": FEATURES}, 2)

    assert choose_scores(found, width=4) == "logits"
    assert choose_scores(found, count=4) == "embedding"


@pytest.mark.parametrize("wanted", ["features", "0"])
def test_an_output_is_wanted_by_name_or_place(wanted: str) -> None:
    assert [*find_scores({"features": FEATURES, "logits": SCORES}, 2, wanted)] == ["features"]


@pytest.mark.parametrize(
    ("answer", "wanted", "message"),
    [
        ({"out": torch.rand(2, 3, 4, 4)}, None, r"got out \(2, 3, 4, 4\) float32 for P = 2"),
        (None, None, "got NoneType"),
        ("text", None, "got str"),
        (SCORES.argmax(1), None, r"got 0 \(2,\) int64"),
        (SCORES[:1], None, r"got 0 \(1, 3\)"),
        ({"a": SCORES}, "b", r"expected an output b, got a \(2, 3\) float32; choose one by name"),
        ((SCORES, FEATURES), "2", "expected an output 2, got 0 "),
        ((SCORES, SCORES.argmax(1)), "1", r"expected scores .*, got 0 \(2, 3\) float32, 1 \(2,\)"),
        ([SCORES] * 8, "x", "and 2 more"),
    ],
)
def test_what_has_no_scores_is_shown(answer: Any, wanted: str | None, message: str) -> None:
    with pytest.raises(ClassifierError, match=message):
        find_scores(answer, 2, wanted)


def test_nothing_is_held_twice() -> None:
    assert [*tensors_in(SimpleNamespace(logits=SCORES, scale=2))] == ["logits"]
