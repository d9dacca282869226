import numpy as np
import pytest

from neatfool.errors import ConfigError
from neatfool.runs import build, load_config


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
