import math
import re
from pathlib import Path

import numpy as np
import pytest

from neatfool import Line, Unit, tasks
from neatfool.errors import ConfigError
from neatfool.past.about import read_about
from neatfool.runs import build, load_config
from neatfool.runs.build import write_about

TASK = """
from neatfool import Line, Task

class Mine(Task):
    niches = ("one",)
    medium = Line(2)

    def score(self, points, trial):
        return points[:, :1]
"""


@pytest.mark.parametrize("search", ["neat", "map-elites"])
@pytest.mark.parametrize(
    "changes",
    [
        ["kind=cppn"],
        ["kind=weights"],
        ["kind=offset", "offset_rate=0.1"],
        ["kind=switch", "at=4"],
        ["kind=switch", "stagnation=2", "direct.kind=weights", "direct.weight_rate=0.5"],
    ],
    ids=" ".join,
)
def test_weights_of_links_evolve_by_every_encoding_that_makes_them(
    changes: list[str], search: str
) -> None:
    changes = [f"encoding.{change}" for change in changes]
    common = ["task.kind=target-weights", f"search.kind={search}", "search.batch=30"]
    parts = build(load_config(None, [*changes, *common]))
    encoding, task, evolution = parts.encoding, parts.task, parts.search
    best = []

    for _ in range(12):
        links = encoding.express(evolution.ask())
        assert links.shape == (30, 81)
        evolution.tell(task.score(links))
        best.append(float(evolution.archive.scores[0]))

    assert np.isfinite(best).all()
    assert best[-1] > best[0]


@pytest.mark.parametrize("kind", ["fooling", "target-weights"])
def test_a_grid_needs_a_task_that_measures(kind: str) -> None:
    grid = ["search.grid.bins=[5]", "search.grid.lower=[0]", "search.grid.upper=[1]"]
    with pytest.raises(ConfigError, match="0 measures; set search"):
        build(load_config(None, [f"task.kind={kind}", "encoding.kind=cppn", *grid]))


def test_a_task_that_is_never_solved_is_not_evolved_until_then() -> None:
    with pytest.raises(ConfigError, match=r"run\.until_solved: .* got fitness; set run\.target"):
        build(load_config(None, ["task.kind=fitness", "run.until_solved=true"]))


@pytest.mark.parametrize(
    ("task", "target", "message"),
    [
        ("fooling", "1.01", "run.target: expected at most 1, the best confidence there can be"),
        ("xor", "16.5", "run.target: expected at most 16, the best score there can be, got 16.5"),
    ],
)
def test_a_target_that_cannot_be_reached_is_refused(task: str, target: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build(load_config(None, [f"task.kind={task}", f"run.target={target}"]))


@pytest.mark.parametrize(
    ("what", "said", "message"),
    [
        ("niches", "ab", "expected niches, at least one name, got 'ab'"),
        ("niches", (), "expected niches, at least one name"),
        ("niches", (1, 2), "expected niches, at least one name"),
        ("niches", np.array(["a", "b"]), "expected niches, at least one name"),
        ("niches", ("x" * 2_000,), "names.0: expected at most 1000"),
        ("niches", ("\ud800",), "names.0: expected text"),
        ("niches", ("a", "b"), None),
        ("niches", ["a", "b"], None),
        ("measures", "xy", "expected measures, names"),
        ("medium", None, "expected medium, what networks are expressed through, got None"),
        ("medium", Line, "expected medium, what networks are expressed through"),
        ("unit", "metres", "expected unit, a neatfool.Unit, got 'metres'"),
        ("unit", Unit("x" * 2_000), "unit.noun: expected at most 1000"),
        ("name", 3, "expected name, a text, got 3"),
        ("digest", b"3", "expected digest, a text"),
        ("indices", (1, 2), "one of its own for each niche"),
        ("indices", (1 << 40,), "indices.0: expected a number "),
        ("indices", (-1,), "indices.0: expected a number "),
        ("best", np.float32(3), None),
        ("best", math.nan, "best: expected a finite number, got nan"),
        ("best", "3", "best: expected a number"),
        ("levels", 0.5, "expected levels, a tuple, got 0.5"),
        ("levels", (math.inf,), "levels.0: expected a finite number"),
        ("levels", [np.float32(0.5), 1], None),
    ],
    ids=repr,
)
def test_what_a_task_says_of_itself_is_checked_before_anything_is_evolved(
    what: str, said: object, message: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(TASK)
    config = load_config(None, [f"task.kind={file}:Mine", "encoding.kind=weights"])
    monkeypatch.setattr(tasks.KINDS.owner(config.task), what, said)
    if message is None:
        write_about(tmp_path, build(config))
        assert read_about(tmp_path).names
        return
    with pytest.raises(ConfigError, match=re.escape(message)):
        build(config)


def test_niches_of_equal_index_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(TASK + "    niches, indices = ('a', 'b'), (1, 1)\n")
    config = load_config(None, [f"task.kind={file}:Mine", "encoding.kind=weights"])

    with pytest.raises(ConfigError, match="one of its own for each niche"):
        build(config)
