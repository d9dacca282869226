import numpy as np
import pytest

from neatfool.encodings import Birth, mutate
from neatfool.networks import Graphs
from tests.strategies import assert_valid, freeze, join

MANY = 20_000
ALL = np.arange(MANY)
CHAIN = {  # inputs 0 1 2 3, output 4, hidden 5 6; 0 → 5 → 6 → 4 and 1 → 4
    "node_ids": np.array([0, 1, 2, 3, 4, 8, 9]),
    "activations": np.array([0, 0, 0, 0, 1, 2, 3]),
    "biases": np.zeros(7),
    "sources": np.array([0, 5, 6, 1]),
    "targets": np.array([5, 6, 4, 4]),
    "weights": np.array([0.1, 0.2, 0.3, 0.4]),
    "enabled": np.array([True, True, True, True]),
    "innovations": np.array([3, 4, 7, 9]),
}


def chains(count: int = MANY, **changes: object) -> Graphs:
    return join([CHAIN | changes], 4, 1).select(np.zeros(count, np.int64))


def uniform(random: np.random.Generator, count: int) -> np.ndarray:
    return random.uniform(-2, 2, count)


def birth() -> Birth:
    return Birth(5, np.random.default_rng(0), next_node=20, next_innovation=50)


def last_edges(graphs: Graphs) -> np.ndarray:
    return graphs.edge_offsets[1:] - 1


def edges_of(graphs: Graphs, graph: int) -> list[tuple[int, int, int, float]]:
    """Return the ids of both ends, the innovation number and the weight of every edge."""
    edges = slice(graphs.edge_offsets[graph], graphs.edge_offsets[graph + 1])
    ids = graphs.node_ids[graphs.node_offsets[graph] :]
    ends = ids[graphs.sources[edges]].tolist(), ids[graphs.targets[edges]].tolist()
    weights = np.round(graphs.weights[edges].astype(float), 3).tolist()
    return list(zip(*ends, graphs.innovations[edges].tolist(), weights, strict=True))


def assert_share(count: int, total: int, chance: float) -> None:
    """Check a count of independent events against its chance, within five standard deviations."""
    assert abs(count - total * chance) <= 5 * (total * chance * (1 - chance)) ** 0.5


def test_an_edge_is_added_from_any_source_to_any_target_that_closes_no_cycle() -> None:
    children = mutate.add_edges(chains(), ALL, uniform, True, birth())

    assert_valid(children, reach=2.0)
    new = last_edges(children)
    sources, targets = children.sources[new], children.targets[new]
    allowed = {0: [4, 5, 6], 1: [4, 5, 6], 2: [4, 5, 6], 3: [4, 5, 6], 5: [4, 6], 6: [4]}
    for source, ends in allowed.items():
        assert_share((sources == source).sum(), MANY, 1 / 6)
        for target in ends:
            both = (sources == source) & (targets == target)
            assert_share(both.sum(), MANY, 1 / 6 / len(ends))
    assert np.isin(targets[sources == 5], allowed[5]).all()
    assert np.isin(targets[sources == 6], allowed[6]).all()


def test_disabled_edges_count_when_cycles_are_avoided() -> None:
    batch = chains(2000, enabled=np.zeros(4, bool))

    assert_valid(mutate.add_edges(batch, np.arange(2000), uniform, True, birth()))


def test_a_new_edge_is_enabled_and_its_weight_is_uniform() -> None:
    children = mutate.add_edges(chains(), ALL, uniform, True, birth())

    new = last_edges(children)
    assert children.enabled[new].all()
    assert children.weights[new].std() == pytest.approx(2 / 3**0.5, rel=0.02)
    assert abs(children.weights[new].mean()) < 0.05


def test_new_edges_share_a_number_exactly_if_they_share_their_ends() -> None:
    drawn = birth()
    children = mutate.add_edges(chains(500), np.arange(500), uniform, True, drawn)

    new = last_edges(children)
    ends = list(zip(children.sources[new], children.targets[new], strict=True))
    pairs = set(zip(ends, children.innovations[new], strict=True))
    assert len(pairs) == len(set(ends)) == len(set(children.innovations[new])) == 15
    assert drawn.next_innovation == 50 + 15
    assert (children.innovations[new] >= 50).all()


