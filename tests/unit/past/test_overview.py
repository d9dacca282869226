"""How far a run is, as its folder has it: nothing is written, no program is run."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from neatfool import encodings, past, search
from neatfool.errors import TooLargeError
from neatfool.past import overview
from neatfool.past.overview import archive_file, newest_archive, read_overview
from neatfool.runs.folder import occupied
from tests.evolving import configured, evolve

GENERATIONS = 5


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("overview") / "run"
    config = configured(encodings.CppnSettings(), search.MapElitesSettings(batch=6))
    evolve(folder, config, (1, 6, 5), GENERATIONS)
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "run")


def test_a_run_without_a_report_is_as_its_newest_checkpoint_has_it(run: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}

    found = read_overview(run)

    archive = past.archive_at(run)
    assert (found.state, found.generation, found.published) == ("interrupted", *[GENERATIONS] * 2)
    assert [each.score for each in found.niches] == archive.scores.tolist()
    assert [each.found_at for each in found.niches] == archive.found_at.tolist()
    assert not found.is_reported
    assert newest_archive(run)[0].keys.tolist() == archive.keys.tolist()
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before


def test_a_run_that_begins_has_no_elites_yet(run: Path) -> None:
    shutil.rmtree(run / "checkpoints")
    (run / "metrics.jsonl").unlink()

    found = read_overview(run)

    assert (found.generation, found.published, found.latest) == (0, 0, None)
    assert {each.score for each in found.niches} == {None}
    with pytest.raises(FileNotFoundError):
        newest_archive(run)


def test_a_run_that_is_held_goes_on(run: Path) -> None:
    with occupied(run):
        assert read_overview(run).state == "running"


def test_elites_are_read_by_whoever_keeps_them(run: Path) -> None:
    kept = newest_archive(run)
    for path in (run / "checkpoints").iterdir():
        path.write_bytes(b"damaged")

    found = read_overview(run, lambda _: kept)

    assert [each.score for each in found.niches] == kept[0].scores.tolist()
    assert np.isfinite(kept[0].scores).all()


def test_large_elites_are_not_read(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "_MOST_ARRAYS", archive_file(run).stat().st_size - 1)
    with pytest.raises(TooLargeError, match="expected at most"):
        read_overview(run)


def test_a_run_that_is_gone_is_not_damaged(run: Path) -> None:
    shutil.rmtree(run)
    with pytest.raises(FileNotFoundError):
        read_overview(run)
