"""The indirect encoding: CPPNs that grow (Nguyen et al. 2015, section 3.2; Stanley 2007)."""

from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field, field_validator

from neatfool.encodings import mutate
from neatfool.encodings.encoding import Birth, polynomial_steps
from neatfool.images import Canvas, Colours, Coordinates, Rounding, render
from neatfool.networks import (
    PAPER_ACTIVATIONS,
    Graphs,
    activation_codes,
    choose_executor,
    compile_graphs,
)
from neatfool.networks.activations import IDENTITY
from neatfool.networks.graph import matches, offsets
from neatfool.settings import Settings
from neatfool.types import CPU, Arrays, Floats, Images, Ints, Shape

INPUTS = ("x", "y", "d", "bias")
"""The inputs of every CPPN, in order; d is the distance to the centre, bias is 1."""


class CppnSettings(Settings):
    """Settings of the CPPN encoding; the defaults are those of the paper's released code."""

    kind: Literal["cppn"] = "cppn"
    """Patterns, painted by networks that grow."""
    coordinates: Coordinates = "normalised"
    """x and y over [-1, 1], or raw pixel indices as in the released code."""
    rounding: Rounding = "nearest"
    """Grey level a value becomes: the nearest, or the one below as in the released code."""
    colours: Colours = "hsv"
    """What the three outputs of a network of colours are: hue, saturation and value, or, as in the
    released code, hue, lightness and saturation of 8 bits (hls)."""
    activations: tuple[str, ...] = PAPER_ACTIVATIONS
    """Functions that nodes draw from."""
    weight_range: float = Field(10.0, gt=0, le=1e6)
    """Weights stay within minus and plus this."""
    weight_rate: float = Field(0.1, ge=0, le=1)
    """Chance of each weight to change."""
    weight_mutation: Literal["polynomial", "gaussian"] = "polynomial"
    """How a weight changes."""
    strength: float = Field(15.0, gt=0)
    """Strength (eta) of the polynomial mutation, on the range of weights scaled to [0, 1]."""
    sigma: float = Field(1.0, gt=0, le=1e6)
    """Standard deviation of the gaussian mutation, in units of weights."""
    activation_rate: float = Field(0.1, ge=0, le=1)
    """Chance of each node to draw its function anew."""
    add_edge_rate: float = Field(0.5, ge=0, le=1)
    """Chance of a child to get a new edge."""
    delete_edge_rate: float = Field(0.3, ge=0, le=1)
    """Chance of a child to lose an edge."""
    add_node_rate: float = Field(0.5, ge=0, le=1)
    """Chance of a child to have an edge split by a new node."""
    delete_node_rate: float = Field(0.2, ge=0, le=1)
    """Chance of a child to lose a hidden node and its edges."""
    split: Literal["replace", "disable"] = "replace"
    """What becomes of an edge that a new node splits: it is removed, or disabled as in NEAT."""

    @field_validator("activations")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError("name at least one activation")
        activation_codes(names)
        return names


class Cppn:
    """CPPNs that paint images of one shape."""

    def __init__(self, settings: CppnSettings, shape: Shape, device: torch.device = CPU) -> None:
        self.settings = settings
        self.shape = shape
        self.device = device
        self.executor = choose_executor(torch.empty(0, device=device))
        self.canvas = Canvas(shape, settings.coordinates, settings.rounding, settings.colours)

    @cached_property
    def _codes(self) -> Ints:
        return np.array(activation_codes(self.settings.activations))

    def new(self, count: int, birth: Birth) -> Graphs:
        """Connect every input to every output with random weights; no hidden nodes."""
        inputs, outputs = len(INPUTS), self.canvas.shape[0]
        nodes, edges = inputs + outputs, inputs * outputs
        birth.next_node = max(birth.next_node, nodes)
        ends = np.array([(i, inputs + o) for i in range(inputs) for o in range(outputs)])
        activations = np.full((count, nodes), IDENTITY, np.int16)
        activations[:, inputs:] = birth.random.choice(self._codes, (count, outputs))
        reach = self.settings.weight_range
        return Graphs(
            inputs=inputs,
            outputs=outputs,
            node_offsets=offsets(np.full(count, nodes)),
            node_ids=np.tile(np.arange(nodes), count),
            activations=activations.reshape(-1),
            biases=np.zeros(count * nodes, np.float32),
            edge_offsets=offsets(np.full(count, edges)),
            sources=np.tile(ends[:, 0], count),
            targets=np.tile(ends[:, 1], count),
            weights=birth.random.uniform(-reach, reach, count * edges).astype(np.float32),
            enabled=np.ones(count * edges, np.bool_),
            innovations=np.tile(birth.number_edges(ends), count),
        )

    def vary(self, parents: Graphs, birth: Birth) -> Graphs:
        """Mutate weights and functions, add and delete an edge, add and delete a node, in turn."""
        settings, random = self.settings, birth.random
        weights = mutate.weights(
            parents, settings.weight_rate, settings.weight_range, self._steps, random
        )
        activations = mutate.activations(parents, self._codes, settings.activation_rate, random)
        children = parents.changed(weights=weights, activations=activations)

        def some(rate: float) -> Ints:
            return np.flatnonzero(random.random(len(children)) < rate)

        children = mutate.add_edges(
            children, some(settings.add_edge_rate), settings.weight_range, birth
        )
        children = mutate.delete_edges(children, some(settings.delete_edge_rate), random)
        children = mutate.add_nodes(
            children, some(settings.add_node_rate), self._codes, settings.split, birth
        )
        return mutate.delete_nodes(children, some(settings.delete_node_rate), random)

    def _steps(self, random: np.random.Generator, count: int) -> Floats:
        """Draw changes of weights."""
        if self.settings.weight_mutation == "gaussian":
            return random.standard_normal(count, np.float32) * np.float32(self.settings.sigma)
        draws = torch.from_numpy(random.random(count, dtype=np.float32))
        steps = polynomial_steps(draws, self.settings.strength)
        return (steps * (2 * self.settings.weight_range)).numpy()

    def cross(self, first: Graphs, second: Graphs, birth: Birth) -> Graphs:
        """Keep the first parents' structure; take matching genes from either parent at random.

        Edges match by innovation number, nodes by id. The child's structure is the first
        parent's, so it is acyclic.
        """
        edges = matches(
            first.edge_offsets, first.innovations, second.edge_offsets, second.innovations
        )
        nodes = matches(first.node_offsets, first.node_ids, second.node_offsets, second.node_ids)
        taken_edges = np.flatnonzero((edges >= 0) & (birth.random.random(len(edges)) < 0.5))
        taken_nodes = np.flatnonzero((nodes >= 0) & (birth.random.random(len(nodes)) < 0.5))
        mixed: dict[str, Any] = {}
        for name in ("weights", "enabled"):
            mixed[name] = getattr(first, name).copy()
            mixed[name][taken_edges] = getattr(second, name)[edges[taken_edges]]
        theirs = second.node_arrays()
        for name in theirs.keys() & first.node_arrays().keys() - {"node_ids"}:
            mixed[name] = getattr(first, name).copy()
            mixed[name][taken_nodes] = theirs[name][nodes[taken_nodes]]
        return first.changed(**mixed)

    def express(self, genomes: Graphs) -> Images:
        """Compile the graphs and let each paint the canvas."""
        return render(compile_graphs(genomes), self.canvas, self.device)

    def from_arrays(self, arrays: Arrays) -> Graphs:
        """Undo ``Graphs.arrays``."""
        return Graphs.from_arrays(arrays)
