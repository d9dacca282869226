"""Genomes of Picbreeder paint what a slow reading of them paints."""

import colorsys
import math
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neatfool.encodings.interchange import (
    Picture,
    from_picbreeder,
    read_picture,
    read_pictures,
)
from neatfool.errors import DataError
from neatfool.images import render, to_levels
from neatfool.networks import compile_graphs
from neatfool.types import CPU
from tests.strategies import assert_valid

INPUTS = ("x", "y", "d", "bias")
FUNCTIONS = {
    "identity": lambda p: p,
    "sin": math.sin,
    "cos": math.cos,
    "sigmoid": lambda p: 2 / (1 + math.exp(-p)) - 1,
    "gaussian": lambda p: 2 * math.exp(-p * p) - 1,
    "tanh": math.tanh,
    "step": lambda p: 1.0 if p > 0 else 0.0,
    "usigmoid": lambda p: 1 / (1 + math.exp(-p)),
    "ugaussian": lambda p: math.exp(-p * p),
    "ublin": lambda p: min(max(p, 0.0), 1.0),
}
OUTPUTS = {1: ("ink",), 3: ("hue", "saturation", "brightness")}


def written(nodes: list[tuple], links: list[tuple]) -> str:
    """Write nodes (label, type, function, bias) and links (source, target, weight) as XML."""
    genes = [
        f'<node affinity="grey" bias="{bias[0] if bias else 0.0}" label="{label}" type="{kind}">'
        f'<marking branch="576" id="{number}"/><activation>{function}(x)</activation>'
        '<color-label id="0"/><position x="1" y="2"/><text></text></node>'
        for number, (label, kind, function, *bias) in enumerate(nodes)
    ]
    joins = [
        f'<link><marking branch="576" id="{100 + number}"/><source branch="576" id="{source}"/>'
        f'<target branch="576" id="{target}"/><weight>{weight!r}</weight><text>""</text></link>'
        for number, (source, target, weight) in enumerate(links)
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<!-- <cppn-data/> -->\n'
        '<data version="1.0"><genome age="1" phenotype="grey"><identifier branch="576" id="289"/>'
        f'<parents count="0"/><nodes count="{len(genes)}">{"".join(genes)}</nodes>'
        f'<links count="{len(joins)}">{"".join(joins)}</links></genome></data>'
    )


def painted(text: str, row: int, column: int) -> list[float]:
    """Paint one pixel, node by node: red, green and blue, or grey, in [0, 1]."""
    genome = ElementTree.fromstring(text).find("genome")
    nodes = {node.find("marking").get("id"): node for node in genome.iter("node")}
    x, y = (2 * column - 127) / 128, (2 * row - 127) / 128
    inputs = {"x": x, "y": y, "d": math.sqrt(2) * math.sqrt(x * x + y * y), "bias": 1.0}

    def value(number: str) -> float:
        node = nodes[number]
        if node.get("type") == "in":
            return inputs[node.get("label")]
        total = float(node.get("bias"))
        for link in genome.iter("link"):
            if link.find("target").get("id") == number:
                total += float(link.findtext("weight")) * value(link.find("source").get("id"))
        return FUNCTIONS[node.findtext("activation")[:-3]](total)

    ends = {n.get("label"): value(i) for i, n in nodes.items() if n.get("type") == "out"}
    if "ink" in ends:
        return [min(abs(ends["ink"]), 1)]
    saturation, brightness = max(0, min(1, ends["saturation"])), min(1, abs(ends["brightness"]))
    return list(colorsys.hsv_to_rgb(ends["hue"] % 1, saturation, brightness))


def levels_of(picture: Picture) -> np.ndarray:
    return to_levels(render(compile_graphs(picture.graphs), picture.canvas, CPU))[0]


@st.composite
def genomes(draw: st.DrawFn) -> str:
    """Draw a genome; outputs may be sources, as brightness often is."""
    outputs = draw(st.sampled_from(list(OUTPUTS.values())))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    labels = draw(st.lists(st.sampled_from(INPUTS), unique=True))
    hidden = draw(st.integers(0, 4))
    later = [(label, "out") for label in outputs] + [("", "hidden")] * hidden
    random.shuffle(later)
    nodes = [(label, "in", "identity") for label in labels] + [
        (label, kind, random.choice([*FUNCTIONS]), round(random.uniform(-1, 1), 3))
        for label, kind in later
    ]
    links = []
    for _ in range(draw(st.integers(0, 12)) if len(nodes) > 1 else 0):
        target = random.integers(max(len(labels), 1), len(nodes))
        links.append((random.integers(target), target, float(random.uniform(-1, 1))))
    random.shuffle(links)
    return written(nodes, links)


