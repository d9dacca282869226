import base64
import hashlib
import html
import re
from html.parser import HTMLParser
from importlib import resources

import pytest

from neatfool.reporting import CONFIDENCE, SCORE, Unit
from neatfool.reports.behind import Behind, Forebear
from neatfool.reports.pages.page import Pictures, _bins, html_report

NAMES = ["zero", "one", "two"]
HOSTILE = "<script>alert('x')</script>\"><img src=http://example.org/x.png>"
CURVE = '<div class="chart">1,000 evaluations</div>'
VOID = {"meta", "link", "img", "br", "input"}


class Page(HTMLParser):
    """Collects the elements of a page and checks that each is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.words = ""
        self.open = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def report():
    return {
        "schema": 3,
        "version": "0.1.0",
        "task": {
            "kind": "fooling",
            "name": "lenet5",
            "unit": {"noun": "confidence", "is_share": True},
            "best": 1.0,
            "levels": [0.5, 0.9, 0.99, 0.9999],
            "images": True,
        },
        "model": {"name": "lenet5", "sha256": "ab" * 32, "classes": 9},
        "grid": None,
        "encoding": "cppn",
        "search": "map-elites",
        "seed": 3,
        "generations": 200,
        "evaluations": 40000,
        "wall_seconds": 14.25,
        "evolve_seconds": 9.87,
        "evaluations_per_second": 4052.3,
        "stopped_because": "target",
        "median_score": 0.99998765,
        "worst_score": 0.5,
        "reached": {"0.5": 1.0, "0.9": 1.0, "0.99": 2 / 3, "0.9999": 0.0},
        "coverage": 1.0,
        "qd_score": 2.9973,
        "baselines": {
            "black": {"confidence": 0.25, "index": 8, "name": "two", "images": 1},
            "grey": None,
        },
        "data": {"name": "photographs", "pictures": 1234},
        "settings": {"run": {"seed": 3}},
        "hashes": {"task": "ab" * 32, "elites": "cd" * 32},
        "niches": [
            {
                "index": 4 * k,
                "name": name,
                "score": 0.999 + k / 10000,
                "image": f"elites/{4 * k}_{name}.png",
                "found_at_generation": 100 + k,
                "measures": {"spectral_slope": -2.125 - k, "novel_measure": 0.5},
            }
            for k, name in enumerate(NAMES)
        ],
        "environment": {"python": "3.11.2", "device": "cpu", "workers": "2 threads"},
    }


@pytest.fixture
def gate(report):
    """The report of a task of one niche that fools nobody and has no images."""
    for key in ("model", "baselines"):
        del report[key]
    unit = {"noun": "distance", "is_share": False}
    report["task"] |= {"kind": "gate", "name": "a gate", "unit": unit, "images": False}
    report["task"] |= {"best": 1250.0, "levels": [625.0, 1250.0]}
    entry = report["niches"][0] | {"score": 937.5, "measures": {}, "image": None}
    return report | {
        "niches": [entry],
        "reached": {"625": 1.0, "1250": 0.0},
        "median_score": 937.5,
        "worst_score": 937.5,
        "data": None,
    }


def page_of(report, settings="seed = 3\n", grid=None):
    shown = [k for k, entry in enumerate(report["niches"]) if entry["image"]]
    images = {4 * k: b"picture %d" % k for k in shown}
    behind = {4: Behind("<svg></svg>", (Forebear(7, "zero", 0.5),), 12)}
    return html_report(report, Pictures(images, CURVE, grid, behind=behind), settings)


def words_of(page):
    return " ".join(page.words.replace("\N{NO-BREAK SPACE}", " ").split())


def data(png):
    return "data:image/png;base64," + base64.b64encode(png).decode()


def test_shows_every_class_with_a_text_for_those_who_do_not_see_it(report):
    page = Page(page_of(report))
    pictures = page.all("img")
    assert [picture["src"] for picture in pictures] == [data(b"picture %d" % k) for k in range(3)]
    assert pictures[1]["alt"] == (
        "Image that lenet5 calls one with a confidence of 99.910\N{NO-BREAK SPACE}%"
    )
    (curve,) = (each for each in page.all("div") if each.get("role") == "img")
    assert "40,000" in curve["aria-label"]
    assert "1,000 evaluations" in page.words
    for entry in report["niches"]:
        assert page.words.count(entry["name"]) >= 2
        words = " ".join(page.words.split())
        assert f"generation {entry['found_at_generation']}" in words
        assert entry["image"] in page.words


def test_shows_the_numbers_the_settings_and_the_environment(report):
    page = page_of(report, 'encoding = "cppn"\n')
    words = words_of(Page(page))
    for expected in [
        "Patterns that LeNet-5 takes for 3 classes",
        "Median confidence",
        "Lowest confidence",
        "99.9988 %",
        "50.0 %",
        "40,000",
        "9.9",
        "4,052",
        "every niche reached the target",
        'encoding = "cppn"',
        "3.11.2",
        "ab" * 32,
        "cd" * 32,
        "66.7 % 2 of 3 classes",
        "25.0 % two",
        "gives no numbers",
        "-2.125",
        "Spectral slope",
        "Novel measure",
        "1,234 pictures of photographs",
    ]:
        assert expected in words


PLACES = ["name", "image", "task", "settings", "environment", "baseline", "data", "reason"]


@pytest.mark.parametrize("place", PLACES)
def test_a_hostile_text_stays_a_text(report, place):
    settings = HOSTILE if place == "settings" else ""
    if place == "task":
        report["task"]["name"] = report["model"]["name"] = HOSTILE
    elif place == "environment":
        report["environment"][HOSTILE] = HOSTILE
    elif place == "baseline":
        report["baselines"]["black"]["name"] = HOSTILE
    elif place == "data":
        report["data"]["name"] = HOSTILE
    elif place == "reason":
        report["stopped_because"] = HOSTILE
    elif place != "settings":
        report["niches"][1][place] = HOSTILE
    page = Page(page_of(report, settings))
    assert (HOSTILE[:30] if place == "task" else HOSTILE) in page.words
    assert len(page.all("script")) == 1
    assert len(page.all("img")) == 3


def test_refers_to_nothing_outside(report):
    text = page_of(report)
    assert "//" not in text
    assert "url(" not in text
    assert "@import" not in text
    page = Page(text)
    addresses = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action")
    ]
    assert len(addresses) == 4
    assert all(address.startswith("data:") for address in addresses)


def test_can_be_read_on_a_phone_in_the_dark_and_aloud(report):
    text = page_of(report)
    page = Page(text)
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )
    assert "prefers-color-scheme: dark" in text
    assert "image-rendering: pixelated" in text
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    named = [a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a]
    assert len(ids) == len(set(ids))
    assert set(named) <= set(ids)
    assert {cell["scope"] for cell in page.all("th")} == {"col", "row"}


def test_equal_runs_have_equal_pages_and_nothing_is_left_unfilled(report):
    text = page_of(report)
    assert text == page_of(report)
    assert not re.search(r"\{\{|\{%|\bUndefined\b|\bNone\b", text)


def test_only_its_own_script_may_run(report):
    page = page_of(report)
    (script,) = re.findall('<script type="module">(.*?)</script>', page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = html.unescape(re.search(r'Policy"\s+content="([^"]*)"', page).group(1))
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy


def test_lists_are_found_in_as_in_the_browser_of_runs(report):
    shared = (
        resources.files("neatfool.reports.pages").joinpath("static/found.js").read_text("utf-8")
    )
    assert shared in page_of(report)


def test_any_task_is_shown_in_its_own_words(gate):
    page = Page(page_of(gate))
    words = words_of(page)
    for expected in [
        "The best at a gate",
        "The best distance is 937.5 of at most 1,250.",
        "Reached ≥ 625 yes",
        "Best distance",
        "937.5 of 1,250",
        "How distances grew",
        "Every niche",
    ]:
        assert expected in words
    shown = words.partition("The best distance")[2].partition("Settings")[0]
    assert not re.search("[Cc]onfidence|[Cc]lass|image|network", shown)
    assert page.all("img") == []
    assert page.all("dialog") == page.all("script") == []


def test_of_many_niches_the_median_and_the_worst_are_shown(gate):
    other = gate["niches"][0] | {"index": 4, "name": "one", "score": None}
    words = words_of(Page(page_of(gate | {"niches": [*gate["niches"], other]})))
    assert "Median distance" in words
    assert "937.5 zero" in words
    assert "Best distance" not in words


def test_what_is_behind_a_picture_is_where_it_is_looked_at(report):
    text = page_of(report)
    page = Page(text)
    assert len(page.all("template")) == 3
    words = words_of(page)
    assert "generation 7: zero 50.0 %" in words
    assert "12 in the line of first parents" in words
    assert "neatfool show RUN --class 4" in words


def test_pictures_come_first_and_settings_are_folded(report):
    text = page_of(report)
    places = [text.index(each) for each in ("<h1>", 'class="verdict"', "<img", CURVE, "<pre>")]
    assert places == sorted(places)
    folded = text[: text.index("<pre>")].rpartition("<details")[2]
    assert folded.startswith(">")


def test_a_grid_is_shown_with_its_coverage(gate):
    assert "The grid" not in words_of(Page(page_of(gate)))
    gate |= {"grid": {"measures": ["size", "<b>"]}, "coverage": 0.25, "qd_score": 1234.4}
    page = Page(page_of(gate, grid=b"grid"))
    words = words_of(page)
    assert "25.0 % of 1 cells" in words
    assert "QD-score1,234" in words
    (picture,) = (each for each in page.all("img") if each["src"] == data(b"grid"))
    assert "size and <b>;\n 25.0\N{NO-BREAK SPACE}% of the cells" in picture["alt"]


def test_every_class_is_in_one_bar_of_the_distribution():
    bins = dict(_bins([0.0, 0.05, 0.1, 0.9, 0.9899, 0.99, 0.9999, 1.0], CONFIDENCE))
    counts = {name.replace("\N{NO-BREAK SPACE}", " "): n for name, n in bins.items() if n}
    assert counts == {
        "0 to 10 %": 2,
        "10 to 20 %": 1,
        "90 to 99 %": 2,
        "99 to 99.9 %": 1,
        "99.99 to 100 %": 2,
    }


@pytest.mark.parametrize(
    "scores",
    [
        [],
        [3.0],
        [0.0, 16.0],
        [-5.0, -5.0, -5.0],
        [1e30, 1e30],
        [-3e38, 0.1, 3e38],
        [0.1 * k for k in range(99)],
    ],
)
def test_every_score_is_in_one_bar_whatever_its_unit(scores):
    bins = _bins(scores, SCORE)
    assert sum(number for _, number in bins) == len(scores)
    assert 1 <= len(bins) <= 12


def test_shares_of_any_name_are_in_percent():
    bins = dict(_bins([0.25], Unit("wins", is_share=True)))
    assert bins["20 to 30\N{NO-BREAK SPACE}%"] == 1
