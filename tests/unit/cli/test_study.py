"""What `neatfool study` takes its arguments for."""

from pathlib import Path

import pytest

from neatfool.cli.study import _asked


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["goals", "studies/goals"])
def test_studies_that_come_with_neatfool_go_by_their_names(name: str) -> None:
    asked, folder = _asked([name], {"seeds": "3-4"}, None)
    assert folder == Path("runs/study-goals")
    assert (asked.names, asked.seeds) == (("patterns", "noise", "offset"), (3, 4))
    assert all(program.files[0].is_file() for program in asked.programs())


def test_names_of_configs_are_compared() -> None:
    asked, folder = _asked(["mnist_cppn", "smoke/cppn", "xor"], {}, None)
    assert folder == Path("runs/study-mnist_cppn-cppn-xor")
    kinds = [method.load(()).task.kind for method in asked.methods]
    assert kinds == ["fooling", "fooling", "xor"]
