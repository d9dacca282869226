import itertools
import re
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neatfool import viz
from neatfool.encodings import (
    Bare,
    Birth,
    Cppn,
    CppnGenome,
    CppnSettings,
    OffsetGenome,
    PixelGenome,
    StructureSettings,
    SwitchGenome,
    WeightGenome,
    network_part,
)
from neatfool.errors import ConfigError, ShapeError
from neatfool.images import Canvas, render, to_levels
from neatfool.networks import compile_graphs, live_nodes, node_values
from neatfool.networks.compile import is_acyclic
from neatfool.streams import stream
from neatfool.types import CPU
from neatfool.viz.topology.layers import NODE, layout
from neatfool.viz.topology.node_images import to_colours
from tests.strategies import graphs, join, random_graph

CANVAS = Canvas((3, 20, 30))
SETTINGS = CppnSettings(
    structure=StructureSettings(
        split="disable", add_edge_rate=0.9, add_node_rate=0.9, delete_edge_rate=0.1
    )
)


def grown(nodes, canvas=CANVAS):
    """Mutate a random genome until it has so many nodes."""
    cppn = Cppn(SETTINGS, canvas)
    birth = Birth(1, stream(0, "grown", 1))
    graph = cppn.new(1, birth)
    while len(graph.node_ids) < nodes:
        random = stream(0, "grown", birth.generation + 1)
        birth = Birth(birth.generation + 1, random, birth.next_node, birth.next_innovation)
        graph = cppn.vary(graph, birth)
    return graph


@pytest.fixture(scope="module")
def small():
    return grown(12)


def boxes_of(figure):
    """Return left, bottom, right and top of every card, by the name of its node."""
    frames = [patch for patch in figure.axes[0].patches if (patch.get_gid() or "")[:4] == "node"]
    return {frame.get_gid(): frame.get_path().get_extents().extents for frame in frames}


def edges_of(figure):
    patches = figure.axes[0].patches
    return {p.get_gid(): p for p in patches if (p.get_gid() or "")[:4] == "edge"}


def texts_of(figure):
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize(
    ("nodes", "kind"), [(5, "images"), (30, "images"), (30, "symbols"), (150, "images")]
)
def test_no_two_cards_overlap_and_all_are_inside(nodes, kind):
    figure = viz.topology(grown(nodes), CANVAS, kind)
    boxes = boxes_of(figure).values()
    width, height = figure.get_size_inches()
    for one, other in itertools.combinations(boxes, 2):
        apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
        assert apart
    for left, bottom, right, top in boxes:
        assert left > 0
        assert bottom > 0
        assert right < width
        assert top < height


def test_every_node_and_every_edge_is_drawn_once(small):
    figure = viz.topology(small, CANVAS, whole=True)
    assert [*boxes_of(figure)] == [f"node-{number}" for number in small.node_ids]
    assert {*edges_of(figure)} == {f"edge-{number}" for number in small.innovations}
    svg = viz.to_svg(figure).decode()
    for name in (*boxes_of(figure), *edges_of(figure)):
        assert len(re.findall(f'id="{name}"><title>[^<]+</title>', svg)) == 1


def test_what_has_no_effect_is_left_out(small):
    last = len(small.node_ids) - 1
    small = small.changed(enabled=small.enabled & (small.sources != last))
    figure = viz.topology(small, CANVAS)
    live = live_nodes(small)
    live[small.inputs : small.inputs + small.outputs] = True
    kept = small.enabled & live[small.sources] & live[small.targets]
    assert not live.all()
    assert [*boxes_of(figure)] == [f"node-{number}" for number in small.node_ids[live]]
    assert {*edges_of(figure)} == {f"edge-{number}" for number in small.innovations[kept]}
    (counted,) = (text for text in texts_of(figure) if "left out" in text)
    numbers = [int(number) for number in re.findall(r"(\d+) (?:node|edge)", counted)]
    assert numbers[2:] == [number for number in ((~live).sum(), (~kept).sum()) if number]


def test_edges_lead_from_card_to_card(small):
    figure = viz.topology(small, CANVAS, whole=True)
    boxes, edges = [*boxes_of(figure).values()], edges_of(figure)
    for number, source, target in zip(small.innovations, small.sources, small.targets, strict=True):
        points = edges[f"edge-{number}"].get_path().vertices
        for (x, y), box, side in ((points[0], boxes[source], 3), (points[-1], boxes[target], 1)):
            assert box[0] < x < box[2]
            assert y == pytest.approx(box[side])


