"""A person names pictures: what is shown, what is saved, and what is counted."""

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import numpy as np
import pytest
from PIL import Image

from neatfool import encodings, web
from neatfool.data import load_mnist
from neatfool.errors import ConfigError, DataError
from neatfool.exams import drawing
from neatfool.exams.deck import Deck, prepare_deck, read_pictures
from neatfool.exams.ratings import RatedDeck, ratings
from neatfool.reports.report import to_csv
from tests.browsed_runs import GREY, evolve
from tests.browser import Page, assert_fine, assert_texts, axe, needs_chromium, needs_playwright
from tests.command import assert_refused, neatfool
from tests.idx_files import write_mnist
from tests.web_server import Visitor, serving

COUNT = 8


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of four classes, and a folder of real pictures."""
    root = tmp_path_factory.mktemp("rate")
    for seed in (1, 2):
        evolve(root / "runs" / f"r{seed}", encodings.CppnSettings(), GREY, 4, seed=seed)
    random = np.random.default_rng(0)
    (root / "real").mkdir()
    for place in range(8):
        levels = random.integers(0, 256, (6, 5), np.uint8)
        Image.fromarray(levels).save(root / "real" / f"{place % 4}_{place}.png")
    prepare_deck(root / "deck", root / "runs", root / "real", COUNT, 3)
    return root


@pytest.fixture
def deck(root: Path, tmp_path: Path) -> Path:
    """A folder of pictures that nobody has named."""
    return shutil.copytree(root / "deck", tmp_path / "deck")


@pytest.fixture
def visitor(deck: Path, tmp_path: Path) -> Iterator[Visitor]:
    with serving(tmp_path / "data.sqlite", ratings=deck) as address, Visitor(address) as visitor:
        yield visitor


def _deck(folder: Path) -> Deck:
    return Deck.model_validate_json((folder / "cards.json").read_text())


def _rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / "answers.csv").read_text())))


def _answer(visitor: Visitor, card: int, choice: int | None) -> Any:
    return visitor.ask("POST", "/api/rate", json={"card": card, "choice": choice}).json()


def test_half_is_real_and_the_order_follows_from_the_seed(root: Path, tmp_path: Path) -> None:
    made = {
        seed: prepare_deck(tmp_path / f"{seed}{name}", root / "runs", root / "real", COUNT, seed)
        for seed, name in ((3, "again"), (4, "other"))
    }
    deck = _deck(root / "deck")

    assert deck == made[3] != made[4]
    assert sum(card.run is None for card in deck.cards) == COUNT // 2
    assert [card.run is None for card in deck.cards] != [card.run is None for card in made[4].cards]
    assert all(card.choices == (0, 1, 2, 3) for card in deck.cards)
    for name in ("cards.json", "cards.safetensors"):
        assert (tmp_path / "3again" / name).read_bytes() == (root / "deck" / name).read_bytes()


def test_runs_of_networks_that_name_a_class_differently_do_not_mix(
    root: Path, tmp_path: Path
) -> None:
    runs = shutil.copytree(root / "runs", tmp_path / "runs")
    about = runs / "r2" / "about.json"
    about.write_text(about.read_text().replace('"c1"', '"shoe"'))
    with pytest.raises(DataError, match=r"expected class 1 to be .*networks? at a time"):
        prepare_deck(tmp_path / "deck", runs, root / "real", COUNT, 3)


def test_a_folder_is_of_its_runs_and_of_its_real_pictures(
    root: Path, deck: Path, tmp_path: Path
) -> None:
    made = _deck(deck)
    (tmp_path / "gone").mkdir()
    for same in (root / "runs", root / "runs" / "r1", tmp_path / "gone"):
        assert prepare_deck(deck, same, None, None, None) == made
    assert prepare_deck(deck, root / "runs", root / "real", COUNT, 3) == made

    evolve(tmp_path / "others" / "r1", encodings.CppnSettings(), GREY, 4, seed=9)
    with pytest.raises(ConfigError, match="expected these runs, got others in"):
        prepare_deck(deck, tmp_path / "others", None, None, None)
    real = shutil.copytree(root / "real", tmp_path / "real")
    for file in real.iterdir():
        Image.new("L", (6, 5)).save(file)
    with pytest.raises(ConfigError, match="holds other real pictures than"):
        prepare_deck(deck, root / "runs", real, None, None)


def test_files_of_mnist_by_any_of_their_names_and_for_any_shape(root: Path, tmp_path: Path) -> None:
    real = write_mnist(tmp_path / "mnist")
    for file in real.iterdir():
        file.rename(file.with_name(file.name.replace("-idx", ".idx")))

    deck = prepare_deck(tmp_path / "deck", root / "runs", real, COUNT, 3)

    found = load_mnist(real, "test")[1]
    assert {card.index for card in deck.cards if card.run is None} <= {*found.tolist()} & {
        0,
        1,
        2,
        3,
    }
    assert read_pictures(tmp_path / "deck").shape == (COUNT, *GREY)


def test_few_images_are_expressed_at_once(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = prepare_deck(tmp_path / "whole", root / "runs", root / "real", COUNT, 3)
    levels = mock.Mock(side_effect=drawing.to_levels)
    monkeypatch.setattr(drawing, "to_levels", levels)
    monkeypatch.setattr(drawing, "at_once", lambda shape: 2)
    assert prepare_deck(tmp_path / "parts", root / "runs", root / "real", COUNT, 3) == before
    pictures = [(tmp_path / each / "cards.safetensors").read_bytes() for each in ("whole", "parts")]
    assert pictures[0] == pictures[1]
    assert max(len(call.args[0]) for call in levels.call_args_list) == 2


def test_of_many_classes_there_are_ten_to_choose_from(root: Path, tmp_path: Path) -> None:
    evolve(tmp_path / "many", encodings.PixelSettings(), GREY, 24, seed=1)

    deck = prepare_deck(tmp_path / "deck", tmp_path / "many", root / "real", 4, 0)

    for card in deck.cards:
        assert card.index in card.choices
        assert len(set(card.choices)) == len(card.choices) == 10


def test_answers_are_on_the_disk_at_once(visitor: Visitor, deck: Path) -> None:
    first = visitor.ask("GET", "/api/rate").json()
    assert (first["card"], first["total"], first["answered"], first["given"]) == (0, COUNT, 0, -1)
    assert [each["name"] for each in first["choices"]] == ["c0", "c1", "c2", "c3"]
    assert first.keys() == {"card", "total", "answered", "choices", "given"}
    picture = visitor.ask("GET", "/api/rate/picture", params={"card": 0})
    assert np.asarray(Image.open(io.BytesIO(picture.content))).shape == GREY[1:]
    assert picture.headers["Cache-Control"] == "no-store", "another deck has the same addresses"

    second = _answer(visitor, 0, 2)
    third = _answer(visitor, 1, None)

    assert (second["card"], third["card"], third["answered"]) == (1, 2, 2)
    rows, cards = _rows(deck), _deck(deck).cards
    assert [row["answer_name"] for row in rows] == ["c2", "nothing"]
    assert [row["run"] or None for row in rows] == [card.run for card in cards[:2]]
    _answer(visitor, 0, 1)
    assert visitor.ask("GET", "/api/rate?card=0").json()["given"] == 1


def test_names_are_no_formulas(root: Path, tmp_path: Path) -> None:
    runs = shutil.copytree(root / "runs", tmp_path / "runs")
    for about in runs.glob("*/about.json"):
        about.write_text(about.read_text().replace('"c1"', '"=c1"'))
    prepare_deck(tmp_path / "deck", runs, root / "real", COUNT, 3)
    RatedDeck(tmp_path / "deck").give(0, 1)
    assert _rows(tmp_path / "deck")[0]["answer_name"] == "'=c1"
    niche = {"index": 1, "name": "=c1", "score": -1, "found_at_generation": 3, "image": None}
    assert to_csv({"niches": [niche | {"measures": {}}]}).splitlines()[1] == "1,'=c1,-1,3,"


def test_goes_on_where_it_was_also_after_a_torn_line(deck: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.sqlite"
    with serving(data, ratings=deck) as address, Visitor(address) as visitor:
        _answer(visitor, 0, 0)
    with (deck / "answers.csv").open("a") as file:
        file.write("1,,2,c")
    with serving(data, ratings=deck) as address, Visitor(address) as visitor:
        assert visitor.ask("GET", "/api/rate").json()["card"] == 1
        for card in range(1, COUNT):
            last = _answer(visitor, card, None)
    assert last["card"] is None
    assert len(_rows(deck)) == COUNT


@pytest.mark.parametrize("content", [b"no answers", b"card,run\n1,2", b"\xef\xbb\xbfnotes\nmore"])
def test_a_file_that_is_no_answers_is_left_as_it_is(deck: Path, content: bytes) -> None:
    (deck / "answers.csv").write_bytes(content)
    for use in (RatedDeck, lambda folder: ratings([folder])):
        with pytest.raises(DataError, match="expected answers to the pictures beside it"):
            use(deck)
    assert (deck / "answers.csv").read_bytes() == content


def test_counting_writes_nothing_and_naming_cuts_bytes(deck: Path) -> None:
    RatedDeck(deck).give(0, 0)
    file = deck / "answers.csv"
    whole = b"\xef\xbb\xbf" + file.read_bytes()
    for cut in (b"1,,2,c", "1,,2,é".encode()[:-1]):
        file.write_bytes(whole + cut)
        assert ratings([deck])["rows"][0]["answered"] == 1
        assert file.read_bytes() == whole + cut
        assert RatedDeck(deck).next == 1
        assert file.read_bytes() == whole


def test_answers_that_are_a_link_are_refused(deck: Path, tmp_path: Path) -> None:
    (deck / "answers.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="is a link"):
        RatedDeck(deck)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"card": COUNT, "choice": 0}, 404),
        ({"card": -1, "choice": 0}, 422),
        ({"card": 0, "choice": 4}, 422),
        ({"card": 0, "choice": "c1"}, 422),
        ({"card": 0}, 422),
    ],
)
def test_other_answers_are_refused(
    visitor: Visitor, deck: Path, body: dict[str, object], status: int
) -> None:
    assert visitor.client.post("/api/rate", json=body).status_code == status
    assert not (deck / "answers.csv").exists()


def test_nobody_is_asked_elsewhere(root: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.sqlite"
    with serving(data, runs=root / "runs") as address, Visitor(address) as visitor:
        assert visitor.client.get("/api/rate").status_code == 404


def test_the_table(root: Path, deck: Path, tmp_path: Path) -> None:
    cards = _deck(deck).cards
    lines = ["card,run,class,name,confidence,answer,answer_name"]
    for place, card in enumerate(cards):
        answer = card.index if card.run is None else "nothing"
        lines.append(f"{place},{card.run or ''},{card.index},c{card.index},,{answer},x")
    (deck / "answers.csv").write_text("\n".join([*lines, ""]))

    outcome = neatfool("ratings", deck, "--json", tmp_path / "ratings.json")

    assert outcome.code == 0, outcome.err
    evolved, real = json.loads((tmp_path / "ratings.json").read_text())["rows"]
    assert (evolved["kind"], evolved["answered"], evolved["nothing"]["share"]) == ("evolved", 4, 1)
    assert evolved["nothing"]["interval"] == pytest.approx([0.51, 1], abs=0.01)
    assert (real["kind"], real["named"]["count"], real["nothing"]["count"]) == ("real", 4, 0)
    assert "100.0 (51 to 100)" in outcome.out
    assert "take all answers for independent" in " ".join(outcome.out.split())
    (tmp_path / "link").symlink_to(deck)
    assert_refused(neatfool("ratings", deck, tmp_path / "link"), "expected each folder once")


def test_what_cannot_be(root: Path, deck: Path, tmp_path: Path) -> None:
    runs, real, out = root / "runs", root / "real", tmp_path / "out"
    with pytest.raises(ConfigError, match="give --real"):
        prepare_deck(out, runs, None, COUNT, 0)
    with pytest.raises(ConfigError, match="holds 8 pictures of seed 3"):
        prepare_deck(deck, runs, real, COUNT, 4)
    with pytest.raises(DataError, match=r"expected at least 50 elites in .*ask for fewer"):
        prepare_deck(out, runs, real, None, None)
    with pytest.raises(DataError, match="expected runs that fool a network"):
        prepare_deck(out, real, real, COUNT, 0)
    assert not out.exists()
    assert_refused(neatfool("ratings", deck), "expected answers, got none yet")
    assert_refused(neatfool("ratings", real), "expected a folder made by `neatfool browse RUNS")
    (deck / "answers.csv").write_text("card\n7\n")
    assert_refused(neatfool("ratings", deck), "expected answers to the pictures beside it")
    assert_refused(neatfool("browse", runs, "--real", real), "expected --rate beside --real")


def test_the_command_makes_the_pictures_and_serves_them(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Any] = []
    monkeypatch.setattr(web, "serve", lambda app, listening, log: served.append(app))
    rate = ("--rate", tmp_path / "deck", "--real", root / "real", "--count", 6)
    options = ("--no-browser", "--data", tmp_path / "data.sqlite", "--quiet")

    outcome = neatfool("browse", root / "runs", *rate, *options)

    assert outcome.code == 0, outcome.err
    assert outcome.out.split()[0].endswith("/rate")
    assert len(_deck(tmp_path / "deck").cards) == 6
    assert served[0].state.browser.root is None
    token = "0123456789abcdef-token"
    data = tmp_path / "other.sqlite"
    with (
        serving(data, ratings=tmp_path / "deck", token=token) as address,
        httpx.Client(base_url=address) as client,
    ):
        assert client.get("/api/rate").status_code == 401
        assert client.get("/rate", params={"token": token}).headers["location"] == "/rate"
        assert client.get("/api/rate").status_code == 200


@needs_chromium
@needs_playwright
def test_by_keys_alone(open_page: Callable[..., Page], deck: Path, tmp_path: Path) -> None:
    script = axe()
    with serving(tmp_path / "data.sqlite", ratings=deck) as address:
        page = open_page(f"{address}/rate", 1280, "light")
        assert_texts(page, "#where", f"Picture 1 of {COUNT}, 0 answered")
        page.evaluate(script)
        assert_fine(page)
        page.keyboard.press("2")
        assert_texts(page, "#where", f"Picture 2 of {COUNT}, 1 answered")
        page.keyboard.press("n")
        assert_texts(page, "#where", f"Picture 3 of {COUNT}, 2 answered")
        page.keyboard.press("b")
        assert_texts(page, "#where", f"Picture 2 of {COUNT}, 2 answered")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert_texts(page, "#where", f"Picture 3 of {COUNT}, 2 answered")
        for answered in range(2, COUNT):
            where = f"Picture {answered + 1} of {COUNT}, {answered} answered"
            assert_texts(page, "#where", where)
            page.locator("#nothing").click()
        page.locator("#done").wait_for()
    assert [row["answer"] for row in _rows(deck)][:3] == ["1", "nothing", "1"]


@needs_chromium
@needs_playwright
def test_names_of_one_character_are_keys(
    open_page: Callable[..., Page], deck: Path, tmp_path: Path
) -> None:
    cards = json.loads((deck / "cards.json").read_text())
    cards["names"] = dict(zip("0123", "37Nx", strict=True))
    (deck / "cards.json").write_text(json.dumps(cards))
    with serving(tmp_path / "data.sqlite", ratings=deck) as address:
        page = open_page(f"{address}/rate", 1280, "light")
        assert_texts(page, "#keys", "Keys: the name itself, B for back")
        assert page.locator("kbd").count() == 0
        for answered, key in enumerate(("3", "7", "n", "X"), 1):
            page.keyboard.press(key)
            assert_texts(page, "#where", f"Picture {answered + 1} of {COUNT}, {answered} answered")
    assert [row["answer_name"] for row in _rows(deck)] == ["3", "7", "N", "x"]
