import numpy as np
import pytest

from neatfool.errors import ConfigError
from neatfool.runs import assemble, load_config


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
    encoding, task, evolution = assemble(load_config(None, [*changes, *common]))
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
        assemble(load_config(None, [f"task.kind={kind}", "encoding.kind=cppn", *grid]))
