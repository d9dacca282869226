from pathlib import Path

import pytest

from neatfool.classifiers import ClassifierSettings
from neatfool.errors import RunError
from neatfool.runs.trust import demand, remember


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEATFOOL_CACHE", str(tmp_path / "cache"))


def _model(folder: Path, name: str, **more: object) -> ClassifierSettings:
    (folder / name.partition(":")[0]).write_text("import layers")
    return ClassifierSettings.model_validate({"model": str(folder / name), **more})


@pytest.mark.parametrize("name", ["net.py:build", "net.pt", "net.pt2", "NET.PT"])
def test_programs_are_demanded_and_remembered(name: str, tmp_path: Path) -> None:
    model = _model(tmp_path, name)
    with pytest.raises(RunError, match=r"names a program.*--trust"):
        demand(model, tmp_path, trusted=False)
    demand(model, tmp_path, trusted=True)

    remember(model)

    demand(model, tmp_path, trusted=False)


@pytest.mark.parametrize("model", ["lenet5", "net.onnx", "hf:owner/name", "timm:resnet18"])
def test_what_is_no_program_needs_no_trust(model: str, tmp_path: Path) -> None:
    demand(ClassifierSettings(model=model), tmp_path, trusted=False)


def test_a_program_that_is_not_there_cannot_run(tmp_path: Path) -> None:
    demand(ClassifierSettings(model=str(tmp_path / "net.py:build")), tmp_path, trusted=False)


@pytest.mark.parametrize(
    "change", ["content", "imported", "function", "weights", "content of weights", "path"]
)
def test_another_program_is_not_trusted(change: str, tmp_path: Path) -> None:
    weights = tmp_path / "w.pt"
    weights.write_text("weights")
    remember(_model(tmp_path, "net.py:build", weights=weights))
    other = tmp_path / "other"
    other.mkdir()

    model = {
        "function": lambda: _model(tmp_path, "net.py:other", weights=weights),
        "weights": lambda: _model(tmp_path, "net.py:build"),
        "path": lambda: _model(other, "net.py:build", weights=weights),
    }.get(change, lambda: _model(tmp_path, "net.py:build", weights=weights))()
    if change == "imported":
        (tmp_path / "layers.py").write_text("malice")
    elif change == "content":
        (tmp_path / "net.py").write_text("another program")
    elif change == "content of weights":
        weights.write_text("a pickle")

    with pytest.raises(RunError, match="has changed since"):
        demand(model, tmp_path, trusted=False)


def test_a_cache_that_cannot_be_written_remembers_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEATFOOL_CACHE", "/proc/nowhere")
    model = _model(tmp_path, "net.py:build")

    remember(model)

    with pytest.raises(RunError):
        demand(model, tmp_path, trusted=False)