def test_only_the_graphs_named_are_changed_and_the_parents_never() -> None:
    which, codes = np.array([1, 3]), np.array([1])
    parents = freeze(chains(5))
    for children in (
        mutate.add_edges(parents, which, uniform, True, birth()),
        mutate.delete_edges(parents, which, birth().random),
        mutate.add_nodes(parents, which, codes, "replace", birth()),
        mutate.add_nodes(parents, which, codes, "disable", birth()),
        mutate.delete_nodes(parents, which, birth().random),
    ):
        assert_valid(children)
        changed = [edges_of(children, graph) != edges_of(parents, 0) for graph in range(5)]
        assert changed == [False, True, False, True, False]


def test_any_edge_is_deleted_with_equal_chance() -> None:
    children = mutate.delete_edges(chains(), ALL, birth().random)

    assert_valid(children)
    assert (children.edge_counts == 3).all()
    for innovation in CHAIN["innovations"]:
        assert_share(MANY - (children.innovations == innovation).sum(), MANY, 1 / 4)


def test_a_graph_without_edges_loses_none_and_splits_none() -> None:
    bare = mutate.delete_edges(chains(3), np.array([1]), birth().random)
    for _ in range(5):
        bare = mutate.delete_edges(bare, np.array([1]), birth().random)
    assert bare.edge_counts.tolist() == [4, 0, 4]

    children = mutate.add_nodes(bare, np.arange(3), np.array([1]), "replace", birth())

    assert_valid(children)
    assert children.node_counts.tolist() == [8, 7, 8]
    more = mutate.add_edges(bare, np.arange(3), uniform, True, birth())
    assert more.edge_counts.tolist() == [5, 1, 5]


@pytest.mark.parametrize("split", ["replace", "disable"])
def test_a_node_splits_any_edge_and_both_halves_keep_its_weight(split) -> None:
    drawn = birth()
    children = mutate.add_nodes(chains(), ALL, np.array([2, 3]), split, drawn)

    assert_valid(children)
    assert (children.node_counts == 8).all()
    before = edges_of(chains(1), 0)
    seen: dict[tuple[int, int, int, float], int] = {}
    for graph in range(0, MANY, 40):
        *old, into, out_of = edges_of(children, graph)
        kept = children.enabled[children.edge_offsets[graph] : children.edge_offsets[graph + 1]]
        carrying = [edge for edge, carries in zip(old, kept[:-2], strict=True) if carries]
        (gone,) = set(before) - set(carrying)
        assert old == ([e for e in before if e != gone] if split == "replace" else before)
        node = int(children.node_ids[children.node_offsets[graph + 1] - 1])
        assert (into[:2], out_of[:2]) == ((gone[0], node), (node, gone[1]))
        assert into[3] == out_of[3] == gone[3]
        assert kept[-2:].all()
        assert seen.setdefault(gone, node) == node
    assert sorted(seen.values()) == [20, 21, 22, 23]
    assert drawn.next_node == 24
    assert drawn.next_innovation == 50 + 8
    for weight in np.float32(CHAIN["weights"]):
        halves = children.weights[last_edges(children)] == weight
        assert_share(halves.sum(), MANY, 1 / 4)


def test_a_new_node_draws_its_function_and_has_no_bias() -> None:
    children = mutate.add_nodes(chains(), ALL, np.array([7, 9]), "replace", birth())

    new = children.node_offsets[1:] - 1
    assert_share((children.activations[new] == 7).sum(), MANY, 1 / 2)
    assert np.isin(children.activations[new], [7, 9]).all()
    assert (children.biases[new] == 0).all()


