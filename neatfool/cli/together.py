"""All commands together: call one, turn errors into messages and exit codes."""

import itertools
import os
import signal
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from neatfool.cli import breed, browse, classifiers, defend, play, plots, runs, show, study
from neatfool.cli.console import out, say, warnings_shown
from neatfool.errors import Interrupted, NeatfoolError, is_out_of_memory
from neatfool.process import interruptible
from neatfool.version import __version__

UsageError: Any = typer.BadParameter.__base__  # of click, or of the copy in newer typer
PANELS = {
    "Start": ("fool", "run", "resume", "breed", "browse"),
    "Your model": ("check", "report", "transfer", "defend", "train", "bench"),
    "Look": ("show", "plot", "poster", "play"),
    "More": ("study", "ratings", "configs", "settings", "data"),
}
"""Commands as the help groups them."""


class _Grouped(TyperGroup):
    """All commands, in groups."""

    def list_commands(self, _: object) -> list[str]:
        return list(itertools.chain(*PANELS.values()))

    def format_help(self, *given: Any) -> None:
        for panel, names in PANELS.items():
            for name in names:
                self.commands[name].rich_help_panel = panel  # type: ignore[attr-defined]
        super().format_help(*given)


app = typer.Typer(
    cls=_Grouped,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Evolve images that fool image classifiers, and networks for tasks of any kind.",
    epilog="Examples:\n\n    neatfool fool\n\n"
    "    neatfool check --model net.onnx --mean 0.5 --std 0.5 --data pictures\n\n"
    "    neatfool browse runs\n\n`neatfool COMMAND --help` has examples of each.",
)
for group in (runs, study, play, show, plots, browse, breed, classifiers, defend):
    app.add_typer(group.app)


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        out.print(f"neatfool {__version__}")
        raise typer.Exit


def call() -> int:
    """Call the command that the command line names, and return the exit code."""
    try:
        with interruptible(), warnings_shown():
            return app(standalone_mode=False) or 0
    except UsageError as error:
        if "NoArgs" in type(error).__name__:
            error.show()  # the help
        else:
            command = error.ctx.command_path if error.ctx else "neatfool"
            say("red", "error", f"{_wrong(error)} (see {command} --help)")
        return 2
    except (NeatfoolError, OSError) as error:
        say("red", "error", str(error))
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Interrupted as interruption:
        code = 128 + interruption.signal
        if interruption.at_once:  # threads may be waiting for a network: wait for none of them
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        return code
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        say("red", "error", "memory ran out: ask for less at once, or use a machine with more")
        return 2


def _wrong(error: Any) -> str:
    """Say what is wrong with the use of a command; with a value, as of settings."""
    from pydantic import ValidationError

    from neatfool.settings import wrong

    if isinstance(error.__cause__, ValidationError):
        return f"{error.param.opts[0]}: {wrong(error.__cause__.errors()[0])}"
    message: str = error.format_message()
    return message
