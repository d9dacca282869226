import pytest
import torch

from neatfool.errors import ClassifierError, ConfigError
from neatfool.runs import bench, bench_table, select_cases
from neatfool.runs.bench import CASES, Case

CPU = torch.device("cpu")


def test_by_default_every_case_is_measured() -> None:
    assert select_cases(None, None, None) == list(CASES)


def test_cases_can_be_chosen() -> None:
    assert select_cases("lenet5", None, 16) == [
        Case("lenet5", "cppn", 16),
        Case("lenet5", "pixels", 16),
    ]
    assert select_cases("lenet-caffe", "pixels", None) == [Case("lenet-caffe", "pixels", 64)]


def test_what_is_unknown_is_named() -> None:
    with pytest.raises(ClassifierError, match="did you mean 'lenet5'"):
        select_cases("lenet6", None, None)
    with pytest.raises(ConfigError, match="unknown encoding"):
        select_cases(None, "pixel", None)


def test_stages_and_rates_are_measured() -> None:
    cases = [Case("lenet5", "cppn", 16), Case("lenet5", "pixels", 16)]
    result = bench(cases, CPU, threads=1, rounds=2)

    assert [case["executor"] for case in result["cases"]] == ["numba", "none"]
    for case in result["cases"]:
        assert case["whole_per_second"] > 0
        assert case["spread"][0] <= case["efficiency"] <= case["spread"][1]
    assert result["cases"][0]["microseconds"].keys() == {
        "vary",
        "compile",
        "paint",
        "score",
        "tell",
    }
    assert "compile" not in result["cases"][1]["microseconds"]
    assert bench_table(result).count("\n") == 3
