import gzip
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from neatfool.data import download, download_mnist, load_mnist
from neatfool.data import mnist as mnist_module
from neatfool.data.download import fetch
from neatfool.data.idx import unpacked
from neatfool.errors import DataError
from neatfool.reporting import Reporter
from tests.idx_files import write_mnist

RIGHT = b"right" * 50_000


@dataclass
class Mirror:
    """A server on this machine; every path answers as its last part says."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=lambda: {"right": RIGHT})
    asked: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, mirror: Mirror, *args: object) -> None:
        self.mirror = mirror
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.mirror.asked.append(name)
        if name == "moved":
            self.send_response(302)
            self.send_header("Location", f"{self.mirror.address}/right")
            self.end_headers()
        elif name in ("half", "wrong"):
            self._send(RIGHT[:1000] if name == "half" else b"wrong", len(RIGHT))
        elif name == "page":
            self._send(b"<html>please log in</html>", None)
        elif name == "silent":
            self.mirror.closing.wait()
        elif name == "second-time" and self.mirror.asked.count(name) > 1:
            self._send(RIGHT, len(RIGHT))
        elif name in self.mirror.files:
            self._send(self.mirror.files[name], len(self.mirror.files[name]))
        else:
            self.send_error(404)

    def _send(self, content: bytes, length: int | None) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    mirror = Mirror()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, mirror))
    mirror.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield mirror
    mirror.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


def _check(path: Path) -> None:
    if path.read_bytes() != RIGHT:
        raise DataError(f"expected {len(RIGHT)} bytes, came others")


def _fetch(mirror: Mirror, to: Path, *names: str, reporter: Reporter | None = None) -> None:
    fetch([f"{mirror.address}/{name}" for name in names], to, _check, reporter or Reporter())


def assert_only_file(path: Path, content: bytes) -> None:
    assert list(path.parent.iterdir()) == [path]
    assert path.read_bytes() == content


@pytest.mark.parametrize("names", [["right"], ["moved"], ["second-time"]])
def test_fetches_into_a_new_folder(mirror: Mirror, tmp_path: Path, names: list[str]) -> None:
    to = tmp_path / "new" / "file"

    _fetch(mirror, to, *names)

    assert_only_file(to, RIGHT)


@pytest.mark.parametrize("bad", ["half", "wrong", "page", "none"])
def test_a_bad_mirror_is_passed_over(mirror: Mirror, tmp_path: Path, bad: str) -> None:
    _fetch(mirror, tmp_path / "file", bad, "right")

    assert_only_file(tmp_path / "file", RIGHT)
    assert mirror.asked == [bad, "right"]


def test_a_dead_mirror_is_passed_over(mirror: Mirror, tmp_path: Path) -> None:
    urls = ["http://127.0.0.1:9/file", f"{mirror.address}/right"]

    fetch(urls, tmp_path / "file", _check, Reporter())

    assert_only_file(tmp_path / "file", RIGHT)


def test_a_silent_mirror_is_passed_over(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.2)

    _fetch(mirror, tmp_path / "file", "silent", "right")

    assert_only_file(tmp_path / "file", RIGHT)


@pytest.mark.parametrize("bad", ["half", "wrong", "page", "none"])
def test_failure_says_what_to_fetch_and_leaves_nothing(
    mirror: Mirror, tmp_path: Path, bad: str
) -> None:
    to = tmp_path / "file"

    with pytest.raises(DataError) as caught:
        _fetch(mirror, to, bad, f"also/{bad}")

    message = str(caught.value)
    assert f"fetch {mirror.address}/{bad} or {mirror.address}/also/{bad}" in message
    assert f"put it at {to}" in message
    assert not list(tmp_path.iterdir())


def test_half_a_file_is_called_so(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"expected {len(RIGHT)} bytes, came 1000"):
        _fetch(mirror, tmp_path / "file", "half")


def test_failure_leaves_what_was_there(mirror: Mirror, tmp_path: Path) -> None:
    to = tmp_path / "file"
    to.write_bytes(b"old and wrong")

    with pytest.raises(DataError):
        _fetch(mirror, to, "half")

    assert_only_file(to, b"old and wrong")


def test_a_right_file_is_kept(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(RIGHT)

    _fetch(mirror, tmp_path / "file", "none")

    assert mirror.asked == []


def test_a_wrong_file_is_replaced(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(RIGHT[:-1])

    _fetch(mirror, tmp_path / "file", "right")

    assert_only_file(tmp_path / "file", RIGHT)


class _Heard(Reporter):
    def __init__(self) -> None:
        self.totals: list[int] = []
        self.done: list[int] = []

    def start(self, task: str, total: int, done: int = 0) -> None:
        self.totals.append(total)

    def step(self, done: int, **numbers: float) -> None:
        self.done.append(done)


def test_progress_counts_bytes(mirror: Mirror, tmp_path: Path) -> None:
    heard = _Heard()

    _fetch(mirror, tmp_path / "file", "right", reporter=heard)

    assert heard.totals == [len(RIGHT)]
    assert heard.done == sorted(heard.done)
    assert heard.done[-1] == len(RIGHT)


def test_an_interrupt_leaves_nothing(mirror: Mirror, tmp_path: Path) -> None:
    class Interrupting(Reporter):
        def step(self, done: int, **numbers: float) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _fetch(mirror, tmp_path / "file", "right", reporter=Interrupting())

    assert not list(tmp_path.iterdir())


@pytest.fixture
def small_mnist(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the mirror one of a small set in place of the real one."""
    source = write_mnist(tmp_path / "source")
    contents = {file.name.removesuffix(".gz"): unpacked(file) for file in source.iterdir()}
    mirror.files = {f"{name}.gz": gzip.compress(content) for name, content in contents.items()}
    for name, content in contents.items():
        monkeypatch.setitem(mnist_module.SHA256, name, hashlib.sha256(content).hexdigest())
    return source


def test_mnist_is_fetched_once(mirror: Mirror, tmp_path: Path, small_mnist: Path) -> None:
    for _ in range(2):
        download_mnist(tmp_path / "to", Reporter(), [f"{mirror.address}/"])

    assert len(mirror.asked) == 4
    for split in ("train", "test"):
        images, labels = load_mnist(tmp_path / "to", split)
        assert (images == load_mnist(small_mnist, split)[0]).all()
        assert (labels == load_mnist(small_mnist, split)[1]).all()


@pytest.mark.usefixtures("small_mnist")
def test_mnist_of_another_content_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    name = "t10k-labels-idx1-ubyte"
    mirror.files[f"{name}.gz"] = gzip.compress(b"other")

    with pytest.raises(DataError, match=f"expected to fetch {name}.gz, .*expected SHA-256"):
        download_mnist(tmp_path / "to", Reporter(), [f"{mirror.address}/"])

    assert not (tmp_path / "to" / f"{name}.gz").exists()
