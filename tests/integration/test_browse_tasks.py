"""Runs of other tasks than fooling, as the server tells of them and as a page shows them."""

import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from neatfool import past
from neatfool.encodings import CppnSettings
from neatfool.reporting import percent
from neatfool.web.browse import browser as browsing
from neatfool.web.browse.browser import Browser
from neatfool.web.browse.folders import PROGRAM
from neatfool.web.refusal import Refusal
from tests.browsed_runs import GENERATIONS, GREY, evolve, make_runs_of_tasks
from tests.browser import Page, assert_fine, assert_texts, axe, needs_chromium, needs_playwright
from tests.web_server import Visitor, get, serving, told

CELLS = 20
RUNS = {"xor", "xor again", "xor cut", "boxes", "hills", "hills cut", "greys", "fooling"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tasks") / "runs"
    make_runs_of_tasks(root)
    evolve(root / "fooling", CppnSettings(), GREY, 4)
    (root.parent / "ran").unlink()
    return root


@pytest.fixture(scope="module")
def address(made: Path) -> Iterator[str]:
    with serving(made.parent / "data.sqlite", runs=made) as address:
        yield address


@pytest.fixture(scope="module")
def visitor(address: str) -> Iterator[Visitor]:
    with Visitor(address) as visitor:
        yield visitor


@pytest.fixture(autouse=True)
def _runs_nothing(made: Path) -> Iterator[None]:
    """Whatever is looked at, no program of a folder is run, though this user ran it before."""
    yield
    assert not (made.parent / "ran").exists()


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> tuple[Browser, Path]:
    """A run that a test may change."""
    run = shutil.copytree(made / "xor", tmp_path / "runs" / "run")
    return Browser(run.parent), run


def picture(visitor: Visitor, what: str, **query: Any) -> Image.Image:
    response = get(visitor, what, **query)
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


def replayed(visitor: Visitor, run: str) -> Any:
    """Go through a run again; return how that ended."""
    visitor.ask("POST", "/api/runs/replay", json={"run": run})
    for _ in range(600):
        progress = told(visitor, "/replay", run=run)
        if progress["phase"] in ("done", "failed"):
            return progress
    raise AssertionError(progress)


def test_lists_runs_of_any_task(visitor: Visitor) -> None:
    rows = {row["name"]: row for row in told(visitor, "")}
    assert rows.keys() == RUNS
    assert all(row["problem"] is None for row in rows.values())
    facts = {name: row["facts"] for name, row in rows.items()}
    assert (facts["xor"]["name"], facts["xor"]["unit"]) == (
        "xor",
        {"noun": "score", "is_share": False},
    )
    assert (facts["xor"]["best"], facts["xor"]["niches"], facts["xor"]["search"]) == (16, 1, "neat")
    assert (facts["boxes"]["best"], facts["boxes"]["encoding"]) == (2250, "cppn")
    assert list(facts["boxes"]["reached"]) == ["1125", "2025", "2137.5", "2250"]
    assert (facts["hills"]["name"], facts["hills"]["niches"]) == ("Hills", CELLS)
    assert facts["fooling"]["unit"] == {"noun": "confidence", "is_share": True}
    assert {name for name, each in facts.items() if each["images"]} == {"greys", "fooling"}
    assert {name for name, each in facts.items() if each["can_breed"]} == {"greys", "fooling"}
    assert {name for name, each in facts.items() if not each["can_replay"]} == {
        "hills",
        "hills cut",
    }
    assert {name: len(row["strip"]) for name, row in rows.items()} == {
        **{"xor": 1, "xor again": 1, "xor cut": 1, "boxes": 1, "hills": 2, "hills cut": 0},
        **{"greys": 2, "fooling": 4},
    }


@pytest.mark.parametrize("run", ["xor", "boxes", "hills"])
def test_tells_what_the_report_says(visitor: Visitor, made: Path, run: str) -> None:
    found, report = (
        told(visitor, "/run", run=run),
        json.loads((made / run / "report.json").read_text()),
    )
    assert [(n["index"], n["name"], n["score"], n["shown"]) for n in found["niches"]] == [
        (n["index"], n["name"], n["score"], n["image"] is not None) for n in report["niches"]
    ]
    facts = found["facts"]
    assert facts["reached"] == report["reached"]
    assert facts["median"] == pytest.approx(report["median_score"])
    is_grid = run == "hills"
    assert facts["coverage"] == (pytest.approx(report["coverage"]) if is_grid else None)
    assert facts["qd_score"] == (pytest.approx(report["qd_score"]) if is_grid else None)
    assert facts["has_map"] == is_grid


def test_drawings_are_those_on_disk_on_white(visitor: Visitor, made: Path) -> None:
    report = json.loads((made / "xor" / "report.json").read_text())
    with Image.open(made / "xor" / report["niches"][0]["image"]) as drawn:
        white = Image.new("RGBA", drawn.size, "white")
        expected = Image.alpha_composite(white, drawn.convert("RGBA")).convert("RGB")
    large = picture(visitor, "/elite", run="xor", niche=0, size="large")
    assert abs(np.asarray(large).astype(int) - np.asarray(expected)).max() <= 1
    assert max(picture(visitor, "/elite", run="xor", niche=0).size) == 320


def test_the_grid_is_shown_and_only_if_there_is_one(visitor: Visitor, made: Path) -> None:
    with Image.open(made / "hills" / "grid.png") as drawn:
        assert picture(visitor, "/grid", run="hills").size == drawn.size
    assert get(visitor, "/grid", run="xor").status_code == 404


def test_elites_of_a_run_that_is_not_over_are_drawn(visitor: Visitor, made: Path) -> None:
    run = told(visitor, "/run", run="xor cut")
    assert run["facts"]["published"] == 4
    (niche,) = run["niches"]
    assert niche["score"] == float(past.archive_at(made / "xor cut", 4).scores[0])
    assert min(picture(visitor, "/elite", run="xor cut", niche=0, size="large").size) > 100


def test_a_run_that_takes_a_program_shows_its_numbers_and_says_why_no_pictures(
    visitor: Visitor, made: Path
) -> None:
    run = told(visitor, "/run", run="hills cut")
    assert run["facts"]["unseen"] == PROGRAM
    archive = past.read_standing(made / "hills cut", trusted=True).archive
    (made.parent / "ran").unlink()  # by us
    scores = [score if np.isfinite(score) else None for score in archive.scores.tolist()]
    assert [n["score"] for n in run["niches"]] == scores
    assert [n["found_at"] for n in run["niches"]] == archive.found_at.tolist()
    assert not any(n["shown"] for n in run["niches"])
    held = next(row for row, score in enumerate(scores) if score is not None)
    refused = get(visitor, "/elite", run="hills cut", niche=held)
    assert (refused.status_code, refused.json()["error"]) == (422, PROGRAM)
    assert replayed(visitor, "hills")["message"] == PROGRAM


def test_images_for_a_program_are_painted_without_it(visitor: Visitor, made: Path) -> None:
    again = past.Replay(made / "greys")
    archive = past.archive_at(made / "greys", 4)
    levels = again.paint(archive.genomes)[:, 0]
    run = told(visitor, "/run", run="greys")
    assert [niche["score"] for niche in run["niches"]] == archive.scores.tolist()
    assert run["facts"]["reached"].keys() == {"-0.5", "-0.25"}
    for niche, expected in enumerate(levels):
        assert np.array_equal(picture(visitor, "/elite", run="greys", niche=niche), expected)
    assert replayed(visitor, "greys")["phase"] == "done"
    session = visitor.post("start", run="greys", **{"class": 1})
    assert session["history"][-1]["how"] == "run"


def test_the_past_of_what_is_no_image_has_numbers_alone(visitor: Visitor, made: Path) -> None:
    progress = replayed(visitor, "xor")
    assert progress["frames"] == list(range(1, GENERATIONS + 1))
    frame = told(visitor, "/frame", run="xor", generation=2)
    archive = past.archive_at(made / "xor", 2)
    assert (frame["scores"], frame["found_at"]) == (
        archive.scores.tolist(),
        archive.found_at.tolist(),
    )
    response = get(visitor, "/elite", run="xor", niche=0, generation=2)
    assert (response.status_code, "numbers alone" in response.text) == (404, True)


def test_only_networks_that_paint_are_bred_from(visitor: Visitor) -> None:
    assert [run["name"] for run in visitor.ask("GET", "/api/runs/breedable").json()] == ["fooling"]
    for run in ("xor", "boxes", "hills", "hills cut"):
        body = {"run": run, "class": 0}
        assert visitor.client.post("/api/session/start", json=body).status_code == 404


def test_a_network_that_is_too_large_is_not_drawn(
    copied: tuple[Browser, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, run = copied
    shutil.rmtree(run / "elites")
    assert browser.picture("run", 0, False).startswith(b"\x89PNG")
    monkeypatch.setattr(browsing, "MOST_DRAWN", (3, 1))
    with pytest.raises(Refusal, match="too large"):
        browser.picture("run", 0, False)


DAMAGES = {
    "missing": lambda path: path.unlink(),
    "cut": lambda path: path.write_text(path.read_text()[:40]),
    "a list": lambda path: path.write_text("[]"),
    "no niche": lambda path: changed(path, indices=[], names=[]),
    "a name too few": lambda path: changed(path, names=[]),
    "no unit": lambda path: changed(path, unit=None),
    "an endless best": lambda path: changed(path, best=float("inf")),
    "an endless level": lambda path: changed(path, levels=[0.5, float("-inf")]),
}


def changed(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_run_that_does_not_say_what_it_evolves_is_listed_as_damaged(
    copied: tuple[Browser, Path], damage: Any
) -> None:
    browser, run = copied
    assert browser.listed()[0].problem is None
    damage(run / "about.json")
    (row,) = browser.listed()
    assert row.facts is None
    assert "cannot be read: about.json is damaged or missing" in (row.problem or "")
    for act in (lambda: browser.run("run"), lambda: browser.picture("run", 0, True)):
        with pytest.raises(Refusal, match="cannot be read"):
            act()


@pytest.fixture
def visit(open_page: Callable[..., Page], address: str) -> Callable[..., Page]:
    """Visit the runs as somebody new."""

    def visit(place: str = "", width: int = 1280, scheme: str = "light") -> Page:
        return open_page(f"{address}/browse{place}", width, scheme)

    return visit


def texts(page: Page, of: str) -> list[str]:
    return page.locator(of).all_text_contents()


def terms(page: Page, holder: str) -> dict[str, str]:
    return dict(zip(texts(page, f"{holder} dt"), texts(page, f"{holder} dd"), strict=True))


def written(score: float) -> str:
    return f"{float(f'{score:.6g}'):,.10g}"


@needs_chromium
@needs_playwright
def test_a_page_of_one_niche_says_best_in_the_unit_of_the_task(visit: Any, made: Path) -> None:
    score = json.loads((made / "boxes" / "report.json").read_text())["niches"][0]["score"]
    page = visit("#run=boxes")
    page.locator("#classes li").wait_for()
    assert terms(page, "#numbers")["best"] == written(score)
    assert not {"median", "worst"} & terms(page, "#numbers").keys()
    assert texts(page, "#classes .number") == [written(score)]
    assert page.locator("#classes .bar").evaluate(
        "bar => Number(getComputedStyle(bar).getPropertyValue('--share'))"
    ) == pytest.approx(score / 2250)
    for useless in ("#find", "#spread", "#map", "#other"):
        assert not page.locator(useless).is_visible()
    page.locator("#classes img").evaluate("image => image.decode()")
    page.locator("#classes .pic").click()
    page.get_by_text(f"Score: {written(score)}. Found in generation").wait_for()
    page.get_by_text("Only pictures of CPPN networks can be bred from").wait_for()
    assert not page.locator("#look-breed").is_visible()


@needs_chromium
@needs_playwright
def test_a_page_of_a_grid_shows_it_and_the_cells_that_have_an_elite(visit: Any, made: Path) -> None:
    report = json.loads((made / "hills" / "report.json").read_text())
    known = {n["name"]: n["score"] for n in report["niches"] if n["score"] is not None}
    page = visit("#run=hills")
    page.locator("#map-image").wait_for()
    page.locator("#map-image").evaluate("image => image.decode()")
    by_score = sorted(known, key=lambda name: -known[name])
    assert_texts(page, "#classes .name", *by_score)
    shown = terms(page, "#numbers")
    assert shown["best"] == written(max(known.values()))
    assert shown["coverage"] == percent(len(known) / CELLS)
    assert shown["QD-score"] == written(report["qd_score"])
    assert page.locator("#found").text_content() == f"{len(known)} niches"
    assert not page.locator("#replay").is_visible()
    page.locator("#search").fill(by_score[0])
    assert_texts(page, "#classes li:first-child .name", by_score[0])


@needs_chromium
@needs_playwright
def test_niches_are_filtered_by_the_levels_of_the_task(visit: Any, made: Path) -> None:
    scores = past.archive_at(made / "greys", 4).scores.tolist()
    page = visit("#run=greys")
    page.locator("#classes li").nth(1).wait_for()
    choices = ["any", "at least -0.25", "at least -0.5", "below -0.5", "below -0.25"]
    assert texts(page, "#level option") == choices
    for choice in choices[1:]:
        level = float(choice.split()[-1])
        page.locator("#level").select_option(label=choice)
        fits = [(score >= level) == choice.startswith("at") for score in scores]
        expected = [name for name, fit in zip(("dark", "bright"), fits, strict=True) if fit]
        assert_texts(page, "#classes .name", *expected)
    assert not page.locator("#classes .bar").first.is_visible()  # of 0 there is no share


@needs_chromium
@needs_playwright
def test_scores_of_the_past_are_shown_without_pictures(visit: Any, made: Path) -> None:
    page = visit("#run=xor")
    page.locator("#other-run").wait_for()
    assert set(texts(page, "#other-run option")) == {"xor again", "xor cut"}
    page.wait_for_load_state("networkidle")  # a run that was replayed already needs no click
    if page.locator("#replay").is_visible():
        page.locator("#replay").click()
    page.locator("#time-slider").wait_for()
    page.locator("#time-slider").focus()
    page.keyboard.press("Home")
    page.get_by_text("1 niche, generation 1").wait_for()
    score = float(past.archive_at(made / "xor", 1).scores[0])
    assert texts(page, "#classes .number") == [written(score)]
    assert not page.locator("#classes img").is_visible()
    page.get_by_role("button", name="Back to now").click()
    page.locator("#classes img").wait_for()


@needs_chromium
@needs_playwright
@pytest.mark.parametrize(
    ("other", "said"),
    [("boxes", "have no niche in common"), ("fooling", "are not of one kind")],
)
def test_runs_that_cannot_be_compared_say_why(visit: Any, other: str, said: str) -> None:
    page = visit(f"#compare=xor&with={other}")
    page.get_by_text(said).wait_for()
    assert not page.locator("#both").is_visible()


@needs_chromium
@needs_playwright
def test_runs_of_one_task_are_compared_in_its_unit(visit: Any, made: Path) -> None:
    one, other = (
        past.archive_at(made / run, generation).scores[0]
        for run, generation in (("xor", GENERATIONS), ("xor again", 4))
    )
    page = visit("#compare=xor&with=xor+again")
    page.locator("#pairs tr").wait_for()
    (shown,) = texts(page, "#pairs .number")
    assert float(shown.replace("−", "-")) == pytest.approx(float(one - other), rel=1e-4)
    assert texts(page, "#pairs th") == ["xor"]
    assert page.locator("#both-curve-title").text_content() == "Best score"


@needs_chromium
@needs_playwright
@pytest.mark.parametrize(
    ("width", "scheme"),
    [(390, "dark"), pytest.param(1280, "light", marks=pytest.mark.proof)],
)
def test_is_accessible_and_fits(visit: Any, width: int, scheme: str) -> None:
    script = axe()
    page = visit("", width, scheme)
    page.evaluate(script)
    page.locator(".run").nth(len(RUNS) - 1).wait_for()
    assert_fine(page)
    for place, ready in (
        ("#run=hills", "#map-image"),
        ("#run=hills+cut", "#unseen"),
        ("#run=boxes", "#classes img"),
        ("#compare=xor&with=xor+again", "#pairs tr"),
        ("#compare=xor&with=boxes", "#apart"),
    ):
        page.goto(page.url.partition("#")[0] + place)
        page.locator(ready).first.wait_for()
        assert_fine(page)
    page.goto(page.url.partition("#")[0] + "#run=xor")
    page.locator("#classes .pic").first.click()
    assert_fine(page)
