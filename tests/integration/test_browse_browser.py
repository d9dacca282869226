"""Looking through runs in a real browser, from a real server."""

import io
import json
import math
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from neatfool import past
from neatfool.reporting import apart, percent
from neatfool.runs.folder import occupied
from neatfool.web.browse.notes import NoteOfRun, Notes
from tests.browsed_runs import make_runs
from tests.browser import (
    Page,
    assert_fine,
    assert_texts,
    assert_wider,
    axe,
    needs_chromium,
    needs_playwright,
)
from tests.web_server import serving

pytestmark = [needs_chromium, needs_playwright]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("browse") / "runs"
    make_runs(root)
    return root


@pytest.fixture(scope="module")
def address(root: Path) -> Iterator[str]:
    with serving(root.parent / "data.sqlite", runs=root) as address:
        yield address


@pytest.fixture
def visit(open_page: Callable[..., Page], address: str) -> Callable[..., Page]:
    """Visit the runs as somebody new."""

    def visit(place: str = "", width: int = 1280, scheme: str = "light", **options: Any) -> Page:
        return open_page(f"{address}/browse{place}", width, scheme, **options)

    return visit


def names(page: Page, of: str) -> list[str]:
    return page.locator(of).all_text_contents()


def test_finds_runs(visit) -> None:
    page = visit()
    page.get_by_role("heading", name="sweep/pixels").wait_for()
    assert set(names(page, ".run h2")) == {
        "finished",
        "cut",
        "damaged",
        "sweep/other",
        "sweep/pixels",
    }
    page.locator("#list-search").fill("sweep cppn")
    assert_texts(page, ".run h2", "sweep/other")
    page.locator("#list-search").fill("")
    page.locator("#list-state").select_option("interrupted")
    assert_texts(page, ".run h2", "cut")
    page.locator("#list-state").select_option("")
    page.locator("#list-order").select_option("name")
    assert_texts(page, ".run:first-child h2", "cut")
    page.locator("#list-grouped").uncheck()
    for first, order in (("sweep/pixels", "Z first"), ("cut", "A first")):
        page.locator("[data-order=name]").click()
        page.get_by_role("button", name=f"Run, {order}", exact=True).wait_for()
        assert_texts(page, ".run:first-child h2", first)
    page.locator(".strip img").first.evaluate("image => image.decode()")


FOUND = """([names, scores]) => import("/static/found.js").then((found) => {
  const items = names.map((name, index) => ({ name, index, score: scores[index] }));
  const named = (query) => items.filter(({ name, index }) => found.searched(query)(name, index));
  const sorted = (compare) => [...items].sort(compare);
  const byScore = found.byNumber(({ score }) => score);
  const lists = {
    ...Object.fromEntries(["", "ROBIN", "red  robin", "1", "2", "4"].map((q) => [q, named(q)])),
    "0.5": items.filter(({ score }) => found.within("0.5")(score)),
    "below 0.5": items.filter(({ score }) => found.within("below 0.5")(score)),
    any: items.filter(({ score }) => found.within("")(score)),
    name: sorted(found.byName),
    up: sorted(byScore),
    down: sorted(found.reversed(byScore)),
  };
  return Object.entries(lists).map(([how, list]) => [how, list.map(({ index }) => index)]);
})"""


def test_lists_are_searched_filtered_and_sorted_alike(visit) -> None:
    names, scores = ["red robin", "c10", "c2", "robin"], [0.5, None, 0.25, 0.75]
    assert dict(visit().evaluate(FOUND, [names, scores])) == {
        "": [0, 1, 2, 3],
        "ROBIN": [0, 3],
        "red  robin": [0],
        "1": [1],
        "2": [2],
        "4": [],
        "0.5": [0, 3],
        "below 0.5": [1, 2],
        "any": [0, 1, 2, 3],
        "name": [2, 1, 0, 3],
        "up": [1, 2, 0, 3],
        "down": [3, 0, 2, 1],
    }


def test_finds_classes_and_breeds_from_one(visit, root: Path) -> None:
    report = json.loads((root / "finished" / "report.json").read_text())
    sure = {each["name"]: each["score"] for each in report["niches"]}
    page = visit()
    page.get_by_role("link", name="finished").click()
    page.locator("#classes li").nth(3).wait_for()
    page.locator("#order").select_option("high")
    best = sorted(sure, key=lambda name: -sure[name])
    assert_texts(page, "#classes .name", *(re.compile(rf"^\d+ {name}$") for name in best))
    page.locator("#search").fill("c2")
    assert_texts(page, "#classes .name", "2 c2")
    page.locator("#classes .pic").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Found in generation").wait_for()
    page.get_by_role("button", name="Breed from this").click()
    page.wait_for_selector(".tile")
    assert page.evaluate("location.pathname") == "/"
    session = page.evaluate("fetch('/api/session').then((answer) => answer.json())")
    assert session["history"][-1]["how"] == "run"
    page.get_by_role("link", name="Runs").click()
    page.get_by_role("heading", name="Runs", exact=True).wait_for()


