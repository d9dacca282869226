"""Whatever lies where a file is expected: it is told in words, and nobody waits for it."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neatfool import classifiers, data, reports, runs
from neatfool.classifiers import ClassifierSettings
from neatfool.classifiers.labels import read_labels
from neatfool.data.idx import read_idx
from neatfool.errors import NeatfoolError
from neatfool.types import CPU
from tests.command import assert_refused, neatfool
from tests.odd_files import ODD, odd_file
from tests.web_server import Visitor, serving


def classifier(**settings: Any) -> None:
    classifiers.build(ClassifierSettings(**settings), CPU)


READERS: dict[str, Callable[[Path], Any]] = {
    "a.toml": runs.load_config,
    "a.txt": read_labels,
    "a.json": read_labels,
    "a.gz": read_idx,
    "a.png": lambda path: data.load_pictures(path.parent, (1, 8, 8)),
    "a.onnx": lambda path: classifier(model=str(path)),
    "a.pt": lambda path: classifier(model=str(path)),
    "a.pt2": lambda path: classifier(model=str(path)),
    "a.py": lambda path: classifier(model=f"{path}:make"),
    "a.safetensors": lambda path: classifier(model="lenet5", weights=path),
    "a.pth": lambda path: classifier(model="lenet5", weights=path),
    "a.names": lambda path: classifier(model="lenet5", labels=path),
    "b.json": reports.of_file,
    "a.xml": reports.of_file,
}


@pytest.mark.parametrize("kind", ["pipe", "socket", "zero"])
@pytest.mark.parametrize("name", READERS)
def test_a_file_that_is_handed_in(tmp_path: Path, name: str, kind: str) -> None:
    with odd_file(tmp_path / name, kind) as path, pytest.raises(NeatfoolError) as caught:
        READERS[name](path)

    message = str(caught.value)
    assert f"{path}" in message
    assert re.search(f"got .*{ODD[kind]}", message)
    assert len(message.splitlines()) == 1


OF_RUNS = {
    "resolved.toml": ("resume", "report", "show", "plot"),
    "about.json": ("plot",),
    "report.json": ("report",),
    "metrics.jsonl": ("report", "plot"),
    "lineage.jsonl": ("report", "plot"),
    "pinned.json": ("resume",),
    "elites/3_3.png": ("report",),
}


@pytest.mark.parametrize("name", OF_RUNS)
def test_a_file_of_a_run(run: Path, name: str) -> None:
    with odd_file(run / name, "pipe"):
        for command in OF_RUNS[name]:
            outcome = neatfool(command, run, "--quiet")
            assert outcome.code == 2, (command, outcome)
            assert_refused(outcome, name.split("/")[-1] if command != "report" else "")


def test_a_log_that_is_a_pipe(run: Path) -> None:
    with odd_file(run / "log.txt", "pipe"):
        assert_refused(neatfool("resume", run, "--generations", 9), "cannot write to", "resume")


def test_checkpoints_that_are_pipes(run: Path) -> None:
    newest = max((run / "checkpoints").iterdir())
    with odd_file(newest, "pipe"):
        assert neatfool("show", run, "--quiet").code == 0, "the one before it is whole"


def test_runs_of_odd_files_are_listed(finished: Path, tmp_path: Path) -> None:
    names = (*OF_RUNS, "bests.jsonl", "log.txt", "lock")
    for number, name in enumerate(names):
        folder = shutil.copytree(finished, tmp_path / "runs" / f"run{number}")
        odd_file(folder / name, "pipe").__enter__()
    with serving(tmp_path / "a.sqlite", runs=tmp_path / "runs") as address, Visitor(address) as who:
        listed = who.ask("GET", "/api/runs").json()
        assert len(listed) == len(names) - 1, "one has no settings"
        for row in listed:
            for path in ("run", "elite", "file"):
                wanted = {"run": row["name"], "class": 3, "file": "metrics.jsonl"}
                answer = who.client.get(f"/api/runs/{path}", params=wanted)
                assert answer.status_code != 500, (row, path, answer.text)


CONFIGS = {
    "lists": "a = " + "[" * 3_000,
    "tables": "a = " + "{a=" * 3_000,
    "a long key": ".".join("a" * 60_000) + " = 1",
    "a long heading": "[" + ".".join("a" * 60_000) + "]",
    "no text": b"\xff\xfe\x00",
    "large": "#" * (2 << 20),
    "a long name": f"[run]\n{'a' * 60_000} = 1",
    "a long section": f"[{'a' * 60_000}]",
    "a long kind": f"[encoding]\nkind = '{'a' * 60_000}'",
    "a long value": f"[run]\nseed = '{'a' * 60_000}'",
    "a long list": f"[run]\nseed = [{'1, ' * 60_000}]",
    "as deep as may be": "run = " + "[" * 62 + "]" * 62,
}


@pytest.mark.parametrize("content", CONFIGS.values(), ids=CONFIGS)
def test_configs_without_bounds(run: Path, content: str | bytes) -> None:
    content = content if isinstance(content, bytes) else content.encode()
    (run / "resolved.toml").write_bytes(content)
    for outcome in (neatfool("fool", "--config", run / "resolved.toml"), neatfool("show", run)):
        assert_refused(outcome)
        assert len(outcome.err) < 1_000 + 2 * len(str(run))


@pytest.mark.parametrize("name", ["", ".onnx", ".pt", ".py:build", ".safetensors"])
def test_names_without_end_are_quoted_in_part(name: str) -> None:
    for key in ("model", "weights", "labels"):
        outcome = neatfool("fool", "--set", f"task.classifier.{key}={'a' * 60_000}{name}")
        assert outcome.code == 2, outcome
        assert len(outcome.err) < 2_000


CHANGES = {
    "lists": "run.seed=" + "[" * 3_000,
    "a long key": ".".join("a" * 60_000) + "=1",
    "a key within": "run.seed={" + ".".join("a" * 60_000) + "=1}",
    "a long value": "run.seed=" + "a" * 60_000,
    "a long section": "a" * 60_000 + ".b=1",
    "a long name": "run." + "a" * 60_000 + "=1",
    "no equals sign": "a" * 60_000,
    "below a value": "run.seed.a=1",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changes_without_bounds(change: str) -> None:
    outcome = neatfool("fool", "--set", "run.seed=" + "3" * 5_000, "--set", change)
    assert_refused(outcome)
    assert len(outcome.err) < 2_000


def lacking(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda content: content.pop(name)


GRID = {"measures": ["a", "b"], "bins": [5, 3], "lower": [0.0, 0.0], "upper": [1.0, 1.0]}
ABOUTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    **{f"no {name}": lacking(name) for name in ("name", "shape", "indices", "names", "unit")},
    **{f"no {name}": lacking(name) for name in ("best", "levels", "grid")},
    "a name too many": lambda about: about["names"].append("more"),
    "a name too few": lambda about: about["names"].pop(),
    "no classes": lambda about: about.update(indices=[], names=[]),
    "two sides": lambda about: about.update(shape=[1, 28]),
    "four sides": lambda about: about.update(shape=[1, 1, 28, 28]),
    "sides in words": lambda about: about.update(shape=["1", "28", "28"]),
    "a fraction": lambda about: about.update(shape=[1, 28, 28.5]),
    "no pixels": lambda about: about.update(shape=[1, 0, 28]),
    "numbers as names": lambda about: about.update(names=about["indices"]),
    "names as numbers": lambda about: about.update(indices=about["names"]),
    "a name without end": lambda about: about["names"].__setitem__(0, "a" * 60_000),
    "a number without end": lambda about: about["indices"].__setitem__(0, 10**400),
    "a negative class": lambda about: about["indices"].__setitem__(0, -1),
    "a number as name": lambda about: about.update(name=3),
    "half a pair": lambda about: about.update(name="\ud800"),
    "a unit in words": lambda about: about.update(unit="metres"),
    "a share in words": lambda about: about["unit"].update(is_share="yes"),
    "the best in words": lambda about: about.update(best="16"),
    "levels in words": lambda about: about.update(levels=["0.5"]),
    "a level without end": lambda about: about.update(levels=[10**400]),
    "a grid in words": lambda about: about.update(grid="3 x 3"),
    "half a grid": lambda about: about.update(grid={"measures": ["a"], "bins": [10]}),
    "a grid of other niches": lambda about: about.update(grid=GRID),
    "a grid of other axes": lambda about: about.update(grid={**GRID, "bins": [10]}),
}


@pytest.mark.parametrize("spoil", ABOUTS.values(), ids=ABOUTS)
def test_every_field_of_about_is_checked(run: Path, spoil: Callable[[Any], Any]) -> None:
    about = json.loads((run / "about.json").read_text())
    spoil(about)
    (run / "about.json").write_text(json.dumps(about))

    outcome = neatfool("plot", run)

    assert_refused(outcome, "about.json is damaged (", "take it away")
    assert len(outcome.err) < 500 + len(str(run))


def empty(name: str) -> Callable[[Any], Any]:
    """Make what writes null for a key."""
    return lambda report: report.update({name: None})


def guarded_by(name: str, value: object) -> Callable[[Any], Any]:
    """Make what gives a report a detector of which something is wrong."""
    right = {"kind": "energy", "data": "mnist", "accepted": 0.95, "threshold": 1.5}
    return lambda report: report.update(detector=right | {name: value})


OF_REPORTS = {
    **{name: lacking(name) for name in ("schema", "task", "encoding", "seed", "generations")},
    **{name: lacking(name) for name in ("evaluations", "stopped_because", "environment")},
    **{name: lacking(name) for name in ("wall_seconds", "evolve_seconds", "niches")},
    "no name": lambda report: report["niches"][3].pop("name"),
    "no index": lambda report: report["niches"][3].pop("index"),
    "no image": lambda report: report["niches"][3].pop("image"),
    "no picture": lambda report: report["niches"][3].update(image=None),
    "no score": lambda report: report["niches"][3].pop("score"),
    "a text for a number": lambda report: report["niches"][3].update(score="1"),
    "an image elsewhere": lambda report: report["niches"][3].update(image="../a.png"),
    "an image anywhere": lambda report: report["niches"][3].update(image="/a.png"),
    "a niche that is none": lambda report: report["niches"].append(3),
    "no niches": lambda report: report.update(niches=[]),
    "no unit": lambda report: report["task"].pop("unit"),
    "levels in words": lambda report: report["task"].update(levels=["0.5"]),
    "images in words": lambda report: report["task"].update(images="yes"),
    "a grid in words": lambda report: report.update(grid="3 x 3"),
    "a grid of other niches": lambda report: report.update(grid=GRID),
    "a list as model": lambda report: report.update(model=["lenet5"]),
    "a text as schema": lambda report: report.update(schema="3"),
    **{f"no {name}": empty(name) for name in ("model", "detector", "baselines", "hashes")},
    "a guard in words": lambda report: report.update(detector="c"),
    **{
        f"{name} of a guard": guarded_by(name, value)
        for name, value in (("accepted", "c"), ("threshold", "1"), ("data", 3), ("kind", None))
    },
    "failures in words": lambda report: report.update(failed="c"),
    "digests in words": lambda report: report.update(hashes="c"),
    "no digest": lambda report: report["model"].pop("sha256"),
    "baselines": lambda report: report.update(baselines=[1]),
    "text as environment": lambda report: report.update(environment="cpu"),
    "generations in words": lambda report: report.update(generations="8"),
}


@pytest.mark.parametrize("spoil", OF_REPORTS.values(), ids=OF_REPORTS)
def test_every_field_of_a_report_is_checked(run: Path, spoil: Callable[[Any], Any]) -> None:
    report = json.loads((run / "report.json").read_text())
    spoil(report)
    (run / "report.json").write_text(json.dumps(report))

    for command in (("report", run), ("transfer", run, "--model", "lenet-caffe")):
        outcome = neatfool(*command)
        assert_refused(outcome, "report.json is damaged (", "neatfool resume")
        assert len(outcome.err) < 500 + 2 * len(str(run))


def test_settings_that_are_not_whole_write_no_report(run: Path) -> None:
    lines = (run / "resolved.toml").read_text().splitlines(keepends=True)
    before = (run / "report.json").read_bytes()
    for kept in range(0, len(lines), 7):
        (run / "resolved.toml").write_text("".join(lines[:kept]))
        outcome = neatfool("report", run)
        assert_refused(outcome, "resolved.toml is not ")
    assert (run / "report.json").read_bytes() == before
