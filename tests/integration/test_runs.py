"""A run of any task goes the whole way: it is cut, goes on, is reported, plotted and shown."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neatfool import past, reports, runs
from neatfool.past import read_standing
from neatfool.search import Archive
from neatfool.stored import load_arrays
from neatfool.tasks import Trial, Xor
from tests.command import (
    Outcome,
    assert_refused,
    assert_same_run,
    assert_whole,
    digests,
    neatfool,
    read_metrics,
)
from tests.strategies import assert_same_arrays

ROOT = Path(__file__).parents[2]
XOR = ROOT / "configs" / "neat" / "xor.toml"
CONFIGS = [  # studies: see test_shipped_studies.py
    path for path in sorted((ROOT / "configs").rglob("*.toml")) if path.parent.name != "studies"
]
CLIMBING = [path for path in CONFIGS if 'kind = "gradient"' in path.read_text(encoding="utf-8")]
CONFIGS = [path for path in CONFIGS if path not in CLIMBING]  # see test_gradient_runs.py
GENERATIONS, CUT = 5, 4
SMALL = ["search.batch=10", "run.checkpoint_every=2", "run.workers=threads:1"]
SMALL_NETWORK = """
import torch
from torch import nn

def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(27, 1000))
"""
FRESH = "fresh patterns"
MIRROR = ["task.kind=bit-mirroring", "task.side=3", "task.patterns=20"]
TASKS: dict[str, list[str]] = {
    "fooling": ["task.classes=[7, 3]"],
    "xor": ["task.kind=xor"],
    "target-weights": ["task.kind=target-weights", "encoding.kind=offset", "search.kind=neat"],
    "bit-mirroring": [*MIRROR, "encoding.kind=weights"],
    FRESH: [*MIRROR, "task.fresh_patterns=true"],
    "boxes": ["task.kind=boxes", "encoding.kind=switch", "encoding.at=3"],
}
CHANGING = {"log.txt", "metrics.jsonl", "report.json", "report.html"}
"""What says how long a run took."""


def configured(changes: list[str], path: Path | None = None) -> runs.Config:
    fewer = ["search.islands=2"] if path and path.stem in ("ring", "isolated") else []
    return runs.load_config(path, [*SMALL, *fewer, f"run.generations={GENERATIONS}", *changes])


def cut(config: runs.Config, folder: Path) -> None:
    """Begin a run, and leave it as a killed one: after a generation that is not saved."""
    parts = runs.build(config)
    with runs.Run(parts, folder) as run:
        for number in run.generations():
            if number == CUT:
                return
            parts.search.tell(run.evaluate(parts.search.ask()))


def lasting(folder: Path) -> dict[str, str]:
    """Digest what equal runs have in common, to the last bit."""
    found = digests(folder)
    return {k: v for k, v in found.items() if k not in CHANGING and not k.startswith("checkp")}


def done(*arguments: object) -> Outcome:
    outcome = neatfool(*arguments)
    assert outcome.code == 0, outcome.err
    return outcome


def assert_elites(folder: Path, archive: Archive) -> None:
    """The elites that a run published are those of an archive."""
    elites, _ = load_arrays(folder / "elites.safetensors")
    told = {"keys": archive.keys, "found_at": archive.found_at}
    assert_same_arrays(elites, archive.genomes.arrays() | told)


def assert_looked_at(config: runs.Config, folder: Path) -> None:
    """Look at a finished run in every way that takes its folder alone."""
    before = digests(folder)
    done("report", folder, "--quiet")
    assert digests(folder) == before
    assert_elites(folder, past.archive_at(folder))
    out = folder.with_name("net.svg")
    shown = neatfool("show", folder, "--nodes", "symbols", "--quiet", "--out", out)
    if config.encoding.kind in ("pixels", "weights"):
        assert_refused(shown, "hold no network")
    elif config.encoding.kind == "switch" and (config.encoding.at or GENERATIONS) < GENERATIONS:
        assert_refused(shown, "has switched")
    else:
        assert shown.code == 0, shown.err
        assert b"node-0" in out.read_bytes()


def assert_scored_alike(folder: Path) -> None:
    """Elites get the scores of the report when their task is asked again."""
    standing = read_standing(folder, scored=True)
    assert standing.task is not None
    phenotypes = standing.encoding.express(standing.archive.genomes)
    scores = standing.task.score(phenotypes, Trial(standing.archive.keys)).diagonal()
    told = [entry["score"] for entry in report_of(folder)["niches"]]
    np.testing.assert_allclose(scores, np.float32(told), rtol=1e-6)


@pytest.mark.parametrize("name", TASKS)
def test_a_run_of_any_task_that_is_cut_is_the_run_that_was_not(name: str, tmp_path: Path) -> None:
    config, folder = configured(TASKS[name]), tmp_path / "run"
    reports.run(config, tmp_path / "whole")
    cut(config, folder)
    assert [line["generation"] for line in read_metrics(folder)] == list(range(1, CUT))

    done("resume", folder, "--quiet")

    assert_same_run(folder, tmp_path / "whole")
    assert lasting(folder) == lasting(tmp_path / "whole")
    assert_whole(folder)
    assert_looked_at(config, folder)
    if name != FRESH:
        assert_scored_alike(folder)


ALWAYS = {"mnist_cppn", "mnist_offset", "xor", "boxes_small", "ring", "objectives", "features_neat"}
"""One configuration of each kind; the others are proofs."""


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=() if path.stem in ALWAYS else pytest.mark.proof)
        for path in CONFIGS
    ],
)
def test_every_config_runs_goes_on_and_is_looked_at(path: Path, tmp_path: Path) -> None:
    changes = ["task.play.tests=8"] if path.parent.name == "tetris" else []
    if "torchvision:" in path.read_text(encoding="utf-8"):  # it would be downloaded
        (tmp_path / "net.py").write_text(SMALL_NETWORK, encoding="utf-8")
        changes += [f"task.classifier.model={tmp_path / 'net.py'}:build"]
        changes += [
            "task.classes=[0, 20, 980]",
            "task.classifier.size=24",
            "task.classifier.canvas=32",
        ]
    config, folder = configured(changes, path), tmp_path / "run"
    config = config.model_copy(update={"run": config.run.model_copy(update={"target": None})})
    parts = runs.build(config)
    for number in range(1, GENERATIONS + 1):  # by hand
        phenotypes = parts.encoding.express(parts.search.ask())
        trial = Trial(parts.search.asked, number, config.run.seed)
        parts.search.tell(parts.task.score(phenotypes, trial))
    cut(config, folder)

    done("resume", folder, "--quiet")

    assert parts.search.archive is not None
    assert_elites(folder, parts.search.archive)
    assert_looked_at(config, folder)


@pytest.fixture(scope="module")
def xor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of XOR by its name."""
    folder = tmp_path_factory.mktemp("xor") / "run"
    size = ("--set", "search.batch=40", "--set", "run.checkpoint_every=4")
    outcome = done("run", "xor", "--generations", 6, *size, "--seed", 2, "--out", folder)
    assert "xor: score " in outcome.out
    assert "240 evaluations" in outcome.out
    assert f"score {report_of(folder)['median_score']:.6g} of at most 16" in outcome.out
    return folder


