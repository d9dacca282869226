"""NEAT inside ask and tell: what neat-python does wrong is fenced."""

import random

import numpy as np
import pytest

from neatfool import search
from neatfool.encodings import Bare, Cppn, CppnSettings, StructureSettings
from neatfool.errors import ConfigError, ShapeError
from neatfool.networks import ACTIVATIONS
from neatfool.search import Neat, NeatSettings
from neatfool.sections.task import XorSettings
from neatfool.tasks import build
from tests.strategies import assert_same_arrays

ALL = tuple(activation.name for activation in ACTIVATIONS)
RULES = ("2002", "neat-python")
NAN, INF = float("nan"), float("inf")


def neat_of(seed: int = 0, settings: CppnSettings | None = None, **rules) -> Neat:
    encoding = Cppn(
        settings or CppnSettings(structure=StructureSettings(add_node_rate=0.1)),
        Bare(("a", "b", "bias"), 1),
    )
    return Neat(encoding, 2, NeatSettings(**({"batch": 40} | rules)), seed)


def told(neat: Neat, scores: np.ndarray | float, generations: int = 1) -> Neat:
    """Tell the same scores again and again."""
    for _ in range(generations):
        neat.ask()
        neat.tell(np.broadcast_to(np.float32(scores), (neat.settings.batch, 2)).copy())
    return neat


def scored(neat: Neat) -> None:
    """Tell scores that follow from the genomes."""
    genomes = neat.ask()
    sums = np.bincount(genomes.edge_owners, genomes.weights, len(genomes))
    neat.tell(np.stack([np.tanh(sums), np.tanh(-sums)], axis=1).astype(np.float32))


@pytest.mark.parametrize("rules", RULES)
def test_the_global_generators_are_neither_read_nor_moved(rules) -> None:
    searches = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - the global one is what is looked at
        before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
        neat = neat_of(rules=rules, threshold=9.0)
        for _ in range(5):
            scored(neat)
        after = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
        assert after == before
        searches.append(neat)
    assert_same_arrays(searches[0].state(), searches[1].state())