def test_steps_through_time_by_keyboard(visit, root: Path) -> None:
    page = visit("#run=finished")
    page.get_by_role("button", name="Replay the run").focus()
    page.keyboard.press("Enter")
    page.locator("#time-slider").wait_for()
    latest = names(page, "#classes .number")
    page.locator("#time-slider").focus()
    page.keyboard.press("Home")
    page.get_by_text("4 classes, generation 1").wait_for()
    scores = past.archive_at(root / "finished", 1).scores
    assert names(page, "#classes .number") == [percent(score) for score in scores.tolist()]
    picture = page.locator("#classes img").first
    assert "generation=1" in picture.get_attribute("src")
    picture.evaluate("image => image.decode()")
    page.get_by_role("button", name="Back to now").click()
    assert_texts(page, "#classes .number", *latest)


def test_compares_two_runs(visit, root: Path) -> None:
    page = visit()
    page.get_by_label("Compare finished").check()
    page.get_by_label("Compare sweep/other").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator("#pairs tr").nth(3).wait_for()
    both = (past.archive_at(root / run).scores.tolist() for run in ("finished", "sweep/other"))
    pairs = list(zip(*both, strict=True))
    pairs.sort(key=lambda pair: -abs(math.log10((1 - pair[1]) / (1 - pair[0]))))
    assert names(page, "#pairs .number") == [apart(*pair) for pair in pairs]
    page.locator("#both-order").select_option("index")
    assert_texts(page, "#pairs th", "0 c0", "1 c1", "2 c2", "3 c3")


BANDS = """(curves) => import("/static/several.js").then(({ bands }) => bands(curves.map(
  (curve, seed) => ({
    name: `run ${seed}`,
    facts: { group: seed < 3 ? "alike" : "", name: "net", encoding: "cppn", search: "neat" },
    curve: curve.map(([generation, median]) => ({ generation, median })),
  })
)))"""


def test_many_runs_are_medians_in_bands(visit) -> None:
    curves = [
        [[1, 0.1], [2, 0.5], [4, 0.7]],
        [[1, 0.3], [3, 0.4]],
        [[1, None], [2, 0.2], [4, 0.9]],
        [[1, 0.6], [2, 0.8]],
    ]
    alike, alone = visit().evaluate(BANDS, curves)
    assert alike["name"] == "net · cppn · neat, 3 seeds"
    assert alike["points"] == [[2, 0.3], [3, 0.4], [4, 0.7]], "a run that ended stays where it was"
    assert alike["band"] == [[2, 0.2, 0.5], [3, 0.2, 0.5], [4, 0.4, 0.9]]
    assert alone == {"name": "run 3", "points": [[1, 0.6], [2, 0.8]], "band": []}


AXIS = """(last) => import("/static/curve.js").then(({ drawCurve }) => {
  const [holder, box] = ["div", "input"].map((tag) => document.createElement(tag));
  document.createElement("label").append(box);
  const points = [1, last / 10, last].map((generation) => [generation, 0]);
  drawCurve(holder, [{ name: "one", points }], { noun: "score", is_share: false }, box, []);
  const texts = [...holder.querySelectorAll("text:not([x='54'])")].map((each) => each.textContent);
  const along = holder.querySelector(".line-0").getAttribute("d").match(/[\\d.]+(?=,)/g);
  return [texts.join(" "), along.map(Number)];
})"""


def test_along_a_curve_factors_of_generations_have_equal_spaces(visit) -> None:
    (texts, few), (others, many) = (visit().evaluate(AXIS, last) for last in (100, 10_000))
    assert (texts, others) == ("1 10 100 generation", "1 10 100 10,000 generation")
    assert few[1] == pytest.approx((few[0] + few[2]) / 2, abs=0.1)
    assert many[1] == pytest.approx(many[0] / 4 + many[2] * 3 / 4, abs=0.1)


