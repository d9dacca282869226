"""The help: commands in groups, examples, choices that are shown and completed."""

import functools
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from neatfool.cli import completion
from neatfool.cli.together import PANELS, app
from neatfool.sections import KINDS
from neatfool.sections.detector import KINDS as DETECTORS
from neatfool.tracking.choice import TRACKERS

WITHOUT_JSON = {"breed", "browse", "settings"}
"""Commands that serve pages, or print one."""
FOR_IMAGES = {"encoding": {"weights"}, "search": {"nsga2"}}
"""Kinds that are for other tasks than fooling."""


@functools.cache
def root() -> Any:
    return typer.main.get_command(app)


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Walk through all commands, and groups of them."""
    yield name, group
    for each, command in getattr(group, "commands", {}).items():
        yield from commands(command, f"{name} {each}".strip())


def option(name: str, of: str) -> Any:
    command = dict(commands(root()))[of]
    return next(each for each in command.params if name in (each.name, *each.opts))


def test_every_command_is_in_a_group_and_has_an_example() -> None:
    assert sorted(sum(PANELS.values(), ())) == sorted(root().commands)
    for name, command in commands(root()):
        examples = re.findall(rf"neatfool {name}\b.*", command.epilog or "")
        assert examples, name


def test_examples_give_options_that_there_are() -> None:
    for name, command in commands(root()):
        if not getattr(command, "commands", None):
            known = {opt for each in command.params for opt in each.opts}
            used = set(re.findall(r"(?<!\w)--[a-z-]+", command.epilog))
            assert used <= known | {"--no-browser"}, name


def test_the_help_shows_the_groups() -> None:
    said = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "100"}).output
    places = [said.index(f"─ {panel} ─") for panel in PANELS]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("command", "section"), [("fool", "encoding"), ("fool", "search"), ("run", "search")]
)
def test_the_help_names_every_kind(command: str, section: str) -> None:
    left_out = FOR_IMAGES[section] if command == "fool" else set()
    said = option(f"--{section}", command).help
    assert [name for name in KINDS[section].named if name not in said] == sorted(left_out)


def completed(parameter: Any, typed: str = "") -> list[str]:
    return [each.value for each in parameter.shell_complete(None, typed)]


def test_choices_are_completed() -> None:
    assert completed(option("--encoding", "fool")) == [*KINDS["encoding"].named]
    assert completed(option("--search", "run"), "n") == ["neat", "nsga2"]
    assert completed(option("--device", "check"), "c") == ["cpu", "cuda"]
    assert completed(option("--model", "transfer"), "lenet") == [
        "lenet5",
        "lenet-caffe",
        "lenet-rbf",
    ]
    assert completed(option("--model", "show"), "t") == ["torchvision:", "timm:"]
    assert completed(option("--model", "fool"), "net.onnx") == [], "the shell offers files"
    assert completed(option("--channels", "fool")) == ["rgb", "bgr", "grey"]
    assert completed(option("--metric", "defend gate")) == ["euclidean", "cosine"]
    assert completed(option("--track", "resume")) == [*TRACKERS]
    assert completed(option("--detector", "defend detectors")) == [*DETECTORS.named]
    assert completed(option("config", "fool"), "mnist_cppn_c") == ["mnist_cppn_caffe"]
    assert completed(option("what", "run"), "xo") == ["xor"]
    assert "alexnet" not in completed(option("model", "train"))


def test_every_choice_of_words_of_a_network_is_completed() -> None:
    for name in ("channels", "outputs", "precision", "crops", "metric"):
        offered = completion.words(name)("")
        assert offered
        assert all(word in option(f"--{name}", "fool").help for word in offered), name


def test_every_command_gives_programs_what_it_found() -> None:
    for name, command in commands(root()):
        is_group = getattr(command, "commands", None) is not None
        has_json = any("--json" in each.opts for each in command.params)
        assert has_json != (is_group or name in WITHOUT_JSON), name