@settings(max_examples=60)
@given(genomes(), st.lists(st.tuples(*[st.integers(0, 127)] * 2), min_size=1, max_size=4))
def test_genomes_paint_what_picbreeder_painted(text: str, pixels: list) -> None:
    picture = read_picture(text.encode())

    assert_valid(picture.graphs)
    levels = levels_of(picture)
    for row, column in pixels:
        expected = 255 * np.array(painted(text, row, column))
        assert np.abs(levels[:, row, column] - expected).max() <= 0.51


def test_hue_goes_round_and_negative_saturation_is_none() -> None:
    ends = [("hue", "out", "identity"), ("saturation", "out", "identity")]
    nodes = [("bias", "in", "identity"), *ends, ("brightness", "out", "identity")]

    def colour(hue: float, saturation: float, brightness: float) -> list[int]:
        links = [(0, 1, hue), (0, 2, saturation), (0, 3, brightness)]
        return levels_of(from_picbreeder(written(nodes, links)))[:, 5, 5].tolist()

    assert colour(-1 / 3, 1, 1) == colour(2 / 3, 1, 1) == colour(5 / 3, 9, -9) == [0, 0, 255]
    assert colour(0, -1, 0.6) == [153, 153, 153]


NODES = [("x", "in", "identity"), ("ink", "out", "gaussian"), ("", "hidden", "sin")]
LINKS = [(0, 2, 1.5), (2, 1, -0.5)]
GOOD = written(NODES, LINKS)


def test_the_nodes_of_a_genome_are_kept() -> None:
    picture = from_picbreeder(GOOD)

    assert picture.canvas.shape == (1, 128, 128)
    assert len(picture.graphs.node_ids) == 4 + 1 + 2  # all inputs, the new output, two of three
    assert len(picture.graphs.weights) == len(LINKS) + 1
    stored = GOOD.replace("<genome", '<storage name="0"><generation><genome', 1)
    stored = stored.replace("</genome>", "</genome></generation></storage>")
    assert np.array_equal(levels_of(read_picture(stored.encode())), levels_of(picture))


