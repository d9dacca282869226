"""Runs in which nothing ever had a score in some niche: everything that reads them copes."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from neatfool import exams, past, reports, search
from neatfool.encodings import CppnSettings
from neatfool.errors import ConfigError, NeatfoolError
from neatfool.past.elites import read_elites
from neatfool.past.parts import look
from neatfool.past.standing import Standing
from neatfool.tasks import Fooling, Trial
from tests.browsed_runs import GENERATIONS, GREY, evolve
from tests.fakes import fake_classifier
from tests.web_server import Visitor, serving

CLASSES, EMPTY = 4, (1, 3)


class Picky(Fooling):
    """Fooling without a score in some niches, and with none at all in the first generation."""

    asked = 0

    def score(self, images: Any, trial: Trial | None = None) -> Any:
        scores = super().score(images, trial)
        scores[:, EMPTY] = -np.inf
        type(self).asked += 1
        return np.full_like(scores, -np.inf) if type(self).asked == 1 else scores


def evolved(root: Path, by: Any, stop: int = GENERATIONS) -> Path:
    """Make a run whose records, report and elites have empty niches."""
    Picky.asked = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.browsed_runs.Fooling", Picky)
        evolve(root / "run", CppnSettings(), GREY, CLASSES, by=by, stop=stop)
    return root / "run"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of MAP-Elites with empty niches."""
    return evolved(tmp_path_factory.mktemp("runs"), search.MapElitesSettings(batch=12))


