"""The file of sessions: full, damaged, copied; and who makes room for whom."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from safetensors.numpy import load, save

from neatfool.web.breed.pages import read_page
from neatfool.web.breed.store import Store
from neatfool.web.refusal import Refusal
from tests.web_server import HEADERS, Visitor, images_of, serving


def assert_told(response: httpx.Response, status: int, *messages: str) -> None:
    assert response.status_code == status, response.text
    for message in messages:
        assert message in response.json()["error"]


def test_a_full_disk_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = Store._prepare

    def prepare(self: Store, path: Path) -> None:
        prepared(self, path)
        self._connection.execute("PRAGMA max_page_count=30")

    monkeypatch.setattr(Store, "_prepare", prepare)
    with serving(tmp_path / "data") as address, Visitor(address) as visitor:
        before, answer = visitor.session(), None
        for _ in range(50):
            answer = visitor.client.post("/api/session/restart", json={})
            if answer.status_code != 200:
                break
            before = answer.json()
        assert_told(answer, 507, "no room for more on the disk", "all that was answered is kept")
        assert visitor.session() == before
        stranger = httpx.get(f"{address}/api/session", headers=HEADERS)
        assert stranger.status_code in (200, 507)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of one session with two pages."""
    path = tmp_path_factory.mktemp("filled") / "data"
    with serving(path) as address, Visitor(address) as visitor:
        visitor.evolve(0)
    return path


def change(path: Path, statement: str, values: tuple[object, ...] = ()) -> None:
    file = sqlite3.connect(path)
    with file:
        file.execute(statement, values)
    file.close()


DAMAGE = {
    "no genomes": "genomes = x''",
    "half of the genomes": "genomes = substr(genomes, 1, length(genomes) / 2)",
    "no canvas": "canvas = '{}'",
    "a deep canvas": f"canvas = '{'[' * 9_999}'",
    "no list": "chosen = '{'",
}
WRONG = {
    "sources": lambda genomes: genomes["sources"].__setitem__(0, 1 << 40),
    "targets": lambda genomes: genomes["targets"].__setitem__(0, -1),
    "an input as target": lambda genomes: genomes["targets"].__setitem__(0, 0),
    "activations": lambda genomes: genomes["activations"].__setitem__(0, 999),
    "offsets": lambda genomes: genomes["node_offsets"].__setitem__(3, 1 << 40),
    "a graph less": lambda genomes: genomes.update(node_offsets=genomes["node_offsets"][:-1]),
    "a node less": lambda genomes: genomes.update(biases=genomes["biases"][:-1]),
    "a cycle": lambda genomes: genomes["sources"].__setitem__(0, genomes["targets"][0]),
    "an array less": lambda genomes: genomes.pop("weights"),
}


def assert_page_is_damaged(path: Path) -> None:
    store = Store(path)
    try:
        with pytest.raises(Refusal, match=r"page 2 is damaged .* choose another one") as caught:
            read_page(store, 1, 2)
        assert caught.value.status == 503
        assert read_page(store, 1, 1).number == 1
    finally:
        store.close()


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_page_is_told(filled: Path, tmp_path: Path, damage: str) -> None:
    path = Path(shutil.copy(filled, tmp_path))
    change(path, f"UPDATE pages SET {damage} WHERE number = 2")
    assert_page_is_damaged(path)


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG)
def test_networks_that_are_not_whole_are_not_painted(
    filled: Path, tmp_path: Path, spoil: Callable[[Any], Any]
) -> None:
    path = Path(shutil.copy(filled, tmp_path))
    file = sqlite3.connect(path)
    (blob,) = file.execute("SELECT genomes FROM pages WHERE number = 2").fetchone()
    file.close()
    genomes = {name: array.copy() for name, array in load(blob).items()}
    spoil(genomes)
    content = save({name: np.ascontiguousarray(array) for name, array in genomes.items()})
    change(path, "UPDATE pages SET genomes = ? WHERE number = 2", (content,))
    assert_page_is_damaged(path)


def test_a_damaged_page_can_be_left(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as address, Visitor(address) as visitor:
        first = visitor.session()
        visitor.evolve(0)
        cookies = dict(visitor.client.cookies)
    change(tmp_path / "data", "UPDATE pages SET genomes = x'', chosen = '{' WHERE number = 2")
    with serving(tmp_path / "data") as address, Visitor(address) as visitor:
        visitor.client.cookies = httpx.Cookies(cookies)
        assert_told(visitor.client.get("/api/session"), 503, "page 2 is damaged", "choose another")
        assert images_of(visitor.post("go", page=1)) == images_of(first)


def test_a_damaged_file_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "data"
    with serving(path) as address, Visitor(address) as visitor:
        for _ in range(4):
            visitor.evolve(0, 1, 2)
        cookies = dict(visitor.client.cookies)
    size = path.stat().st_size
    with path.open("r+b") as file:  # all but the first page, which says what it is
        for place in range(4096, size, 4096):
            file.seek(place)
            file.write(b"\xff" * 100)
    with serving(path) as address, Visitor(address) as visitor:
        visitor.client.cookies = httpx.Cookies(cookies)
        for method, place in (("GET", "session"), ("POST", "session/redo"), ("GET", "saved")):
            answer = visitor.client.request(method, f"/api/{place}", json={})
            assert_told(answer, 503, "the file of sessions cannot be read", "put back a copy")


def test_a_file_is_whole_after_the_server_has_ended(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as address, Visitor(address) as visitor:
        shown = visitor.evolve(0)
        cookies = dict(visitor.client.cookies)
        assert (tmp_path / "data-wal").stat().st_size, "what is new is in a file beside it"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    copy = shutil.copyfile(tmp_path / "data", tmp_path / "copy")
    with serving(copy) as address, Visitor(address) as visitor:
        visitor.client.cookies = httpx.Cookies(cookies)
        assert images_of(visitor.session()) == images_of(shown)


def test_who_went_back_to_the_first_page_does_not_make_room(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with (
        serving(data, seed=None, most_sessions=2) as address,
        Visitor(address) as busy,
        Visitor(address) as idle,
        Visitor(address) as third,
    ):
        busy.session()
        pages = [busy.evolve(0), busy.evolve(0)]
        first = busy.post("go", page=1)
        idle.session()
        third.session()
        assert busy.session() == first
        assert images_of(busy.post("go", page=3)) == images_of(pages[1])


ELSEWHERE = [
    {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    for site in ("cross-site", "same-site")
    for mode in ("no-cors", "cors", "navigate")
]


def test_other_sites_make_no_sessions(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as address:
        with Visitor(address) as visitor:
            visitor.session()
            cookie = "; ".join(f"{n}={v}" for n, v in visitor.client.cookies.items())
        stranger = httpx.Client(base_url=address)
        for headers in ELSEWHERE:
            for path in ("/api/session", "/api/saved", "/api/runs", "/static/app.js", "/api/x"):
                assert_told(stranger.get(path, headers=headers), 403, "from another site")
            page = stranger.get("/", headers=headers)
            assert page.status_code == (200 if headers["Sec-Fetch-Mode"] == "navigate" else 403)
            assert "set-cookie" not in page.headers, "it would take the place of the visitor's own"
        own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Cookie": cookie}
        assert "set-cookie" not in stranger.get("/api/session", headers=own).headers
        stranger.close()
    assert count_sessions(tmp_path / "data") == 1


def count_sessions(path: Path) -> int:
    file = sqlite3.connect(path)
    (count,) = file.execute("SELECT count(*) FROM sessions").fetchone()
    file.close()
    return int(count)
