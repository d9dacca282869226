"""What evolved to act is tested on new episodes, plays again, and is filmed."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from neatfool import runs, viz
from neatfool.errors import ConfigError
from neatfool.reports import Showing, of_run, play, plot, report_again, run
from tests.strategies import assert_same_arrays

SMALL = ("run.generations=3", "search.batch=20", "task.play.tests=30", "task.play.episodes=2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("played") / "run"
    run(runs.load_config(None, ["task.kind=cart-pole", *SMALL]), folder)
    return folder


def test_elites_are_tested_on_new_episodes(folder: Path) -> None:
    report = json.loads((folder / "report.json").read_text())
    [niche] = report["niches"]
    test = niche["tests"]["return"]
    assert test["episodes"] == 30
    assert test["least"] <= test["median"] <= test["most"] <= 500
    assert test["interval"][0] <= test["mean"] <= test["interval"][1]
    assert "In new episodes" in (folder / "report.html").read_text()
    assert report_again(folder)["niches"] == report["niches"]


def test_an_elite_plays_again_as_it_was_tested(folder: Path) -> None:
    report = json.loads((folder / "report.json").read_text())
    assert play(folder) == report["niches"][0]["tests"]
    assert play(folder, episodes=7)["return"]["episodes"] == 7


def test_an_episode_is_filmed(folder: Path, tmp_path: Path) -> None:
    with Image.open(folder / "film.webp") as film:
        assert film.n_frames > 5  # type: ignore[attr-defined]
    shown = Showing(film=tmp_path / "again.webp", activity=tmp_path / "activity.png")
    play(folder, episodes=1, shown=shown)
    with Image.open(tmp_path / "activity.png") as picture:
        assert min(picture.size) > 100
    assert (tmp_path / "again.webp").read_bytes() == (folder / "film.webp").read_bytes()


def test_what_a_cppn_computes_is_no_thought_of_the_network_that_it_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: dict[str, list[str]] = {}
    maps = viz.maps

    def noted(panels: Sequence[viz.Panel], title: str) -> viz.Figure:
        drawn.update((panel.title, list(panel.rows)) for panel in panels)
        return maps(panels, title)

    monkeypatch.setattr(viz, "maps", noted)
    small = ("run.generations=1", "search.batch=5", "task.play.tests=1", "task.play.episodes=1")
    given = ["task.kind=cart-pole", "task.play.through=evolvable", *small]
    run(runs.load_config(None, [*given, "run.until_solved=false"]), tmp_path / "run")
    play(tmp_path / "run", episodes=1, shown=Showing(activity=tmp_path / "activity.png"))
    assert drawn == {"seen": [], "said": ["output 0", "output 1"]}


def test_what_does_not_act_cannot_play(tmp_path: Path) -> None:
    run(runs.load_config(None, ["task.kind=xor", "run.generations=1"]), tmp_path / "run")
    with pytest.raises(ConfigError, match="networks act"):
        play(tmp_path / "run")


def test_defaults_are_those_usual_for_the_task() -> None:
    usual = runs.load_config(None, ["task.kind=cart-pole"])
    assert usual.search.kind == "neat"
    assert usual.run.until_solved
    other = runs.load_config(None, ["task.kind=cart-pole", "search.kind=map-elites"])
    assert other.search.kind == "map-elites"
    assert other.run.until_solved
    assert not runs.load_config(None, ["task.kind=xor"]).run.until_solved
    changed = runs.load_config(None, ["task.kind=cart-pole", "search.distance.excess=2"])
    assert changed.search.distance.excess == 2
    assert changed.search.distance.small == 1_000_000


def test_networks_with_memory_play_are_drawn_and_go_on_the_same(tmp_path: Path) -> None:
    given = ["task.kind=cart-pole", *SMALL, "encoding.structure.dynamics=recurrent"]
    given += ["task.play.fresh=false"]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    run(runs.load_config(None, given), whole)
    run(runs.load_config(None, [*given, "run.generations=1"]), cut)
    runs.complete(runs.load_config(None, given), cut)

    for name in ("bests.jsonl", "lineage.jsonl"):
        assert (cut / name).read_bytes() == (whole / name).read_bytes(), name
    assert_same_arrays(of_run(cut).graphs, of_run(whole).graphs)
    shown = Showing(film=tmp_path / "again.webp", activity=tmp_path / "activity.png")
    report = json.loads((whole / "report.json").read_text())
    assert play(whole) == report["niches"][0]["tests"]
    play(whole, episodes=1, shown=shown)
    assert (tmp_path / "again.webp").read_bytes() == (whole / "film.webp").read_bytes()
    plot(whole)