def test_only_enabled_edges_are_split() -> None:
    batch = chains(200, enabled=np.array([False, False, True, False]))
    none = chains(3, enabled=np.zeros(4, bool))

    children = mutate.add_nodes(batch, np.arange(200), np.array([1]), "disable", birth())
    same = mutate.add_nodes(none, np.arange(3), np.array([1]), "disable", birth())

    assert (children.weights[last_edges(children)] == np.float32(0.3)).all()
    assert same.node_counts.tolist() == [7, 7, 7]


def test_any_hidden_node_is_deleted_with_its_edges() -> None:
    children = mutate.delete_nodes(chains(), ALL, birth().random)

    assert_valid(children)
    assert (children.node_counts == 6).all()
    assert_share((children.node_ids == 8).sum(), MANY, 1 / 2)
    kept = {int(children.node_ids[children.node_offsets[g] + 5]): g for g in range(100)}
    assert edges_of(children, kept[9]) == [(9, 4, 7, 0.3), (1, 4, 9, 0.4)]
    assert edges_of(children, kept[8]) == [(0, 8, 3, 0.1), (1, 4, 9, 0.4)]
    place = children.node_offsets[kept[9]] + 5
    assert children.activations[place] == 3


def test_without_hidden_nodes_none_is_deleted() -> None:
    fixed = {name: CHAIN[name][:5] for name in ("node_ids", "activations", "biases")}
    one = {name: CHAIN[name][3:] for name in CHAIN if name not in fixed}
    bare = join([fixed | one], 4, 1)

    assert mutate.delete_nodes(bare, np.array([0]), birth().random).node_counts.tolist() == [5]


def test_without_parallel_edges_nodes_are_joined_once() -> None:
    graphs, drawn = chains(2000), birth()
    for _ in range(30):
        graphs = mutate.add_edges(graphs, np.arange(2000), uniform, False, drawn)

    pairs = set(zip(graphs.edge_owners, graphs.sources, graphs.targets, strict=True))
    assert len(pairs) == len(graphs.sources)
    assert_valid(graphs)
    # 4 × 3 from inputs, 5 → 6 or 6 → 5 but once, and both to the output: 15 in all
    assert graphs.edge_counts.max() == 15


def test_the_halves_of_neat_have_weight_one_and_the_old_weight() -> None:
    children = mutate.add_nodes(chains(), ALL, np.array([1]), "neat", birth())

    new = children.edge_offsets[1:, None] - [2, 1]
    off = ~children.enabled
    assert (children.weights[new[:, 0]] == 1).all()
    assert np.array_equal(children.weights[new[:, 1]], children.weights[off])
    assert off.sum() == MANY


def test_small_graphs_split_old_edges_rather_than_new_ones_and_none_of_the_bias() -> None:
    parents = chains(enabled=np.array([True, True, False, True]))

    children = mutate.add_nodes(parents, ALL, np.array([1]), "neat", birth(), bias=1)

    assert_valid(children)
    was, still = (each.enabled.reshape(MANY, -1)[:, :4] for each in (parents, children))
    split = was & ~still
    assert (split.sum(axis=1) == 1).all()
    assert not split[:, 2:].any()
    assert_share(split[:, 0].sum(), MANY, 0.7 / 0.91)  # else the second, else the first again


def test_graphs_of_fifteen_edges_split_any_edge_but_those_of_the_bias() -> None:
    many = {"sources": np.arange(15) % 4, "targets": np.full(15, 4), "weights": np.ones(15)}
    rest = {"enabled": np.ones(15, np.bool_), "innovations": np.arange(15)}
    parents = chains(**many, **rest)

    children = mutate.add_nodes(parents, ALL, np.array([1]), "neat", birth(), bias=3)

    split = ~children.enabled.reshape(MANY, -1)[:, :15]
    for place in range(15):
        assert_share(split[:, place].sum(), MANY, 0.0 if place % 4 == 3 else 1 / 12)


def test_a_graph_whose_edges_all_come_from_the_bias_is_not_split() -> None:
    parents = chains(3, enabled=np.array([False, False, False, True]))

    children = mutate.add_nodes(parents, np.arange(3), np.array([1]), "neat", birth(), bias=1)

    for name, array in parents.arrays().items():
        assert np.array_equal(children.arrays()[name], array)
