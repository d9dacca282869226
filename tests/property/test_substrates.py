import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neatfool.networks import ACTIVATIONS, compile_graphs, execute
from neatfool.networks.reference import evaluate
from neatfool.substrates import (
    EvolvableSettings,
    EvolvableSubstrate,
    LinkSettings,
    QuadtreeSettings,
    SheetSettings,
    Substrate,
    SubstrateSettings,
)
from neatfool.substrates.links import points_of
from tests import es_hyperneat
from tests.cppns import KINDS, having, random_cppns
from tests.strategies import assert_valid

PAIRS = (("i", "h"), ("j", "h"), ("h", "o"), ("i", "o"), ("h", "g"), ("g", "o"), ("j", "g"))
CALM = ("identity", "sigmoid", "tanh", "sine", "gaussian", "absolute")


@st.composite
def substrates(draw) -> Substrate:
    """Draw small substrates of several sheets, of any kind of sheet, link and activation."""

    def sheet(name: str, role: str) -> SheetSettings:
        return SheetSettings(
            name=name,
            role=role,
            layout=draw(st.sampled_from(["grid", "rings"])),
            width=draw(st.integers(1, 3)),
            height=draw(st.integers(1, 2)),
            x=draw(st.sampled_from([(-1, 1), (0, 0.5)])),
            activation=draw(st.sampled_from(CALM)),
        )

    sheets = [sheet("i", "input"), sheet("j", "input"), sheet("h", "hidden")]
    sheets += [sheet("g", "hidden"), sheet("o", "output")]
    return Substrate(
        SubstrateSettings(
            sheets=tuple(draw(st.permutations(sheets))), pairs=PAIRS, links=draw(all_links)
        )
    )


all_links = st.builds(
    LinkSettings,
    rule=st.sampled_from(["threshold", "leo", "raw"]),
    threshold=st.sampled_from([0.0, 0.2, 0.5]),
    max_weight=st.sampled_from([1.0, 3.0]),
    biases=st.booleans(),
    bias=st.sampled_from([0.3, 1.0]),
    deltas=st.booleans(),
    distance=st.booleans(),
)
seeds = st.integers(0, 2**32 - 1)


def weights_one_by_one(medium: Substrate, graphs, graph: int) -> dict:
    """Ask for every link by itself: the weights by pair (or bias), source and target."""
    sheets = {sheet.name: sheet for sheet in medium.settings.sheets}
    links = medium.settings.links

    def weight(source, target, column: int, expressing: int | None) -> float:
        named = dict(zip(("x1", "y1", "x2", "y2"), (*source, *target), strict=True))
        named |= {"bias": links.bias, "dx": target[0] - source[0], "dy": target[1] - source[1]}
        named["d"] = float(np.hypot(named["dx"], named["dy"]))
        points = np.array([[named[name]] for name in medium.inputs], np.float32)
        outputs = evaluate(graphs.select([graph]), points)[0, :, 0]
        value = float(np.clip(outputs[column], -1, 1))
        if links.rule == "threshold":
            size = (abs(value) - links.threshold) / (1 - links.threshold)
            return float(np.sign(value)) * max(0.0, size) * links.max_weight
        if expressing is not None and outputs[expressing] <= links.threshold:
            return 0.0
        return value * links.max_weight

    found, count = {}, len(PAIRS)
    is_leo = links.rule == "leo"
    for place, (a, b) in enumerate(PAIRS):
        for s, source in enumerate(sheets[a].positions()):
            for t, target in enumerate(sheets[b].positions()):
                expressing = count + place if is_leo else None
                found[(a, b), s, t] = weight(source, target, place, expressing)
    biased = [s.name for s in medium.settings.sheets if s.role != "input"] * links.biases
    for place, name in enumerate(biased):
        for t, target in enumerate(sheets[name].positions()):
            found[name, 0, t] = weight((0, 0), target, count * (1 + is_leo) + place, None)
    return found


@settings(max_examples=30)
@given(substrates(), seeds, st.sampled_from(KINDS))
def test_weights_are_those_asked_one_by_one(medium, seed, kind) -> None:
    graphs = having(random_cppns(medium, count=2, seed=seed, hidden=3), kind)

    weights = medium.express(compile_graphs(graphs))

    for graph in range(2):
        expected = list(weights_one_by_one(medium, graphs, graph).values())
        differs = np.abs(weights[graph].numpy() - expected) > 1e-4
        # Only expression is a jump, which rounding may move.
        assert differs.sum() <= (0.02 * len(expected) if medium.has_leo else 0)


