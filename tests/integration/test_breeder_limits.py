"""What would hold the breeder's server up, or mix what belongs to different visitors."""

import json
import sqlite3
from pathlib import Path

import httpx
import pytest

from tests.web_server import Visitor, ids_of, images_of, serving


def chain(nodes: int, edges: int, aggregation: str = "sum") -> bytes:
    """Write a coloured network whose hidden nodes stand one behind the other."""
    order = [0, 1, 2, 3, *range(7, nodes), 4, 5, 6]
    places = [(low, low + step) for step in range(1, nodes) for low in range(nodes - step)]
    pairs = [(order[low], order[high]) for low, high in places if high > 3 and order[high] > 3]
    network = {
        "format": "neatfool network",
        "version": 1,
        "precision": "float64",
        "inputs": 4,
        "outputs": 3,
        "nodes": [
            {"id": node, "activation": "sine", "aggregation": aggregation}
            for node in range(4, nodes)
        ],
        "edges": [
            {"innovation": number, "source": source, "target": target, "weight": 0.5}
            for number, (source, target) in enumerate(pairs[:edges])
        ],
    }
    return json.dumps(network).encode()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("limits") / "data") as address:
        yield address


def bring(visitor: Visitor, content: bytes) -> int:
    return ids_of(visitor.ask("POST", "/api/session/import", content=content).json())[0]


def assert_refused(response: httpx.Response, status: int, message: str) -> None:
    assert (response.status_code, message in response.json()["error"]) == (status, True)


def test_networks_whose_nodes_do_more_than_sum_must_be_smaller(address) -> None:
    with Visitor(address) as visitor:
        for content in (chain(63, 200, "median"), chain(40, 313, "max")):
            refused = visitor.client.post("/api/session/import", content=content)
            assert_refused(refused, 413, "do more than sum of at most 62 nodes and 312 edges")
        picture = bring(visitor, chain(30, 120, "median"))
        children = visitor.evolve(0)
        sizes = [(each["nodes"], each["edges"]) for each in children["pictures"]]
        assert set(sizes) == {(30, 120)}, "so large that children do not grow"
        refused = visitor.client.get(f"/api/pictures/{picture}.png?size=4096")
        assert_refused(refused, 422, "pixels a side of so large a network, got 4096")
        visitor.ask("GET", f"/api/pictures/{picture}.png?size=300")


def test_what_takes_long_to_draw_is_not_drawn(address) -> None:
    with Visitor(address) as visitor:
        for nodes, edges in ((251, 300), (100, 1_001)):
            picture = bring(visitor, chain(nodes, edges))
            refused = visitor.client.get(f"/api/pictures/{picture}/topology.svg")
            assert_refused(refused, 422, "at most 250 nodes and 1,000 edges to draw")


def test_who_takes_the_room_of_another_sees_nothing_of_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with (
        serving(data, seed=None, most_sessions=1) as address,
        Visitor(address) as one,
        Visitor(address) as other,
    ):
        before, after = one.session(), other.session()
    assert len(set(images_of(before)) & set(images_of(after))) <= 1  # one may be plain in both
    assert not set(ids_of(before)) & set(ids_of(after))


def test_a_network_that_the_server_has_no_more_is_chosen_no_more(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as address, Visitor(address) as visitor:
        assert visitor.prefer(model="lenet5")["settings"]["model"] == "lenet5"
        cookies = dict(visitor.client.cookies)
    with sqlite3.connect(tmp_path / "data") as file:
        file.execute("UPDATE sessions SET preferences = replace(preferences, 'lenet5', 'gone')")
    file.close()
    with serving(tmp_path / "data") as address, Visitor(address) as visitor:
        visitor.client.cookies = httpx.Cookies(cookies)
        assert visitor.session()["settings"]["model"] is None
        assert visitor.client.post("/api/session/towards", json={"class": 1}).status_code == 422
        assert visitor.prefer(model="lenet5")["settings"]["model"] == "lenet5"


def test_a_token_is_looked_for_in_any_address(tmp_path: Path) -> None:
    token = "a-token-of-the-test"
    with serving(tmp_path / "data", token=token) as address:
        many = "&".join(["a=1"] * 300)
        assert httpx.get(f"{address}/?{many}").status_code == 401
        assert httpx.get(f"{address}/?{many}&token={token}").status_code == 303
