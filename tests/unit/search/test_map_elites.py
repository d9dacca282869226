import threading
from typing import Any

import numpy as np
import pytest

from neatfool import search
from neatfool.encodings import Birth, Cppn, CppnSettings, Pixels, PixelSettings
from neatfool.errors import ConfigError, ShapeError
from neatfool.images import Canvas
from neatfool.search import MapElites, MapElitesSettings
from neatfool.types import Ints
from tests.strategies import assert_same_arrays, assert_valid

KEPT = PixelSettings(mutation_rate=0.0)


def small(batch: int = 8, seed: int = 0, niches: int = 3, **changes: Any) -> MapElites:
    """Make a search over two pixels that never mutate."""
    settings = MapElitesSettings(batch=batch, **changes)
    return MapElites(Pixels(KEPT, (1, 1, 2)), niches, settings, seed)


def told(scores: list[list[float]], batch: int, **settings: float) -> MapElites:
    """Make a search whose first genomes have the scores given; the others score nothing."""
    evolution = small(batch, niches=len(scores[0]), **settings)  # type: ignore[arg-type]
    evolution.ask()
    first = np.zeros((batch, len(scores[0])), np.float32)
    first[: len(scores)] = scores
    evolution.tell(first)
    return evolution


def test_asking_again_gives_the_same_until_told() -> None:
    evolution = small()

    first = evolution.ask()
    assert evolution.ask() is first
    assert evolution.generation == 0
    evolution.tell(np.zeros((8, 3), np.float32))

    assert evolution.generation == 1
    assert evolution.ask() is not first


def test_telling_before_asking_is_an_error() -> None:
    evolution = small()
    with pytest.raises(ShapeError, match=r"ask\(\) before tell"):
        evolution.tell(np.zeros((8, 3), np.float32))

    evolution.ask()
    evolution.tell(np.zeros((8, 3), np.float32))
    with pytest.raises(ShapeError, match=r"ask\(\) before tell"):
        evolution.tell(np.zeros((8, 3), np.float32))


@pytest.mark.parametrize("shape", [(7, 3), (8, 2), (3, 8), (24,), (8, 3, 1)])
def test_scores_of_the_wrong_shape_are_an_error_and_change_nothing(shape) -> None:
    evolution = small()
    asked = evolution.ask()

    with pytest.raises(ShapeError, match=r"\(8, 3\)"):
        evolution.tell(np.zeros(shape, np.float32))

    assert evolution.ask() is asked
    assert evolution.archive is None
    assert evolution.generation == 0


def test_the_first_generation_is_random_and_fills_every_niche() -> None:
    evolution = told([[1, 0, 0], [0, 2, 0], [0, 0, 3]], batch=8)

    assert evolution.archive.keys.tolist() == [0, 1, 2]
    assert evolution.archive.scores.tolist() == [1, 2, 3]
    assert evolution.archive.found_at.tolist() == [1, 1, 1]
    assert (evolution.latest.parents == -1).all()
    assert evolution.latest.keys.tolist() == list(range(8))
    assert evolution.latest.won.sum() == 3


def test_parents_are_the_elites_of_uniformly_drawn_niches() -> None:
    evolution = told([[9, 9, 0, 0], [0, 0, 9, 0], [0, 0, 0, 9]], batch=20_000)

    evolution.ask()
    evolution.tell(np.zeros((20_000, 4), np.float32))

    shares = np.bincount(evolution.latest.parents[:, 0]) / 20_000
    assert shares == pytest.approx([0.5, 0.25, 0.25], abs=0.018)
    assert (evolution.latest.parents[:, 1] == -1).all()


def test_who_has_children_may_be_chosen_otherwise() -> None:
    class OfTheLast(MapElites):
        def choose(self, birth: Birth) -> Ints:
            return np.full((self.settings.batch, 2), self.niches - 1)

    evolution = OfTheLast(Pixels(KEPT, (1, 1, 2)), 3, MapElitesSettings(batch=8), 0)
    for _ in range(2):
        evolution.ask()
        evolution.tell(np.eye(8, 3, dtype=np.float32))

    assert (evolution.latest.parents == [2, -1]).all()


def test_both_parents_are_drawn_alike_and_on_their_own() -> None:
    evolution = told([[9, 9, 0, 0], [0, 0, 9, 0], [0, 0, 0, 9]], batch=20_000, crossover=0.4)

    evolution.ask()
    evolution.tell(np.zeros((20_000, 4), np.float32))

    mother, father = evolution.latest.parents.T
    mated = father >= 0
    assert mated.mean() == pytest.approx(0.4, abs=0.018)
    for key, share in enumerate((0.5, 0.25, 0.25)):
        assert (father[mated] == key).mean() == pytest.approx(share, abs=0.028)
        assert (father[mated & (mother == key)] == 0).mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("crossover", [0.0, 0.5, 1.0])
