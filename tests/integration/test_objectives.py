"""A run of several objectives goes the whole way: it is cut, goes on, is reported and plotted."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.command import Outcome, assert_refused, assert_same_run, neatfool, read_metrics

TASK = '''
import numpy as np
import neatfool


class Zdt(neatfool.Task):
    """Both functions of the first problem of Zitzler, Deb and Thiele 2000, negated."""

    niches = ("cheap", "good & safe")
    medium = neatfool.Line(5)

    def score(self, points, trial):
        x = points.double().clamp(0, 1).numpy()
        g = 1 + 9 * x[:, 1:].mean(axis=1)
        luck = [0.01 * random.random() for random in trial.streams("luck")]
        return -np.stack([x[:, 0], g * (1 - np.sqrt(x[:, 0] / g)) + luck], axis=1)


class Three(Zdt):
    niches = ("a", "b", "c")

    def score(self, points, trial):
        return points[:, :3].numpy()
'''
OPTIONS = ("--set", "encoding.kind=weights", "--set", "encoding.weight_range=1",
           "--set", "search.kind=nsga2", "--set", "search.batch=20",
           "--set", "run.checkpoint_every=2", "--quiet")  # fmt: skip


def done(*arguments: object) -> Outcome:
    outcome = neatfool(*arguments)
    assert outcome.code == 0, outcome.err
    return outcome


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("task") / "zdt.py"
    path.write_text(TASK)
    return path


@pytest.fixture(scope="module")
def run(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("objectives") / "run"
    done("run", f"{program}:Zdt", "--generations", 9, "--out", folder, *OPTIONS)
    return folder


def report_of(folder: Path) -> dict[str, object]:
    return json.loads((folder / "report.json").read_text())  # type: ignore[no-any-return]


def test_a_cut_run_goes_on_to_the_same_front(program: Path, run: Path, tmp_path: Path) -> None:
    done("run", f"{program}:Zdt", "--generations", 5, "--out", tmp_path / "cut", *OPTIONS)

    done("resume", tmp_path / "cut", "--generations", 9, "--quiet")

    assert_same_run(tmp_path / "cut", run)
    assert report_of(tmp_path / "cut")["front"] == report_of(run)["front"]


def test_the_front_is_reported(run: Path) -> None:
    front = report_of(run)["front"]
    assert isinstance(front, list)
    scores = [tuple(member["scores"]) for member in front]
    metrics = read_metrics(run)

    assert scores == sorted(scores, reverse=True)
    assert not any(a != b and a[0] >= b[0] and a[1] >= b[1] for a in scores for b in scores)
    assert [line["front"] for line in metrics][-1] == len(front) > 2
    assert all(line["latest"] is not None for line in metrics)
    page = (run / "report.html").read_text()
    assert "good &amp; safe" in page
    assert page.count(f"{scores[0][0]:g}") >= 2
    before = (run / "front.png").read_bytes()
    done("report", run, "--quiet")
    assert (run / "front.png").read_bytes() == before
    assert report_of(run)["front"] == front


def test_a_damaged_front_is_refused(run: Path, tmp_path: Path) -> None:
    report = report_of(run)
    for wrong in ([{"key": 1, "scores": [1.0]}], [{"key": -1, "scores": [1.0, 2.0]}], [3]):
        (run / "report.json").write_text(json.dumps(report | {"front": wrong}))
        assert neatfool("report", run).code == 2
    (run / "report.json").write_text(json.dumps(report))


def test_fronts_over_time_are_drawn(run: Path, tmp_path: Path) -> None:
    done("plot", run, "--only", "front", "--out", tmp_path, "--quiet")

    with Image.open(tmp_path / "front.png") as picture:
        picture.load()
    assert [path.name for path in tmp_path.iterdir()] == ["front.png"]


def test_of_three_objectives_there_is_a_table(program: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done("run", f"{program}:Three", "--generations", 2, "--out", folder, *OPTIONS)

    assert "Table of the front" in (folder / "report.html").read_text()
    assert not (folder / "front.png").exists()
    outcome = done("plot", folder, "--out", tmp_path / "plots")
    assert "no picture of front: it is not of two objectives" in outcome.out
    assert_refused(neatfool("plot", folder, "--only", "front"), "not of two objectives")
