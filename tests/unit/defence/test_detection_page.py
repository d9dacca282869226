"""What the page about detectors says, from numbers made by hand."""

from pathlib import Path

import numpy as np

from neatfool.defence.detection import DetectionPlan
from neatfool.defence.detection.page import _lines
from neatfool.defence.detection.summing import Met, Presented, sum_up
from neatfool.types import Json


def presented(*sure: bool) -> Presented:
    return Presented(np.zeros(len(sure)), np.array(sure), 0.5)


def summed(odd: str = "odd") -> Json:
    plan = DetectionPlan((), Path("real"), ("energy", odd), ("cppn",), confidence=0.9)
    bare = Met(static={"cppn": [presented(True, False)]}, curves={"cppn": [np.ones(2)]})
    found = {"cppn": [presented(False, False)]}
    one = Met([0.5], [np.zeros(2)], [np.ones(2, bool)], found, found, {"cppn": [np.ones(2)]})
    result = sum_up(plan, {"energy": one, odd: one}, bare, {})
    return result | {"plan": plan.facts(), "model": {"name": "net"}, "left_out": {}}


def test_what_is_named_as_another_class_is_no_success_without_a_detector_either() -> None:
    result = summed()

    assert result["bare"]["cppn"]["success"]["seeds"] == [0.5]
    assert result["bare"]["cppn"]["curves"] == [[1, 1]]
    lines = "\n".join(_lines(result, "command")).splitlines()
    assert "| none | 50.0 % | – |" in lines
    (said,) = (line for line in lines if line.startswith("Curves count"))
    assert "score of 90 % or more, even one that is named as another class" in said


def test_names_do_not_break_tables() -> None:
    lines = "\n".join(_lines(summed("b|c\nd"), "command")).splitlines()

    rows = [line for line in lines if line.startswith("| b\\|c d |")]
    assert len(rows) == 4
    assert not any(line.startswith("d |") for line in lines)
