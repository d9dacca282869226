"""Notes, drawings, posters and curves of runs, as the page asks for them."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from neatfool.encodings import CppnSettings
from neatfool.reports.poster import poster_of_run
from neatfool.web.browse import drawings
from tests.browsed_runs import GREY, evolve, evolve_task, make_program_run
from tests.web_server import Visitor, serving


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("browse") / "runs"
    evolve(root / "cppn", CppnSettings(), GREY, 4)
    evolve(root / "other", CppnSettings(), GREY, 4, seed=4)
    evolve_task(root / "xor", "task.kind=xor", "search.kind=neat")
    make_program_run(root)
    return root


@pytest.fixture(scope="module")
def visitor(root: Path) -> Iterator[Visitor]:
    with serving(root.parent / "data.sqlite", runs=root) as address, Visitor(address) as visitor:
        yield visitor


def get(visitor: Visitor, what: str, **query: Any) -> httpx.Response:
    return visitor.client.get(f"/api/runs{what}", params=query)


def told(visitor: Visitor, what: str, **query: Any) -> Any:
    response = get(visitor, what, **query)
    assert response.status_code == 200, response.text
    return response.json()


def drawn(visitor: Visitor, **asked: Any) -> Any:
    """Ask for a drawing until it is there, or is not to be had."""
    for _ in range(1200):
        progress = visitor.ask("POST", "/api/runs/drawing", json=asked).json()
        if progress["phase"] in ("done", "failed"):
            return progress
        time.sleep(0.02)
    raise AssertionError(progress)


def opened(response: httpx.Response) -> Image.Image:
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


def test_runs_that_differ_by_their_seed_alone_are_of_one_group(visitor: Visitor) -> None:
    groups = {row["name"]: row["facts"]["group"] for row in told(visitor, "")}
    assert groups["cppn"] == groups["other"] != ""
    assert len(set(groups.values())) == len(groups) - 1


def test_the_list_has_dates_durations_and_medians_over_time(visitor: Visitor, root: Path) -> None:
    row = next(row for row in told(visitor, "") if row["name"] == "other")
    lines = (root / "other" / "metrics.jsonl").read_text().splitlines()
    metrics = [json.loads(line) for line in lines]
    assert row["spark"] == [each["median"] for each in metrics]
    assert row["facts"]["seconds"] == metrics[-1]["seconds"]
    assert row["facts"]["version"] == pytest.approx(1000 * time.time(), abs=1e6)


def test_a_curve_is_that_of_the_run_without_its_niches(visitor: Visitor) -> None:
    run, line = (told(visitor, what, run="other") for what in ("/run", "/curve"))
    assert line == {name: run[name] for name in ("name", "facts", "curve")}
    assert get(visitor, "/curve", run="nowhere").status_code == 404


def test_a_note_is_kept_beside_the_runs(visitor: Visitor, root: Path) -> None:
    before = {path: path.read_bytes() for path in root.glob("other/*") if path.is_file()}
    assert told(visitor, "/notes") == []
    note = {"run": "other", "starred": True, "note": "the best <b>so far</b>", "version": 0}

    written = visitor.ask("PUT", "/api/runs/notes", json=note).json()

    assert written == {**note, "version": 1}
    assert told(visitor, "/notes") == [written]
    again = visitor.client.put("/api/runs/notes", json=note)
    assert (again.status_code, "so far" in again.json()["error"]) == (409, True)
    assert (root / "notes.sqlite").is_file()
    assert all(path.read_bytes() == content for path, content in before.items())
    missing = visitor.client.put("/api/runs/notes", json={**note, "run": "../other"})
    assert missing.status_code == 404


def test_draws_what_plot_draws(visitor: Visitor, root: Path) -> None:
    pictures = told(visitor, "/run", run="other")["pictures"]
    assert pictures == ["curves", "heat-map", "sizes", "lineage", "goals"]
    assert told(visitor, "/run", run="xor")["pictures"] == ["curves", "sizes", "species", "lineage"]

    for picture, more in (("curves", {}), ("lineage", {"niche": 2})):
        asked = {"run": "other", "picture": picture, **more}
        progress = drawn(visitor, **asked)
        assert progress["phase"] == "done", progress
        assert opened(get(visitor, "/drawing", **asked)).width > 200
    assert not (root / "other" / "plots").exists()


def test_a_run_that_goes_on_is_drawn_as_it_was_a_moment_ago(
    visitor: Visitor, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"run": "cppn", "picture": "heat-map"}
    assert drawn(visitor, **asked)["phase"] == "done"
    first = get(visitor, "/drawing", **asked).content
    (root / "cppn" / "metrics.jsonl").touch()
    begun = visitor.ask("POST", "/api/runs/drawing", json=asked).json()
    assert begun["phase"] == "done", "who waits for it gets it"
    monkeypatch.setattr(drawings, "_FRESH", -1.0)
    begun = visitor.ask("POST", "/api/runs/drawing", json=asked).json()
    assert begun["phase"] != "done"
    monkeypatch.undo()
    assert drawn(visitor, **asked)["phase"] == "done"
    assert get(visitor, "/drawing", **asked).content == first


def test_says_why_there_is_no_such_picture(visitor: Visitor) -> None:
    for _ in range(2):  # and again, to who asks again
        progress = drawn(visitor, run="other", picture="species")
        assert progress["phase"] == "failed"
        assert "the search has no species" in progress["message"]
    assert visitor.client.post("/api/runs/drawing", json={"run": "gone"}).status_code == 404
    unknown = visitor.client.post("/api/runs/drawing", json={"run": "other", "picture": "../x"})
    assert (unknown.status_code, "../x" in unknown.json()["error"]) == (400, True)


def test_films_how_an_elite_came_about(visitor: Visitor) -> None:
    asked = {"run": "other", "niche": 1, "film": "webp", "size": 96, "per_second": 2}
    assert drawn(visitor, **asked)["phase"] == "done"
    response = get(visitor, "/drawing", **asked)
    assert response.headers["content-type"] == "image/webp"
    assert opened(response).width == 96


def test_posters_are_those_of_the_command(visitor: Visitor, root: Path) -> None:
    one = opened(get(visitor, "/poster", run="other", niche=2, size=300))
    expected = poster_of_run(root / "other", 300, "2").levels
    assert np.array_equal(np.asarray(one), expected[0])
    assert "neatfool" in one.text
    assert opened(get(visitor, "/poster", run="other", size=400)).width == 400
    assert get(visitor, "/poster", run="other", size=5000).status_code == 422
    assert "draws its networks" in get(visitor, "/poster", run="xor").json()["error"]


def test_no_program_is_run_for_a_drawing_or_a_poster(visitor: Visitor, root: Path) -> None:
    ran = root.parent / "ran"
    before = ran.read_text()
    assert told(visitor, "/run", run="hills")["pictures"] == []
    assert "none is run here" in drawn(visitor, run="hills", picture="curves")["message"]
    assert "none is run here" in get(visitor, "/poster", run="hills").json()["error"]
    assert ran.read_text() == before


def test_a_drawing_that_nobody_asks_for_any_more_is_given_up(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "_FORGOTTEN", -1.0)
    progress = drawn(visitor, run="cppn", picture="sizes")
    assert progress["phase"] == "failed"
    assert "nobody looked" in progress["message"]