OWN = '<cppn-data version="1.2"/>'
FORMS = {
    "before": GOOD.replace("<data", f"{OWN}\n<data", 1),
    "within": GOOD.replace("<genome", f"{OWN}<genome", 1),
    "behind": GOOD + OWN,
    "with an end": GOOD.replace("<data", '<cppn-data version="1.0"></cppn-data><data', 1),
    "others as well": GOOD.replace("<data", f"<!-- a -->{OWN}<other>text</other><data", 1),
    "without a declaration": OWN + GOOD[GOOD.index("<data") :],
    "with a mark": "\ufeff" + GOOD.replace("<data", f"{OWN}<data", 1),
    "lines of windows": GOOD.replace("<data", f"{OWN}<data", 1).replace("\n", "\r\n"),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_files_of_several_roots_are_read(text: str) -> None:
    assert np.array_equal(levels_of(read_picture(text.encode())), levels_of(from_picbreeder(GOOD)))


def stored(*genomes: str) -> str:
    """Put genomes into a storage, one for each generation."""
    inner = [text[text.index("<genome") : text.index("</data>")] for text in genomes]
    each = [
        f'<generation number="{at}" size="1">{one}</generation>' for at, one in enumerate(inner)
    ]
    storage = f'<storage maximum="{len(inner)}" minimum="0" name="0">{"".join(each)}</storage>'
    return f'<?xml version="1.0"?>\n{OWN}\n<data version="1.0">{storage}</data>'


def test_a_storage_of_several_genomes_is_chosen_from() -> None:
    ink, hue = written(NODES, [(0, 1, 1.0)]), written([(o, "out", "sin") for o in OUTPUTS[3]], [])
    texts = [GOOD, ink, hue]
    data = stored(*texts).encode()

    everything = read_pictures(data)
    assert [len(picture.graphs) for picture in everything] == [1, 1, 1]
    for place, text in enumerate(texts):
        expected = levels_of(from_picbreeder(text))
        assert np.array_equal(levels_of(everything[place]), expected)
        assert np.array_equal(levels_of(read_picture(data, place + 1)), expected)
    assert np.array_equal(levels_of(read_picture(stored(GOOD).encode())), levels_of(everything[0]))
    with pytest.raises(DataError, match="a file of 3: choose one by its place, --genome 1"):
        read_picture(data)
    for place in (0, 4, -1):
        with pytest.raises(DataError, match=f"from 1 to 3, got {place}"):
            read_picture(data, place)


LAUGHS = '<!DOCTYPE data [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
BAD = {
    "cut": (GOOD[:-20], "whole XML, got broken"),
    "empty": ("<", "whole XML, got broken"),
    "entity": (GOOD.replace("<text>", "<text>&lol;", 1), "broken .undefined entity"),
    "document type": (GOOD.replace("<data", LAUGHS + "<data", 1), "XML without a document type"),
    "no genome": ("<data/>", "expected a genome"),
    "two genomes": (f"<data>{'<genome/>' * 2}</data>", "a file of 2: choose one .* --genome 1"),
    "no nodes": ("<genome/>", "outputs ink, or hue"),
    "a page": ("<html><body>hello</body></html>", "expected a genome"),
    "one colour": (written([("hue", "out", "sin")], []), "outputs ink, or hue"),
    "an unknown output": (written([("red", "out", "sin")], []), "outputs ink, or hue"),
    "an unknown input": (written([("z", "in", "identity"), NODES[1]], []), "inputs x, y, d"),
    "a bent input": (written([("x", "in", "sin"), NODES[1]], []), "as they are"),
    "an unknown function": (written([("ink", "out", "eval")], []), "not 'eval'"),
    "a link to nowhere": (written(NODES, [(0, 9, 1.0)]), "links between nodes"),
    "a link from nowhere": (written(NODES, [(9, 1, 1.0)]), "links between nodes"),
    "a link to an input": (written(NODES, [(1, 0, 1.0)]), "none into an input"),
    "a cycle": (written(NODES, [(2, 2, 1.0)]), "no cycle"),
    "no weight": (GOOD.replace("<weight>1.5</weight>", ""), "a number, not None"),
    "an empty weight": (GOOD.replace(">1.5<", "><"), "a number, not ''"),
    "not a number": (GOOD.replace(">1.5<", ">nan<"), "finite number"),
    "infinite": (GOOD.replace(">1.5<", ">1e999<"), "finite number"),
    "too large": (GOOD.replace(">1.5<", ">1e300<"), "within float32"),
    "a bias in words": (GOOD.replace('bias="0.0"', 'bias="some"'), "a number, not 'some'"),
    "no marking": (GOOD.replace('<marking branch="576" id="0"/>', ""), "a marking in each"),
    "no source": (GOOD.replace('<source branch="576" id="0"/>', ""), "a source in each"),
    "a marking twice": (GOOD.replace('id="1"/>', 'id="0"/>', 1), "a different marking"),
    "many nodes": (written([NODES[1]] + [NODES[2]] * 4096, []), "got 4,097 and 0"),
    "many links": (written(NODES, [(0, 1, 1.0)] * 16385), "got 3 and 16,385"),
    "nearly too many": (written([NODES[1]] + [NODES[2]] * 4094, []), "got 4,100 and 1"),
    "many tags": ("<genome>" + "<a/>" * 900_000 + "</genome>", "more tags"),
    "deep": ("<a>" * 450_000 + "</a>" * 450_000, "more tags"),
    "as deep as may be": ("<a>" * 240_000 + "</a>" * 240_000, "a genome"),
    "an external document": ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "a document type"),
    "many attributes": ("<a " + " ".join(f'a{i}=""' for i in range(300_000)) + "/>", "a genome"),
    "not utf-8": (b"<data>\xff</data>", "whole XML, got broken"),
    "utf-16": ((LAUGHS + "<data>&b;</data>").encode("utf-16-le"), "whole XML, got broken"),
    "utf-16, it says": (b'<?xml version="1.0" encoding="utf-16"?><data/>', "a genome"),
    "utf-7, it says": (b'<?xml version="1.0" encoding="utf-7"?>+ADw-<data/>', "a genome"),
    "two declarations": (GOOD.replace("<data", "<?xml version='1.0'?><data", 1), "broken"),
    "a tag that closes all": (f"<data/></all><all>{GOOD[GOOD.index('<data') :]}", "broken"),
    "a second root with a type": ("<cppn-data/>" + LAUGHS + "<data/>", "without a document type"),
    "nul": (b"<data>\0</data>", "whole XML, got broken"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_what_is_no_genome_is_refused(text: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_picture(text if isinstance(text, bytes) else text.encode())

    assert len(str(caught.value)) < 500
