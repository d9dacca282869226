"""All commands together: call one, turn errors into messages and exit codes."""

import os
import signal
import sys
from typing import Annotated, Any

import typer

from neatfool.cli import breed, browse, classifiers, defend, play, plots, runs, show, study
from neatfool.cli.console import out, say, warnings_shown
from neatfool.errors import Interrupted, NeatfoolError, is_out_of_memory
from neatfool.process import interruptible
from neatfool.version import __version__

UsageError: Any = typer.BadParameter.__base__  # of click, or of the copy in newer typer
app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Evolve images that fool image classifiers, and networks for tasks of any kind.",
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
            say("red", "error", f"{error.format_message()} (see {command} --help)")
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
