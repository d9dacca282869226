"""The terminal: where commands print, and what their options have in common."""

import contextlib
import json
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from neatfool.files import write_whole
from neatfool.process import ending_at_once as ending_at_once

if TYPE_CHECKING:
    from neatfool.reporting import Reporter
    from neatfool.types import Json

_SET = (
    "Any setting, as section.key=value; may be given several times. `neatfool settings` lists them."
)
_MOST = 1_600  # characters of a message
out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no summary.")]
STDOUT = Path("-")
JsonOption = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="FILE",
        dir_okay=False,
        allow_dash=True,
        help="File to write all that was found to, as JSON; - prints it instead of the rest.",
    ),
]


def require_run(folder: Path) -> Path:
    """Make sure that a folder holds a run, before anything large is imported.

    Raises:
        RunError: There is none in it.
    """
    from neatfool.resolved import require_run

    return require_run(folder)


RunFolder = Annotated[
    Path, typer.Argument(metavar="RUN_DIR", help="Folder of the run.", callback=require_run)
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Run the programs that the run folder names, such as its network, even if they were "
        "never run on this machine.",
    ),
]
Changes = Annotated[list[str] | None, typer.Option("--set", help=_SET)]


def escaped(text: str) -> str:
    """Write a text such that none of it is taken for markup."""
    return escape(text)


def say(colour: str, kind: str, text: str) -> None:
    """Print a message on standard error, in as many lines as it has; of a long one, its ends."""
    if len(text) > _MOST:
        text = f"{text[: _MOST // 2]} … {text[-_MOST // 2 :]}"
    err.print(f"[{colour}]{kind}:[/{colour}] {escaped(text)}", soft_wrap=True)


def tell(result: "Json", json_file: Path | None, quiet: bool, *shown: object) -> None:
    """Give what a command found to who reads it: JSON to programs, tables and lines to people.

    Args:
        result: All of it.
        json_file: The file for it; ``-``: standard output, where nothing else is shown then.
        quiet: Show nothing to people.
        shown: What people read: tables, and lines, which are taken as they are.

    Raises:
        OSError: The file cannot be written.
    """
    give(result, json_file)
    show(json_file, quiet, *shown)


def give(result: "Json", json_file: Path | None) -> None:
    """Give what a command found to programs, as the first half of ``tell``."""
    text = json.dumps(result, indent=2)
    if json_file == STDOUT:
        out.out(text, highlight=False)
    elif json_file is not None:
        write_whole(json_file, text + "\n")


def show(json_file: Path | None, quiet: bool, *shown: object) -> None:
    """Show what a command found to people, as the second half of ``tell``."""
    if quiet or json_file == STDOUT:
        return
    for each in (*shown, *([str(json_file)] if json_file else [])):
        out.print(each, markup=False, soft_wrap=isinstance(each, str))


def reporter_for(quiet: bool, advice: str = "") -> "contextlib.AbstractContextManager[Reporter]":
    """Return a reporter for a `with` statement: a live one, or one that shows nothing.

    Args:
        quiet: Show nothing.
        advice: What to do where work takes long.
    """
    from neatfool.cli.progress import LiveReporter
    from neatfool.reporting import Reporter

    return contextlib.nullcontext(Reporter()) if quiet else LiveReporter(err, advice)


@contextlib.contextmanager
def resumable(quiet: bool) -> Iterator["Reporter"]:
    """Give a reporter, as ``reporter_for``; where it is stopped, say that it can be gone on with.

    Raises:
        Interrupted: Ctrl-C or SIGTERM came.
    """
    from neatfool.errors import Interrupted

    try:
        with reporter_for(quiet, "Ctrl-C stops, and the same command goes on") as reporter:
            yield reporter
    except (Interrupted, KeyboardInterrupt):
        err.print("stopped; the same command goes on", markup=False)
        raise


@contextlib.contextmanager
def warnings_shown() -> Iterator[None]:
    """Show within what the package warns of; in the end, how often it did so of the same."""
    from neatfool.reporting import log

    handler = _Warnings(logging.WARNING)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        for text, times in handler.times.items():
            if times > 1:
                say("yellow", "warning", f"{times} times: {text}")


class _Warnings(logging.Handler):
    """Show each warning on standard error, once, and count it."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.times = Counter[str]()

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        self.times[text] += 1
        if self.times[text] == 1:
            say("yellow", "warning", text)
