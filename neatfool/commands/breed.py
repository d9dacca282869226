"""The command that breeds pictures in the browser."""

import secrets
import socket
import threading
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from neatfool.console import Quiet, ending_at_once, out, reporter_for
from neatfool.errors import ConfigError
from neatfool.options import model_options

app = typer.Typer()
_LOCAL = ("127.0.0.1", "localhost", "::1")
_PORT, _MORE = 8000, 20


@app.command(
    epilog="Examples:\n\n    neatfool breed\n\n"
    "    neatfool breed --runs runs --model net.onnx --mean 0.5 --std 0.5\n\n"
    "    neatfool breed --host 0.0.0.0 --port 9000 --no-browser"
)
@model_options
def breed(
    classifier: list[str],
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="[8000, or the next that is free]")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than your own machine's need a token.")
    ] = "127.0.0.1",
    runs_folder: Annotated[
        Path | None, typer.Option("--runs", help="Folder of runs whose elites to breed from.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="File of all sessions. [breed.sqlite in the user's data folder]"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**63 - 1, help="Of first pages. [drawn for each]")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="What browsers must show. [drawn where it is needed]")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page at once.")] = True,
    quiet: Quiet = False,
) -> None:
    """Breed pictures in the browser: choose those that you like, and get their children.

    Everything is kept in one file. A network given here can name the pictures.
    """
    with ending_at_once():
        from neatfool import runs, web

    if runs_folder is not None and not runs_folder.is_dir():
        raise ConfigError(f"--runs {runs_folder}: expected a folder of runs; choose another")
    if token is None and host not in _LOCAL:
        token = secrets.token_urlsafe(16)
    given: dict[str, Any] = {
        "data": data or web.data_file(),
        "runs": runs_folder,
        "seed": seed,
        "token": token,
        "hosts": (*_LOCAL, host, socket.gethostname().lower()),
        "model": runs.load_config(None, classifier).classifier if classifier else None,
    }
    settings = web.server_settings(given)
    with _listen(host, port) as listening:
        with reporter_for(quiet) as reporter:
            server = web.create_app(settings, reporter)
        address = _address(listening, host, token)
        out.print(f"{address} (Ctrl-C ends)", markup=False, soft_wrap=True)
        if browser:
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()
        web.serve(server, listening)


def _listen(host: str, port: int | None) -> socket.socket:
    """Take the port, or, if none was asked for, the next one that is free."""
    candidates = [port] if port else range(_PORT, _PORT + _MORE)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    reason = ""
    for candidate in candidates:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, candidate))
            listening.listen()
        except OSError as error:
            listening.close()
            reason = error.strerror or str(error)
        else:
            return listening
    raise ConfigError(
        f"cannot listen on {host}, port {port or f'{_PORT} to {candidates[-1]}'} ({reason}): "
        "choose another --port or --host"
    )


def _address(listening: socket.socket, host: str, token: str | None) -> str:
    """Write the address that browsers open."""
    port = listening.getsockname()[1]
    name = socket.gethostname() if host in ("0.0.0.0", "::") else host
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{port}/" + (f"?token={token}" if token else "")
