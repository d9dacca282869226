"""The server on a socket, until it is told to end."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from platformdirs import user_data_path
from pydantic import ValidationError

from neatfool.errors import ConfigError
from neatfool.files import folder_of_user
from neatfool.reporting import log
from neatfool.settings import explained
from neatfool.web.patience import CONNECTIONS, Impatient
from neatfool.web.settings import ServerSettings

_GRACE = 2  # seconds for requests that are being served
_MOST_LOG = 1 << 20  # bytes


def data_file() -> Path:
    """Return where sessions are kept if nothing else is said: in the user's data folder.

    Raises:
        ConfigError: The user has none.
    """
    if (folder := folder_of_user(user_data_path)) is None:
        raise ConfigError(
            "expected a file for sessions, got a user without a home: choose one by --data"
        )
    return folder / "breed.sqlite"


def server_settings(given: dict[str, Any]) -> ServerSettings:
    """Check the settings of a server.

    Raises:
        ConfigError: One of them cannot be.
    """
    try:
        return ServerSettings.model_validate(given)
    except ValidationError as error:
        raise ConfigError(explained(error.errors()[0], ServerSettings)) from None


def serve(app: FastAPI, listening: socket.socket, log_file: Path) -> None:
    """Serve until a signal comes; every request that was answered is on the disk.

    Args:
        app: Of ``create_app``.
        listening: A socket that listens.
        log_file: Gets what went wrong, in full.

    Raises:
        KeyboardInterrupt: Ctrl-C ended it.
    """
    with _logging(log_file):
        server(app).run(sockets=[listening])


def server(app: FastAPI) -> uvicorn.Server:
    """Set up what serves an application."""
    config = uvicorn.Config(
        app,
        http=Impatient,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        limit_concurrency=2 * CONNECTIONS,  # if none of them waits for its client
        timeout_graceful_shutdown=_GRACE,
    )
    return uvicorn.Server(config)


class _LogFile(RotatingFileHandler):
    """A log that cannot be written, as where the disk is full, is no failure of the server."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name it has
        """Say nothing."""


@contextmanager
def _logging(file: Path) -> Iterator[None]:
    """Write warnings and failures, ours and the server's, to a file of bounded length."""
    handler = _LogFile(file, maxBytes=_MOST_LOG, backupCount=1, delay=True)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    loggers = (log, logging.getLogger("uvicorn"))
    for each in loggers:
        each.addHandler(handler)
    try:
        yield
    finally:
        for each in loggers:
            each.removeHandler(handler)
        handler.close()
