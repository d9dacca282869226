"""Options of the command line that several commands share: of networks, and of gates."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neatfool.cli.console import err
from neatfool.errors import ConfigError
from neatfool.files import write_whole

if TYPE_CHECKING:
    from neatfool.sections import Config
    from neatfool.sections.classifier import ClassifierSettings
    from neatfool.types import Json

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
_ALL = _WORDS | _NUMBERS | _VERIFY
_OFFLINE = "Download no weights: use only those in the cache."
_GATE = "A gate for continuous integration"
_TOLERANCE = 1.0
_JUDGING: dict[str, tuple[Any, str, str]] = {
    "fail_above": (
        str | None,
        "SCORE:SHARE",
        "Exit with code 1 if more than SHARE of the classes (or niches) reach SCORE: with 0.9:0.5, "
        "if more than half of the classes have a confidence of 0.9 or more. nothing+1:0.5: one "
        "nine more than images without content.",
    ),
    "against": (
        Path | None,
        "REPORT",
        "Exit with code 1 if the network is easier to fool than that of this report.json, of a run "
        "with the same settings.",
    ),
    "tolerance": (
        float | None,
        "POWERS",
        "With --against: by how many powers of ten odds of confidences may rise, and evaluations "
        f"fall. [{_TOLERANCE:g}]",
    ),
    "junit": (Path | None, "FILE", "Write what was checked as JUnit XML."),
    "summary": (
        Path | None,
        "FILE",
        "Add what was found to a Markdown file, such as $GITHUB_STEP_SUMMARY.",
    ),
}


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

    return _extended(command, called, shared, ("classifier",))


def gate_options(command: "Callable[..., tuple[Json, Path]]") -> Callable[..., object]:
    """Give a command the options of a gate for continuous integration.

    Args:
        command: Of typer; it returns what ``report.json`` holds, and the folder of the run.

    Returns:
        The command, with more options: it exits with 1 if a check fails.
    """
    shared = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                kind, typer.Option(metavar=metavar, help=text, rich_help_panel=_GATE)
            ],
        )
        for name, (kind, metavar, text) in _JUDGING.items()
    ]

    def called(**given: Any) -> None:
        judge = _judging(**{each.name: given.pop(each.name) for each in shared})
        judge(*command(**given))

    return _extended(command, called, shared)


def _extended(
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
    option = typer.Option(f"--{name}", help=text, rich_help_panel=_PANEL)
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
            changes.append(f"task.classifier.{name}=[{_floats(value)}]")
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
    return f"task.classifier.verify.{key}={_floats(text) if name == 'distance' else text}"


def _floats(text: str) -> str:
    """Write numbers as TOML wants them: .5 as 0.5; what is no number stays, to be refused."""
    try:
        return ",".join(str(float(number)) for number in text.split(","))
    except ValueError:
        return text


def _judging(
    fail_above: str | None,
    against: Path | None,
    tolerance: float | None,
    junit: Path | None,
    summary: Path | None,
) -> "Callable[[Json, Path], None]":
    """Check what was given before any work is done; return what judges a run."""
    if not any((fail_above, against, tolerance, junit, summary)):
        return lambda report, folder: None
    from neatfool.past.report import read_base
    from neatfool.reports import gates

    if tolerance is not None and (against is None or not tolerance >= 0):
        raise ConfigError(
            f"--tolerance: expected a number from 0 on, and --against, got {tolerance:g}"
        )
    gate = None if fail_above is None else gates.Gate.parse(fail_above)
    base = None if against is None else read_base(against)

    def judge(report: "Json", folder: Path) -> None:
        checks = [gate.check(report)] if gate else []
        if base is not None:
            allowed = _TOLERANCE if tolerance is None else tolerance
            checks += gates.compare(report, base, allowed)
        if junit is not None:
            write_whole(junit, gates.to_junit(checks, report))
        if summary is not None:
            summary.parent.mkdir(parents=True, exist_ok=True)
            with summary.open("a", encoding="utf-8") as file:
                file.write(gates.to_markdown(checks, report, folder))
        failed = [each.text for each in checks if not each.is_passed]
        for text in failed:
            err.print(text, markup=False, soft_wrap=True)
        if failed:
            raise typer.Exit(1)

    return judge
