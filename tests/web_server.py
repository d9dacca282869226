"""A breeder's server on a port of its own, within this process."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from neatfool.web import ServerSettings, create_app
from neatfool.web import serving as serving_module

HEADERS = {"X-Neatfool": "1"}


@contextlib.contextmanager
def serving(data: Path, **settings: Any) -> Iterator[str]:
    """Serve until the block ends; yields the address."""
    app = create_app(ServerSettings(data=data, **{"seed": 1, **settings}))
    server, began = serving_module.server(app), threading.Event()
    startup = server.startup

    async def started(*given: Any, **settings: Any) -> None:
        await startup(*given, **settings)
        began.set()

    server.startup = started  # type: ignore[method-assign]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=[[listening]], daemon=True)
        thread.start()
        assert began.wait(30)
        assert server.started
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


class Visitor:
    """A browser: it keeps its cookie, and sends what the page would send."""

    def __init__(self, address: str) -> None:
        self.client = httpx.Client(base_url=address, headers=HEADERS, timeout=30)

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Send a request that must succeed."""
        response = self.client.request(method, path, **given)
        assert response.status_code < 300, (method, path, response.text[:300])
        return response

    def session(self) -> Any:
        return self.ask("GET", "/api/session").json()

    def post(self, what: str, **body: Any) -> Any:
        """Do something to the session."""
        return self.ask("POST", f"/api/session/{what}", json=body).json()

    def prefer(self, **settings: Any) -> Any:
        return self.ask("PUT", "/api/session/settings", json=settings).json()

    def evolve(self, *places: int) -> Any:
        """Select the pictures at these places of the page, and evolve."""
        ids = ids_of(self.session())
        return self.post("evolve", selected=[ids[place] for place in places])


def ids_of(session: Any) -> list[int]:
    return [picture["id"] for picture in session["pictures"]]


def images_of(session: Any) -> list[str]:
    return [picture["image"] for picture in session["pictures"]]


def get(visitor: Visitor, what: str, **query: Any) -> httpx.Response:
    """Ask the browser of runs for something."""
    return visitor.client.get(f"/api/runs{what}", params=query)


def told(visitor: Visitor, what: str, **query: Any) -> Any:
    """Say what the browser of runs answers."""
    response = get(visitor, what, **query)
    assert response.status_code == 200, response.text
    return response.json()
