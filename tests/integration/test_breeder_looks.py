"""Palettes, the tree of pages, and films, as the page asks for them."""

import base64
import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from neatfool.encodings.interchange import read_picture
from neatfool.errors import NeatfoolError
from neatfool.images import render, to_levels
from neatfool.networks import compile_graphs
from neatfool.types import CPU
from neatfool.web.breed import films
from neatfool.web.breed.recolour import PALETTES
from tests.web_server import Visitor, ids_of, images_of, serving

SEA = {"colour": True, "hues": [0.45, 0.65], "saturation": 0.5}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("breed") / "data.sqlite") as address:
        yield address


@pytest.fixture
def visitor(address: str) -> Iterator[Visitor]:
    with Visitor(address) as visitor:
        yield visitor


def levels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def painted(session: dict) -> np.ndarray:
    urls = images_of(session)
    return np.stack([levels(base64.b64decode(url.split(",")[1])).astype(int) for url in urls])


def assert_bluish(session: dict) -> None:
    """The sea is never red."""
    red, _, blue = np.moveaxis(painted(session), -1, 0)
    assert (red <= blue + 1).all()


def look(session: dict) -> dict:
    return {name: session["settings"][name] for name in SEA}


def test_a_palette_changes_hues_and_nothing_else(visitor: Visitor) -> None:
    before, after = visitor.session(), visitor.prefer(**SEA)

    assert look(after) == SEA
    assert [each["how"] for each in after["history"]] == ["scratch", "palette"]
    one, other = painted(before), painted(after)
    assert np.array_equal(one.max(axis=-1), other.max(axis=-1)), "brightness stays"
    assert not np.array_equal(one, other)
    assert_bluish(after)
    assert look(visitor.post("go", page=1)) == look(before)


def test_palettes_that_are_tried_are_beside_each_other(visitor: Visitor) -> None:
    for saturation in (0.1, 0.2, 0.3):
        session = visitor.prefer(saturation=saturation)

    assert [each["parent"] for each in session["history"]] == [None, 1, 1, 1]
    assert visitor.prefer(saturation=0.3)["page"] == 4, "it has these colours already"


def test_children_and_fresh_starts_keep_the_palette(visitor: Visitor) -> None:
    visitor.prefer(**SEA)

    for session in (visitor.evolve(0, 4), visitor.post("redo"), visitor.post("restart")):
        assert look(session) == SEA
        assert_bluish(session)


def test_redo_on_other_colours_redoes_what_has_them(visitor: Visitor) -> None:
    children = visitor.evolve(0, 4)
    recoloured = visitor.prefer(**SEA)

    again = visitor.post("redo")

    *_, page, palette, redone = again["history"]
    assert [page["how"], palette["how"], redone["how"]] == ["evolve", "palette", "redo"]
    assert redone["parent"] == page["parent"], "it has the same parents"
    assert redone["generation"] == page["generation"]
    assert look(again) == SEA
    assert_bluish(again)
    assert not {*images_of(again)} & {*images_of(children), *images_of(recoloured)}

    visitor.prefer(colour=False)
    refused = visitor.client.post("/api/session/redo", json={})
    assert refused.status_code == 422
    assert "turned grey" in refused.json()["error"]


def test_a_poster_and_its_genome_have_the_colours_of_the_tile(visitor: Visitor) -> None:
    session = visitor.prefer(**SEA)
    picture = ids_of(session)[3]

    answer = visitor.ask("GET", f"/api/pictures/{picture}.png?size=300&genome=true")
    found = read_picture(answer.content)

    assert found.canvas.shape == (3, 300, 300)
    assert (list(found.canvas.hues), found.canvas.saturation) == (SEA["hues"], SEA["saturation"])
    again = to_levels(render(compile_graphs(found.graphs), found.canvas, CPU))[0]
    assert np.array_equal(levels(answer.content), again.transpose(1, 2, 0))
    session = visitor.ask("POST", "/api/session/import", content=answer.content).json()
    assert look(session) == SEA
    assert images_of(session)[0] == images_of(visitor.post("go", page=2))[3]


