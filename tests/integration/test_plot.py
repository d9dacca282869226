"""Pictures of every kind of run, from the command line."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from neatfool import reports
from neatfool.encodings import CppnSettings, OffsetSettings, PixelSettings, SwitchSettings
from neatfool.reports import portraits
from neatfool.search import MapElitesSettings, NeatSettings
from tests.command import assert_refused, assert_whole, digests, neatfool
from tests.evolving import configured, evolve

ENCODINGS = {
    "cppn": CppnSettings(),
    "pixels": PixelSettings(),
    "offset": OffsetSettings(),
    "switch": SwitchSettings(at=5),
}
SEARCHES = {
    "map-elites": MapElitesSettings(batch=10, crossover=0.5),
    "pipelined": MapElitesSettings(batch=10, pipelined=True),
    "neat": NeatSettings(batch=10),
}
KINDS = [f"{encoding} {search}" for encoding in ENCODINGS for search in SEARCHES]
FILMS = ("--film", "lineage.gif", "--film", "morph.webp")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Resumed runs of every encoding and search, none of which has published anything."""
    made = {}
    for kind in KINDS:
        encoding, search = kind.split()
        folder = made[kind] = tmp_path_factory.mktemp(kind.replace(" ", "-")) / "run"
        config = configured(ENCODINGS[encoding], SEARCHES[search])
        shape = (3, 6, 5) if search == "pipelined" else (1, 6, 5)
        evolve(folder, config, shape, 4)
        evolve(folder, config, shape, 8, resume=True)
    return made


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("kind", KINDS)
def test_lineages_and_films_of_every_kind_of_run(
    folders: dict[str, Path], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digests(folders[kind])
    monkeypatch.setattr(portraits, "SECONDS", 1 / 3)  # five pictures

    outcome = neatfool("plot", folders[kind], "--only", "lineage", *FILMS, "--out", tmp_path / "p")

    assert outcome.code == 0, outcome.err
    assert "elites descend from elites of other niches" in outcome.out
    assert digests(folders[kind]) == before  # which it only reads
    assert names(tmp_path / "p") == {"lineage.png", "lineage.json", "lineage.gif", "morph.webp"}
    told = json.loads((tmp_path / "p" / "lineage.json").read_text())
    assert [entry["name"] for entry in told["elites"]] == ["c0", "c1", "c2", "c3", "c4"]
    for entry in told["elites"]:
        assert len(entry["goals"]) == entry["goal_switches"] + 1
        assert entry["line"] <= entry["ancestors"]
    with Image.open(tmp_path / "p" / "morph.webp") as film:
        assert (film.format, film.is_animated) == ("WEBP", True)
    with Image.open(tmp_path / "p" / "lineage.gif") as film:
        assert film.format == "GIF"


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("cppn neat", set()),
        ("pixels map-elites", {"sizes.png", "species.png"}),
        ("switch pipelined", {"species.png"}),
    ],
)
def test_all_pictures_go_into_the_folder_of_the_run(
    folders: dict[str, Path], kind: str, missing: set[str], tmp_path: Path
) -> None:
    folder = shutil.copytree(folders[kind], tmp_path / "run")

    outcome = neatfool("plot", folder)

    assert outcome.code == 0, outcome.err
    drawn = {f"{name}.png" for name in reports.PICTURES}
    drawn -= {"grid.png", "front.png", "substrate.png"}
    drawn |= {"lineage.json"}
    assert names(folder / "plots") == drawn - missing
    for name in missing:
        assert f"no picture of {name.removesuffix('.png')}: " in outcome.out
    for path in (folder / "plots").glob("*.png"):
        with Image.open(path) as picture:
            picture.load()
    assert_whole(folder)


def test_a_run_that_was_killed_is_drawn_as_far_as_it_is_recorded(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(folders["cppn neat"], tmp_path / "run")
    shutil.rmtree(folder / "checkpoints")
    lines = (folder / "bests.jsonl").read_text().splitlines(keepends=True)
    (folder / "bests.jsonl").write_text("".join(lines[:3]) + lines[3][:9])

    outcome = neatfool("plot", folder, "--only", "goals", "--quiet")

    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    told = json.loads((folder / "plots" / "lineage.json").read_text())
    assert told["generations"] == 3


@pytest.mark.parametrize(
    ("kind", "arguments", "messages"),
    [
        ("cppn neat", ("--class", "9"), ("a niche (class) of the run", "0, 1, 2, 3, 4", "'9'")),
        ("cppn neat", ("--class", "c7"), ("expected the name of a class", "got 'c7'")),
        ("cppn neat", ("--only", "galery"), ("unknown picture galery: did you mean gallery?",)),
        ("cppn neat", ("--film", "moprh.gif"), ("unknown film moprh: did you mean morph?",)),
        ("cppn neat", ("--film", "morph.avi"), ("ends in .gif, .webp or .mp4", "morph.avi")),
        ("cppn neat", ("--film", "../morph.gif"), ("without a folder",)),
        ("cppn neat", ("--to", "3"), ("--to 3", "--film morph.gif", "got none")),
        ("cppn neat", ("--to", "3", "--film", "lineage.gif"), ("a morph", "got lineage.gif")),
        ("pixels map-elites", ("--only", "sizes"), ("no picture of sizes", "no networks")),
        ("cppn map-elites", ("--only", "front"), ("no picture of front", "the search has none")),
        ("cppn map-elites", ("--only", "species"), ("no picture of species", "has no species")),
        (
            "cppn map-elites",
            ("--only", "substrate"),
            ("no picture of substrate", "no networks on one"),
        ),
    ],
)
def test_what_a_run_does_not_have_is_refused(
    folders: dict[str, Path], kind: str, arguments: tuple[str, ...], messages: tuple[str, ...],
    tmp_path: Path,
) -> None:  # fmt: skip
    outcome = neatfool("plot", folders[kind], *arguments, "--out", tmp_path / "p", "--quiet")
    assert_refused(outcome, *messages)
    assert not (tmp_path / "p").exists()


def test_folders_without_a_run_or_a_generation_are_refused(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    assert_refused(neatfool("plot", tmp_path), "holds no run")
    folder = tmp_path / "new"
    folder.mkdir()
    shutil.copy(folders["cppn neat"] / "resolved.toml", folder)
    assert_refused(neatfool("plot", folder), "does not say what it evolves", "neatfool resume")
    shutil.copy(folders["cppn neat"] / "about.json", folder)
    assert_refused(neatfool("plot", folder), "no generation on disk yet")
    (tmp_path / "file").touch()
    outcome = neatfool("plot", folders["cppn neat"], "--out", tmp_path / "file", "--only", "curves")
    assert_refused(outcome, "cannot write to", "--out")


def test_the_page_names_every_picture_and_number(folders: dict[str, Path], tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "plots.md").read_text(encoding="utf-8")
    for name in reports.PICTURES:
        assert f"| `{name}` |" in page
    for picture in re.findall(r"\]\(([^)]+\.png)\)", page):
        assert (Path(__file__).parents[2] / "docs" / picture).exists()
    program, *_ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    small = program.replace('"runs/patterns"', repr(str(folders["cppn neat"])))
    space: dict[str, Any] = {}
    exec(compile(small.replace("=100", "=3").replace("=9", "=4"), "plots.md", "exec"), space)
    assert space["line"][-1].goal == 4
    assert space["halfway"].found_at.max() <= 3