def test_stars_notes_pictures_and_seeds(visit, root: Path) -> None:
    page, other = visit(), visit("#run=finished", errors=False)
    page.locator("#list-starred").check()
    page.get_by_text("No run has a star").wait_for()
    page.locator("#list-starred").uncheck()
    page.get_by_role("button", name="Star finished").click()
    page.locator("[aria-label='Star finished'][aria-pressed=true]").wait_for()
    page.locator("#list-starred").check()
    assert_texts(page, ".run h2", "finished")
    other.locator("#note-text").fill("of two minds")
    other.get_by_role("button", name="Save the note").click()
    other.get_by_role("alert").filter(has_text="somebody else changed").wait_for()
    other.get_by_role("button", name="Save the note").click()
    other.get_by_text("The note is saved.").wait_for()
    write = Notes(root).change
    write(root / "finished", NoteOfRun(True, "a third voice", 2))
    other.evaluate("location.hash = ''")
    other.locator(".noted", has_text="a third voice").wait_for()
    other.locator("#note-text").evaluate("field => (field.value = 'not read yet')")
    other.evaluate("location.hash = '#run=finished'")
    other.get_by_role("button", name="Save the note").click()
    other.get_by_role("alert").filter(has_text="a third voice").wait_for()
    assert other.locator("#note-text").input_value() == "not read yet"
    other.get_by_role("button", name="Save the note").click()
    other.get_by_text("The note is saved.").wait_for()
    write(root / "finished", NoteOfRun(True, "unheard", 4))
    other.route("**/notes", lambda route: route.abort(), times=1)
    other.get_by_role("button", name="Save the note").click()
    other.get_by_role("alert").filter(has_text="does not answer").wait_for()
    other.get_by_role("button", name="Save the note").click()
    other.get_by_role("alert").filter(has_text="it says “unheard” now").wait_for()
    write(root / "finished", NoteOfRun(True, "of two minds", 5))
    other.reload()
    other.get_by_role("tab", name="Curves").focus()
    other.keyboard.press("ArrowRight")
    other.keyboard.press("Enter")
    assert_wider(other, "#drawing-image", 200)
    assert other.locator("[role=tab][aria-selected=true]").inner_text() == "Heat map"
    page.reload()
    page.locator(".noted", has_text="of two minds").wait_for()
    page.get_by_role("button", name="Compare all 3").click()
    page.get_by_role("heading", name="3 runs compared").wait_for()
    assert page.locator(".curve .band").count() == 1
    assert page.locator("#several tr").count() == 3
    (root / "notes.sqlite").write_bytes(b"no database")
    page = visit(errors=False)
    page.get_by_text("mend its permissions").wait_for()
    page.get_by_role("link", name="sweep/other").click()
    page.locator("#run-name", has_text="sweep/other").wait_for()
    (root / "notes.sqlite").unlink()


@pytest.mark.proof
def test_figures_are_dark_on_a_dark_page_and_images_keep_their_colours(visit) -> None:
    page = visit("#run=finished", scheme="dark")
    image, tabs = page.locator("#drawing-image"), ("Curves", "Ancestors", "Goals")
    for media, bounds in (("screen", (20, 30)), ("print", (255, 255))):
        page.emulate_media(media=media)
        for name in tabs:
            page.get_by_role("tab", name=name).click()
            image.and_(page.get_by_alt_text(f"{name} of")).wait_for()
            image.evaluate("image => image.decode()")
            with Image.open(io.BytesIO(image.screenshot())) as seen:
                edge = seen.convert("L").crop((5, seen.height // 3, 6, seen.height // 3 * 2))
            assert bounds[0] <= edge.getextrema()[0] <= edge.getextrema()[1] <= bounds[1], name
    filters = "all => all.map((each) => getComputedStyle(each).filter)"
    assert set(page.eval_on_selector_all("#classes img", filters)) == {"none"}


def test_a_damaged_record_is_told(visit, root: Path) -> None:
    run = shutil.copytree(root / "cut", root / "marred")
    lines = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
    (run / "metrics.jsonl").write_text("".join([lines[0], "x" + lines[1], *lines[2:]]))
    visit(errors=False).get_by_text("damaged: line 2").wait_for()
    page = visit("#run=marred", errors=False)
    page.locator("#curve .legend").wait_for()
    page.get_by_text("metrics.jsonl is damaged: line 2").wait_for()
    (run / "metrics.jsonl").write_text("nonsense")
    page = visit("#compare=marred&with=finished", errors=False)
    page.locator("#both-curve", has_text="marred: metrics.jsonl is damaged: line 1").wait_for()
    shutil.rmtree(run)


def test_follows_a_run_that_goes_on_until_it_is_gone(visit, root: Path, tmp_path: Path) -> None:
    run = shutil.copytree(root / "cut", root / "going")
    with occupied(run):
        page = visit("#run=going")
        page.get_by_text("running; pictures are of generation 4").wait_for()
    page.get_by_text("interrupted; pictures are of generation 4").wait_for()
    shutil.rmtree(run)


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(390, "dark"), pytest.param(1280, "light", marks=pytest.mark.proof)],
)
def test_is_accessible_and_fits(visit, width: int, scheme: str) -> None:
    script = axe()
    page = visit("", width, scheme)
    page.evaluate(script)
    page.get_by_label("Compare finished").check()
    page.get_by_role("button", name="Star cut").click()
    assert_fine(page)
    page.goto(page.url.partition("#")[0] + "#run=finished")
    page.locator("#classes li").nth(3).wait_for()
    page.locator("summary").click()
    if page.locator("#replay").is_visible():
        page.locator("#replay").click()
    page.locator("#time-slider").wait_for()
    assert_fine(page)
    page.locator("#classes .pic").first.click()
    assert_fine(page)
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Ancestors").click()
    page.locator("#drawing-image").wait_for()
    assert_fine(page)
    page.goto(page.url.partition("#")[0] + "#compare=finished&with=sweep%2Fother")
    page.locator("#pairs tr").nth(3).wait_for()
    assert_fine(page)
    page.goto(page.url + "&with=cut")
    page.locator("#several tr").nth(2).wait_for()
    assert_fine(page)