def test_disabled_edges_are_dashed_and_signs_have_colours(small):
    assert not small.enabled.all()
    figure = viz.topology(small, CANVAS, whole=True)
    edges = edges_of(figure)
    colours = {True: set(), False: set()}
    for number, weight, enabled in zip(
        small.innovations, small.weights, small.enabled, strict=True
    ):
        patch = edges[f"edge-{number}"]
        assert (patch.get_linestyle() in ("-", "solid")) == enabled
        colours[bool(weight >= 0)].add(patch.get_edgecolor()[:3])
    assert [len(each) for each in colours.values()] == [1, 1]
    assert not colours[True] & colours[False]
    assert "disabled" in texts_of(figure)


def test_a_node_shows_what_the_executor_computes_there(small):
    figure = viz.topology(small, CANVAS)
    shown = [np.asarray(image.get_array()) for image in figure.axes[0].images]
    finer = Canvas((3, 80, 120))
    values = node_values(small, finer.points(CPU)).reshape(-1, 80, 120).numpy()
    scales = np.maximum(1, np.abs(values).max(axis=(1, 2)))
    assert (scales > 1).any()
    for node in np.flatnonzero(live_nodes(small)):
        expected = to_colours(values[node], scales[node])
        assert any(np.array_equal(expected, each) for each in shown)
    picture = to_levels(render(compile_graphs(small), CANVAS, CPU))[0].transpose(1, 2, 0)
    assert any(np.array_equal(picture, each) for each in shown)


@pytest.mark.parametrize(("coordinates", "largest"), [("normalised", 10), ("pixels", 0.03)])
def test_large_canvases_are_asked_at_fewer_points_of_the_same_picture(coordinates, largest):
    canvas = Canvas((1, 1021, 511), coordinates)
    graph = grown(5, canvas)
    graph.weights[:] *= largest / 10
    figure = viz.topology(graph, canvas)
    shown = np.asarray(figure.axes[0].images[0].get_array())  # the picture, 256 a side
    whole = to_levels(render(compile_graphs(graph), canvas, CPU))[0, 0]
    assert len(np.unique(whole)) > 10
    assert np.array_equal(shown[::51, ::51, 0], whole[::204, ::102])


def test_colours_say_sign_and_size():
    levels = to_colours(np.array([-9, -1, -0.4, 0, 0.4, 1, np.nan])).astype(int)
    brightness = levels.sum(axis=1)
    assert np.array_equal(levels[0], levels[1])
    assert np.array_equal(levels[3], levels[6])
    assert brightness[1] > brightness[2] > brightness[3] < brightness[4] < brightness[5]
    assert (levels[1:3, 2] > levels[1:3, 0]).all()  # cool
    assert (levels[4:6, 0] > levels[4:6, 2]).all()  # warm


@pytest.mark.parametrize("medium", [CANVAS, None])
def test_a_page_gets_a_small_drawing_of_what_counts(small, medium):
    tree = ElementTree.fromstring(viz.inline_topology(small, medium))
    kept = int((small.enabled & live_nodes(small)[small.targets]).sum())
    titles = [each.text for each in tree.iter("title")]
    assert len([*tree.iter("rect")]) == len(live_nodes(small))
    assert len([*tree.iter("image")]) == (len(small.node_ids) if medium else 0)
    assert len(titles) == kept + len(small.node_ids)
    assert sum("→" in title for title in titles) == kept
    edges = [each for each in tree.iter("path") if each.get("class")]
    assert {each.get("class") for each in edges} == {"plus", "minus"}
    assert viz.inline_topology(small, medium) == viz.inline_topology(small, medium)


@given(st.one_of(graphs(max_graphs=1), graphs(max_graphs=1, cyclic=True)))
def test_small_drawings_fit_any_graph(graph):
    ElementTree.fromstring(viz.inline_topology(graph))


def test_inputs_and_outputs_are_named(small):
    texts = texts_of(viz.topology(small, CANVAS, "symbols", heading="robin $1"))
    assert {"x", "y", "d", "bias", "h", "s", "v", "robin $1"} <= {*texts}
    assert "grey" in texts_of(viz.topology(grown(6, Canvas((1, 8, 8))), Canvas((1, 8, 8))))
    assert {"i0", "i3", "o2"} <= {*texts_of(viz.topology(small, None, "symbols", whole=True))}
    bare = Bare(("a", "b", "c", "e"), 3)
    assert {"a", "b", "c", "e", "o0"} <= {
        *texts_of(viz.topology(small, bare, "symbols", whole=True))
    }
    hidden = texts_of(viz.topology(small, None, "symbols", whole=True))
    assert {"1", "2", "3", "4", "5"} <= {*hidden}


def test_the_legend_names_each_function_once(small):
    texts = " ".join(texts_of(viz.topology(small, CANVAS)))
    codes = small.activations[small.inputs :]
    names = re.findall(r"(sine|sigmoid|gaussian|linear) \((\d+)\)", texts)
    assert sum(int(count) for _, count in names) == len(codes)
    assert len(names) == len({*codes.tolist()})


