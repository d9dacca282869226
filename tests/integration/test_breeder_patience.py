"""Clients that do not send what they began, do not read, or leave: nobody else waits for them."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from neatfool.encodings.interchange import read_picture
from neatfool.errors import NeatfoolError
from neatfool.web import patience
from neatfool.web.painting import Painter
from tests.integration.test_breeder_limits import bring, chain
from tests.web_server import Visitor, serving

HEAD = b"GET /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = (
    b"POST /api/session/import HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Neatfool: 1\r\n"
    b"Content-Length: 1000\r\n\r\n{"
)
PARTS = {"nothing": b"", "half a head": HEAD, "half a line": HEAD[:9], "half a body": BODY}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("patience") / "data") as address:
        yield address


@contextlib.contextmanager
def half_sent(address: str, part: bytes, count: int = 1) -> Iterator[list[socket.socket]]:
    """Send only a part of so many requests."""
    place = urlsplit(address)
    with contextlib.ExitStack() as stack:
        sockets = []
        for _ in range(count):
            one = stack.enter_context(socket.create_connection((place.hostname, place.port)))
            one.settimeout(20)
            with contextlib.suppress(ConnectionError):
                one.sendall(part)
            sockets.append(one)
        yield sockets


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_half_sent_requests_hold_nobody_up(
    address: str, part: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "CONNECTIONS", 20)
    with half_sent(address, part, 30), Visitor(address) as visitor:
        begun = time.monotonic()
        visitor.session()
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_who_does_not_go_on_is_cut_off(
    address: str, part: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for state in patience._SECONDS:
        monkeypatch.setitem(patience._SECONDS, state, 0.2)
    with half_sent(address, part) as (one,), contextlib.suppress(ConnectionError):
        assert one.recv(1) == b"", "it was closed"


def test_a_second_request_has_its_own_time(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = HEAD.replace(b"/api/session", b"/static/icon.svg") + b"\r\n"
    with half_sent(address, whole) as (one,):
        answer = http.client.HTTPResponse(one)
        answer.begin()
        assert answer.read().startswith(b"<svg")
        for state in patience._SECONDS:
            monkeypatch.setitem(patience._SECONDS, state, 0.2)
        one.sendall(HEAD)
        with contextlib.suppress(ConnectionError):
            while one.recv(1 << 16):
                pass


class Slow:
    """Paints that say when they begin, and go on until they are told that nobody waits."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.began, self.over = threading.Event(), threading.Event()

    def large(self, graphs, canvas, text=None, has_left=lambda: False) -> bytes:
        size = canvas.shape[2]
        self.begun.append(size)
        self.began.set()
        give_up = time.monotonic() + 20
        while size > 100 and not has_left() and time.monotonic() < give_up:
            time.sleep(0.005)
        self.ended.append(size)
        self.over.set()
        return b"painted"


@pytest.mark.parametrize("size", [4096, 600])
def test_what_nobody_waits_for_is_not_painted(
    address: str, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    slow = Slow()
    monkeypatch.setattr(Painter, "large", lambda _, *given: slow.large(*given))
    with Visitor(address) as visitor:
        picture = bring(visitor, chain(30, 60))
        cookies = "; ".join(f"{n}={v}" for n, v in visitor.client.cookies.items())
        request = (
            f"GET /api/pictures/{picture}.png?size={size} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Cookie: {cookies}\r\n\r\n"
        )
        with half_sent(address, request.encode(), 9):
            assert slow.began.wait(20)
        assert slow.over.wait(20), "they left, and it ended"
        begun = time.monotonic()
        answer = visitor.client.get(f"/api/pictures/{picture}.png?size=64")
        assert answer.content == b"painted"
        assert time.monotonic() - begun < 5
        assert len(slow.begun) < 9, "those who waited for their turn gave it up"


def test_what_fails_while_somebody_waits_is_told(address: str) -> None:
    with Visitor(address) as visitor:
        assert visitor.client.get("/api/pictures/999.png").status_code == 404
        picture = bring(visitor, chain(30, 60))
        assert (
            visitor.ask("GET", f"/api/pictures/{picture}.png?size=1100").content[:4] == b"\x89PNG"
        )


def test_painting_ends_when_nobody_waits() -> None:
    painter = Painter()
    picture = read_picture(chain(30, 60))
    asked: list[bool] = []

    def has_left() -> bool:
        asked.append(True)
        return len(asked) > 2

    canvas = picture.canvas.__class__((3, 4096, 4096))
    with pytest.raises(NeatfoolError, match="nobody waits"):
        painter.large(picture.graphs, canvas, None, has_left)
    assert len(asked) == 3
    painter.close()


def test_a_client_that_reads_nothing_makes_room(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "CONNECTIONS", 20)
    many = 20 * (HEAD.replace(b"/api/session", b"/static/style.css") + b"\r\n")
    with half_sent(address, many, 30), httpx.Client(timeout=10) as client:
        assert client.get(f"{address}/static/icon.svg").status_code == 200
