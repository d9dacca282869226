"""Genomes of the first Picbreeder (Secretan et al. 2008, 2011), written as XML.

Its client wrote one genome, or a storage of several generations. CPPN-X (Huizinga 2013, its viewer
and editor) writes the same with an element of its own, ``cppn-data``, before the first one or in
it, and knows more functions: ``CE_ActivationFunctions.cpp`` of JoostHuizinga/cppnx has them all.
"""

import itertools
import math
import re
from typing import NamedTuple, TypeVar
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from pydantic import ValidationError

from neatfool.encodings.interchange.json_text import NetworkJson, build, explained
from neatfool.encodings.interchange.picture import MOST_EDGES, MOST_NODES, Picture, too_large
from neatfool.errors import DataError
from neatfool.images import Canvas

_SIZE = 128
_MOST_TAGS = 12 * (MOST_NODES + MOST_EDGES)  # a link has nine
_REACH = (_SIZE - 1) / _SIZE  # the outermost pixel centres there; here they are at 1
_INPUTS = {"x": _REACH, "y": _REACH, "d": math.sqrt(2) * _REACH, "bias": 1.0}
_GREY = {"ink": "identity"}
_COLOURED = {"hue": "sawtooth", "saturation": "relu", "brightness": "identity"}

_PROLOGUE = re.compile(r"\s*(<\?xml\b[^>]*\?>)?")

T = TypeVar("T")
_Mark = tuple[str | None, str | None]


class _Function(NamedTuple):
    """``f(p)`` there is ``factor * g(gain * p + offset) + shift`` here, ``g`` the activation."""

    activation: str
    factor: float = 1.0
    shift: float = 0.0
    gain: float = 1.0
    offset: float = 0.0


_FUNCTIONS = {
    "identity": _Function("identity"),
    "sin": _Function("sine"),
    "cos": _Function("cosine"),
    "sigmoid": _Function("sigmoid"),  # 2 / (1 + exp(-p)) - 1
    "gaussian": _Function("gaussian", 2.0, -1.0),  # 2 exp(-p²) - 1
    "tanh": _Function("tanh"),  # this and those below: of CPPN-X
    "step": _Function("step"),  # 1 if p > 0 else 0
    "usigmoid": _Function("sigmoid", 0.5, 0.5),  # 1 / (1 + exp(-p))
    "ugaussian": _Function("gaussian"),  # exp(-p²)
    "ublin": _Function("clamped", 0.5, 0.5, 2.0, -1.0),  # p, from 0 to 1
}


class _Node(NamedTuple):
    """A node here, and how its function there follows from the one here."""

    id: int
    bias: float
    function: _Function


def from_picbreeder(text: str | bytes, genome: int | None = None) -> Picture:
    """Read a genome of Picbreeder as a picture of 128 x 128 pixels, the size it had there.

    The network paints what Picbreeder painted: inputs of another scale and functions of another
    range are folded into weights and biases, and a node behind each output does what was done with
    it there: hue goes round, and saturation below zero is none. Two things differ: functions are
    exact, where Picbreeder looked them up in steps of 0.001, and at other sizes x and y still end
    at the outermost pixel centres.

    Args:
        text: A file of Picbreeder or CPPN-X.
        genome: Which one, from 1 in the order of the file; none: it has to be the only one.

    Returns:
        A picture of one graph: the nodes of the genome and as many more as there are outputs, all
        numbered anew.

    Raises:
        DataError: The text is no such genome, has a document type, is too large, or holds several.
    """
    return _picture(chosen(_genomes(text), genome))


def all_of_picbreeder(text: str | bytes) -> list[Picture]:
    """Read all genomes of a file of Picbreeder, in its order, as ``from_picbreeder`` does."""
    return [_picture(genome) for genome in _genomes(text)]


def chosen(found: list[T], place: int | None) -> T:
    """Choose the only one of a file, or the one that is wanted, from 1.

    Raises:
        DataError: There are several, or there is no such one.
    """
    if place is None and len(found) > 1:
        raise DataError(
            f"expected one genome, got a file of {len(found):,}: choose one by its place, "
            "--genome 1 for the first"
        )
    if place is not None and not 1 <= place <= len(found):
        raise DataError(f"expected a genome from 1 to {len(found):,}, got {place}: choose another")
    return found[(place or 1) - 1]


def _picture(genome: Element) -> Picture:
    """Turn a genome into a picture."""
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
    inner = [node for node in nodes.values() if node.id >= fixed]
    functions |= {node.id: node.function.activation for node in inner}
    biases = dict.fromkeys(functions, 0.0) | {node.id: node.bias for node in nodes.values()}
    for source, target, weight in joins:
        biases[target] += weight * source.function.shift
    tree = {
        "format": "neatfool network",
        "version": 1,
        "precision": "float32",
        "inputs": len(_INPUTS),
        "outputs": len(outputs),
        "nodes": [{"id": i, "activation": f, "bias": biases[i]} for i, f in functions.items()],
        "edges": [
            {"innovation": at, "source": a.id, "target": b, "weight": weight * a.function.factor}
            for at, (a, b, weight) in enumerate(joins)
        ],
    }
    try:
        return Picture(
            build(NetworkJson.model_validate(tree)), Canvas((len(outputs), _SIZE, _SIZE))
        )
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
            nodes[mark] = _Node(place, 0.0, _Function("identity", _INPUTS[label]))
        else:
            function, bias = _FUNCTIONS[name], _number(node.get("bias", "0"))
            nodes[mark] = _Node(first, function.gain * bias + function.offset, function)
            first += 1
    return nodes


def _join(link: Element, nodes: dict[_Mark, _Node], fixed: int) -> tuple[_Node, int, float]:
    source, target = nodes.get(_mark(link, "source")), nodes.get(_mark(link, "target"))
    if source is None or target is None or target.id < fixed:
        raise _refused("links between nodes of the genome, and none into an input")
    return source, target.id, _number(link.findtext("weight")) * target.function.gain


def _genomes(text: str | bytes) -> list[Element]:
    """Find the genomes of a document, which may have several roots, one after the other.

    Therefore it is read as what is within one element. There can be no document type, and without
    one there are no entities.
    """
    try:
        text = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise _refused(f"whole XML, got broken ({error!s:.100})") from None
    _require("<!DOCTYPE" not in text, "XML without a document type")
    builder, parser = TreeBuilder(), expat.ParserCreate("utf-8")
    numbers = itertools.count(1)

    def start(tag: str, attributes: dict[str, str]) -> None:
        if next(numbers) > _MOST_TAGS:
            raise too_large("more tags than that takes")
        builder.start(tag, attributes)

    parser.StartElementHandler, parser.EndElementHandler = start, builder.end
    parser.CharacterDataHandler = builder.data
    try:
        for part in ("<all>", _PROLOGUE.sub("", text, count=1), "</all>"):
            parser.Parse(part, False)
        parser.Parse("", True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise _refused(f"whole XML, got broken ({error})") from None
    genomes = [*builder.close().iter("genome")]
    _require(bool(genomes), "a genome")
    return genomes


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
