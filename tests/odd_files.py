"""Paths at which there is something else than a file."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ODD = {
    "pipe": "a pipe",
    "socket": "a socket",
    "zero": "a device",
    "full": "a device",
    "link to a pipe": "a pipe",
}
"""Kinds of them, and what they are called."""


@contextmanager
def odd_file(path: Path, kind: str) -> Iterator[Path]:
    """Put something there that is no plain file."""
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to a pipe":
        pipe = path.with_name("a-pipe")
        os.mkfifo(pipe)
        path.symlink_to(pipe)
    elif kind == "socket":
        here, there = os.getcwd(), path.parent
        with socket.socket(socket.AF_UNIX) as server:
            os.chdir(there)  # names of sockets are short
            server.bind(path.name)
            os.chdir(here)
            yield path
        return
    else:
        path.symlink_to(f"/dev/{kind}")
    yield path
