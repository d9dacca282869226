"""A search that goes on from a state is the search that was never interrupted."""

from typing import Any

import numpy as np
import pytest

from neatfool import search
from neatfool.encodings import CppnSettings
from neatfool.errors import ShapeError
from neatfool.search import (
    Interactive,
    Islands,
    MapElites,
    MapElitesSettings,
    Neat,
    NeatSettings,
    Nsga2,
)
from neatfool.tasks import Fooling
from tests.conftest import ALL_SEARCHES, ENCODINGS, built, pairs
from tests.fakes import Nearness, fake_classifier
from tests.strategies import assert_same_arrays

CLASSES = 5


class Evolution:
    """A search with the encoding and the task that go with it."""

    def __init__(self, encoding: Any, settings: Any, seed: int = 0) -> None:
        self.encoding = encoding
        self.task = (
            Fooling(fake_classifier(encoding.shape, CLASSES))
            if len(encoding.shape) == 3
            else Nearness(encoding.shape, CLASSES)
        )
        kinds = {each.Settings: each for each in (Interactive, Islands, MapElites, Neat, Nsga2)}
        self.search = kinds[type(settings)].build(settings, encoding, CLASSES, seed)

    def scores(self) -> np.ndarray:
        """Score what the search asks for."""
        return self.task.score(self.encoding.express(self.search.ask()))

    def run(self, generations: int) -> "Evolution":
        """Evolve for so many generations."""
        for _ in range(generations):
            self.search.tell(self.scores())
        return self


@pytest.fixture(params=pairs(ENCODINGS, ALL_SEARCHES))
def pair(request) -> tuple[Any, Any]:
    """Return an encoding, and the settings of a search."""
    settings, form, search_settings = request.param
    return built(settings, form), search_settings


def copied(arrays: Any) -> dict[str, np.ndarray]:
    return {name: array.copy() for name, array in arrays.items()}


STARTS = (0, 1, 5)
"""Generations before the state is taken."""


def test_a_restored_search_goes_on_as_if_nothing_had_happened(pair) -> None:
    first = Evolution(*pair)
    states, asked, latest = [copied(first.search.state())], [], []
    for _ in range(max(STARTS) + 4):
        asked.append(copied(first.search.ask().arrays()))
        latest.append(first.run(1).search.latest)
        states.append(copied(first.search.state()))
    second = Evolution(*pair).run(2)

    for start in STARTS:
        second.search.restore(copied(states[start]))

        assert_same_arrays(second.search.state(), states[start])
        for generation in range(start, start + 4):
            assert_same_arrays(second.search.ask().arrays(), asked[generation])
            second.run(1)
            assert_same_arrays(second.search.state(), states[generation + 1])
            assert_same_generation(second.search.latest, latest[generation])
            assert second.search.generation == generation + 1


def test_a_state_taken_between_ask_and_tell_begins_the_generation_again(pair) -> None:
    first = Evolution(*pair)
    for start in STARTS:
        first.run(start - first.search.generation)
        before = copied(first.search.state())
        asked = first.search.ask()
        second = Evolution(*pair)

        second.search.restore(first.search.state())

        assert_same_arrays(second.search.state(), before)
        assert_same_arrays(second.search.ask(), asked)


def test_a_state_stays_as_it_was_while_the_search_goes_on(pair) -> None:
    evolution = Evolution(*pair).run(3)
    state = evolution.search.state()
    copy = copied(state)

    evolution.run(5)

    assert_same_arrays(state, copy)


def test_restoring_throws_away_what_was_asked(pair) -> None:
    evolution = Evolution(*pair)
    fresh = evolution.search.state()
    first = evolution.search.ask()
    evolution.run(3)
    evolution.search.ask()

    evolution.search.restore(fresh)

    assert evolution.search.archive is None
    assert evolution.search.latest is None
    assert evolution.search.generation == 0
    assert_same_arrays(evolution.search.ask(), first)


def test_elites_get_better_and_keep_the_scores_they_are_saved_with(pair) -> None:
    evolution = Evolution(*pair).run(1)
    before = evolution.search.archive.scores.copy()

    archive = evolution.run(15).search.archive

    assert (archive.scores >= before).all()
    assert (archive.scores > before).any()
    phenotypes = evolution.encoding.express(archive.genomes)
    assert np.array_equal(evolution.task.score(phenotypes).diagonal(), archive.scores)


def test_the_seed_decides_the_run(pair) -> None:
    runs = [Evolution(*pair, seed).run(4).search for seed in (1, 1, 2)]

    assert_same_arrays(runs[0].state(), runs[1].state())
    assert_same_generation(runs[0].latest, runs[1].latest)
    assert runs[0].archive.scores.tolist() != runs[2].archive.scores.tolist()


def assert_same_generation(first: search.Generation, second: search.Generation) -> None:
    """Check that two searches brought the same last generation."""
    for name in ("number", "keys", "parents", "won", "scores"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


@pytest.mark.parametrize("settings", [MapElitesSettings(batch=12), NeatSettings(batch=12)])
def test_a_state_of_other_niches_is_refused(settings: Any) -> None:
    whole, other = (
        search.build(settings, built(CppnSettings(), (1, 6, 5)), niches, 0) for niches in (4, 3)
    )
    whole.ask()
    whole.tell(np.zeros((12, 4), np.float32))
    with pytest.raises(ShapeError, match="an archive of 3 niches, got one of 4"):
        other.restore(whole.state())
