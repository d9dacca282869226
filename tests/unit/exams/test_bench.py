import sys

import pytest
import torch

from neatfool.classifiers import ClassifierSettings
from neatfool.errors import ClassifierError, ConfigError
from neatfool.exams import bench, bench_table, select_cases
from neatfool.exams.bench import CASES, Case
from tests.model_files import write_onnx

CPU = torch.device("cpu")
bench_module = sys.modules["neatfool.exams.bench"]  # its name is that of the function


LENET, CAFFE = ClassifierSettings(model="lenet5"), ClassifierSettings(model="lenet-caffe")


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_module, "GROWN", 3)
    monkeypatch.setattr(bench_module, "_LONG_ENOUGH", 0.0)


def test_by_default_every_case_is_measured() -> None:
    assert select_cases() == list(CASES)


def test_cases_can_be_chosen() -> None:
    assert select_cases(LENET, None, 16) == [Case(LENET, "cppn", 16), Case(LENET, "pixels", 16)]
    assert select_cases(CAFFE, "pixels") == [Case(CAFFE, "pixels", 64)]


def test_what_is_unknown_is_named() -> None:
    with pytest.raises(ClassifierError, match="did you mean 'lenet5'"):
        bench(select_cases(ClassifierSettings(model="lenet6")), CPU)
    with pytest.raises(ConfigError, match="unknown encoding"):
        select_cases(None, "pixel")


def test_any_network_can_be_measured(tmp_path) -> None:
    settings = ClassifierSettings(model=str(write_onnx(tmp_path / "net.onnx")))

    result = bench([Case(settings, "cppn", 16)], CPU, threads=1, rounds=1)

    assert result["cases"][0]["model"] == "net.onnx"
    assert result["cases"][0]["canvas"] == [3, 8, 8]


def test_stages_and_rates_are_measured() -> None:
    cases = [Case(LENET, "cppn", 16), Case(LENET, "pixels", 16)]
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
