import numpy as np
import pytest

from neatfool.runs import RunSettings
from neatfool.runs.stopping import Progress
from neatfool.types import Scores


def scores(*values: float) -> Scores:
    return np.array(values, np.float32)


def settings(**given: object) -> RunSettings:
    return RunSettings.model_validate({"generations": 100, **given})


def reasons(settings: RunSettings, rows: list[Scores], resume_after: int = -1) -> list[str | None]:
    """Say what is said after each generation, state and restore in between where asked."""
    progress, said = Progress(), []
    for generation, row in enumerate(rows, start=1):
        progress.note(generation, row, settings.tolerance)
        said.append(progress.reason(settings, generation, row))
        if generation == resume_after:
            progress = Progress.restore(progress.state())
            progress.note(generation, row, settings.tolerance)
    return said


def test_it_goes_on_where_nothing_stops_it() -> None:
    assert reasons(settings(), [scores(1, 1)] * 99) == [None] * 99


def test_it_stops_after_so_many_generations() -> None:
    assert reasons(settings(generations=3), [scores(0, 0)] * 4) == [
        None,
        None,
        "generations",
        "generations",
    ]


def test_it_stops_when_every_niche_is_at_the_target() -> None:
    rows = [scores(0.5, 0.9), scores(0.75, 0.7), scores(0.75, 0.75)]
    assert reasons(settings(target=0.75), rows) == [None, None, "target"]


def test_it_stops_when_no_elite_gains() -> None:
    rows = [scores(0.1, 0.1), *[scores(0.1, 0.2)] * 4]
    assert reasons(settings(patience=3), rows) == [None, None, None, None, "converged"]


def test_one_elite_that_gains_is_enough_to_go_on() -> None:
    rows = [scores(0.1 * step, 0.5) for step in range(9)]
    assert reasons(settings(patience=1), rows) == [None] * 9


def test_scores_that_change_in_place_are_compared_with_those_that_were() -> None:
    progress, standing = Progress(), scores(0, 0)
    for generation in range(1, 9):
        standing += 1  # as the archive of a search does
        progress.note(generation, standing, 0.5)
        assert progress.reason(settings(patience=2), generation, standing) is None


def test_small_gains_count_once_they_sum_up_to_more_than_the_tolerance() -> None:
    rows = [scores(0.25 * step) for step in range(8)]  # more than 0.6 every third generation

    assert set(reasons(settings(patience=3, tolerance=0.6), rows)) == {None}
    assert reasons(settings(patience=2, tolerance=0.6), rows)[2] == "converged"


def test_a_gain_of_the_tolerance_is_none() -> None:
    rows = [scores(0.25), scores(0.5)]
    assert reasons(settings(patience=1, tolerance=0.25), rows)[1] == "converged"
    assert reasons(settings(patience=1, tolerance=0.24), rows)[1] is None


@pytest.mark.parametrize("after", range(1, 9))
def test_patience_does_not_start_anew_on_resume(after: int) -> None:
    rows = [scores(0.1), scores(0.2), *[scores(0.20004)] * 3, *[scores(0.3)] * 5]
    limits = settings(patience=4)

    assert reasons(limits, rows, resume_after=after) == reasons(limits, rows)
    assert reasons(limits, rows)[-1] == "converged"


def test_it_stops_when_the_time_is_spent() -> None:
    limits, progress = settings(seconds=2), Progress()

    progress.evolve_seconds = 1.9
    assert progress.reason(limits, 1, scores(0)) is None
    progress.evolve_seconds = 2.0
    assert progress.reason(limits, 1, scores(0)) == "seconds"


def test_of_several_reasons_the_best_one_is_told() -> None:
    everything = {"target": 0.5, "generations": 7, "patience": 1, "seconds": 1}
    said = []
    for _ in range(4):
        progress = Progress(evolve_seconds=9, reference=scores(1))
        said.append(progress.reason(settings(**everything), 7, scores(1)))
        everything.pop(said[-1] if said[-1] != "converged" else "patience")

    assert said == ["target", "generations", "converged", "seconds"]


def test_state_restores_the_same() -> None:
    for before in (
        Progress(),
        Progress(1.25, 2.5, reference=scores(0.5, 1), reference_generation=3),
    ):
        after = Progress.restore(before.state())

        assert (after.evolve_seconds, after.wall_seconds, after.reference_generation) == (
            before.evolve_seconds,
            before.wall_seconds,
            before.reference_generation,
        )
        assert (after.reference is None) == (before.reference is None)
        assert before.reference is None or after.reference is not None
        assert np.array_equal(after.reference, before.reference)  # type: ignore[arg-type]
