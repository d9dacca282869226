"""Files of a run folder are read within bounds, and never through links that lead out."""

import json
from pathlib import Path

import pytest

from neatfool import past, runs
from neatfool.errors import DataError, RunError, TooLargeError
from neatfool.past.folder import (
    file_of,
    find_file,
    find_runs,
    read_file,
    siblings_hash,
    stamps_of,
)
from neatfool.past.report import require_report

CONFIG = runs.load_config(None)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "run"
    folder.mkdir(parents=True)
    (folder / "resolved.toml").write_text(runs.dump_config(CONFIG))
    return folder


def test_settings_are_read_with_changes(run: Path) -> None:
    assert past.is_run(run)
    assert past.read_config(run) == CONFIG
    assert past.read_config(run, ["run.seed=7"]).run.seed == 7
    assert not past.is_run(run.parent)
    with pytest.raises(RunError, match="holds no run"):
        past.read_config(run.parent)


def test_files_are_found_inside_alone(run: Path) -> None:
    (run / "inside").write_bytes(b"12345")
    (run.parent / "secret").write_bytes(b"secret")
    (run / "here").symlink_to(run / "inside")
    (run / "out").symlink_to(run.parent / "secret")
    (run / "circle").symlink_to(run / "circle")

    assert read_file(run, "inside", 5) == read_file(run, "here", 5) == b"12345"
    for name in ("out", "../secret", str(run.parent / "secret"), "none", "circle", "\0", "."):
        assert find_file(run, name) is read_file(run, name, 99) is None
        with pytest.raises(FileNotFoundError):
            file_of(run, name)
    with pytest.raises(TooLargeError, match="inside has 5 bytes: expected at most 4"):
        read_file(run, "inside", 4)


def test_siblings_differ_by_their_seed_alone(run: Path) -> None:
    seen = []
    for pinned, generations in (((1, "a"), 5), ((2, "a"), 5), ((1, "b"), 5), ((1, "a"), 6)):
        seed, kind = pinned
        (run / "pinned.json").write_text(json.dumps({"run.seed": seed, "task.kind": kind}))
        seen.append(siblings_hash(run, generations))
    assert seen[0] == seen[1] != ""
    assert len({*seen}) == 3


def test_the_folder_of_a_study_stands_for_its_runs(run: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    inner = study / "runs" / "method" / "seed-0"
    inner.parent.mkdir(parents=True)
    run.rename(inner)
    assert find_runs(study) == {"method/seed-0": inner}
    (tmp_path / "round").mkdir()
    (tmp_path / "round" / "runs").symlink_to(tmp_path / "round")
    assert find_runs(tmp_path / "round") == {}


@pytest.mark.parametrize(
    "name", ["about.json", "report.json", "metrics.jsonl", "population.jsonl", "checkpoints"]
)
def test_a_run_that_leads_out_is_none(run: Path, name: str) -> None:
    assert [*find_runs(run.parent)] == ["run"]
    (run.parents[1] / "elsewhere").mkdir()
    (run / name).symlink_to(run.parents[1] / "elsewhere")
    assert find_runs(run.parent) == {}


@pytest.mark.parametrize("name", ["about.json", "report.json", "metrics.jsonl"])
def test_stamps_change_with_what_a_run_leaves(run: Path, name: str) -> None:
    before = stamps_of(run)
    assert stamps_of(run) == before
    (run / name).write_text("{}")
    assert stamps_of(run) != before


def test_a_report_is_there_or_not_or_damaged(run: Path) -> None:
    assert past.read_report(run) is None
    with pytest.raises(RunError, match="holds no finished run"):
        require_report(run)
    for content in ("", "[]", "{", '{"schema": 3}', "[" * 1_000):
        (run / "report.json").write_text(content)
        with pytest.raises(RunError, match=r"is damaged .*resume .* makes it again"):
            past.read_report(run)
    (run / "report.json").write_text('{"schema": 2}')
    with pytest.raises(RunError, match="another version"):
        past.read_report(run)
    with (run / "report.json").open("wb") as file:
        file.truncate(1 << 30)  # sparse
    with pytest.raises(DataError, match="at most"):
        past.read_report(run)
