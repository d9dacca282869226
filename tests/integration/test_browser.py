"""The page in a real browser, with as many classes as ImageNet has."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from neatfool.images import to_png
from neatfool.reporting import CONFIDENCE
from neatfool.reports.behind import Behind, Forebear
from neatfool.reports.pages.chart import chart
from neatfool.reports.pages.page import Pictures, html_report
from neatfool.reports.pages.thumbnails import thumbnails
from neatfool.reports.real import Example
from neatfool.streams import stream
from neatfool.types import Json
from tests.browser import assert_fine, axe, needs_chromium, needs_playwright

CLASSES = 1000
NAMES = {3: "robin, American robin", 15: "Robin's pincushion", 700: "<b>robin</b> & 'co'"}
TASK = {
    "name": "a network of 1,000 classes",
    "unit": {"noun": "confidence", "is_share": True},
    "best": 1.0,
    "levels": [0.5, 0.9, 0.99, 0.9999],
    "images": True,
}
MOST = 30 * 10**6


def images_of_many_kinds() -> torch.Tensor:
    """Make 20; half of them are smooth, half are noise, which compresses worst."""
    random = stream(0, "synthetic")
    y, x = np.mgrid[-1:1:256j, -1:1:256j].astype(np.float32)
    levels = np.empty((20, 3, 256, 256), np.uint8)
    for row, image in enumerate(levels):
        if row % 2:
            image[:] = random.integers(0, 256, image.shape, np.uint8)
        else:
            waves = random.normal(0, 6, (3, 3))
            for channel, (a, b, c) in zip(image, waves, strict=True):
                channel[:] = 127.5 + 127.5 * np.sin(a * x + b * y + c * x * y)
    return torch.from_numpy(levels) / 255


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of 1,000 classes in colour, 256×256 pixels each."""
    images = images_of_many_kinds()
    pngs = [to_png(image) for image in images] * (CLASSES // len(images))
    confidences = [(row * 7919 % CLASSES + 0.5) / CLASSES for row in range(CLASSES)]
    classes = [
        {
            "index": index,
            "name": NAMES.get(index, f"synthetic class {index}"),
            "score": confidence,
            "image": f"elites/{index}_synthetic-class.png",
            "found_at_generation": 1 + index * 31 % 500,
            "measures": {
                "png_bytes_per_pixel": len(png) / 256**2,
                "symmetry_left_right": np.sin(index),
                "spectral_slope": -2 + np.cos(index),
            },
        }
        for index, (confidence, png) in enumerate(zip(confidences, pngs, strict=True))
    ]
    report = report_of(classes)
    shown = dict(enumerate(thumbnails(pngs)))
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html_report(report, Pictures(shown, ""), "[run]\nseed = 0\n"), encoding="utf-8")
    return path


def report_of(classes: list[Json]) -> Json:
    nothing = {"confidence": 0.07, "index": 15, "name": NAMES[15], "images": 16}
    return {
        **{"task": TASK, "grid": None, "encoding": "cppn", "search": "neat", "seed": 0},
        "model": {"name": TASK["name"]},
        **{"generations": 500, "evaluations": 10**6, "stopped_because": "generations"},
        **{"wall_seconds": 1e4, "evolve_seconds": 9e3, "evaluations_per_second": 111.1},
        **{"median_score": 0.5, "data": None},
        "worst_score": min(entry["score"] for entry in classes),
        "reached": {"0.5": 0.5, "0.9": 0.1, "0.99": 0.01, "0.9999": 0.0},
        "baselines": {"black": nothing, "grey": nothing, "uniform noise": None},
        "hashes": {"task": "ab" * 32},
        "environment": {"python": "3"},
        "niches": classes,
    }


@pytest.fixture
def dump(page: Path, open_page):
    """Open the page at an address, and return its text as it stands in the browser."""
    return lambda chosen: open_page(f"{page.as_uri()}#{chosen}", 1280).content()


def shown_classes(text: str) -> list[int]:
    """Indices of the classes that are not hidden, in the order of the gallery."""
    items = re.findall(r"<li ([^>]*)>", text)
    assert len(items) == CLASSES
    shown = [item for item in items if "hidden" not in item]
    return [int(re.search(r'data-index="(\d+)"', item).group(1)) for item in shown]