def test_children_descend_from_the_parents_they_name(crossover: float) -> None:
    evolution = told([[9, 0, 0], [0, 9, 0], [0, 0, 9]], batch=300, crossover=crossover)
    elites = evolution.archive.genomes.genes.numpy().copy()

    children = evolution.ask().genes.numpy()
    evolution.tell(np.zeros((300, 3), np.float32))

    mothers, fathers = evolution.latest.parents.T
    others = np.where(fathers >= 0, fathers, mothers)
    of_mother, of_father = children == elites[mothers], children == elites[others]
    assert (of_mother | of_father).all()
    assert (mothers >= 0).all()
    mixed = ~of_mother.all(axis=1) & ~of_father.all(axis=1)
    assert mixed.any() == (crossover > 0)


def test_keys_are_unique_over_the_whole_run() -> None:
    evolution = small()
    seen: list[int] = []
    for number in range(1, 6):
        evolution.ask()
        evolution.tell(np.random.default_rng(number).random((8, 3), np.float32))
        assert evolution.latest.number == number
        assert np.isin(evolution.latest.parents[evolution.latest.parents >= 0], seen).all()
        seen += evolution.latest.keys.tolist()

    assert len(set(seen)) == len(seen) == 40


def test_numbers_of_nodes_and_edges_are_given_once() -> None:
    evolution = MapElites(
        Cppn(CppnSettings(), Canvas((1, 2, 2))), 3, MapElitesSettings(batch=30), 0
    )
    ends: dict[int, tuple[int, int]] = {}
    for number in range(1, 9):
        genomes = evolution.ask()
        evolution.tell(np.random.default_rng(number).random((30, 3), np.float32) + number)

        assert_valid(genomes)
        first = genomes.node_offsets[genomes.edge_owners]
        pairs = genomes.node_ids[first + genomes.sources], genomes.node_ids[first + genomes.targets]
        for innovation, *pair in zip(genomes.innovations.tolist(), *pairs, strict=True):
            assert ends.setdefault(innovation, tuple(pair)) == tuple(pair)


def test_the_latest_generation_is_what_was_told() -> None:
    evolution = small()
    evolution.ask()
    scores = np.random.default_rng(0).random((8, 3), np.float32)
    evolution.tell(scores)

    assert np.array_equal(evolution.latest.scores, scores)
    assert np.argwhere(evolution.latest.won.T)[:, 1].tolist() == scores.argmax(axis=0).tolist()


def test_same_seed_same_run_other_seed_other_run() -> None:
    first, same, other = small(seed=3), small(seed=3), small(seed=4)

    assert_same_arrays(first.ask(), same.ask())
    assert not np.array_equal(first.ask().genes, other.ask().genes)


def test_settings_are_those_of_the_paper_and_name_the_search() -> None:
    settings = MapElitesSettings()
    built = search.build(settings, Pixels(KEPT, (1, 1, 2)), niches=10, seed=0)

    assert (settings.batch, settings.crossover) == (200, 0)
    assert isinstance(built, MapElites)
    for wrong in ({"batch": 0}, {"crossover": 1.5}, {"islands": 2}):
        with pytest.raises(ConfigError):
            MapElitesSettings(**wrong)


def test_pipelined_children_descend_from_the_elites_before_the_last() -> None:
    evolution = small(pipelined=True)
    elites: list[set[int]] = []
    for number in range(1, 7):
        evolution.ask()
        # Everybody is better than everybody before: only the last generation holds niches.
        evolution.tell(np.random.default_rng(number).random((8, 3), np.float32) + number)
        elites.append(set(evolution.archive.keys.tolist()))
        parents = set(evolution.latest.parents.ravel().tolist()) - {-1}
        if number == 1:
            assert not parents
        else:
            assert parents <= elites[max(0, number - 3)]


def test_pipelined_children_are_made_while_the_batch_before_is_scored() -> None:
    evolution = small(pipelined=True)
    evolution.tell(np.zeros((len(evolution.ask()), 3), np.float32))
    made = threading.Event()
    vary = evolution.encoding.vary

    def watched(parents, birth):
        if birth.generation == 3:
            made.set()
        return vary(parents, birth)

    evolution.encoding.vary = watched
    evolution.ask()

    assert made.wait(10), "nothing was made between ask and tell"


def test_a_failure_to_make_children_ahead_comes_through() -> None:
    evolution = small(pipelined=True)
    evolution.tell(np.zeros((len(evolution.ask()), 3), np.float32))
    evolution.encoding.vary = lambda parents, birth: 1 / (3 - birth.generation)
    evolution.ask()

    with pytest.raises(ZeroDivisionError):
        evolution.tell(np.zeros((8, 3), np.float32))