@pytest.mark.parametrize("rules", RULES)
def test_the_global_generator_is_put_back_where_neat_python_fails(rules, monkeypatch) -> None:
    neat = told(neat_of(rules=rules, threshold=9.0), 1.0)
    before = random.getstate()
    kind = neat._config.species_set_type
    monkeypatch.setattr(kind, "speciate", lambda *_: random.random() and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        neat.ask()
    assert random.getstate() == before


@pytest.mark.parametrize("rules", RULES)
def test_two_searches_side_by_side_do_not_disturb_each_other(rules) -> None:
    alone = [neat_of(seed, rules=rules, threshold=9.0) for seed in (1, 2)]
    for neat in alone:
        for _ in range(6):
            scored(neat)
    together = [neat_of(seed, rules=rules, threshold=9.0) for seed in (1, 2)]
    for _ in range(6):
        together[0].ask()
        for neat in together[::-1]:
            scored(neat)
    for one, other in zip(alone, together, strict=True):
        assert_same_arrays(one.state(), other.state())


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("score", [0.0, 1.0, -5.0, NAN, INF, -INF, 3e38])
def test_no_score_makes_it_die_out_or_fail(rules, score) -> None:
    neat = told(neat_of(rules=rules, stagnation=2, threshold=20.0), score, 25)
    assert len(neat.ask()) == 40
    assert neat.archive is not None
    assert not np.isnan(neat.archive.scores).any()
    assert np.isfinite(neat.state()["neat.fitness"]).all()


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("odd", [NAN, -INF])
def test_a_score_that_is_no_number_is_worth_what_the_worst_is(rules, odd) -> None:
    neat = neat_of(rules=rules, threshold=20.0)
    for _ in range(3):
        neat.ask()
        scores = np.full((40, 2), 1.0, np.float32)
        scores[:20] = odd
        scores[20, 1] = 7.0
        neat.tell(scores)
        assert neat.state()["neat.fitness"].tolist() == [1.0] * 20 + [7.0] + [1.0] * 19
        assert (neat.archive.scores == [1.0, 7.0]).all()


def test_the_reward_tells_scores_of_the_published_tasks_apart() -> None:
    lower, higher = (told(neat_of(reward=2.0), score) for score in (485.0, 486.0))

    fitness = [each.state()["neat.fitness"][0] for each in (lower, higher)]
    assert fitness[1] == pytest.approx(2 * fitness[0])


def test_the_reward_is_a_power_and_stays_finite() -> None:
    neat = told(neat_of(reward=10.0), 2.0)
    assert neat.state()["neat.fitness"] == pytest.approx(100.0)
    neat = told(neat_of(reward=1e6), 3e38, 3)
    assert np.isfinite(neat.state()["neat.fitness"]).all()


def test_random_activations_of_a_large_population_are_no_species_of_their_own() -> None:
    settings = CppnSettings(activations=ALL, activation_rate=1.0)
    for rules in ({"rules": "neat-python", "threshold": 6.0}, {"threshold": 0.01}):
        neat = neat_of(settings=settings, batch=300, **rules)
        for _ in range(5):
            scored(neat)
        assert len(neat.ask()) == 300


def test_too_many_species_for_neat_python_are_an_error_that_says_what_to_do() -> None:
    neat = neat_of(rules="neat-python", threshold=1e-6)
    neat.ask()
    scores = np.zeros((40, 2), np.float32)
    scores[3] = 1.0  # so that one species wants most of the offspring
    neat.tell(scores)
    before = random.getstate()
    message = "40 species in a population of 40.*search.rules = 2002.*search.threshold"
    for _ in range(2):
        with pytest.raises(ConfigError, match=message):
            neat.ask()
    assert random.getstate() == before


def test_every_genome_may_be_a_species() -> None:
    neat = neat_of(threshold=1e-6)
    for _ in range(5):
        scored(neat)
    assert len(neat.state()["neat.species"]) == 40


def test_species_are_kept_to_their_number() -> None:
    slow = CppnSettings(
        structure=StructureSettings(add_node_rate=0.02, add_edge_rate=0.05, delete_edge_rate=0.0)
    )
    neat = neat_of(settings=slow, batch=100, threshold=0.5, species=8)
    counts = []
    for _ in range(100):
        scored(neat)
        counts.append(len(neat.state()["neat.species"]))
    assert counts[0] > 20
    assert 5 <= np.mean(counts[-20:]) <= 14


@pytest.mark.parametrize(
    "change",
    [{"species": 5}, {"champion": 1}, {"crossover": 0.5}, {"population_stagnation": 5}],
)
def test_settings_without_effect_are_refused(change) -> None:
    NeatSettings(**change)
    with pytest.raises(ConfigError, match="has no effect with rules = neat-python"):
        NeatSettings(rules="neat-python", **change)


def test_a_step_towards_no_number_of_species_is_refused() -> None:
    NeatSettings(step=0.3, species=5)
    with pytest.raises(ConfigError, match="step has no effect with species = 0"):
        NeatSettings(step=0.3)


def test_scores_that_do_not_fit_are_refused() -> None:
    neat = neat_of()
    with pytest.raises(ShapeError, match="nothing was asked for"):
        neat.tell(np.zeros((40, 2), np.float32))
    neat.ask()
    for shape in ((39, 2), (40, 1), (40,)):
        with pytest.raises(ShapeError, match=r"expected scores of shape \(40, 2\)"):
            neat.tell(np.zeros(shape, np.float32))


@pytest.mark.parametrize("rules", RULES)
def test_parents_are_of_the_generation_before_and_keys_are_new_but_of_those_that_live_on(
    rules,
) -> None:
    neat, seen = neat_of(rules=rules, threshold=9.0), set()
    for number in range(1, 8):
        before = set(neat.latest.keys.tolist()) if neat.latest else set()
        scored(neat)
        keys, parents = neat.latest.keys.tolist(), neat.latest.parents
        assert len(set(keys)) == 40
        living_on = set(keys) & seen
        assert living_on <= before
        assert bool(living_on) == (number > 1)
        new = [place for place, key in enumerate(keys) if key not in seen]
        assert set(parents[new].ravel().tolist()) <= before | {-1}
        assert number == 1 or (parents[new][:, 0] >= 0).all()
        seen |= set(keys)


@pytest.mark.parametrize("rules", ["2002", "neat-python"])
def test_what_lives_on_keeps_its_parents(rules) -> None:
    neat, parents = neat_of(rules=rules, threshold=9.0), {}
    for _ in range(6):
        scored(neat)
        born = zip(neat.latest.keys.tolist(), neat.latest.parents.tolist(), strict=True)
        for key, both in born:
            assert parents.setdefault(key, both) == both


def test_time_without_improvement_is_counted_from_generation_to_generation() -> None:
    neat = told(neat_of(threshold=1.0, stagnation=4, population_stagnation=1000), 1.0, 12)
    assert neat.state()["neat.species"][:, 1].min() >= 12 - 5, "stagnant species live on"
    still = CppnSettings(
        structure=StructureSettings(add_edge_rate=0, add_node_rate=0, delete_edge_rate=0),
        weight_rate=0,
    )
    neat = neat_of(settings=still, threshold=1.0, stagnation=4, crossover=0.0)
    for number in range(12):
        told(neat, min(number, 8) + 1.0)
    assert neat.state()["neat.species"][:, 1].min() == 1, "it improved not long ago"
    counts: list[int] = []
    homes: dict[int, int] = {}
    neat = neat_of(threshold=1.0, stagnation=1000, population_stagnation=3)
    for _ in range(9):
        told(neat, 1.0)
        born = zip(neat.latest.keys.tolist(), neat.latest.parents[:, 0].tolist(), strict=True)
        if homes:
            counts.append(len({homes[key if key in homes else parent] for key, parent in born}))
        keys, places = neat.state()["neat.keys"], neat.state()["neat.homes"]
        homes = dict(zip(keys.tolist(), places.tolist(), strict=True))
    assert [number for number, count in enumerate(counts, 1) if count <= 2] == [5]


def test_it_solves_xor() -> None:
    task = build(XorSettings(), 0)
    settings = CppnSettings(
        structure=StructureSettings(
            delete_edge_rate=0,
            delete_node_rate=0,
            add_node_rate=0.03,
            add_edge_rate=0.05,
            split="neat",
            parallel_edges=False,
        ),
        activations=("steep_sigmoid",),
        weight_range=3.0,
        weight_mutation="uniform",
        weight_rate=0.9,
        sigma=1.5,
    )
    encoding = Cppn(settings, task.medium)
    neat = search.build(NeatSettings(), encoding, 1, seed=1)
    for _ in range(150):
        networks = encoding.express(neat.ask())
        if task.solved(networks).any():
            return
        neat.tell(task.score(networks))
    pytest.fail("XOR was not solved in 150 generations")


def test_a_species_for_nearly_every_genome_is_warned_of_once_and_can_be_cured(caplog) -> None:
    growing = CppnSettings(activations=ALL)
    counts = {}
    for name, cure in {
        "as published": {},
        "cured": {"species": 10, "distance": {"small": 10**6}},
    }.items():
        neat = neat_of(settings=growing, batch=100, **cure)
        counts[name] = []
        for _ in range(60):
            scored(neat)
            counts[name].append(len(np.unique(neat.species)))
    (message,) = caplog.messages
    assert "raise it, or set search.species = 10 and search.distance.small = 1000000" in message
    assert max(counts["as published"]) > 50
    assert 7 <= np.median(counts["cured"][-20:]) <= 14


def test_a_warning_of_too_many_species_names_no_setting_that_the_rules_refuse(caplog) -> None:
    neat_of(rules="neat-python", threshold=1e-9, settings=CppnSettings()).ask()
    (message,) = caplog.messages
    assert message.endswith("search.threshold; raise it")