def report_of(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def test_a_task_is_run_by_its_name(xor: Path) -> None:
    report = report_of(xor)

    assert report["task"] == {
        "kind": "xor",
        "name": "xor",
        "unit": {"noun": "score", "is_share": False},
        "best": 16.0,
        "levels": [],
        "images": False,
    }
    assert (report["generations"], report["seed"], report["search"]) == (6, 2, "map-elites")
    assert not {"model", "baselines"} & report.keys()
    assert report["hashes"]["task"] == ""
    for name in ("gallery.png", "curve.png", "elites/0_xor.png"):
        assert (xor / name).read_bytes().startswith(b"\x89PNG")
    assert "The best at xor" in (xor / "report.html").read_text()


def test_the_pictures_of_a_run_without_images(xor: Path, tmp_path: Path) -> None:
    outcome = done("plot", xor, "--out", tmp_path)

    told = json.loads((tmp_path / "lineage.json").read_text())
    assert [each["score"] for each in told["elites"]] == [report_of(xor)["median_score"]]
    pictures = {f"{name}.png" for name in reports.PICTURES}
    pictures -= {"grid.png", "front.png", "species.png", "substrate.png"}
    pictures -= {"goals.png", "heat-map.png"}
    assert {path.name for path in tmp_path.glob("*.png")} == pictures
    assert "no picture of goals: with a single niche" in outcome.out
    assert "no picture of heat-map: with a single niche" in outcome.out


def test_a_file_of_settings_is_run_and_options_come_first(tmp_path: Path) -> None:
    done("run", XOR, "--generations", 2, "--seed", 7, "--out", tmp_path / "run", "--quiet")

    report = report_of(tmp_path / "run")
    assert (report["generations"], report["seed"], report["search"]) == (2, 7, "neat")


def test_a_gate_on_scores(xor: Path) -> None:
    score = report_of(xor)["median_score"]

    closed = neatfool("report", xor, "--fail-above", f"{score}:0", "--quiet")
    opened = neatfool("report", xor, "--fail-above", f"{score + 1}:0", "--quiet")

    assert (closed.code, opened.code) == (1, 0)
    assert closed.err.startswith(f"The only niche reaches a score of {score:g} or more")


@pytest.mark.parametrize(
    ("target", "stopped"), [("-1", "target"), ("15.9999", "generations"), ("16", "generations")]
)
def test_a_target_is_in_the_unit_of_the_task(target: str, stopped: str, tmp_path: Path) -> None:
    config = configured(["task.kind=xor", f"run.target={target}"])

    report = reports.run(config, tmp_path / "run")

    assert report["stopped_because"] == stopped
    assert report["generations"] == (1 if stopped == "target" else GENERATIONS)


@pytest.mark.parametrize(("task", "target", "best"), [("xor", 17, 16), ("boxes", 2251, 2250)])
def test_a_target_above_the_best_is_refused(
    task: str, target: int, best: int, tmp_path: Path
) -> None:
    outcome = neatfool("run", task, "--set", f"run.target={target}", "--out", tmp_path / "run")

    assert_refused(outcome, f"run.target: expected at most {best}", f"got {target}")
    assert not (tmp_path / "run").exists()


def test_a_run_stops_in_the_generation_that_solves_the_task(tmp_path: Path) -> None:
    changes = ["run.until_solved=true", "search.batch=100", "run.seed=1", "run.generations=200"]
    config, task = runs.load_config(XOR, changes), Xor()
    parts, number, solved = runs.build(config), 0, False
    while not solved:  # the same by hand
        number += 1
        networks = parts.encoding.express(parts.search.ask())
        solved = task.solved(networks).any()
        parts.search.tell(task.score(networks))

    options = [each for change in changes for each in ("--set", change)]
    outcome = done("run", XOR, *options, "--out", tmp_path / "run")

    report = report_of(tmp_path / "run")
    assert (report["generations"], report["stopped_because"]) == (number, "solved")
    assert 1 < number < 200
    assert "stopped because it was solved" in outcome.out
    assert "it was solved" in (tmp_path / "run" / "report.html").read_text()
    before = report_of(tmp_path / "run")["generations"]
    done("resume", tmp_path / "run", "--generations", 300, "--quiet")
    assert report_of(tmp_path / "run")["generations"] == before, "it is solved still"


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("xro", "unknown task xro: did you mean xor?"),
        ("chess", "unknown task chess: "),
        ("none.toml", "cannot read the config none.toml"),
        ("", "unknown task : choose from"),
    ],
)
def test_a_task_that_is_none_is_refused(task: str, message: str, tmp_path: Path) -> None:
    assert_refused(neatfool("run", task, "--out", tmp_path / "run"), message)
    assert not (tmp_path / "run").exists()


def test_what_a_run_has_none_of_is_refused(xor: Path, tmp_path: Path) -> None:
    out = ("--quiet", "--out", tmp_path / "out")
    assert_refused(neatfool("plot", xor, "--film", "morph.gif", *out), "films are of images")
    assert_refused(neatfool("plot", xor, "--only", "goals", *out), "with a single niche")
    assert_refused(neatfool("plot", xor, "--only", "grid", *out), "no cells of a grid")
    assert_refused(neatfool("report", xor, "--data", tmp_path), "evolved none: leave it out")
    assert_refused(neatfool("transfer", xor, "--model", "lenet5"), "evolved no images")
    assert not (tmp_path / "out").exists()
