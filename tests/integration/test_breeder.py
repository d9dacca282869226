"""The breeder's server, as its page talks to it."""

import base64
import copy
import io
import json
import shutil
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from neatfool import classifiers, reports, runs
from neatfool.classifiers import ClassifierSettings
from neatfool.encodings.interchange import Picture, read_picture
from neatfool.encodings.interchange.picture import to_text
from neatfool.images import Canvas, to_images
from neatfool.types import CPU
from tests.command import neatfool
from tests.strategies import join, random_graph
from tests.unit.encodings.interchange.test_picbreeder import FUNCTIONS, OUTPUTS, stored, written
from tests.unit.encodings.interchange.test_reading import zipped
from tests.web_server import Visitor, ids_of, images_of, serving


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one run of coordinates in pixels, and of what is no run."""
    folder = tmp_path_factory.mktemp("runs")
    config = runs.load_config(
        None, ["encoding.canvas.coordinates=pixels", "run.generations=3", "search.batch=20"]
    )
    reports.run(config, folder / "a run")
    (folder / "notes").mkdir()
    damaged = folder / "damaged"
    damaged.mkdir()
    for name in ("elites.safetensors", "report.json", "resolved.toml"):
        (damaged / name).write_bytes(b"\0{")
    return folder


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, run_folder: Path):
    with serving(tmp_path_factory.mktemp("breed") / "data.sqlite", runs=run_folder) as address:
        yield address


@pytest.fixture
def visitor(address: str):
    with Visitor(address) as visitor:
        yield visitor


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def unpacked(url: str) -> bytes:
    return base64.b64decode(url.removeprefix("data:image/png;base64,"))


def test_the_first_page_has_fifteen_different_pictures(visitor) -> None:
    session = visitor.session()

    assert (session["page"], session["generation"], session["size"]) == (1, 0, 128)
    assert (session["back"], session["forward"]) == (None, None)
    (page,) = copy.deepcopy(session["history"])
    assert page.pop("face") == session["pictures"][0]["id"]
    assert page == {"page": 1, "parent": None, "generation": 0, "how": "scratch"}
    assert len(set(ids_of(session))) == 15
    assert len(set(images_of(session))) >= 14
    assert pixels(unpacked(images_of(session)[0])).shape == (128, 128, 3)
    assert not any(p["selected"] or p["labels"] for p in session["pictures"])
    assert visitor.session() == session


def test_children_come_from_the_pictures_that_were_selected(visitor) -> None:
    first = visitor.session()
    chosen = {ids_of(first)[3], ids_of(first)[7]}

    second = visitor.evolve(3, 7)

    assert (second["page"], second["generation"], second["back"]) == (2, 1, 1)
    parents = {
        parent
        for id in ids_of(second)
        for parent in visitor.ask("GET", f"/api/pictures/{id}").json()["parents"]
    }
    assert parents == chosen
    back = visitor.post("go", page=1)
    assert {p["id"] for p in back["pictures"] if p["selected"]} == chosen
    assert back["forward"] == 2


def test_back_and_forward_show_the_same_bytes_and_nothing_is_lost(visitor) -> None:
    seen = [visitor.session(), *(visitor.evolve(place) for place in (1, 2, 3))]
    for session in (*reversed(seen), *seen):
        again = visitor.post("go", page=session["page"])
        assert images_of(again) == images_of(session)
        assert ids_of(again) == ids_of(session)

    visitor.post("go", page=2)
    branch = visitor.evolve(0)

    assert (branch["page"], branch["back"]) == (5, 2)
    assert [step["parent"] for step in branch["history"]] == [None, 1, 2, 3, 2]
    assert visitor.post("go", page=2)["forward"] == 5
    assert images_of(visitor.post("go", page=4)) == images_of(seen[3])


def test_redo_makes_others_of_the_same_parents_and_restart_begins_anew(visitor) -> None:
    first = visitor.session()
    second = visitor.evolve(4)

    third = visitor.post("redo")

    assert (third["page"], third["back"], third["generation"]) == (3, 1, 1)
    assert set(images_of(third)) != set(images_of(second))
    parents = visitor.ask("GET", f"/api/pictures/{ids_of(third)[0]}").json()["parents"]
    assert parents == [ids_of(first)[4]]
    fourth = visitor.post("restart")
    assert (fourth["generation"], fourth["history"][-1]["how"]) == (0, "scratch")
    assert not set(images_of(fourth)) & set(images_of(first))
    assert len(fourth["history"]) == 4


def test_pages_follow_from_the_seed(tmp_path: Path) -> None:
    shown = []
    for name in ("a", "b"):
        with serving(tmp_path / name, seed=7) as address, Visitor(address) as visitor:
            visitor.prefer(crossover=True, changes=80)
            shown.append([images_of(visitor.evolve(place, place + 1)) for place in (0, 5)])
    assert shown[0] == shown[1]


def test_small_changes_change_less_than_big_ones(visitor) -> None:
    def apart(changes: int) -> float:
        visitor.prefer(changes=changes)
        before = pixels(unpacked(images_of(visitor.post("go", page=1))[2])).astype(float)
        after = visitor.evolve(2)
        return float(
            np.median([abs(pixels(unpacked(i)) - before).mean() for i in images_of(after)])
        )

    assert apart(5) < apart(50) < apart(100)


def test_colour_alone_leaves_the_brightness_as_it_is(visitor) -> None:
    visitor.prefer(focus="colour", changes=100)
    before = visitor.session()
    value = pixels(unpacked(images_of(before)[8])).max(axis=2)

    after = visitor.evolve(8)

    assert all((pixels(unpacked(i)).max(axis=2) == value).all() for i in images_of(after))
    assert len(set(images_of(after))) > 10


def test_grey_keeps_the_brightness_and_colour_comes_back_as_grey(visitor) -> None:
    coloured = visitor.session()

    grey = visitor.prefer(colour=False)
    again = visitor.prefer(colour=True)

    assert (grey["settings"]["colour"], again["settings"]["colour"]) == (False, True)
    for one, other, third in zip(*map(images_of, (coloured, grey, again)), strict=True):
        value = pixels(unpacked(one)).max(axis=2)
        assert (pixels(unpacked(other)) == value).all()
        assert (pixels(unpacked(third)) == value[:, :, None]).all()
    visitor.prefer(changes=100)
    evolved = [pixels(unpacked(image)) for image in images_of(visitor.evolve(*range(15)))]
    assert any(np.ptp(picture, axis=2).any() for picture in evolved)
    assert visitor.post("go", page=1)["settings"]["colour"] is True
    assert visitor.post("go", page=2)["settings"]["colour"] is False


def test_only_functions_that_are_allowed_are_drawn(visitor) -> None:
    visitor.prefer(activations=["triangle"], changes=100)
    visitor.post("restart")
    for _ in range(3):
        session = visitor.evolve(0, 1)

    names = visitor.ask("GET", f"/api/pictures/{ids_of(session)[0]}").json()["activations"]

    assert set(names.values()) == {"triangle"}


def test_a_network_names_the_pictures_as_it_does_elsewhere(visitor) -> None:
    visitor.prefer(colour=False)
    session = visitor.prefer(model="lenet5")
    network = classifiers.build(ClassifierSettings(), CPU)

    for picture in session["pictures"][:4]:
        png = visitor.ask("GET", f"/api/pictures/{picture['id']}.png?size=28").content
        image = to_images([Image.open(io.BytesIO(png))], torch.empty(1, *network.shape))
        confidences = network(image)[0]
        best = confidences.argsort(descending=True)[:3].tolist()
        assert [label["name"] for label in picture["labels"]] == [str(k) for k in best]
        shown = [label["confidence"] for label in picture["labels"]]
        assert shown == pytest.approx([float(confidences[k]) for k in best], abs=1e-6)
    assert all(p["labels"] for p in visitor.prefer(colour=True)["pictures"])
    assert visitor.prefer(model=None)["pictures"][0]["labels"] is None


def test_evolving_towards_a_class_never_gets_further_from_it(visitor) -> None:
    visitor.prefer(model="lenet5")

    def best(session) -> float:
        seen = [{e["name"]: e["confidence"] for e in p["labels"]} for p in session["pictures"]]
        return max(labels.get("3", 0) for labels in seen)

    over_time = [best(visitor.post("towards", **{"class": 3})) for _ in range(8)]

    assert over_time == sorted(over_time)
    assert over_time[-1] > 0.5


def test_pictures_of_any_size_are_those_of_the_page(visitor) -> None:
    session = visitor.session()
    id = ids_of(session)[0]

    small, large = (
        pixels(visitor.ask("GET", f"/api/pictures/{id}.png?size={size}").content)
        for size in (128, 1500)
    )

    assert (small == pixels(unpacked(images_of(session)[0]))).all()
    assert large.shape == (1500, 1500, 3)
    assert abs(large[::10, ::10][:5, :5].astype(int) - large[0, 0]).max() < 128


def test_a_genome_comes_back_as_it_went(visitor) -> None:
    visitor.evolve(0)
    session = visitor.evolve(1, 2)
    id, image = ids_of(session)[5], images_of(session)[5]
    text = visitor.ask("GET", f"/api/pictures/{id}/genome.json").content
    png = visitor.ask("GET", f"/api/pictures/{id}.png?size=300&genome=true").content

    for content in (text, png):
        imported = visitor.ask("POST", "/api/session/import", content=content).json()
        assert images_of(imported)[0] == image
        assert imported["history"][-1]["how"] == "import"
        assert len(set(images_of(imported))) > 5
    assert read_picture(png).canvas.shape == (3, 300, 300)
    assert (
        "neatfool"
        not in Image.open(io.BytesIO(visitor.ask("GET", f"/api/pictures/{id}.png").content)).info
    )


def test_all_pictures_of_a_file_are_brought(visitor) -> None:
    inks = [written([("x", "in", "identity"), ("ink", "out", f)], [(0, 1, 1.5)]) for f in FUNCTIONS]
    colour = written([(name, "out", "sin") for name in OUTPUTS[3]], [])
    content = zipped(("a", stored(*inks, colour, *inks).encode()))

    session = visitor.ask("POST", "/api/session/import", content=content).json()

    pages = [step["page"] for step in session["history"] if step["how"] == "storage"]
    shown = [visitor.post("go", page=page)["pictures"] for page in pages]
    assert [len(pictures) for pictures in shown] == [15, 2 * len(inks) - 15, 1]
    saved = visitor.ask("GET", "/api/saved?mine=true").json()
    ids = [picture["id"] for pictures in shown for picture in pictures]
    assert sorted(each["picture"] for each in saved) == sorted(ids)
    images = {each["picture"]: each["image"] for each in saved}
    assert [images[id] for id in ids] == [p["image"] for pictures in shown for p in pictures]
    one = visitor.ask("POST", "/api/session/import?genome=2", content=content).json()
    assert one["history"][-1]["how"] == "import"
    assert images_of(one)[0] == images[ids[1]]
    visitor.post("evolve", selected=ids_of(visitor.post("go", page=pages[0]))[:2])
    for place in (0, 99):
        path = f"/api/session/import?genome={place}"
        assert visitor.client.post(path, content=content).status_code in (400, 422)


@pytest.mark.parametrize("seed", range(12))
def test_networks_of_any_kind_can_be_bred_from(visitor, seed) -> None:
    outputs, reach = (1, 3)[seed % 2], (1.0, 3e38)[seed % 3 == 0]
    random = np.random.default_rng(seed)
    graphs = join([random_graph(random, 4, outputs, seed, 4 * seed, reach)], 4, outputs)
    canvas = Canvas((outputs, 20, 30), ("normalised", "pixels")[seed % 4 == 3])
    text = to_text(Picture(graphs, canvas))

    response = visitor.client.post("/api/session/import", content=text)

    if canvas.coordinates == "pixels" and reach > 1:
        assert response.status_code == 400
        return
    for session in (response.json(), visitor.evolve(0, 1, 5), visitor.prefer(colour=True)):
        for suffix in (".png?size=32", "/genome.json", ""):
            visitor.ask("GET", f"/api/pictures/{ids_of(session)[0]}{suffix}")
    visitor.ask("GET", f"/api/pictures/{ids_of(session)[0]}/topology.svg")
    visitor.prefer(colour=False, crossover=True, model="lenet5")
    visitor.evolve(*range(15))


def test_the_topology_is_drawn(visitor) -> None:
    id = ids_of(visitor.session())[0]
    edges = visitor.ask("GET", f"/api/pictures/{id}").json()["weights"]

    for nodes in ("images", "symbols"):
        svg = visitor.ask("GET", f"/api/pictures/{id}/topology.svg?nodes={nodes}")
        assert svg.headers["content-type"] == "image/svg+xml"
        assert "script-src" not in svg.headers["content-security-policy"]
        assert svg.headers["content-security-policy"].startswith("default-src 'none'")
        assert svg.text.count('id="edge-') == len(edges)


def test_bending_a_weight_shows_what_adopting_it_makes(visitor) -> None:
    session = visitor.session()
    id = ids_of(session)[6]
    edges = visitor.ask("GET", f"/api/pictures/{id}").json()["weights"]
    weights = {str(edge["innovation"]): -edge["weight"] for edge in edges}

    bent = visitor.ask("POST", f"/api/pictures/{id}/bend", json={"weights": weights, "size": 128})
    adopted = visitor.post("adopt", picture=id, weights=weights)

    assert images_of(visitor.post("go", page=1)) == images_of(session), "nothing was changed"
    assert (pixels(bent.content) == pixels(unpacked(images_of(adopted)[0]))).all()
    assert images_of(adopted)[0] != images_of(session)[6]
    first = visitor.ask("GET", f"/api/pictures/{ids_of(adopted)[0]}").json()
    assert first["parents"] == [id]
    child = visitor.ask("GET", f"/api/pictures/{ids_of(adopted)[1]}").json()
    assert child["parents"] == [ids_of(adopted)[0]]


def save(visitor: Visitor, picture: int, name: str, *tags: str) -> dict:
    body = {"picture": picture, "name": name, "tags": tags}
    return visitor.ask("POST", "/api/saved", json=body).json()


def test_saving_finding_changing_and_deleting(visitor) -> None:
    ids = ids_of(visitor.session())
    moth = save(visitor, ids[0], "Große Motte", "insect", "grey")
    owl = save(visitor, ids[1], "owl", "bird")

    def found(query: str) -> list[str]:
        return [s["name"] for s in visitor.ask("GET", f"/api/saved?{query}&published=false").json()]

    assert found("") == ["owl", "Große Motte"]
    assert found("order=name") == ["Große Motte", "owl"]
    assert found("search=GROSSE") == found("search=sect") == found("tag=Grey") == ["Große Motte"]
    assert found("tag=gre") == found("search=%25") == []
    assert moth["mine"]
    assert moth["image"] == images_of(visitor.session())[0]
    changed = visitor.ask("PATCH", f"/api/saved/{owl['id']}", json={"name": "eagle"}).json()
    assert (changed["name"], changed["tags"]) == ("eagle", ["bird"])
    assert save(visitor, ids[1], "hawk")["id"] == owl["id"]
    visitor.ask("DELETE", f"/api/saved/{owl['id']}")
    assert found("") == ["Große Motte"]


def test_others_see_what_is_published_and_can_branch_from_it(address, visitor) -> None:
    mine = save(visitor, ids_of(visitor.session())[0], "common moth")
    with Visitor(address) as other:
        theirs = ids_of(other.session())
        path = f"/api/pictures/{mine['picture']}"
        for suffix in (".png", "/genome.json", ""):
            assert other.client.get(path + suffix).status_code == 404
        body = {"saved": mine["id"]}
        assert other.client.post("/api/session/start", json=body).status_code == 404

        visitor.ask("PATCH", f"/api/saved/{mine['id']}", json={"published": True})

        other.ask("GET", f"{path}.png")
        change = {"name": "stolen"}
        assert other.client.patch(f"/api/saved/{mine['id']}", json=change).status_code == 403
        assert other.client.delete(f"/api/saved/{mine['id']}").status_code == 403
        body = {"picture": mine["picture"], "name": "stolen"}
        assert other.client.post("/api/saved", json=body).status_code == 404
        started = other.post("start", saved=mine["id"])
        assert images_of(started)[0] == mine["image"]
        assert not set(ids_of(started)) & set(theirs)
        evolved = other.evolve(3)
        grandchild = save(other, ids_of(evolved)[0], "grandchild")
        assert grandchild["parent"] == mine["id"]
        child = save(other, ids_of(started)[3], "child")
        assert child["parent"] == mine["id"]
        family = other.ask("GET", f"/api/saved/{child['id']}/family").json()["nodes"]
        assert {n["name"]: n["parent"] for n in family} == {
            "common moth": None,
            "child": mine["id"],
            "grandchild": child["id"],
        }
        ours = visitor.ask("GET", f"/api/saved/{mine['id']}/family").json()["nodes"]
        assert [n["name"] for n in ours] == ["common moth"], "what is not published is not shown"
        other.ask("PATCH", f"/api/saved/{grandchild['id']}", json={"published": True})
        ours = visitor.ask("GET", f"/api/saved/{mine['id']}/family").json()["nodes"]
        assert {n["name"]: n["parent"] for n in ours} == {
            "common moth": None,
            "grandchild": mine["id"],
        }
        other.ask("DELETE", f"/api/saved/{child['id']}")
        (listed,) = other.ask("GET", "/api/saved?search=grandchild").json()
        assert listed["parent"] == mine["id"]
        first = visitor.ask("GET", "/api/saved?order=branched&published=true").json()[0]
        assert (first["name"], first["branches"]) == ("common moth", 1)


def test_an_elite_of_a_run_looks_as_in_the_run(visitor, run_folder: Path) -> None:
    (run,) = visitor.ask("GET", "/api/runs/breedable").json()
    assert (run["name"], run["task"], run["is_share"]) == ("a run", "lenet5", True)
    report = json.loads((run_folder / "a run" / "report.json").read_text())

    for entry in run["niches"][:5]:
        session = visitor.post("start", run="a run", **{"class": entry["index"]})
        id = ids_of(session)[0]
        ours = pixels(visitor.ask("GET", f"/api/pictures/{id}.png?size=28").content)
        file = run_folder / "a run" / report["niches"][entry["index"]]["image"]
        theirs = np.asarray(Image.open(file))
        far = abs(ours.astype(int) - theirs) > 2  # steep waves amplify rounding
        assert far.mean() < 0.02
        assert not session["settings"]["colour"]
    for name in ("notes", "../a run", "a run/", "/etc", "damaged", ""):
        response = visitor.client.post("/api/session/start", json={"run": name, "class": 0})
        assert response.status_code in (404, 422), name


def test_two_sessions_do_not_mix(address, visitor) -> None:
    mine = visitor.evolve(0)
    with Visitor(address) as other:
        theirs = other.session()
        assert not set(ids_of(mine)) & set(ids_of(theirs))
        assert theirs["page"] == 1
        for id in ids_of(mine)[:2]:
            assert other.client.get(f"/api/pictures/{id}").status_code == 404
            body = {"selected": [id]}
            assert other.client.post("/api/session/evolve", json=body).status_code == 422
            assert other.client.post("/api/session/adopt", json={"picture": id}).status_code == 404
        assert other.client.post("/api/session/go", json={"page": 2}).status_code == 404
        assert other.session() == theirs
    assert visitor.session() == mine


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "data.sqlite"
    with serving(data) as address, Visitor(address) as visitor:
        visitor.prefer(changes=70, model="lenet5")
        visitor.evolve(0, 1)
        before = visitor.evolve(2)
        saved = save(visitor, ids_of(before)[0], "kept")
        cookies = dict(visitor.client.cookies)
        older = visitor.post("go", page=2)
    with serving(data) as address, Visitor(address) as visitor:
        visitor.client.cookies.update(cookies)
        assert visitor.session() == older
        assert visitor.post("go", page=3) == before
        assert visitor.ask("GET", "/api/saved").json() == [saved]
        assert visitor.evolve(3)["page"] == 4


def test_a_large_picture_holds_nobody_up(address, visitor) -> None:
    id = ids_of(visitor.session())[0]
    times: list[float] = []

    def fetch() -> None:
        with Visitor(address) as second:
            second.client.cookies.update(visitor.client.cookies)
            second.ask("GET", f"/api/pictures/{id}.png?size=2000")
        times.append(time.monotonic())

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    visitor.evolve(0)
    done = time.monotonic()
    for thread in threads:
        thread.join()

    assert len(times) == 2
    assert done < max(times)


def test_large_parents_have_children_that_do_not_grow(tmp_path: Path) -> None:
    limits = {"most_nodes": 20, "most_edges": 40}
    with serving(tmp_path / "data", **limits) as address, Visitor(address) as visitor:
        visitor.prefer(changes=100)
        sizes = []
        for _ in range(12):
            session = visitor.evolve(*range(15))
            sizes.append(max(p["nodes"] for p in session["pictures"]))
    assert max(sizes) == sizes[-1] < 30


def test_limits_are_told_and_old_sessions_make_room(tmp_path: Path) -> None:
    limits = {"most_pages": 3, "most_saved": 1, "most_sessions": 2}
    with serving(tmp_path / "data", **limits) as address, Visitor(address) as visitor:
        ids = ids_of(visitor.session())
        visitor.evolve(0)
        visitor.evolve(0)
        body = {"selected": [ids_of(visitor.session())[0]]}
        response = visitor.client.post("/api/session/evolve", json=body)
        assert response.status_code == 409
        assert "3 pages" in response.json()["error"]
        save(visitor, ids[0], "one")
        body = {"picture": ids[1], "name": "two"}
        assert "delete" in visitor.client.post("/api/saved", json=body).json()["error"]
        for _ in range(3):
            with Visitor(address) as other:
                assert other.session()["page"] == 1
        assert visitor.session()["page"] == 3, "a session with saved pictures stays"


def test_what_the_command_cannot_use_is_told_in_one_line(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no database, but some text that is long enough to be read as one" * 20)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for given, expected in (
            (("--port", port), "choose another --port"),
            (("--runs", tmp_path / "none"), "expected a folder of runs"),
            (("--model", "lenet6"), "did you mean 'lenet5'?"),
            (("--data", text), "expected a file of `neatfool breed`"),
            (("--token", "short"), "token"),
            (("--mean", "0.5"), "expected --model beside other options"),
        ):
            data = () if "--data" in given else ("--data", tmp_path / "data")
            outcome = neatfool("breed", "--no-browser", *data, *given)
            assert outcome.code == 2
            assert expected in outcome.err.replace("\n", " ")
            assert "Traceback" not in outcome.err


def test_what_was_answered_is_on_the_disk(tmp_path: Path) -> None:
    data, copy = tmp_path / "breed.sqlite", tmp_path / "copy"
    copy.mkdir()
    with serving(data) as address, Visitor(address) as visitor:
        visitor.evolve(0, 1)
        before = visitor.evolve(2)
        cookies = dict(visitor.client.cookies)
        for file in tmp_path.glob("breed.sqlite*"):  # what is there if it is killed now
            shutil.copy(file, copy)
        outcome = neatfool("breed", "--no-browser", "--data", data)
        assert (outcome.code, "in use" in outcome.err) == (2, True)
    with serving(copy / data.name) as address, Visitor(address) as visitor:
        visitor.client.cookies.update(cookies)
        assert visitor.session() == before
