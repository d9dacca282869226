"""A server of `neatfool breed` in a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
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
        errors = self.data.with_suffix(".err")
        with open(errors, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "neatfool", *map(str, command)],
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        assert self.process.stdout is not None
        assert self.process.stdout.readline(), errors.read_text()  # it says that it listens
        urllib.request.urlopen(self.address, timeout=STARTS_WITHIN).close()

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


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