def test_notes_and_unusual_nodes_are_written():
    graph = grown(8)
    hidden = graph.node_ids[-1]
    biases = graph.biases.copy()
    biases[-1] = -0.5
    texts = texts_of(viz.topology(graph.changed(biases=biases), CANVAS, notes={hidden: "−3 %"}))
    assert {"−3 %", "bias −0.5"} <= {*texts}


@pytest.mark.parametrize("nodes", ["images", "symbols"])
def test_equal_input_gives_equal_files(small, nodes, tmp_path):
    def drawn(ending):
        path = tmp_path / f"net.{ending}"
        viz.save(viz.topology(small, CANVAS, nodes), path)
        return path.read_bytes()

    for ending, start in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        content = drawn(ending)
        assert content.startswith(start)
        assert content == drawn(ending)
        assert b"matplotlib.org" not in content


def test_threads_draw_at_once_what_one_draws(small):
    def drawn(_):
        return viz.to_svg(viz.topology(small, CANVAS))

    with ThreadPoolExecutor(4) as pool:
        assert {*pool.map(drawn, range(4))} == {drawn(0)}


def test_another_ending_is_refused(small, tmp_path):
    with pytest.raises(ConfigError, match=r"\.svg, \.png or \.pdf, got .*net\.gif"):
        viz.save(viz.topology(small, CANVAS), tmp_path / "net.gif")


def test_images_in_an_svg_file_keep_their_pixels(small):
    svg = viz.to_svg(viz.topology(small, CANVAS)).decode()
    assert svg.count("<image") == len(small.node_ids) + 2  # and the picture, and the scale


def of_script(kind, key: str, value: str):
    """Make a genome as a script of neat-python does."""
    brood = kind.parse_config({key: value})
    genome = kind(1)
    genome.configure_new(brood)
    return genome.alone()


@pytest.mark.parametrize("kind", [CppnGenome, OffsetGenome, SwitchGenome])
@pytest.mark.parametrize(("key", "value"), [("canvas", "1 4 4"), ("sandwich", "2 2")])
def test_genomes_that_have_a_network_are_drawn(kind, key, value):
    genome = of_script(kind, key, value)
    figure = viz.topology(genome, nodes="symbols")
    network = network_part(genome)
    assert len(boxes_of(figure)) == len(network.node_ids)


def test_genomes_without_a_network_are_refused():
    for genome in (
        of_script(PixelGenome, "canvas", "1 4 4"),
        of_script(WeightGenome, "sandwich", "2 2"),
    ):
        with pytest.raises(ConfigError, match="hold no network that could be drawn"):
            viz.topology(genome, nodes="symbols")


def test_what_does_not_fit_is_refused(small):
    with pytest.raises(ShapeError, match="choose symbols"):
        viz.topology(small)
    with pytest.raises(ShapeError, match="expected one graph, got 2"):
        viz.topology(small.select([0, 0]), CANVAS)
    with pytest.raises(ShapeError, match="4 inputs and 1 outputs, got 4 and 3"):
        viz.topology(small, Canvas((1, 8, 8)))
    looped = join([random_graph(np.random.default_rng(0), 4, 3, 2, 9, cyclic=True)], 4, 3)
    with pytest.raises(ShapeError, match="has a cycle"):
        viz.topology(looped, CANVAS)


def test_edges_that_close_cycles_are_dotted():
    looped = join([random_graph(np.random.default_rng(0), 2, 1, 3, 9, cyclic=True)], 2, 1)
    looped.enabled[:] = True

    svg = viz.to_svg(viz.topology(looped, nodes="symbols")).decode()

    assert svg.count('id="edge-') == 9
    assert "back downwards" in svg


@given(st.one_of(graphs(max_graphs=1), graphs(max_graphs=1, cyclic=True)))
def test_places_fit_any_graph(graph):
    count = len(graph.node_ids)
    made = layout(count, graph.inputs, graph.outputs, graph.sources, graph.targets)
    is_loop = graph.sources == graph.targets
    assert ((made.rows[made.lower] < made.rows[made.upper]) | is_loop).all()
    is_turned = (made.lower == graph.targets) & (made.upper == graph.sources)
    is_kept = (made.lower == graph.sources) & (made.upper == graph.targets)
    assert (is_turned | is_kept).all()
    assert is_kept.all() or not is_acyclic(graph)
    assert (made.rows[: graph.inputs] == 0).all()
    assert (np.diff(made.depths) >= 0).all()
    for row in range(len(made.depths)):
        beside = np.sort(made.x[made.rows == row])
        assert (np.diff(beside) > NODE).all()
    for edge, route in enumerate(made.routes):
        source, target = made.lower[edge], made.upper[edge]
        assert len(route) == made.rows[target] - made.rows[source] + 1
        assert (route[0], route[-1]) == (made.x[source], made.x[target])
