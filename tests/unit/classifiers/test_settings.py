from pathlib import Path

import pydantic
import pytest

from neatfool.classifiers import ClassifierSettings
from neatfool.sections.classifier import split_spec


@pytest.mark.parametrize(
    ("model", "parts"),
    [
        ("lenet5", ("lenet5", "")),
        ("net.onnx", ("net.onnx", "")),
        ("a/net.py:build", ("a/net.py", "build")),
        ("a:b/net.py:build", ("a:b/net.py", "build")),
        ("net.py", ("net.py", "")),
        ("a:b/net.pt2", ("a:b/net.pt2", "")),
        ("timm:resnet18.a1_in1k", ("timm", "resnet18.a1_in1k")),
        ("hf:google/vit", ("hf", "google/vit")),
    ],
)
def test_a_model_is_taken_apart(model: str, parts: tuple[str, str]) -> None:
    assert split_spec(model) == parts


@pytest.mark.parametrize("model", ["net.onnx", "net.py:build", "net.pt", "net.pt2"])
def test_files_are_found_from_another_folder(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = ClassifierSettings(model=model)

    assert settings.model == str(tmp_path / model)
    assert ClassifierSettings(model=settings.model) == settings


@pytest.mark.parametrize("model", ["lenet5", "timm:resnet18.a1_in1k", "hf:google/vit"])
def test_names_stay_as_they_are(model: str) -> None:
    assert ClassifierSettings(model=model).model == model


@pytest.mark.parametrize(
    ("size", "sides", "written"),
    [(8, (8, 8), 8), ([8, 8], (8, 8), 8), ([48, 192], (48, 192), [48, 192])],
)
def test_sizes_are_a_side_or_height_and_width(
    size: object, sides: tuple[int, int], written: object
) -> None:
    settings = ClassifierSettings.model_validate({"size": size})

    assert settings.size == sides
    assert settings.model_dump(mode="json")["size"] == written
    assert ClassifierSettings.model_validate(settings.model_dump(mode="json")) == settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"mean": ()},
        {"mean": (0.0,) * 4},
        {"std": (0.0,)},
        {"bounds": (1.0, 1.0)},
        {"size": 0},
        *[{"canvas": wrong} for wrong in (4097, "8", 8.5, True, [], [8], [8, 0], [8, 8, 8])],
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(pydantic.ValidationError):
        ClassifierSettings.model_validate(wrong)


@pytest.mark.parametrize("name", ["net.py", "NET.PY"])
def test_results_depend_on_what_the_file_of_a_factory_holds(name: str, tmp_path: Path) -> None:
    settings = ClassifierSettings(model=f"{tmp_path / name}:build")
    bound = []
    for text in ("a = 1", "a = 2", "a = 1"):
        (tmp_path / name).write_text(text)
        bound.append(settings.binding())

    assert bound[0] == bound[2] != bound[1]
    assert "model.file" not in ClassifierSettings().binding()
