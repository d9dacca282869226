"""The numbers of runs as columns."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neatfool import past, runs
from neatfool.errors import ConfigError, RunError
from tests.command import read_metrics
from tests.integration.test_runs import cut


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two runs of different searches, one of them a level below."""
    home = tmp_path_factory.mktemp("runs")
    for name, search in (("a", "map-elites"), ("deep/b", "neat")):
        size = ["search.batch=12", "run.checkpoint_every=2", "run.workers=threads:1"]
        kinds = ["task.kind=xor", f"search.kind={search}"]
        (home / name).parent.mkdir(exist_ok=True)
        cut(runs.load_config(None, [*size, *kinds]), home / name)
    return home


def test_every_line_is_a_row(folder: Path) -> None:
    columns = past.metrics(folder / "deep" / "b")

    lines = read_metrics(folder / "deep" / "b")
    assert len(lines) > 1
    for name, column in columns.items():
        assert column.shape == (len(lines),), name
    for name in lines[0]:
        assert columns[name].tolist() == [line[name] for line in lines], name
    assert set(columns["run"]) == {str(folder / "deep" / "b")}
    assert {columns[name].dtype for name in ("generation", "evaluations", "replaced")} == {
        np.dtype(np.int64)
    }
    seconds = [line["seconds"] for line in lines]
    expected = 12 / np.diff([0, *seconds])
    assert columns["evaluations_per_second"] == pytest.approx(expected)


def test_runs_are_compared_in_a_frame(folder: Path) -> None:
    frame = pd.DataFrame(past.metrics(folder, settings=["search.kind", "search.threshold"]))

    assert list(frame["run"].unique()) == [str(folder / "a"), str(folder / "deep" / "b")]
    last = frame.groupby("search.kind")["best"].last()
    assert list(last.index) == ["map-elites", "neat"]
    of_archive = frame[frame["run"] == str(folder / "a")]
    assert of_archive["species"].isna().all()
    assert of_archive["search.threshold"].isna().all()
    both = past.metrics(folder / "a", folder / "deep")
    pd.testing.assert_frame_equal(pd.DataFrame(both), frame[list(both)])


def test_numbers_that_there_are_not_are_nan(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "resolved.toml").write_bytes((folder / "a" / "resolved.toml").read_bytes())
    line = read_metrics(folder / "a")[0] | {"median": None, "seconds": None, "coverage": 0}
    (tmp_path / "metrics.jsonl").write_text(json.dumps(line) + "\n")
    columns = past.metrics(tmp_path)

    assert np.isnan(columns["median"]).all()
    assert np.isnan(columns["evaluations_per_second"]).all()
    assert columns["coverage"].tolist() == [0]


def test_what_is_not_there_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no run"):
        past.metrics(folder, tmp_path)
    with pytest.raises(ConfigError, match=r"no run has a setting encoding\.flavour"):
        past.metrics(folder, settings=["run.seed", "encoding.flavour"])