def plain(path: Path) -> Any:
    """Read JSON, or lines of it, that holds no number that JSON lacks."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} in {path.name}")

    text = path.read_text()
    if path.suffix == ".json":
        return json.loads(text, parse_constant=refuse)
    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


def test_what_a_run_writes_is_json_and_says_none(folder: Path) -> None:
    metrics, report = plain(folder / "metrics.jsonl"), plain(folder / "report.json")
    plain(folder / "lineage.jsonl")

    assert metrics[0]["median"] is metrics[0]["worst"] is None
    confidences = [entry["score"] for entry in report["niches"]]
    known = [each for each in confidences if each is not None]
    assert [row for row, each in enumerate(confidences) if each is None] == list(EMPTY)
    assert report["worst_score"] == min(known) == metrics[-1]["worst"]
    assert report["median_score"] == pytest.approx(float(np.median(known)))
    assert report["reached"]["0.5"] == sum(each >= 0.5 for each in known) / CLASSES
    with (folder / "niches.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["score"] == "" for row in rows] == [row in EMPTY for row in range(CLASSES)]
    for row in EMPTY:
        with Image.open(folder / report["niches"][row]["image"]) as picture:
            assert np.asarray(picture).max() == 0
    page = (folder / "report.html").read_text()
    assert "nan %" not in page
    assert "-inf" not in page
    assert page.count("data-index=") - page.count("data-score=") == len(EMPTY)


def test_its_report_is_made_again(folder: Path) -> None:
    before = plain(folder / "report.json")
    after = reports.report_again(folder)
    assert json.loads(json.dumps(after)) == before


def test_it_is_replayed_and_plotted(folder: Path, tmp_path: Path) -> None:
    archive = past.archive_at(folder)
    assert archive.occupied.tolist() == [row not in EMPTY for row in range(CLASSES)]

    made = reports.plot(folder, tmp_path)

    told = plain(tmp_path / "lineage.json")
    assert made.lineage == told
    for row, entry in enumerate(told["elites"]):
        is_empty = row in EMPTY
        assert (entry["score"] is None) == (entry["key"] is None) == is_empty
        assert is_empty == (entry["generation"] is None)
    assert {"curves.png", "heat-map.png", "gallery.png", "lineage.png"} <= {
        path.name for path in made.files
    }


def test_a_population_without_scores_is_recorded_and_replayed(tmp_path: Path) -> None:
    run = evolved(tmp_path, search.NeatSettings(batch=12))

    assert plain(run / "bests.jsonl")[0]["scores"] == [None] * 12
    archive = past.archive_at(run)
    assert archive.occupied.tolist() == [row not in EMPTY for row in range(CLASSES)]
    reports.plot(run, tmp_path, reports.Wanted(["species"]))


def test_an_elite_that_is_not_there_is_refused(folder: Path, tmp_path: Path) -> None:
    for wanted in (
        reports.Wanted(["lineage"], elite="c1"),
        reports.Wanted(films=["morph.gif"], elite="c0", to="c3"),
    ):
        with pytest.raises(NeatfoolError, match="no elite"):
            reports.plot(folder, tmp_path, wanted)
    with pytest.raises(NeatfoolError, match="no elite"):
        past.ancestors(folder, EMPTY[0])
    assert past.ancestors(folder, 0)

    archive = past.archive_at(folder)
    found = look(folder)
    standing = Standing(found.about, found.encoding, None, archive)
    assert standing.niche(None) not in EMPTY
    with pytest.raises(ConfigError, match="no elite"):
        standing.niche("c1")


def test_a_run_without_any_elite_is_plotted_without_lines(tmp_path: Path) -> None:
    class Blind(Picky):
        def score(self, images: Any, trial: Trial | None = None) -> Any:
            return np.full_like(super().score(images, trial), -np.inf)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.browsed_runs.Fooling", Blind)
        evolve(tmp_path / "run", CppnSettings(), GREY, CLASSES)

    made = reports.plot(tmp_path / "run", tmp_path / "plots")

    assert any("lineage" in note for note in made.notes)
    report = plain(tmp_path / "run" / "report.json")
    assert report["median_score"] is report["worst_score"] is None
    with pytest.raises(NeatfoolError, match="no elite"):
        read_elites(tmp_path / "run")


def test_only_elites_are_shown_to_other_networks(folder: Path) -> None:
    elites = read_elites(folder)
    assert elites.classes.tolist() == [row for row in range(CLASSES) if row not in EMPTY]

    (cell, *_) = exams.transfer([folder], [fake_classifier(GREY, CLASSES)])["cells"]

    report = plain(folder / "report.json")
    known = [e["score"] for e in report["niches"] if e["score"] is not None]
    assert cell["confidences"] == pytest.approx(known, abs=1e-6)
    _, scores = past.scores_over_time(folder, CLASSES)
    assert np.nanmedian(np.where(np.isfinite(scores[-1]), scores[-1], np.nan)) == pytest.approx(
        np.median(known)
    )


def test_the_server_tells_of_it(folder: Path, tmp_path: Path) -> None:
    with (
        serving(tmp_path / "data.sqlite", runs=folder.parent) as address,
        Visitor(address) as visitor,
    ):

        def told(what: str, **query: Any) -> Any:
            response = visitor.client.get(what, params=query)
            assert response.status_code == 200, response.text
            return response.json()

        (row,) = told("/api/runs")
        assert row["problem"] is None
        assert {thumb["index"] for thumb in row["strip"]} == set(range(CLASSES)) - set(EMPTY)
        shown = told("/api/runs/run", run="run")
        report = plain(folder / "report.json")
        assert shown["facts"]["worst"] == pytest.approx(report["worst_score"])
        assert [each["score"] is None for each in shown["niches"]] == [
            row in EMPTY for row in range(CLASSES)
        ]
        assert [point["generation"] for point in shown["curve"]] == list(range(1, GENERATIONS + 1))
        assert shown["curve"][0]["median"] is None

        (breedable,) = told("/api/runs/breedable")
        assert [each["index"] for each in breedable["niches"]] == [0, 2]
        start = {"run": "run", "class": 1}
        refused = visitor.client.post("/api/session/start", json=start)
        assert refused.status_code == 404, refused.text


def test_the_server_paints_no_elite_that_is_not_there(tmp_path: Path) -> None:
    evolved(tmp_path / "runs", search.MapElitesSettings(batch=12), stop=5)
    with (
        serving(tmp_path / "data.sqlite", runs=tmp_path / "runs") as address,
        Visitor(address) as visitor,
    ):
        found = [
            visitor.client.get("/api/runs/elite", params={"run": "run", "niche": index})
            for index in range(CLASSES)
        ]
    assert [each.status_code for each in found] == [200, 404, 200, 404]
