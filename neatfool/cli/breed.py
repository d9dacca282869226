"""The command that breeds pictures in the browser."""

from pathlib import Path
from typing import Annotated

import typer

from neatfool.cli.console import Quiet
from neatfool.cli.options import model_options
from neatfool.cli.serving import (
    LOCAL,
    BrowserOption,
    Data,
    Host,
    ModelOption,
    Port,
    SeedOption,
    Token,
    check_folder,
    serve,
)

app = typer.Typer()


@app.command(
    epilog="Examples:\n\n    neatfool breed\n\n"
    "    neatfool breed --runs runs --model net.onnx --mean 0.5 --std 0.5\n\n"
    "    neatfool breed --host 0.0.0.0 --port 9000 --no-browser"
)
@model_options
def breed(
    classifier: list[str],
    model: ModelOption = None,
    port: Port = None,
    host: Host = LOCAL,
    runs_folder: Annotated[
        Path | None, typer.Option("--runs", help="Folder of runs whose images to breed from.")
    ] = None,
    data: Data = None,
    seed: SeedOption = None,
    token: Token = None,
    browser: BrowserOption = True,
    quiet: Quiet = False,
) -> None:
    """Breed pictures in the browser: choose those that you like, and get their children.

    Everything is kept in the file --data; errors are logged in one beside it, FILE.log.
    """
    if runs_folder is not None:
        check_folder(runs_folder, "--runs")
    given = {"data": data, "runs": runs_folder, "seed": seed, "token": token}
    serve(given, (model, classifier), (host, port), "/", browser, quiet)
