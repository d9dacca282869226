"""Genomes of the first Picbreeder (Secretan et al. 2008, 2011), written by its client as XML."""

import itertools
import math
from typing import NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from pydantic import ValidationError

from neatfool.encodings.interchange.json_text import Network, build, explained
from neatfool.encodings.interchange.picture import MOST_EDGES, MOST_NODES, Picture, too_large
from neatfool.errors import DataError
from neatfool.images import Canvas

_SIZE = 128
_MOST_TAGS = 12 * (MOST_NODES + MOST_EDGES)  # a link has nine
_REACH = (_SIZE - 1) / _SIZE  # the outermost pixel centres there; here they are at 1
_INPUTS = {"x": _REACH, "y": _REACH, "d": math.sqrt(2) * _REACH, "bias": 1.0}
_FUNCTIONS = {"identity": "identity", "sin": "sine", "cos": "cosine"}
_FUNCTIONS |= {"sigmoid": "sigmoid", "gaussian": "gaussian"}
_GREY = {"ink": "identity"}
_COLOURED = {"hue": "sawtooth", "saturation": "relu", "brightness": "identity"}

_Mark = tuple[str | None, str | None]


class _Node(NamedTuple):
    """A node here; its value there is the value here times a factor, plus a shift."""

    id: int
    activation: str
    bias: float
    factor: float
    shift: float


def from_picbreeder(text: str | bytes) -> Picture:
    """Read a genome of Picbreeder as a picture of 128 x 128 pixels, the size it had there.

    The network paints what Picbreeder painted: inputs of another scale and Gaussians from -1 to 1
    are folded into weights and biases, and a node behind each output does what was done with it
    there: hue goes round, and saturation below zero is none. Two things differ: functions are
    exact, where Picbreeder looked them up in steps of 0.001, and at other sizes x and y still end
    at the outermost pixel centres.

    Returns:
        A picture of one graph: the nodes of the genome and as many more as there are outputs, all
        numbered anew.

    Raises:
        DataError: The text is no such genome, has a document type, or is too large.
    """
    genome = _genome(text)
    found, links = genome.findall("nodes/node"), genome.findall("links/link")
    if len(found) > MOST_NODES or len(links) > MOST_EDGES:
        raise too_large(f"{len(found):,} and {len(links):,}")
    ends = {node.get("label"): _mark(node) for node in found if node.get("type") == "out"}
    outputs = _COLOURED if ends.keys() == _COLOURED.keys() else _GREY
    _require(ends.keys() == outputs.keys(), "outputs ink, or hue, saturation and brightness")

    fixed = len(_INPUTS) + len(outputs)
    nodes = _nodes(found, fixed)
    joins = [(nodes[ends[label]], len(_INPUTS) + at, 1.0) for at, label in enumerate(outputs)]
    joins += [_join(link, nodes, fixed) for link in links]
    functions = dict(enumerate(outputs.values(), len(_INPUTS)))
    functions |= {node.id: node.activation for node in nodes.values() if node.id >= fixed}
    biases = dict.fromkeys(functions, 0.0) | {node.id: node.bias for node in nodes.values()}
    for source, target, weight in joins:
        biases[target] += weight * source.shift
    tree = {
        "format": "neatfool network",
        "version": 1,
        "precision": "float32",
        "inputs": len(_INPUTS),
        "outputs": len(outputs),
        "nodes": [{"id": i, "activation": f, "bias": biases[i]} for i, f in functions.items()],
        "edges": [
            {"innovation": at, "source": a.id, "target": target, "weight": weight * a.factor}
            for at, (a, target, weight) in enumerate(joins)
        ],
    }
    try:
        return Picture(build(Network.model_validate(tree)), Canvas((len(outputs), _SIZE, _SIZE)))
    except ValidationError as error:
        raise explained(error) from None


def _nodes(found: list[Element], first: int) -> dict[_Mark, _Node]:
    """Number nodes: inputs by their labels, all others from ``first``."""
    nodes: dict[_Mark, _Node] = {}
    for node in found:
        mark, label = _mark(node), node.get("label", "")
        _require(mark not in nodes, "a different marking for each node")
        name = (node.findtext("activation") or "").strip().removesuffix("(x)")
        _require(name in _FUNCTIONS, f"functions {', '.join(_FUNCTIONS)}, not {name!r:.60}")
        if node.get("type") == "in":
            _require(label in _INPUTS and name == "identity", "inputs x, y, d and bias as they are")
            place = [*_INPUTS].index(label)
            nodes[mark] = _Node(place, "identity", 0.0, _INPUTS[label], 0.0)
        else:
            bias = _number(node.get("bias", "0"))
            scale = (2.0, -1.0) if name == "gaussian" else (1.0, 0.0)
            nodes[mark] = _Node(first, _FUNCTIONS[name], bias, *scale)
            first += 1
    return nodes


def _join(link: Element, nodes: dict[_Mark, _Node], fixed: int) -> tuple[_Node, int, float]:
    source, target = nodes.get(_mark(link, "source")), nodes.get(_mark(link, "target"))
    if source is None or target is None or target.id < fixed:
        raise _refused("links between nodes of the genome, and none into an input")
    return source, target.id, _number(link.findtext("weight"))


def _genome(text: str | bytes) -> Element:
    """Find the one genome of a document; without a document type there are no entities."""
    builder, parser = TreeBuilder(), expat.ParserCreate("utf-8")
    numbers = itertools.count(1)

    def start(tag: str, attributes: dict[str, str]) -> None:
        if next(numbers) > _MOST_TAGS:
            raise too_large("more tags than that takes")
        builder.start(tag, attributes)

    def refuse(*_: object) -> None:
        raise _refused("XML without a document type")

    parser.StartElementHandler, parser.EndElementHandler = start, builder.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, refuse
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise _refused(f"whole XML, got broken ({error})") from None
    genomes = [*builder.close().iter("genome")]
    _require(len(genomes) == 1, "one genome")
    return genomes[0]


def _mark(gene: Element, tag: str = "marking") -> _Mark:
    """Return what a node is known by: a branch, and a number in it."""
    found = gene.find(tag)
    if found is None:
        raise _refused(f"a {tag} in each node and link")
    return found.get("branch"), found.get("id")


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise _refused(f"a number, not {text!r:.60}") from None


def _require(is_so: bool, expected: str) -> None:
    if not is_so:
        raise _refused(expected)


def _refused(expected: str) -> DataError:
    return DataError(f"this is no genome of Picbreeder: expected {expected}; choose another file")