@given(substrates(), seeds)
def test_run_is_the_sum_over_links(medium, seed) -> None:
    random = torch.Generator().manual_seed(seed % 2**31)
    weights = torch.randn(2, *medium.shape, generator=random)
    sheets = {sheet.name: sheet for sheet in medium.settings.sheets}
    ends = [s for s in medium.settings.sheets if s.role == "input"]
    inputs = torch.randn(3, sum(s.nodes for s in ends), generator=random)

    outputs = medium.run(weights, inputs)

    def value(graph: int, trial: int, name: str, node: int) -> float:
        """Compute a node from all that leads to it."""
        if sheets[name].role == "input":
            before = sum(s.nodes for s in ends[: [s.name for s in ends].index(name)])
            return float(inputs[trial, before + node])
        start, total = 0, 0.0
        for a, b in PAIRS:
            for s in range(sheets[a].nodes):
                if b == name:
                    weight = float(weights[graph, start + s * sheets[b].nodes + node])
                    total += weight * value(graph, trial, a, s)
            start += sheets[a].nodes * sheets[b].nodes
        for sheet in medium.settings.sheets:
            if medium.settings.links.biases and sheet.role != "input":
                total += float(weights[graph, start + node]) if sheet.name == name else 0.0
                start += sheet.nodes
        table = {activation.name: activation for activation in ACTIVATIONS}
        return table[sheets[name].activation].scalar(total)

    for graph in range(2):
        found = [value(graph, 1, "o", node) for node in range(sheets["o"].nodes)]
        assert outputs[graph, 1].tolist() == pytest.approx(found, rel=1e-4, abs=1e-4)


@settings(max_examples=20)
@given(substrates(), seeds)
def test_networks_do_not_depend_on_one_another(medium, seed) -> None:
    graphs = random_cppns(medium, count=5, seed=seed)
    inputs = torch.randn(4, sum(s.nodes for s in medium.settings.sheets if s.role == "input"))

    weights = medium.express(compile_graphs(graphs))
    outputs = medium.run(weights, inputs)

    for graph in range(5):
        alone = medium.express(compile_graphs(graphs.select([graph])))
        assert torch.equal(alone[0], weights[graph])
        assert torch.equal(medium.run(alone, inputs)[0], outputs[graph])


@settings(max_examples=10)
@given(
    seeds,
    all_links,
    st.integers(0, 2),
    st.tuples(st.integers(1, 3), st.integers(0, 2)),
    st.tuples(*[st.sampled_from([0.0, 0.03, 0.2])] * 3),
    st.booleans(),
    st.sampled_from(KINDS),
)
def test_es_hyperneat_is_the_algorithm_as_written(
    seed, links, iterations, depths, thresholds, flat, kind
) -> None:
    division, variance, band = thresholds
    chosen = EvolvableSettings(
        sheets=(
            SheetSettings(name="i", role="input", width=2, height=2, y=(-1, 0.3)),
            SheetSettings(name="o", role="output", width=2, y=(1, 1) if flat else (-1, 1)),
        ),
        iterations=iterations,
        links=links,
        quadtree=QuadtreeSettings(
            initial_depth=depths[0],
            max_depth=min(3, sum(depths)),
            division_threshold=division,
            variance_threshold=variance,
            band_threshold=band,
        ),
    )
    medium = EvolvableSubstrate(chosen)
    cppns = having(random_cppns(medium, count=2, seed=seed, reach=3.0), kind)
    networks = compile_graphs(cppns)

    found = medium.grow(networks)

    assert_valid(found)
    for graph in range(2):
        assert links_of(medium, found, graph) == pytest.approx(
            expected_links(medium, networks, graph), abs=1e-6
        )


def expected_links(medium, networks, graph: int) -> dict:
    """Let the oracle find the links of one network."""
    places = [
        [tuple(place) for s in medium.settings.sheets if s.role == role for place in s.positions()]
        for role in ("input", "output")
    ]
    known: dict = {}

    def query(source, target) -> tuple[float, float]:
        if (source, target) not in known:
            ends = (torch.tensor([place], dtype=torch.float64) for place in (source, target))
            outputs = execute(networks, points_of(medium.settings.links, *ends))[graph, :, 0]
            outputs = outputs.clamp(-1, 1).tolist()
            known[source, target] = outputs[0], outputs[1] if len(outputs) > 1 else 0.0
        return known[source, target]

    return es_hyperneat.find_links(medium.settings, *places, query)


def links_of(medium, graphs, graph: int) -> dict:
    """Return the weights of the links of one graph, by the kinds and places of their ends."""
    one = graphs.select([graph])
    inputs, outputs = medium.shape
    kinds = ["input"] * inputs + ["output"] * outputs
    kinds += ["hidden"] * (len(one.node_ids) - len(kinds))
    nodes = list(zip(kinds, map(tuple, medium.places(one.node_ids).tolist()), strict=True))
    return {
        (nodes[source], nodes[target]): weight
        for source, target, weight in zip(
            one.sources, one.targets, one.weights.tolist(), strict=True
        )
    }
