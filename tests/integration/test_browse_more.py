"""Notes, drawings, posters and curves of runs, as the page asks for them."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from neatfool import search
from neatfool.encodings import CppnSettings, PixelSettings
from neatfool.errors import NeatfoolError
from neatfool.past import overview
from neatfool.reports.plot import Wanted
from neatfool.reports.poster import poster_of_run
from neatfool.web import painting
from neatfool.web.browse import background, drawings
from neatfool.web.browse.browser import Browser
from neatfool.web.refusal import Refusal
from tests.browsed_runs import GREY, evolve, evolve_task, make_program_run
from tests.web_server import Visitor, get, serving, told

POSSIBLE = {
    "xor": ["curves", "sizes", "species", "lineage"],
    "boxes": ["curves", "sizes", "species", "substrate", "lineage"],
    "pixels": ["curves", "heat-map", "lineage", "goals"],
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("browse") / "runs"
    evolve(root / "cppn", CppnSettings(), GREY, 4)
    evolve(root / "other", CppnSettings(), GREY, 4, seed=4)
    evolve_task(root / "xor", "task.kind=xor", "search.kind=neat")
    evolve_task(root / "boxes", "task.kind=boxes", "search.kind=neat", stop=3)
    evolve(root / "pixels", PixelSettings(), GREY, 4, 3)
    make_program_run(root)
    return root


@pytest.fixture(scope="module")
def visitor(root: Path) -> Iterator[Visitor]:
    with serving(root.parent / "data.sqlite", runs=root) as address, Visitor(address) as visitor:
        yield visitor


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
    assert row["facts"]["begun"] == pytest.approx(1000 * time.time(), abs=1e6)


def test_a_curve_is_that_of_the_run_without_its_niches(visitor: Visitor) -> None:
    run, line = (told(visitor, what, run="other") for what in ("/run", "/curve"))
    assert line == {name: run[name] for name in ("name", "facts", "curve", "damaged_line")}
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
    for run in ("xor", "boxes", "pixels"):
        assert told(visitor, "/run", run=run)["pictures"] == POSSIBLE[run]
    for run, picture in (("boxes", "substrate"), ("boxes", "species"), ("pixels", "goals")):
        assert drawn(visitor, run=run, picture=picture)["phase"] == "done"

    for picture, more in (("curves", {}), ("lineage", {"niche": 2})):
        asked = {"run": "other", "picture": picture, **more}
        progress = drawn(visitor, **asked)
        assert progress["phase"] == "done", progress
        assert opened(get(visitor, "/drawing", **asked)).width > 200
    assert not (root / "other" / "plots").exists()


def test_nothing_is_offered_that_takes_a_past_that_nobody_recorded(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "other"
    monkeypatch.setattr(search.MapElites, "UNPLAYED", "nobody wrote it down")
    browser = Browser(root)
    try:
        run = browser.run(name)
        assert run.pictures == ("curves", "heat-map")
        assert (run.facts.can_replay, run.facts.unplayed) == (False, "nobody wrote it down")
        assert run.facts.can_enlarge
        assert browser.poster(name, 0, 20).startswith(b"\x89PNG")
    finally:
        browser.close()


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


def test_asking_again_does_not_keep_an_old_picture(
    visitor: Visitor, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"run": "cppn", "picture": "curves"}
    assert drawn(visitor, **asked)["phase"] == "done"
    (root / "cppn" / "metrics.jsonl").touch()
    now = time.monotonic()
    monkeypatch.setattr(drawings, "time", SimpleNamespace(monotonic=lambda: now + 8))
    assert visitor.ask("POST", "/api/runs/drawing", json=asked).json()["phase"] == "done"
    monkeypatch.setattr(drawings, "time", SimpleNamespace(monotonic=lambda: now + 16))
    assert visitor.ask("POST", "/api/runs/drawing", json=asked).json()["phase"] != "done"
    monkeypatch.undo()
    assert drawn(visitor, **asked)["phase"] == "done"


def test_looking_begins_no_drawing(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Any] = []
    monkeypatch.setattr(drawings.Drawings, "begin", lambda *job: begun.append(job))
    response = get(visitor, "/drawing", run="cppn", picture="goals")
    assert (response.status_code, begun) == (404, [])


def test_what_is_kept_is_bounded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "_MOST_BYTES", 1)
    made = drawings.Drawings()
    wanted = [Wanted(pictures=(name,)) for name in ("curves", "heat-map")]
    for each in wanted:
        made.ask(root / "other", each)
    made._pool.shutdown()
    first, second = (made.look_up((root / "other", each)) for each in wanted)
    assert first is None
    assert second is not None
    assert second.phase == "done"
    made.close()


@pytest.mark.parametrize("film", [False, True])
def test_painting_is_given_up_as_well(
    root: Path, monkeypatch: pytest.MonkeyPatch, film: bool
) -> None:
    made, painted = drawings.Drawings(), []

    class Watching(drawings._Watching):
        def step(self, done: int, **numbers: float | None) -> None:
            if self._drawing.message in ("painting", "drawing ancestors"):
                painted.append(done)
                made._closing.set()
            super().step(done, **numbers)

    monkeypatch.setattr(drawings, "_Watching", Watching)
    wanted = Wanted(films=("lineage.webp",), size=64) if film else Wanted(pictures=("lineage",))
    found = made.ask(root / ("other" if film else "xor"), wanted)
    made._pool.shutdown()
    assert (found.phase, painted) == ("failed", [1])
    assert "nobody looked" in found.message


def test_ancestors_that_are_too_large_are_not_drawn(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "MOST_DRAWN", (3, 1))
    progress = drawn(visitor, run="boxes", picture="lineage", niche=0)
    assert progress["phase"] == "failed"
    assert "too large to draw here" in progress["message"]


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


def test_posters_take_no_more_than_other_pictures(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(root)
    try:
        with pytest.raises(NeatfoolError, match="nobody waits"):
            browser.poster("other", 0, 64, lambda: True)
        with pytest.raises(NeatfoolError, match="nobody waits"):
            browser.poster("other", None, 64, lambda: True)
        monkeypatch.setattr(painting, "_MOST_WORK", 1)
        for niche in (0, None):
            with pytest.raises(Refusal, match="of so large a network"):
                browser.poster("other", niche, 64)
        monkeypatch.setattr(overview, "_MOST_ARRAYS", 1)
        with pytest.raises(Refusal, match="bytes") as refused:
            browser.poster("other", 0, 64)
        assert refused.value.status == 413
    finally:
        browser.close()


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
    monkeypatch.setattr(background, "_FORGOTTEN", -1.0)
    progress = drawn(visitor, run="cppn", picture="sizes")
    assert progress["phase"] == "failed"
    assert "nobody looked" in progress["message"]
