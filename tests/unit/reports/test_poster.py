from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neatfool import encodings, runs, viz
from neatfool.encodings import (
    Birth,
    CanvasSettings,
    CppnSettings,
    OffsetSettings,
    PixelSettings,
    SwitchSettings,
)
from neatfool.encodings.interchange import read_network
from neatfool.images import Canvas, to_levels
from neatfool.reports.poster import Enlarger
from neatfool.search import MapElitesSettings
from neatfool.streams import stream
from tests.command import assert_refused, neatfool
from tests.evolving import configured, evolve

SHAPE = (3, 4, 6)
PIXELS = CanvasSettings(coordinates="pixels")
KINDS = {
    "cppn": CppnSettings(),
    "cppn of raw pixels": CppnSettings(canvas=PIXELS),
    "pixels": PixelSettings(),
    "offset": OffsetSettings(),
    "switch": SwitchSettings(at=2),
    "switched": SwitchSettings(at=2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_genomes_of_every_kind_are_as_they_were_scored_and_larger(kind) -> None:
    coordinates = "pixels" if "raw" in kind else "normalised"
    encoding = encodings.build(KINDS[kind], Canvas(SHAPE, coordinates))
    birth = Birth(2 if kind == "switched" else 1, stream(1, "poster"))
    both = encoding.vary(encoding.new(2, birth), birth)
    first, second = both.select([0]), both.select([1])
    scored = to_levels(encoding.express(first))[0]
    steps = np.array([0, 0.5, 1], np.float32)

    native, large = Enlarger(encoding, 6), Enlarger(encoding, 18)

    assert (native.paint(first) == scored).all()
    between = to_levels(encoding.between(first, second, steps))
    assert all(map(np.array_equal, native.between(first, second, steps), between))
    assert large.paint(first).shape == (3, 12, 18)
    magnified = scored.repeat(3, 1).repeat(3, 2)
    assert (large.paint(first) == magnified).all() == (large.network(first) is None)
    assert (large.network(first) is None) == (kind in ("pixels", "offset", "switched"))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {name: tmp_path_factory.mktemp(name) / "run" for name in ("cppn", "pixels")}
    for name, folder in made.items():
        evolve(folder, configured(KINDS[name], MapElitesSettings(batch=10)), SHAPE, 3)
    return made


@pytest.mark.parametrize("kind", ["cppn", "pixels"])
def test_a_run_becomes_a_sheet_and_each_elite_a_poster(folders, kind, tmp_path) -> None:
    folder = folders[kind]
    assert neatfool("poster", folder, "--size", 300).code == 0
    with Image.open(folder / "poster.png") as sheet:
        assert sheet.width == 300
        assert sheet.info == {}

    told = neatfool("poster", folder, "--class", "c3", "--size", 90)

    assert told.out.strip() == str(folder / "poster_3.png")
    with Image.open(folder / "poster_3.png") as one:
        assert one.size == (90, 60)
        assert set(one.info) == ({"neatfool"} if kind == "cppn" else set())
    large = tmp_path / "large.jpg"
    again = neatfool("poster", folder / "poster_3.png", "--size", 45, "--out", large)
    if kind == "pixels":
        assert_refused(again, "neatfool")
    else:
        with Image.open(large) as other:
            assert (other.format, other.size) == ("JPEG", (45, 30))
        _, medium = read_network((folder / "poster_3.png").read_bytes())
        assert medium == Canvas(SHAPE)


def test_what_is_no_poster_is_refused_before_anything_is_painted(folders, tmp_path) -> None:
    folder = folders["cppn"]
    for given, said in (
        (("--out", tmp_path / "p.svg"), "expected a file name that ends in .png or .jpg"),
        (("--class", "c9"), "c9"),
        (("--genome", "2"), "--genome is for files"),
    ):
        assert_refused(neatfool("poster", folder, *given), said)
    text = tmp_path / "net.json"
    text.write_text("{}")
    assert_refused(neatfool("poster", text, "--class", "3"), "--class is for runs")
    assert_refused(neatfool("poster", tmp_path / "none"), "none")
    xor = runs.build(runs.load_config(None, ["task.kind=xor", "search.kind=neat"]))
    with pytest.raises(Exception, match="evolves images"):
        Enlarger(xor.encoding, 100)
    assert not list(tmp_path.glob("p*"))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 10, 50, 101])
def test_a_sheet_holds_every_picture_as_it_is(count) -> None:
    columns, tile = viz.tiles(count, 400)
    random = np.random.default_rng(count)
    pictures = [random.integers(0, 256, (1, tile, tile - 1), np.uint8) for _ in range(count)]

    sheet = viz.contact_sheet(
        pictures, ["a very, very long name · 99.9996 %"] * count, columns, 400
    )

    assert sheet.shape[2] == 400
    assert sheet.shape[1] <= 400 * 1.35
    for number, picture in enumerate(pictures):
        column = number % columns
        place = sheet[:, :, round(column * 400 / columns) : round((column + 1) * 400 / columns)]
        windows = np.lib.stride_tricks.sliding_window_view(place[0], picture.shape[1:])
        assert (windows == picture[0]).all((2, 3)).any(), number


def test_what_is_cut_is_the_name_and_not_the_score() -> None:
    letters = viz.montage.font(12)
    cut = viz.montage.fitting("American chameleon · 99.9996 %", 120, letters)
    assert cut.endswith("… · 99.9996 %")
    assert letters.getlength(cut) <= 120
    assert viz.montage.fitting("robin · 50.00 %", 120, letters) == "robin · 50.00 %"
