"""What the commands that serve pages to a browser share."""

import json
import secrets
import socket
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from neatfool.cli import completion
from neatfool.cli.console import ending_at_once, out, reporter_for
from neatfool.cli.options import chosen_classifier
from neatfool.errors import ConfigError

if TYPE_CHECKING:
    from neatfool.web.settings import ServerSettings

Port: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, max=65_535, help="Port to listen on. [8000, or the next free one]"),
]
Host: TypeAlias = Annotated[
    str,
    typer.Option(help="Address to listen on; 0.0.0.0: all, so that other machines can reach it."),
]
Data: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="SQLite file of all that is bred. [breed.sqlite in your data folder]"),
]
SeedOption: TypeAlias = Annotated[
    int | None,
    typer.Option(min=0, max=2**63 - 1, help="Seed of first pages. [a new one for each visitor]"),
]
Token: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Secret in the address, at least 16 characters. [none; random, if others can reach it]"
    ),
]
ModelOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="A network that names the pictures, beside those of the package: as for neatfool "
        "fool.",
        autocompletion=completion.networks,
    ),
]
BrowserOption: TypeAlias = Annotated[bool, typer.Option(help="Open the page in your browser.")]
LOCAL = "127.0.0.1"
_LOCAL = (LOCAL, "localhost", "::1")
Given: TypeAlias = dict[str, Any]
"""Settings of a server, by name."""
_PORT, _MORE = 8000, 20


def serve(
    given: Given,
    network: tuple[str | None, list[str]],
    listen: tuple[str, int | None],
    page: str,
    browser: bool,
    quiet: bool,
) -> None:
    """Serve pages until a signal comes.

    Args:
        given: Settings of the server, as the command line gives them; none: the default.
        network: A network that can name pictures, or none, and its settings, ``key=value``.
        listen: Host, and port or none.
        page: Path of the page to open: ``/`` or ``/browse``.
        browser: Open it.
        quiet: Show no progress.

    Raises:
        NeatfoolError: A setting cannot be, or the port is taken.
    """
    model = _model(*network)
    with ending_at_once():
        from neatfool import web

    host, port = listen
    settings = _settings(given | model, host)
    with _listen(host, port) as listening:
        with reporter_for(quiet) as reporter:
            server = web.create_app(settings, reporter)
        address = _address(listening, host, settings.token, page)
        out.print(f"{address} (Ctrl-C ends)", markup=False, soft_wrap=True)
        if browser:
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()
        web.serve(server, listening, settings.data.with_name(f"{settings.data.name}.log"))


def _model(model: str | None, classifier: list[str]) -> Given:
    """Look whether there is such a network; where none is named, there is nothing."""
    if model is not None:
        named = [*classifier, f"task.classifier.model={json.dumps(model)}"]
        return {"model": chosen_classifier(named)}
    if classifier:
        raise ConfigError(
            "expected --model beside other options of the network, got none: add --model"
        )
    return {}


def _settings(given: Given, host: str) -> "ServerSettings":
    """Check what was given; who listens to other machines gets a token."""
    from neatfool import web

    found: Given = {"hosts": (*_LOCAL, host.lower(), socket.gethostname().lower())}
    if given["token"] is None and host not in _LOCAL:
        found["token"] = secrets.token_urlsafe(16)
    return web.server_settings(given | {"data": given["data"] or web.data_file()} | found)


def check_folder(folder: Path, what: str) -> None:
    """Refuse what is no folder.

    Raises:
        ConfigError: It is none.
    """
    if not folder.is_dir():
        raise ConfigError(f"{what} {folder}: expected a folder of runs; choose another")


def _listen(host: str, port: int | None) -> socket.socket:
    """Take the port, or, if none was asked for, the next one that is free."""
    candidates = [port] if port else range(_PORT, _PORT + _MORE)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    reason = ""
    for candidate in candidates:
        # With its protocol named, asyncio sends answers at once: else small ones take 40 ms.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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


def _address(listening: socket.socket, host: str, token: str | None, page: str) -> str:
    """Write the address that browsers open."""
    port = listening.getsockname()[1]
    name = socket.gethostname() if host in ("0.0.0.0", "::") else host
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{port}{page}" + (f"?token={token}" if token else "")
