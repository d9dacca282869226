"""What is printed of results: the shape of a run decides what is worth saying."""

from pathlib import Path

import pytest

from neatfool.cli import tables
from neatfool.types import Json


def made(scores: list[float | None], share: bool = False, grid: Json | None = None) -> Json:
    unit = {"noun": "confidence" if share else "score", "is_share": share}
    entries = [
        {"name": f"n{place}", "score": score, "found_at_generation": 2}
        for place, score in enumerate(scores)
    ]
    return {
        "task": {"unit": unit, "images": share, "best": 16.0},
        "niches": entries,
        "grid": grid,
        "coverage": 0.5,
        "qd_score": 7.0,
        "median_score": 7.0,
        "generations": 2,
        "evaluations": 1200,
        "evolve_seconds": 1.0,
        "stopped_because": "generations",
        "environment": {"method": "cpu"},
        "reached": {"0.5": 1.0},
    }


@pytest.mark.parametrize(
    ("report", "first"),
    [
        (made([7.0]), "n0: score 7 of at most 16, found in generation 2"),
        (made([0.25], share=True), "n0: confidence 25.0 %, found in generation 2"),
        (made([7.0, 8.0]), "median score 7"),
        (made([7.0] * 5), "… and 2 more: see report.html"),
        (made([7.0, None], grid={}), "coverage 50.0 % of 2 cells, QD-score 7, median score 7"),
    ],
)
def test_a_summary_begins_with_what_was_found(report: Json, first: str) -> None:
    assert tables.run_lines(report, Path("run"), 3)[0] == first


def test_a_single_niche_and_a_grid_have_no_table() -> None:
    assert tables.has_table(made([7.0, 8.0]))
    assert not tables.has_table(made([7.0]))
    assert not tables.has_table(made([7.0, 8.0], grid={}))


def test_levels_are_said_in_the_unit_of_the_task() -> None:
    assert tables.level_lines(made([7.0, 8.0])) == [
        " 100 % of the niches reach a score of 0.5 or more"
    ]
    accurate = made([0.7, 0.8], share=True)
    accurate["task"]["unit"]["noun"] = "accuracy"
    assert tables.level_lines(accurate) == [
        " 100 % of the niches reach an accuracy of 50 % or more"
    ]
    assert tables.niche_table(accurate, 1).columns[0].header == "niche"
    assert tables.level_lines(made([7.0])) == ["n0: score 7 of at most 16, found in generation 2"]
