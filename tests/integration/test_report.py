"""The report made again: from a finished run, from an interrupted one, as a gate."""

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from neatfool import reports
from neatfool.cli.runs.judging import GateOptions
from neatfool.reports import again
from neatfool.reports.report import KEYS
from neatfool.runs.folder import occupied
from tests.command import assert_refused, assert_same_run, assert_whole, digests, neatfool

MADE = ("report.json", "niches.csv", "report.html", "curve.png")


@pytest.fixture
def interrupted(run: Path) -> Path:
    """A run that was killed after generation 6 and before 7 was recorded to the end."""
    for name in (*MADE, "gallery.png", "elites.safetensors"):
        (run / name).unlink()
    shutil.rmtree(run / "elites")
    (run / "checkpoints" / "00000008.safetensors").unlink()
    metrics = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
    (run / "metrics.jsonl").write_text("".join(metrics[:7])[:-9])
    return run


def report_of(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def test_a_finished_run_gets_the_same_report_without_its_model(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digests(run)
    for name in MADE[1:]:
        (run / name).unlink()
    monkeypatch.delattr(again, "rebuild")

    outcome = neatfool("report", run)

    assert outcome.code == 0, outcome.err
    assert "of the classes are fooled at a confidence of 99.99 % or more" in outcome.out
    assert str(run / "report.html") in outcome.out
    assert digests(run) == before
    assert_whole(run)


def test_the_table_has_a_row_for_every_class(finished: Path) -> None:
    with (finished / "niches.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    classes = report_of(finished)["niches"]
    assert len(rows) == len(classes) == 10
    for row, entry in zip(rows, classes, strict=True):
        values = {**entry, **entry.pop("measures")}
        del values["measures"]
        assert row == {name: str(value) for name, value in values.items()}


def test_measures_come_with_the_distance_to_data_if_there_are_data(
    run: Path, tmp_path: Path
) -> None:
    (tmp_path / "pictures").mkdir()
    elite = report_of(run)["niches"][4]
    for name, source in {"a": elite["image"], "b": report_of(run)["niches"][5]["image"]}.items():
        shutil.copy(run / source, tmp_path / "pictures" / f"{name}.png")

    assert neatfool("report", run, "--data", tmp_path / "pictures", "-q").code == 0

    report = report_of(run)
    assert report["data"] == {"name": "pictures", "pictures": 2}
    distances = [entry["measures"]["distance_to_data"] for entry in report["niches"]]
    assert distances[4] == distances[5] == 0 < min(distances[:4])
    assert "distance_to_data" in (run / "niches.csv").read_text().splitlines()[0]
    assert_refused(neatfool("report", run, "--data", tmp_path), "expected files ending in .png")


def test_the_document_names_everything_in_the_file(finished: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    report = report_of(finished)
    entry = report["niches"][0]
    names = {*report, *report["baselines"], *report["hashes"], *report["task"], *entry}
    names |= {*report["task"]["unit"], *entry["measures"]}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []
    assert f"`schema` is {report['schema']}." in text


def test_an_interrupted_run_is_reported_as_its_checkpoint_has_it(
    interrupted: Path, finished: Path
) -> None:
    outcome = neatfool("report", interrupted, "--quiet")

    assert outcome.code == 0, outcome.err
    report = report_of(interrupted)
    assert set(report) == {*KEYS} - {"front"}
    assert (report["generations"], report["stopped_because"]) == (6, "interrupted")
    page = (interrupted / "report.html").read_text(encoding="utf-8")
    assert "it was interrupted" in page
    assert neatfool("resume", interrupted, "--quiet").code == 0
    assert_same_run(interrupted, finished)


def test_a_run_that_went_on_since_its_report_gets_a_new_one(run: Path) -> None:
    old = report_of(run)
    old["generations"] = 3
    (run / "report.json").write_text(json.dumps(old))

    assert neatfool("report", run, "--quiet").code == 0

    assert report_of(run)["generations"] == 8


@pytest.mark.parametrize("schema", [1, 2, 4])
def test_a_report_of_another_schema_is_refused(run: Path, schema: int) -> None:
    text = json.dumps({**report_of(run), "schema": schema})
    (run / "report.json").write_text(text)

    assert_refused(neatfool("report", run), f"has schema {schema}, expected 3: another version")

    assert (run / "report.json").read_text() == text


def test_the_gate(run: Path) -> None:
    confidences = sorted(entry["score"] for entry in report_of(run)["niches"])
    level = (confidences[4] + confidences[5]) / 2  # five of ten are above

    closed = neatfool("report", run, "--fail-above", f"{level}:0.4", "--quiet")
    opened = neatfool("report", run, "--fail-above", f"{level}:0.5", "--quiet")

    assert (closed.code, opened.code) == (1, 0)
    assert re.fullmatch(r"5 of 10 classes \(50.0 %\) are fooled at [^\n]* allowed\.\n", closed.err)
    assert (opened.out, opened.err) == ("", "")
    before = digests(run)
    assert_refused(neatfool("report", run, "--fail-above", "0.9"), "SCORE:SHARE", "'0.9'")
    assert_refused(neatfool("report", run, "--tolerance", "1"), "--against")
    assert_refused(neatfool("report", run, "--fail-above", "1.5:0.5"), "from 0 to 1, got 1.5")
    assert digests(run) == before


def test_a_run_is_compared_with_an_earlier_one(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = report_of(run)
    GateOptions(base=base, tolerance=99).judge(base, run)
    said = capsys.readouterr().err.splitlines()
    assert all("not measured" in line for line in said), "as nothing could fail"
    assert len(said) > 1
    for entry in base["niches"]:
        entry["score"] /= 100
    (tmp_path / "base.json").write_text(json.dumps(base))
    files = ("--junit", tmp_path / "new" / "gate.xml", "--summary", tmp_path / "new" / "job.md")

    equal = neatfool("report", run, "--against", run, "--tolerance", 0, "-q", *files)
    worse = neatfool("report", run, "--against", tmp_path / "base.json", "-q", *files)

    assert (equal.code, equal.err, worse.code) == (0, "", 1)
    assert worse.err.startswith("Median confidence: ")
    assert 'failures="1"' in (tmp_path / "new" / "gate.xml").read_text()
    assert (tmp_path / "new" / "job.md").read_text().count("## Patterns ") == 2
    assert_refused(neatfool("report", run, "--against", tmp_path / "no"), "an earlier run")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--generations", 9], "expected generations 8, as in the other report, got 9"),
        (["--encoding", "pixels"], "expected encoding.kind cppn"),
        (["--classes", "0-4"], "expected task.classes None"),
        (["--fail-above", "1.5:0.5"], "from 0 to 1, got 1.5"),
    ],
)
def test_a_gate_that_cannot_judge_is_refused_before_any_work(
    finished: Path, tmp_path: Path, options: list[object], message: str
) -> None:
    given = [
        "--generations",
        8,
        "--batch",
        40,
        "--out",
        tmp_path / "new",
        "--against",
        finished,
        *options,
    ]
    assert_refused(neatfool("fool", *given), message)
    assert not (tmp_path / "new").exists()


def test_a_folder_without_a_run_or_with_a_run_at_its_beginning(
    tmp_path: Path, interrupted: Path
) -> None:
    assert_refused(neatfool("report", tmp_path / "none"), "holds no run")
    shutil.rmtree(interrupted / "checkpoints")
    assert_refused(neatfool("report", interrupted), "nothing to report yet", "neatfool resume")


def test_a_folder_in_use(run: Path) -> None:
    with occupied(run):
        assert_refused(neatfool("report", run), "another process is working in")


def test_the_python_name_returns_what_the_file_holds(run: Path) -> None:
    assert reports.report_again(run) == report_of(run)
