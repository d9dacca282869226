import inspect
from pathlib import Path

import pytest

from neatfool.classifiers import ClassifierSettings
from neatfool.cli.options import model_options
from neatfool.errors import ConfigError
from neatfool.runs import load_config
from neatfool.sections.classifier import VerifySettings


def _given(**options: object) -> ClassifierSettings:
    heard: list[list[str]] = []

    @model_options
    def command(classifier: list[str]) -> None:
        heard.append(classifier)

    parameters = inspect.signature(command).parameters
    command(**{name: each.default for name, each in parameters.items()} | options)
    return load_config(None, heard[0]).task.classifier


def test_every_setting_of_a_classifier_has_its_option() -> None:
    @model_options
    def command(classifier: list[str]) -> None:
        """Do nothing."""

    signature = inspect.signature(command)
    others = ClassifierSettings.model_fields.keys() - {"verify"}
    assert signature.parameters.keys() == {*others, "enrol", "distance", "metric"}
    assert command.__doc__ == "Do nothing."


def test_who_is_enrolled_and_how_near_they_have_to_be(tmp_path: Path) -> None:
    folder = tmp_path / 'a "b"'
    verify = _given(enrol=str(folder), distance="1", metric="cosine").verify
    assert verify == VerifySettings(enrolled=folder, distance=1.0, metric="cosine")
    for wrong in ({"distance": "1"}, {"metric": "cosine"}):
        with pytest.raises(ConfigError, match="expected --enrol as well"):
            _given(**wrong)


def test_what_is_not_given_is_not_changed() -> None:
    assert _given() == ClassifierSettings()


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        ("model", "lenet-caffe", "lenet-caffe"),
        ("size", "28", (28, 28)),
        ("canvas", "48,192", (48, 192)),
        ("mean", "0.5", (0.5,)),
        ("std", ".2,1,3e-1", (0.2, 1.0, 0.3)),
        ("bounds", "0,255", (0.0, 255.0)),
        ("channels", "bgr", "bgr"),
        ("crops", "ten", "ten"),
        ("outputs", "log-probabilities", "log-probabilities"),
        ("offline", True, True),
    ],
)
def test_options_become_settings(option: str, text: object, value: object) -> None:
    assert getattr(_given(**{option: text}), option) == value


@pytest.mark.parametrize("name", ['a "quoted" name', "1234", "back\\slash", "äöü"])
def test_any_name_of_a_file_will_do(name: str) -> None:
    labels = _given(labels=name).labels

    assert labels is not None
    assert labels.name == name


@pytest.mark.parametrize("empty", ["", " "])
@pytest.mark.parametrize("option", ["model", "weights", "labels", "output", "size", "mean"])
def test_an_empty_value_is_not_the_default(option: str, empty: str) -> None:
    with pytest.raises(ConfigError, match=f"--{option}: expected a value, got an empty one"):
        _given(**{option: empty})


def test_the_commands_own_options_come_first() -> None:
    @model_options
    def command(classifier: list[str], images: int = 3) -> None:
        assert (images, classifier) == (5, ["task.classifier.size=8"])

    parameters = inspect.signature(command).parameters
    assert next(iter(parameters)) == "images"
    given = {name: each.default for name, each in parameters.items()}
    command(**given | {"images": 5, "size": "8"})