def confidence_of(index: int) -> float:
    return (index * 7919 % CLASSES + 0.5) / CLASSES


def test_a_thousand_pictures_in_colour_fit_into_a_page(page: Path) -> None:
    assert 5 * 10**6 < page.stat().st_size < MOST


@needs_chromium
@needs_playwright
def test_searches_by_name_and_sorts(dump) -> None:
    text = dump("q=Robin&sort=score&order=down")
    found = shown_classes(text)
    assert sorted(found) == [3, 15, 700]
    assert found == sorted(found, key=confidence_of, reverse=True)
    assert "3 of 1,000 classes" in text


@needs_chromium
@needs_playwright
def test_searches_by_index_and_survives_what_it_does_not_know(dump) -> None:
    assert shown_classes(dump("q=700&sort=nonsense&level=7&other=1")) == [700]


@needs_chromium
@needs_playwright
def test_filters_by_confidence(dump) -> None:
    found = shown_classes(dump("level=0.9&sort=found"))
    assert sorted(found) == [index for index in range(CLASSES) if confidence_of(index) >= 0.9]
    generations = [1 + index * 31 % 500 for index in found]
    assert generations == sorted(generations)


@needs_chromium
@needs_playwright
def test_a_search_moves_nothing_and_sorting_moves_each_once(
    page: Path, open_page, tmp_path: Path
) -> None:
    """The script of the page, called again and again, and what it changes of the gallery."""
    text = page.read_text(encoding="utf-8")
    policy = re.search(r"<meta http-equiv.*?>", text, re.DOTALL).group(0)
    counted = """<script type="module">
    const choose = document.getElementById("choose"), changes = [];
    const observer = new MutationObserver(() => {});
    const all = {childList: true, attributes: true, subtree: true};
    observer.observe(document.getElementById("gallery"), all);
    for (const [field, value] of [["sort", "name"], ["order", "down"], ["q", "1"], ["q", ""],
        ["level", "0.5"], ["level", ""], ["sort", "spectral_slope"]]) {
      choose.elements[field].value = value;
      choose.dispatchEvent(new Event("input"));
      const records = observer.takeRecords();
      const moved = records.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0);
      changes.push([field, moved, records.filter(({ type }) => type === "attributes").length]);
    }
    document.title = JSON.stringify({changes, address: location.hash});
    </script>"""
    path = tmp_path / "counted.html"
    path.write_text(text.replace(policy, "").replace("</body>", counted), encoding="utf-8")
    result = json.loads(open_page(path.as_uri(), 1280).title())
    assert result["address"] == "#sort=spectral_slope&order=down"
    for field, moved, hidden in result["changes"]:
        assert moved == (CLASSES if field in ("sort", "order") else 0)
        assert hidden <= CLASSES


@needs_chromium
@needs_playwright
def test_a_picture_opens_with_what_is_behind_it(tmp_path: Path, open_page) -> None:
    png = to_png(images_of_many_kinds()[0])
    niches = [
        {"index": k, "name": f"{k}, other", "score": 0.95, "image": "x.png", "measures": {}}
        | {"found_at_generation": 1}
        for k in range(2)
    ]
    line = (Forebear(3, "one", 0.5),)
    told = {0: Behind('<svg class="network" role="img" aria-label="Network"></svg>', line, 7)}
    scores = np.array([[0.5, 0.9], [0.95, 0.95]], np.float32)
    curve = chart(np.array([1.0, 2.0], np.float32), scores, ["a", "b"], CONFIDENCE)
    pictures = Pictures({0: png, 1: png}, curve, behind=told, real={0: Example(png, 3)})
    path = tmp_path / "report.html"
    path.write_text(html_report(report_of(niches), pictures, ""), encoding="utf-8")
    page = open_page(path.as_uri(), 390, "dark")
    assert page.locator("#gallery img").first.bounding_box()["y"] < 844
    page.evaluate(axe())
    assert_fine(page)
    page.locator("#gallery .shot").first.click()
    page.get_by_text("generation 3: one 50.0").wait_for()
    assert page.get_by_text("Of 3 real pictures").is_visible()
    assert_fine(page)
    page.get_by_role("button", name="Close").click()
    page.locator("#gallery .shot").nth(1).click()
    page.get_by_text("neatfool show RUN --class 1").wait_for()
    assert page.locator("#look .network, #look .real").count() == 0
