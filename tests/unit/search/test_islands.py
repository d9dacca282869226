"""Islands are searches of their own, but for who migrates."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neatfool import runs, search
from neatfool.encodings import Birth, CppnSettings, PixelSettings
from neatfool.errors import ConfigError
from neatfool.search import (
    GradientSettings,
    GridSettings,
    Islands,
    IslandsSettings,
    MapElites,
    MapElitesSettings,
    Neat,
    NeatSettings,
    Nsga2,
    Nsga2Settings,
    Search,
    SearchSettings,
)
from neatfool.search.search import HOME
from neatfool.sections.config import checked, load_resolved, parse_config
from neatfool.sections.search import WITHIN
from tests.conftest import built
from tests.fakes import Nearness
from tests.strategies import assert_same_arrays

KINDS: dict[type[SearchSettings], type[Search]] = {
    MapElitesSettings: MapElites,
    NeatSettings: Neat,
    Nsga2Settings: Nsga2,
}
WITHINS = {
    "map-elites": MapElitesSettings(crossover=0.5),
    "pipelined": MapElitesSettings(pipelined=True, crossover=0.5),
    "neat": NeatSettings(),
    "neat-python": NeatSettings(rules="neat-python", threshold=9.0),
    "nsga2": Nsga2Settings(),
    "nsga2 anew": Nsga2Settings(rescored=False, crowding="pool"),
}
ENCODING = built(CppnSettings(), (1, 6, 5))
TASK = Nearness(ENCODING.shape, 3)
FAST = CppnSettings.model_validate(
    {"structure": {"add_node_rate": 0.8, "add_edge_rate": 0.8, "split": "random"}}
)


@pytest.fixture(params=WITHINS.values(), ids=WITHINS)
def within(request: pytest.FixtureRequest) -> Any:
    """The settings of every search that there can be on islands."""
    return request.param


def islands(within: SearchSettings, encoding: Any = ENCODING, **more: Any) -> Islands:
    settings = IslandsSettings(**{"batch": 24, "islands": 3, "within": within, **more})
    return Islands(encoding, 3, settings, seed=7)


def tell(one: Search) -> None:
    one.tell(TASK.score(one.encoding.express(one.ask())))


def assert_numbers_are_in_order(graphs: Any) -> None:
    for marks, owners in (
        (graphs.innovations, graphs.edge_owners),
        (graphs.node_ids, graphs.node_owners),
    ):
        assert (np.diff(marks)[np.diff(owners) == 0] > 0).all()


def test_without_migrants_islands_are_searches_of_their_own(within: Any) -> None:
    together = islands(within, migrants=0)
    settings = within.model_copy(update={"batch": 8})
    alone = [
        KINDS[type(within)].build(settings, ENCODING, 3, island.seed) for island in together.islands
    ]
    assert len({each.seed for each in alone}) == 3
    for _ in range(6):
        tell(together)
        for one, island in zip(alone, together.islands, strict=True):
            tell(one)
            assert_same_arrays(one.state(), island.state())


def test_genomes_migrate_by_the_number_of_the_generation_alone(within: Any) -> None:
    together = islands(within, every=3)
    for number in range(1, 7):
        together.ask()
        before = together.state()
        scores = TASK.score(ENCODING.express(together.ask()))
        together.tell(scores)

        apart = islands(within, migrants=0)
        for island, source in zip(apart.islands, together.islands, strict=True):
            island.lane = source.lane
        apart.restore(before)
        apart.ask()
        apart.tell(scores)
        ours, others = together.state(), apart.state()
        is_same = all(np.array_equal(ours[name], others[name]) for name in ours)
        assert is_same == (number % 3 > 0), number


@pytest.mark.parametrize("start", [1, 2, 4])
def test_restored_islands_go_on_as_if_nothing_had_happened(within: Any, start: int) -> None:
    first, second = (islands(within, every=2, topology="random") for _ in range(2))
    for _ in range(start):
        tell(first)
    tell(second)
    second.restore({name: array.copy() for name, array in first.state().items()})
    for _ in range(3):
        assert_same_arrays(first.state(), second.state())
        assert_same_arrays(first.ask(), second.ask())
        assert np.array_equal(first.asked, second.asked)
        tell(first)
        tell(second)


@pytest.mark.parametrize("topology", ["ring", "all", "random"])
def test_no_key_and_no_number_stands_for_two_things(within: Any, topology: str) -> None:
    together = islands(within, built(FAST, (1, 6, 5)), every=1, migrants=1, topology=topology)
    genomes: dict[int, bytes] = {}
    nodes: dict[int, int] = {}
    edges: dict[int, tuple[int, int]] = {}
    parents: dict[int, tuple[int, ...]] = {}
    for number in range(1, 9):
        graphs = together.ask()
        assert_numbers_are_in_order(graphs)
        keys = together.asked
        tell(together)
        assert together.latest is not None
        for row, key in enumerate(keys.tolist()):
            genome = graphs.select([row])
            content = b"".join(array.tobytes() for array in genome.arrays().values())
            assert genomes.setdefault(key, content) == content
            born = tuple(together.latest.parents[row].tolist())
            assert parents.setdefault(key, born) == born
            assert all(parent in parents for parent in born if parent >= 0)
            ids = genome.node_ids
            ends = zip(ids[genome.sources].tolist(), ids[genome.targets].tolist(), strict=True)
            for mark, pair in zip(genome.innovations.tolist(), ends, strict=True):
                assert edges.setdefault(mark, pair) == pair
            for node in ids[4:].tolist():
                nodes.setdefault(node, node % 3 if number > 1 else -1)
    crossed = [key for key, born in parents.items() if born[0] >= 0 and (born[0] - key) % 3]
    assert crossed, "who descends from a migrant"
    assert set(nodes.values()) >= {0, 1, 2}


def test_archives_hold_the_best_of_all_islands(within: Any) -> None:
    together = islands(within, every=2)
    for _ in range(6):
        tell(together)
    assert together.archive is not None
    found = [island.archive.scores for island in together.islands if island.archive]
    assert np.array_equal(together.archive.scores, np.max(found, axis=0))
    phenotypes = ENCODING.express(together.archive.genomes)
    assert np.array_equal(TASK.score(phenotypes).diagonal(), together.archive.scores)


def test_the_best_are_parents_on_the_next_island_too() -> None:
    together = islands(NeatSettings(), every=4, migrants=2)
    for _ in range(3):
        tell(together)
    scores = TASK.score(ENCODING.express(together.ask())).max(axis=1).reshape(3, 8)
    keys = together.asked.reshape(3, 8)
    tell(together)
    for number, island in enumerate(together.islands):
        facts = island.state()
        best = keys[number - 1][np.argsort(-scores[number - 1], kind="stable")[:2]]
        births, origin = facts["neat.keys"] % HOME, facts["neat.keys"] // HOME - 1
        assert np.array_equal(births[8:] * 3 + origin[8:], best)
        assert (origin[:8] < 0).all()
        fitness = np.concatenate([scores[number], np.sort(scores[number - 1])[:-3:-1]])
        assert np.array_equal(facts["neat.fitness"], fitness)
        assert set(facts["neat.homes"].tolist()) == set(facts["neat.species"][:, 0].tolist())
        assert len(facts["neat.species"]) == len(facts["neat.representatives"])
        assert facts["neat.species"][:, 0].max() < facts["neat.next_species"]
        assert len(island.ask()) == len(island.species) == 8


def test_who_migrated_to_an_archive_holds_the_same_niche_there() -> None:
    together = islands(MapElitesSettings(), every=4, migrants=3)
    for _ in range(4):
        tell(together)
    for number, island in enumerate(together.islands):
        neighbour = together.islands[number - 1]
        assert island.archive is not None
        assert neighbour.archive is not None
        assert (island.archive.scores >= neighbour.archive.scores).all() or (
            island.archive.keys >= HOME
        ).any()
        phenotypes = ENCODING.express(island.archive.genomes)
        assert np.array_equal(TASK.score(phenotypes).diagonal(), island.archive.scores)


@given(
    island=st.integers(0, 4),
    keys=st.lists(st.integers(-1, 10**12), min_size=1, max_size=9),
)
def test_keys_go_there_and_back(island: int, keys: list[int]) -> None:
    together = islands(MapElitesSettings(), batch=25, islands=5, migrants=1)
    known = np.array(keys)
    here = together._arriving(known, island)
    assert np.array_equal(together._abroad(here, island), known)
    assert np.array_equal(here[known >= 0] < HOME, known[known >= 0] % 5 == island)
    assert len(np.unique(here)) == len(np.unique(known))


@given(
    lane=st.integers(1, 9).flatmap(lambda step: st.tuples(st.integers(0, step - 1), st.just(step))),
    first=st.integers(0, 100),
    splits=st.lists(st.integers(0, 5), max_size=8),
    shared=st.booleans(),
)
def test_numbers_keep_to_their_lane(
    lane: tuple[int, int], first: int, splits: list[int], shared: bool
) -> None:
    birth, plain = (
        Birth(2, np.random.default_rng(0), first, first, shares_numbers=shared, lane=each)
        for each in (lane, (0, 1))
    )
    marks = np.array(splits, np.int64)
    ends = np.stack([marks, marks], axis=1)
    for ours, usual, following in (
        (birth.number_nodes(marks), plain.number_nodes(marks), birth.next_node),
        (birth.number_edges(ends), plain.number_edges(ends), birth.next_innovation),
    ):
        assert ((ours % lane[1]) == lane[0]).all()
        assert ((ours >= first) & (ours < following)).all()
        assert np.array_equal(np.unique(ours, return_inverse=True)[1], usual - first)


def test_one_of_each_island_leads() -> None:
    together = islands(NeatSettings())
    scores = TASK.score(ENCODING.express(together.ask()))
    firsts = scores.max(axis=1).reshape(3, 8).argmax(axis=1)
    assert together.leading(scores).tolist() == (8 * np.arange(3) + firsts).tolist()


def test_the_front_is_that_of_all_islands() -> None:
    together = islands(Nsga2Settings(), every=1, topology="all")
    for _ in range(5):
        tell(together)
    front = together.front
    assert front is not None
    assert len(set(front.keys.tolist())) == len(front.keys)
    everyone = np.concatenate([island.front.scores for island in together.islands if island.front])
    for scores in front.scores:
        is_worse = (everyone >= scores).all(axis=1) & (everyone > scores).any(axis=1)
        assert not is_worse.any()
    assert islands(NeatSettings()).front is None


BAD = {
    "islands": ({"islands": 5}, "multiple of islands, 5, got 24; set batch to 20 or 25"),
    "none": ({"islands": 25, "within": {"kind": "map-elites"}}, "25, got 24; set batch to 25$"),
    "batch": ({"within": NeatSettings(batch=9)}, "within.batch to be 8, .* got 9; leave it out"),
    "migrants": ({"migrants": 5}, "at most half of the 8 places of an island, got 5"),
    "everyone": ({"migrants": 3, "topology": "all"}, "8 places of an island, got 6"),
}


@pytest.mark.parametrize(("wrong", "message"), BAD.values(), ids=BAD)
def test_what_cannot_be_is_said(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        islands(**{"within": NeatSettings(), **wrong})


@pytest.mark.parametrize("kind", ["gradient", "islands", "hill"])
def test_what_there_is_not_on_islands_is_refused(kind: str) -> None:
    with pytest.raises(ConfigError, match=f"within {kind}: .*map-elites"):
        IslandsSettings.model_validate({"within": {"kind": kind}})
    with pytest.raises(ConfigError, match=r"within\.kind is missing: choose from map-elites"):
        IslandsSettings.model_validate({"within": {"crossover": 0.3}})


def test_own_searches_need_to_let_migrants_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    class LonelySettings(MapElitesSettings):
        kind: Any = "lonely.py:Lonely"

    class Lonely(MapElites):
        Settings = LonelySettings
        settle = Search.settle

    class Climbing(Lonely):
        WANTS_GRADIENTS = True

    monkeypatch.setitem(WITHIN._owners, LonelySettings, Lonely)
    with pytest.raises(ConfigError, match="expected 0, as Lonely has no method settle, got 1"):
        islands(LonelySettings(), migrants=1)
    assert len(islands(LonelySettings(), migrants=0).ask()) == 24
    monkeypatch.setitem(WITHIN._owners, LonelySettings, Climbing)
    with pytest.raises(ConfigError, match="without gradients and islands, got Lonely"):
        islands(LonelySettings(), migrants=0)


def test_settings_say_what_is_within() -> None:
    settings = IslandsSettings(batch=40, within=NeatSettings(threshold=2.0))
    assert settings.label == "islands-neat"
    assert settings.within == NeatSettings(batch=10, threshold=2.0)
    assert IslandsSettings.model_validate(settings.model_dump()) == settings
    assert IslandsSettings().within == MapElitesSettings(batch=25)
    pixels = built(PixelSettings(), (1, 4, 4))
    made = search.build(IslandsSettings(within=Nsga2Settings()), pixels, 2, seed=1)
    assert len(made.ask()) == 100
    assert GradientSettings().kind not in WITHIN.named


OWN = '''
import numpy as np
from neatfool import Search


class Best(Search):
    """Children of the best genome, or of who came."""

    def __init__(self, settings, encoding, niches, seed):
        super().__init__(encoding, niches, settings, seed)
        self.parent = self.genomes = None

    def ask(self):
        if self.genomes is None:
            birth, rows = self.birth(), np.zeros(self.settings.batch, np.int64)
            self.genomes = (
                self.encoding.new(len(rows), birth)
                if self.parent is None
                else self.encoding.vary(self.parent.select(rows), birth)
            )
        return self.genomes

    @property
    def asked(self):
        count = 0 if self.genomes is None else self.settings.batch
        return np.arange(count) + self.generation * self.settings.batch

    def tell(self, scores):
        self.check(scores)
        keys, first = self.asked, np.argmax(scores.max(axis=1))
        parents = np.full((len(keys), 2), -1)
        self.note(self.genomes, keys, parents, scores)
        self.parent, self.genomes = self.genomes.select([first]), None

    def settle(self, migrants):
        self.parent = migrants.genomes.select([0])
'''


def test_own_searches_live_on_islands(tmp_path: Path) -> None:
    file = tmp_path / "best.py"
    file.write_text(OWN)
    config = runs.load_config(
        None,
        [
            *("search.kind=islands", f"search.within.kind={file}:Best", "search.batch=12"),
            *("search.islands=2", "search.migrants=1", "search.every=2"),
        ],
    )
    assert [program.spec for program in config.programs()] == [f"{file}:Best"]
    assert config.search.binding()["within"]["kind.file"]
    assert parse_config(runs.dump_config(config)).model_dump() == config.model_dump()
    assert config.search.label == "islands-Best"
    together = search.build(config.search, ENCODING, 3, seed=1)
    for _ in range(3):
        tell(together)
        assert_numbers_are_in_order(together.ask())
    here = together.islands[0].ask()
    assert len(here) == 6

    unseen = tmp_path / "resolved.toml"
    unseen.write_text(runs.dump_config(config))
    found = load_resolved(unseen)
    assert not found.search.is_checked
    assert checked(found).model_dump() == config.model_dump()


def test_islands_have_the_grid_of_the_search_within() -> None:
    grid = ["search.kind=islands", "search.within.kind=map-elites", "search.within.grid.bins=[3]"]
    bounds = ["search.within.grid.lower=[0]", "search.within.grid.upper=[1]"]
    config = runs.load_config(None, [*grid, *bounds])
    assert (
        getattr(config.search, "grid", None)
        == MapElitesSettings(grid=GridSettings(bins=(3,), lower=(0.0,), upper=(1.0,))).grid
    )


def test_what_is_usual_for_a_task_is_usual_within_islands() -> None:
    changes = ["task.kind=double-pole", "search.kind=islands", "search.within.threshold=2.0"]
    within = runs.load_config(None, changes).search.model_dump()["within"]
    assert (within["kind"], within["species"], within["threshold"]) == ("neat", 10, 2.0)
    assert within["batch"] == 25
    changes[-1] = "search.within.kind=nsga2"
    assert runs.load_config(None, changes).search.label == "islands-nsga2"


def test_genes_of_random_first_networks_have_the_same_numbers_everywhere() -> None:
    structure = {"start": "random", "start_nodes": 8, "start_links": 0.5}
    encoding = built(CppnSettings.model_validate({"structure": structure}), (1, 6, 5))
    islands = Islands(
        encoding, 1, IslandsSettings(batch=16, islands=4, within=MapElitesSettings()), 0
    )
    graphs = islands.ask()
    edges = zip(
        graphs.innovations.tolist(), graphs.sources.tolist(), graphs.targets.tolist(), strict=True
    )
    meanings: dict[int, set[tuple[int, int]]] = {}
    for number, source, target in edges:
        meanings.setdefault(number, set()).add((source, target))
    assert len(meanings) > 8
    assert all(len(each) == 1 for each in meanings.values())
