"""A mirror of data sets on this machine."""

import contextlib
import gzip
import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from neatfool.data import mnist
from neatfool.data.idx import unpacked
from tests.idx_files import write_mnist

RIGHT = b"right" * 50_000
PART = 100_000
PARTS = ("parts", "stalls", "whole-again", "other-part", "wrong-rest")
"""Answers that break off: they go on where they are asked to; after silence; from the beginning;
from elsewhere; with other bytes."""


@dataclass
class Mirror:
    """A server on this machine; every path answers as its last part says."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=lambda: {"right": RIGHT})
    asked: list[str] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, mirror: Mirror, *args: object) -> None:
        self.mirror = mirror
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.mirror.asked.append(name)
        if name in ("moved", "moved-parts"):
            to = {"moved": "right", "moved-parts": "parts"}[name]
            self.send_response(302)
            self.send_header("Location", f"{self.mirror.address}/{to}")
            self.end_headers()
        elif name in PARTS:
            self._send_part(name)
        elif name in ("half", "wrong"):
            self._send(RIGHT[:1000] if name == "half" else b"wrong", len(RIGHT))
        elif name == "page":
            self._send(b"<html>please log in</html>", None)
        elif name == "silent":
            self.mirror.closing.wait()
        elif name == "second-time" and self.mirror.asked.count(name) > 1:
            self._send(RIGHT, len(RIGHT))
        elif name in ("many-bytes", "minus-bytes"):
            self._send(RIGHT, "-5" if name == "minus-bytes" else "many")
        elif name == "nowhere":
            self.send_response(302)
            self.send_header("Location", "http://[")
            self.end_headers()
        elif name in self.mirror.files:
            self._send(self.mirror.files[name], len(self.mirror.files[name]))
        else:
            self.send_error(404)

    def _send_part(self, name: str) -> None:
        """Break off after ``PART`` bytes, counted from the first that was asked for."""
        asked = self.headers["Range"]
        self.mirror.ranges.append(asked)
        first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if first and name == "whole-again":
            self._send(RIGHT, len(RIGHT))
            return
        rest = b"x" * len(RIGHT[first:]) if first and name == "wrong-rest" else RIGHT[first:]
        self.send_response(206 if asked else 200)
        if asked:
            begin = 0 if name == "other-part" else first
            self.send_header("Content-Range", f"bytes {begin}-{len(RIGHT) - 1}/{len(RIGHT)}")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[:PART])
        if name == "stalls" and not first:
            self.mirror.closing.wait()

    def _send(self, content: bytes, length: object) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def serving() -> Iterator[Mirror]:
    """Serve until the end of the block."""
    mirror = Mirror()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, mirror))
    mirror.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield mirror
    finally:
        mirror.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def closed_address() -> str:
    """Return an address of this machine where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def serve_small_mnist(mirror: Mirror, source: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the mirror the only one, of a small set in place of the real one."""
    write_mnist(source)
    contents = {file.name.removesuffix(".gz"): unpacked(file) for file in source.iterdir()}
    mirror.files = {f"{name}.gz": gzip.compress(content) for name, content in contents.items()}
    for name, content in contents.items():
        monkeypatch.setitem(mnist.SHA256, name, hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(mnist, "MIRRORS", (f"{mirror.address}/",))
    return source
