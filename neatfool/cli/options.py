"""Options of the command line that say which network, which several commands share."""

import inspect
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from neatfool.cli import completion
from neatfool.errors import ConfigError

if TYPE_CHECKING:
    from neatfool.sections import Config
    from neatfool.sections.classifier import ClassifierSettings

_PANEL = "The network"
_WORDS = {
    "model": "lenet5, lenet-caffe, lenet-rbf, mlp, alexnet or caffenet, net.onnx, net.py:factory, "
    "net.pt (TorchScript), net.pt2 (torch.export), timm:NAME, torchvision:NAME, hf:REPO. [lenet5]",
    "weights": "Weights of a named network or net.py:factory. [its own, fetched once if need be]",
    "channels": "rgb, bgr or grey: what the network takes. [as the model says, or rgb]",
    "labels": "Text file, one class name per line. [as the model says, or numbers]",
    "output": "Which output has the scores, by name or place (logits, 0). [guessed]",
    "outputs": "What the scores are: logits, probabilities, log-probabilities, sigmoid, percent or "
    "log-odds. [guessed]",
    "precision": "What it computes in: fp32, tf32 (GPUs only), fp16 or bf16. [fp32]",
    "crops": "What it sees of a canvas of another size: resize, centre or ten. [resize]",
}
_NUMBERS = {
    "size": "Side of the images it takes, or height,width. [as the model says, or 224]",
    "canvas": "Side of the images that evolve, or height,width. [size]",
    "mean": "Subtracted from images: 0.5, or a value per channel. [as the model says, or 0]",
    "std": "Images are divided by it after that; written like --mean. [as the model says, or 1]",
    "bounds": "Values of black and of white, before mean and std: 0,255. [0,1]",
}
_VERIFY = {
    "enrol": "Folder of enrolled pictures, NAME.png or NAME/*.png: the network gives an embedding, "
    "and the classes are those people. [it is a classifier]",
    "distance": "With --enrol: up to this distance from their pictures one passes for them. [0.6]",
    "metric": "With --enrol: euclidean or cosine. [euclidean]",
}
_LISTS = ("mean", "std", "bounds")
_COMPLETED = {"model": completion.networks} | {
    name: completion.words(name) for name in ("channels", "outputs", "precision", "crops", "metric")
}
_ALL = _WORDS | _NUMBERS | _VERIFY
_OFFLINE = "Download no weights: use only those in the cache."
DeviceOption: TypeAlias = Annotated[
    str, typer.Option(help="auto, cpu or cuda.", autocompletion=completion.devices)
]


def model_options(command: Callable[..., object]) -> Callable[..., object]:
    """Give a command the options that say which network, and how it wants its images.

    The command has a parameter ``classifier`` for what was given: changes of settings, as
    ``load_config`` takes them. An option that the command has itself is not added.

    Args:
        command: Of typer; its own options are annotated.

    Returns:
        The command, with more options.
    """
    shared = [_option(name, text, str | None, None) for name, text in _ALL.items()]
    shared.append(_option("offline", _OFFLINE, bool, False))
    shared = [each for each in shared if each.name not in inspect.signature(command).parameters]

    def called(**given: object) -> object:
        chosen = {each.name: given.pop(each.name) for each in shared}
        return command(**given, classifier=_changes(chosen))

    return extended(command, called, shared, ("classifier",))


def extended(
    command: Callable[..., object],
    called: Callable[..., object],
    shared: list[inspect.Parameter],
    given: tuple[str, ...] = (),
) -> Callable[..., object]:
    """Make a function that calls a command look like it, with more options and fewer others."""
    signature = inspect.signature(command)
    own = [each for each in signature.parameters.values() if each.name not in given]
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in [*own, *shared]]
    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return called


def chosen_classifier(changes: list[str]) -> "ClassifierSettings":
    """Read the settings of a network, and look whether there is such a one.

    Raises:
        ConfigError: A setting is wrong.
        ClassifierError: There is no such model or file.
    """
    from neatfool import sections
    from neatfool.classifiers.asked import look_at

    settings = sections.load_classifier(changes)
    look_at(settings)
    return settings


def look_at_names(config: "Config") -> None:
    """Look whether the networks and classes that settings name are there.

    Raises:
        ClassifierError: There is no such model or file.
        ConfigError: There is no such class.
    """
    from neatfool.classifiers.asked import look_at
    from neatfool.classifiers.labels import find_classes
    from neatfool.sections.classifier import ClassifierSettings

    labels = [look_at(each) for each in config.parts() if isinstance(each, ClassifierSettings)]
    for classes in getattr(config.task, "classes", None) or ():
        if labels and labels[0] is not None and isinstance(classes, str):
            find_classes(classes, labels[0])


def _option(name: str, text: str, kind: object, default: object) -> inspect.Parameter:
    option = typer.Option(
        f"--{name}", help=text, rich_help_panel=_PANEL, autocompletion=_COMPLETED.get(name)
    )
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


def _changes(chosen: dict[str, Any]) -> list[str]:
    """Write what was given as changes of settings.

    Raises:
        ConfigError: The value of an option is empty, or is nothing without another option.
    """
    changes = []
    if not chosen.get("enrol") and (alone := [n for n in _VERIFY if chosen.get(n)]):
        raise ConfigError(
            f"--{alone[0]}: expected --enrol as well, the folder of those who are enrolled"
        )
    for name, value in chosen.items():
        if isinstance(value, str) and not value.strip():  # as of a variable that is not set
            raise ConfigError(
                f"--{name}: expected a value, got an empty one; give one, or leave the option out"
            )
        if name in _LISTS and value is not None:
            changes.append(f"task.classifier.{name}=[{_floats(name, value)}]")
        elif name in _NUMBERS and value is not None:
            changes.append(f"task.classifier.{name}={f'[{value}]' if ',' in value else value}")
        elif name in _VERIFY and value is not None:
            changes.append(_verify(name, value))
        elif value:
            changes.append(f"task.classifier.{name}={json.dumps(value)}")
    return changes


def _verify(name: str, value: str) -> str:
    """Write an option of verifiers as a change of settings."""
    key, text = ("enrolled", json.dumps(value)) if name == "enrol" else (name, value)
    return f"task.classifier.verify.{key}={_floats(name, text) if name == 'distance' else text}"


def _floats(name: str, text: str) -> str:
    """Write numbers as TOML wants them: .5 as 0.5.

    Raises:
        ConfigError: They are none.
    """
    try:
        return ",".join(str(float(number)) for number in text.split(","))
    except ValueError:
        several = "" if name == "distance" else ", or several with commas between them"
        raise ConfigError(
            f"--{name}: expected a number{several}, such as 0.5, got {text!r:.80}"
        ) from None
