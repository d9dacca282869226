"""The server on a socket, until it is told to end."""

import os
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from neatfool.errors import ConfigError
from neatfool.web.settings import ServerSettings

_GRACE = 2  # seconds for requests that are being served
_CONNECTIONS = 500


def data_file() -> Path:
    """Return where sessions are kept if nothing else is said: in the user's data folder."""
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        folder = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(folder) / "neatfool" / "breed.sqlite"


def server_settings(given: dict[str, Any]) -> ServerSettings:
    """Check the settings of a server.

    Raises:
        ConfigError: One of them cannot be.
    """
    try:
        return ServerSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{where}: {first['msg']}, got {first['input']!r:.60}") from None


def serve(app: FastAPI, listening: socket.socket) -> None:
    """Serve until a signal comes; every request that was answered is on the disk.

    Args:
        app: Of ``create_app``.
        listening: A socket that listens.

    Raises:
        KeyboardInterrupt: Ctrl-C ended it.
    """
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        ws="none",
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE,
    )
    uvicorn.Server(config).run(sockets=[listening])
