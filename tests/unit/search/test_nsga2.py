"""Several objectives: parents and children, who lives on, and what is found."""

import numpy as np
import pytest
import torch

from neatfool import search
from neatfool.encodings import CppnSettings, Encoding, Weights, WeightSettings
from neatfool.errors import ConfigError
from neatfool.search import Nsga2, Nsga2Settings
from neatfool.search.fronts import crowding, fronts
from neatfool.tasks import Task, Trial
from neatfool.types import Scores
from tests.conftest import built
from tests.fakes import Line, Noisy
from tests.strategies import assert_same_arrays


class Zdt1(Task):
    """Maximise minus both functions of Zitzler, Deb and Thiele 2000 (their first)."""

    niches = ("first", "second")
    medium = Line(6)

    def score(self, points: torch.Tensor, trial: Trial | None = None) -> Scores:
        x = points.double().clamp(0, 1).numpy()
        g = 1 + 9 * x[:, 1:].mean(axis=1)
        return -np.stack([x[:, 0], g * (1 - np.sqrt(x[:, 0] / g))], axis=1).astype(np.float32)


def started(seed: int = 1, encoding: object = None, **changes: object) -> Nsga2:
    encoding = encoding or built(WeightSettings(weight_range=1.0, sigma=0.1), Line(6))
    return search.build(Nsga2Settings(**changes), encoding, 2, seed)


def evolve(evolution: Nsga2, generations: int, task: Task | None = None) -> Nsga2:
    task = task or Zdt1()
    for _ in range(generations):
        phenotypes = evolution.encoding.express(evolution.ask())
        trial = Trial(evolution.asked, evolution.generation + 1)
        evolution.tell(task.score(phenotypes, trial))
    return evolution


@pytest.mark.parametrize(
    "changes", [{}, {"rescored": False, "batch": 50}, {"crowding": "pool"}], ids=str
)
def test_the_front_of_a_known_problem_is_found(changes: dict[str, object]) -> None:
    evolution = evolve(started(**changes), 120)

    front = evolution.front
    assert front is not None
    first, second = -front.scores.T
    assert len(front.keys) > 40
    assert (second - (1 - np.sqrt(first))).mean() < 0.05
    assert np.sort(first)[[0, -1]] == pytest.approx([0, 1], abs=0.05)
    assert evolution.archive.scores.tolist() == front.scores.max(axis=0).tolist()


@pytest.mark.parametrize("batch", [9, 12])
def test_parents_are_scored_again_beside_as_many_children(batch: int) -> None:
    evolution = evolve(started(batch=batch), 1)
    for _ in range(5):
        front, before = evolution.front.keys, evolution.ask().genes.clone()
        asked = evolution.asked
        parents, children = asked[: batch // 2], asked[batch // 2 :]
        assert len(asked) == batch == len(np.unique(asked))
        assert set(front) <= set(parents)
        assert children.min() > parents.max()
        evolve(evolution, 1)
        kin = evolution.latest.parents
        assert set(kin[batch // 2 :, 0]) <= set(parents)
        again = {key: row for row, key in enumerate(asked)}
        following = evolution.ask().genes
        for row, key in enumerate(evolution.asked[: batch // 2]):
            assert torch.equal(following[row], before[again[key]])


def test_those_live_on_that_are_before_others_in_front_and_room() -> None:
    evolution = evolve(started(batch=20, rescored=False), 4)
    living = evolution._living
    evolution.ask()
    pool = living + evolution._asked
    scores = Zdt1().score(evolution.encoding.express(pool.genomes))
    evolve(evolution, 1)

    front = fronts(scores)
    room = crowding(scores, front)
    order = sorted(range(40), key=lambda m: (front[m], -room[m], -pool.keys[m]))
    assert evolution._living.keys.tolist() == pool.keys[order[:20]].tolist()
    standing = [(front[m], -room[m]) for m in order[:20]]
    assert evolution._places.tolist() == [sorted(set(standing)).index(each) for each in standing]


@pytest.mark.parametrize("crossover", [0.0, 0.5, 1.0])
def test_two_parents_have_two_children_together(crossover: float) -> None:
    evolution = evolve(started(batch=2001, crossover=crossover), 2)
    kin = evolution.latest.parents[1000:]
    pairs = kin[kin[:, 1] >= 0]

    assert len(pairs) / len(kin) == pytest.approx({0.5: 2 / 3}.get(crossover, crossover), abs=0.05)
    together = (kin[:-1] == kin[1:, ::-1]).all(axis=1) & (kin[1:, 1] >= 0)
    assert together.sum() >= len(pairs) // 2


def test_better_ones_are_more_often_parents() -> None:
    evolution = evolve(started(batch=2000, crossover=0.0, rescored=False), 1)
    places, keys = evolution._places, evolution._living.keys
    evolve(evolution, 1)
    chosen = places[[keys.tolist().index(key) for key in evolution.latest.parents[:, 0]]]

    assert chosen.mean() / places.mean() == pytest.approx(2 / 3, abs=0.05)  # of two, the better


def test_where_nothing_has_a_score_evolution_goes_on() -> None:
    class Nothing(Zdt1):
        def score(self, points: torch.Tensor, trial: Trial | None = None) -> Scores:
            return np.full((len(points), 2), np.nan, np.float32)

    evolution = evolve(started(batch=10), 3, Nothing())
    assert not evolution.archive.occupied.any()
    assert evolve(evolution, 5).archive.occupied.all()


@pytest.mark.parametrize("rescored", [True, False])
def test_luck_lasts_only_where_it_is_not_tried_again(rescored: bool) -> None:
    task = Noisy((6,), 2)
    evolution = started(batch=20, rescored=rescored)
    tops, stood = [], []
    for _ in range(30):
        evolve(evolution, 1, task)
        tops.append(evolution.latest.scores.max(axis=0))
        stood.append(evolution.archive.scores.copy())

    is_latest = np.isclose(stood, tops).all(axis=1)
    assert is_latest.all() == rescored
    if not rescored:
        assert np.allclose(stood, np.maximum.accumulate(tops))


@pytest.mark.parametrize("changes", [{}, {"rescored": False, "crowding": "pool"}], ids=str)
def test_it_goes_on_from_its_state(changes: dict[str, object]) -> None:
    encoding, task = built(CppnSettings(), Line(6)), Noisy((6,), 2)
    whole = started(encoding=encoding, batch=12, **changes)
    for _ in range(6):
        cut = started(encoding=encoding, batch=12, **changes)
        cut.restore(whole.state())
        assert_same_arrays(cut.ask(), whole.ask())
        evolve(cut, 1, task)
        evolve(whole, 1, task)
        assert_same_arrays(cut.state(), whole.state())
        assert_same_arrays(cut.front.genomes, whole.front.genomes)


def test_genomes_that_do_not_mate_are_named() -> None:
    class Lonely(Weights):
        cross = Encoding.cross

    evolution = evolve(started(encoding=Lonely(WeightSettings(), (6,)), batch=20), 1)
    with pytest.raises(ConfigError, match=r"set search\.crossover = 0"):
        evolution.ask()
    assert len(started(encoding=evolution.encoding, crossover=0.0, batch=20).ask()) == 20
