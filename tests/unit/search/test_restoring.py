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
from tests.conftest import built
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


@pytest.fixture(params=[0, 1, 5], ids=lambda count: f"{count} generations")
def start(request) -> int:
    """Generations before the state is taken."""
    return request.param


def test_a_restored_search_goes_on_as_if_nothing_had_happened(
    encoding, search_settings, start
) -> None:
    first = Evolution(encoding, search_settings).run(start)
    state = {name: array.copy() for name, array in first.search.state().items()}
    second = Evolution(encoding, search_settings).run(2)

    second.search.restore(state)

    assert_same_arrays(second.search.state(), state)
    for _ in range(4):
        assert_same_arrays(first.search.ask(), second.search.ask())
        first.run(1)
        second.run(1)
        assert_same_search(first.search, second.search)


def test_a_state_taken_between_ask_and_tell_begins_the_generation_again(
    encoding, search_settings, start
) -> None:
    first = Evolution(encoding, search_settings).run(start)
    before = {name: array.copy() for name, array in first.search.state().items()}
    asked = first.search.ask()
    second = Evolution(encoding, search_settings)

    second.search.restore(first.search.state())

    assert_same_arrays(second.search.state(), before)
    assert_same_arrays(second.search.ask(), asked)


def test_a_state_stays_as_it_was_while_the_search_goes_on(encoding, search_settings) -> None:
    evolution = Evolution(encoding, search_settings).run(3)
    state = evolution.search.state()
    copy = {name: array.copy() for name, array in state.items()}

    evolution.run(5)

    assert_same_arrays(state, copy)


def test_restoring_throws_away_what_was_asked(encoding, search_settings) -> None:
    evolution = Evolution(encoding, search_settings)
    fresh = evolution.search.state()
    first = evolution.search.ask()
    evolution.run(3)
    evolution.search.ask()

    evolution.search.restore(fresh)

    assert evolution.search.archive is None
    assert evolution.search.latest is None
    assert evolution.search.generation == 0
    assert_same_arrays(evolution.search.ask(), first)


def test_elites_get_better_and_keep_the_scores_they_are_saved_with(
    encoding, search_settings
) -> None:
    evolution = Evolution(encoding, search_settings).run(1)
    before = evolution.search.archive.scores.copy()

    archive = evolution.run(15).search.archive

    assert (archive.scores >= before).all()
    assert (archive.scores > before).any()
    phenotypes = encoding.express(archive.genomes)
    assert np.array_equal(evolution.task.score(phenotypes).diagonal(), archive.scores)


def test_the_seed_decides_the_run(encoding, search_settings) -> None:
    runs = [Evolution(encoding, search_settings, seed).run(4).search for seed in (1, 1, 2)]

    assert_same_search(runs[0], runs[1])
    assert runs[0].archive.scores.tolist() != runs[2].archive.scores.tolist()


def assert_same_search(first: search.Search, second: search.Search) -> None:
    """Check that two searches are in the same state and brought the same last generation."""
    assert_same_arrays(first.state(), second.state())
    assert first.generation == second.generation
    for name in ("number", "keys", "parents", "won", "scores"):
        ours, theirs = getattr(first.latest, name), getattr(second.latest, name)
        assert np.array_equal(ours, theirs), name


@pytest.mark.parametrize("settings", [MapElitesSettings(batch=12), NeatSettings(batch=12)])
def test_a_state_of_other_niches_is_refused(settings: Any) -> None:
    whole, other = (
        search.build(settings, built(CppnSettings(), (1, 6, 5)), niches, 0) for niches in (4, 3)
    )
    whole.ask()
    whole.tell(np.zeros((12, 4), np.float32))
    with pytest.raises(ShapeError, match="an archive of 3 niches, got one of 4"):
        other.restore(whole.state())
