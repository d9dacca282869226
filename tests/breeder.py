"""A server of `neatfool breed` in a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
STARTS_WITHIN = 60.0


@dataclass
class Breeder:
    """A server that can be killed and started again on the same port and data."""

    data: Path
    port: int
    options: tuple[object, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        command = ["breed", "--data", self.data, "--port", self.port, "--no-browser", "--seed", 1]
        command += self.options
        with open(self.data.with_suffix(".out"), "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "neatfool.cli", *map(str, command)],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        give_up = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            assert self.process.poll() is None, self.data.with_suffix(".out").read_text()
            assert time.monotonic() < give_up, "the server does not answer"
            time.sleep(0.05)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.address, timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            return False
        return True


@contextlib.contextmanager
def breeding(folder: Path, *options: object) -> Iterator[Breeder]:
    """Serve a new database on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    breeder = Breeder(folder / "breed.sqlite", port, options)
    breeder.start()
    try:
        yield breeder
    finally:
        breeder.kill()