def test_greys_get_a_palette_in_one_step(visitor: Visitor) -> None:
    assert painted(visitor.prefer(colour=False)).ndim == 3
    visitor.prefer(focus="colour", changes=100)

    session = visitor.prefer(**SEA)

    assert (look(session), session["history"][-1]["how"]) == (SEA, "colour")
    assert_bluish(visitor.evolve(2))


def test_every_palette_that_is_offered_can_be_had(visitor: Visitor) -> None:
    offered = visitor.session()["choices"]["palettes"]
    assert [each["name"] for each in offered] == [each.name for each in PALETTES]
    for palette in offered:
        palette.pop("name")
        session = visitor.prefer(**(palette if palette["colour"] else {"colour": False}))
        assert look(session)["colour"] == palette["colour"]
        assert not palette["colour"] or look(session) == palette


@pytest.mark.parametrize("wrong", [{"hues": [0.1]}, {"hues": [0, 9]}, {"saturation": 1.5}])
def test_colours_that_cannot_be_are_refused(visitor: Visitor, wrong: dict) -> None:
    assert visitor.client.put("/api/session/settings", json=wrong).status_code == 422


def test_pages_are_known_by_what_was_chosen_on_them(visitor: Visitor) -> None:
    first = ids_of(visitor.session())
    second = ids_of(visitor.evolve(6, 2))
    session = visitor.evolve(11)

    faces = [each["face"] for each in session["history"]]
    assert faces == [first[2], second[11], ids_of(session)[0]]
    visitor.post("go", page=1)
    assert visitor.evolve(9)["history"][0]["face"] == first[9], "the way taken last counts"


def test_a_film_goes_from_the_first_ancestor_to_the_picture(visitor: Visitor) -> None:
    first = visitor.session()
    visitor.evolve(1)
    last = visitor.evolve(5)

    answer = visitor.ask("GET", f"/api/pictures/{ids_of(last)[7]}/film.webp?size=128&per_second=4")

    assert answer.headers["content-type"] == "image/webp"
    film = Image.open(io.BytesIO(answer.content))
    assert 3 <= film.n_frames <= 2 * 2 + 1, "equal ones are one"
    ends = [painted(first)[1], painted(last)[7]]
    for frame, expected in zip((0, film.n_frames - 1), ends, strict=True):
        film.seek(frame)
        shown = np.asarray(film.convert("RGB"))[:128].astype(int)
        assert np.abs(shown - expected).mean() < 8, "but for the losses of WebP"


def test_films_are_of_pictures_that_one_may_see(visitor: Visitor, address: str) -> None:
    picture = ids_of(visitor.session())[0]
    with Visitor(address) as stranger:
        assert stranger.client.get(f"/api/pictures/{picture}/film.webp").status_code == 404
    for wrong in ("film.avi", "film.webp?size=5000", "film.webp?per_second=0"):
        assert visitor.client.get(f"/api/pictures/{picture}/{wrong}").status_code == 422


def test_grey_and_coloured_ancestors_are_in_one_film(visitor: Visitor) -> None:
    visitor.prefer(colour=False)
    session = visitor.prefer(**SEA)

    address = f"/api/pictures/{ids_of(session)[0]}/film.gif?size=64&per_second=2"
    film = Image.open(io.BytesIO(visitor.ask("GET", address).content))

    assert film.size[0] == 64


def test_a_film_that_nobody_waits_for_is_given_up(visitor: Visitor) -> None:
    session = visitor.session()
    answer = visitor.ask("GET", f"/api/pictures/{ids_of(session)[0]}/genome.json")
    line = [films.LineMember(read_picture(answer.content), "one")] * 2
    with pytest.raises(NeatfoolError, match="nobody waits"):
        films.film_of(line, films.FilmPlan("webp", 64, 2), lambda: True)


def test_large_films_have_fewer_ancestors() -> None:
    most = [films.FilmPlan("webp", size, 15).most for size in (64, 512, 1080)]
    assert most == sorted(most, reverse=True)
    assert most[0] == 40
    assert most[-1] >= 2
