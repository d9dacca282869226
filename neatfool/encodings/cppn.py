"""The indirect encoding: CPPNs that grow (Nguyen et al. 2015, section 3.2; Stanley 2007)."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch

from neatfool.encodings import mutate
from neatfool.encodings.encoding import Encoding, polynomial_steps
from neatfool.encodings.genomes import Birth
from neatfool.encodings.medium import Bare, Medium, Phenotypes
from neatfool.encodings.start import hidden_counts, joined, most_hidden, pairs, reaches
from neatfool.errors import ConfigError
from neatfool.images import BRIGHTNESS, Canvas
from neatfool.networks import (
    Graphs,
    activation_codes,
    choose_executor,
    compile_graphs,
)
from neatfool.networks.alignment import distances, matches
from neatfool.networks.graph import offsets
from neatfool.networks.morph import morph
from neatfool.sections.activations import IDENTITY
from neatfool.sections.encoding import CppnSettings
from neatfool.sections.neat import Compatibility
from neatfool.substrates import Substrate, locality_seed
from neatfool.types import CPU, Arrays, Bools, Floats, Images, Ints


class Cppn(Encoding[Graphs]):
    """Networks that grow, expressed through a medium.

    On a canvas they paint images; over a substrate they are the CPPNs of HyperNEAT; bare, they are
    the networks of NEAT.
    """

    Settings = CppnSettings
    draws_on_device = False
    can_breed = True
    settings: CppnSettings

    def __init__(self, settings: CppnSettings, medium: Medium, device: torch.device = CPU) -> None:
        super().__init__(settings, medium, device)
        dynamics = settings.structure.dynamics
        if dynamics != "forward" and not isinstance(medium, Bare):
            raise ConfigError(
                f"encoding.structure.dynamics {dynamics} is for networks that act themselves, and "
                "those of this task are asked for a picture or for links: set it to forward"
            )
        self.executor = choose_executor(torch.empty(0, device=device))

    @classmethod
    def build(cls, settings: CppnSettings, medium: Medium, device: torch.device) -> "Cppn":
        """Paint as the settings say, where networks paint."""
        if isinstance(medium, Canvas):
            medium = replace(medium, **dict(settings.canvas))
        return cls(settings, medium, device)

    @cached_property
    def _codes(self) -> Ints:
        return np.array(activation_codes(self.settings.activations))

    @property
    def _whole_bias(self) -> int | None:
        """The position of the bias, where its edges are not split; -1 where there is no bias."""
        if self.settings.structure.split_choice == "any":
            return None
        return -1 if self._bias is None else self._bias

    @property
    def _bias(self) -> int | None:
        """The position of the bias among the inputs, where there is one."""
        return self.medium.inputs.index("bias") if "bias" in self.medium.inputs else None

    @property
    def _is_cyclic(self) -> bool:
        return self.settings.structure.dynamics != "forward"

    @property
    def _reach(self) -> float:
        return self.settings.start_range or self.settings.weight_range

    def new(self, count: int, birth: Birth) -> Graphs:
        """Join nodes as the settings say, with random weights."""
        structure, random = self.settings.structure, birth.random
        inputs, outputs = len(self.medium.inputs), self.medium.outputs
        nodes = inputs + outputs + hidden_counts(structure, count, random)
        most = most_hidden(structure)  # whoever drew: numbers mean the same in every batch
        birth.next_node = max(birth.next_node, inputs + outputs + most)
        ends = pairs(structure, inputs, outputs, most, self._bias)
        innovations = birth.number_edges(ends)
        share = structure.start_links if structure.start == "random" else None
        networks, places = joined(ends, nodes, share, random)
        bounds = offsets(nodes)
        node_ids = np.arange(bounds[-1]) - np.repeat(bounds[:-1], nodes)
        reach = reaches(structure, self._reach, ends, inputs, outputs)[places]
        start = Graphs(
            inputs=inputs,
            outputs=outputs,
            node_offsets=bounds,
            node_ids=node_ids,
            activations=self._first_activations(node_ids, count, random),
            biases=np.zeros(len(node_ids), np.float32),
            edge_offsets=np.searchsorted(networks, np.arange(count + 1)),
            sources=ends[places, 0],
            targets=ends[places, 1],
            weights=random.uniform(-reach, reach).astype(np.float32),
            enabled=np.ones(len(places), np.bool_),
            innovations=innovations[places],
        )
        return self._local(start, birth)

    def _first_activations(
        self, node_ids: Ints, count: int, random: np.random.Generator
    ) -> npt.NDArray[np.int16]:
        """Draw functions of outputs and hidden nodes."""
        inputs, outputs = len(self.medium.inputs), self.medium.outputs
        activations = np.full(len(node_ids), IDENTITY, np.int16)
        is_output = (node_ids >= inputs) & (node_ids < inputs + outputs)
        is_hidden = node_ids >= inputs + outputs
        if self.settings.output_activation is None:
            activations[is_output] = random.choice(self._codes, count * outputs)
        else:
            activations[is_output] = activation_codes([self.settings.output_activation])[0]
        activations[is_hidden] = random.choice(self._codes, int(is_hidden.sum()))
        return activations

    def _local(self, start: Graphs, birth: Birth) -> Graphs:
        """Seed networks over a substrate with locality, where its links ask for that."""
        medium = self.medium
        if not isinstance(medium, Substrate) or medium.settings.links.locality is None:
            return start
        counters = birth.next_node, birth.next_innovation
        seeded = locality_seed(start, medium, *counters, medium.settings.links.locality)
        birth.next_node = int(seeded.node_ids.max()) + 1
        birth.next_innovation = int(seeded.innovations.max()) + 1
        return seeded

    def vary(self, parents: Graphs, birth: Birth) -> Graphs:
        """Mutate weights and functions, add and delete an edge, add and delete a node, in turn."""
        settings, random = self.settings, birth.random
        birth.shares_numbers = settings.structure.innovations == "shared"
        fixed = parents.inputs + parents.outputs * (settings.output_activation is not None)
        opened = self._opened(parents)
        children = parents.changed(
            fitness=None,
            weights=self._changed_weights(parents, random, opened),
            activations=mutate.activations(
                parents, self._codes, settings.activation_rate, fixed, random, opened
            ),
        )

        def some(rate: float) -> Ints:
            return np.flatnonzero(random.random(len(children)) < rate)

        structure = settings.structure
        if structure.function_rate:
            which = some(structure.function_rate)
            children = mutate.one_function(children, which, self._codes, fixed, random, opened)
        extended, parallel = some(structure.add_edge_rate), structure.parallel_edges
        children = mutate.add_edges(
            children, extended, self._draw, parallel, birth, opened, self._is_cyclic
        )
        opened = self._opened(children)
        children = mutate.delete_edges(children, some(structure.delete_edge_rate), random, opened)
        split, opened = some(structure.add_node_rate), self._opened(children)
        children = self._split(children, split, birth, opened)
        opened = self._opened(children)
        return mutate.delete_nodes(children, some(structure.delete_node_rate), random, opened)

    def _split(self, graphs: Graphs, which: Ints, birth: Birth, opened: Bools | None) -> Graphs:
        """Split an edge of each of some graphs."""
        how, newest = self.settings.structure.split, birth.next_node
        known = "disable" if how == "random" else how
        graphs = mutate.add_nodes(
            graphs, which, self._codes, known, birth, self._whole_bias, opened
        )
        if how != "random":
            return graphs
        begins = np.repeat(graphs.node_offsets[:-1], graphs.edge_counts)
        is_new = graphs.node_ids >= newest
        halves = is_new[begins + graphs.sources] | is_new[begins + graphs.targets]
        weights = graphs.weights.copy()
        weights[halves] = self._draw(birth.random, int(halves.sum()))
        return graphs.changed(weights=weights)

    def _opened(self, graphs: Graphs) -> Bools | None:
        """Mark the nodes that mutations may change, where they may not change all."""
        if self.settings.focus == "both" or graphs.outputs != 3:
            return None
        brightness = BRIGHTNESS[self.settings.canvas.colours]
        structure = mutate.leading_to(graphs, graphs.node_offsets[:-1] + graphs.inputs + brightness)
        return structure if self.settings.focus == "structure" else ~structure

    def _changed_weights(
        self, parents: Graphs, random: np.random.Generator, opened: Bools | None
    ) -> Floats:
        """Change some weights of some parents, by steps or by drawing anew."""
        settings, weights = self.settings, parents.weights.copy()
        chosen = random.random(len(weights), dtype=np.float32) < settings.weight_rate
        if settings.weights_rate < 1:
            concerned = random.random(len(parents)) < settings.weights_rate
            chosen &= np.repeat(concerned, parents.edge_counts)
        if opened is not None:
            chosen &= opened[mutate.targets_of(parents)]
        places, reach = np.flatnonzero(chosen), settings.weight_range
        stepped = weights[places] + self._steps(random, len(places))
        stepped = np.minimum(np.maximum(stepped, -reach), reach)
        if settings.weight_replace_rate:
            anew = random.random(len(places)) < settings.weight_replace_rate
            stepped[anew] = self._draw(random, int(anew.sum()))
        weights[places] = stepped
        return weights

    def _steps(self, random: np.random.Generator, count: int) -> Floats:
        """Draw changes of weights."""
        settings = self.settings
        if settings.weight_mutation == "gaussian":
            return random.standard_normal(count, np.float32) * np.float32(settings.sigma)
        draws = random.random(count, dtype=np.float32)
        if settings.weight_mutation == "uniform":
            return (2 * draws - 1) * np.float32(settings.sigma)
        steps = polynomial_steps(torch.from_numpy(draws), settings.strength)
        return (steps * (2 * settings.weight_range)).numpy()

    def _draw(self, random: np.random.Generator, count: int) -> Floats:
        """Draw weights of new edges."""
        return random.uniform(-self._reach, self._reach, count).astype(np.float32)

    def cross(self, first: Graphs, second: Graphs, birth: Birth) -> Graphs:
        """Keep the first parents' structure; take matching genes from either parent at random.

        Edges match by innovation number, nodes by id. An edge disabled in either parent is
        disabled in three children of four. The child's structure is the first parent's, so it has
        no other cycles (Stanley and Miikkulainen 2002, section 3.2).
        """
        edges = matches(
            first.edge_offsets, first.innovations, second.edge_offsets, second.innovations
        )
        nodes = matches(first.node_offsets, first.node_ids, second.node_offsets, second.node_ids)
        taken_edges = np.flatnonzero((edges >= 0) & (birth.random.random(len(edges)) < 0.5))
        taken_nodes = np.flatnonzero((nodes >= 0) & (birth.random.random(len(nodes)) < 0.5))
        mixed: Arrays = {}
        mixed["weights"] = first.weights.copy()
        mixed["weights"][taken_edges] = second.weights[edges[taken_edges]]
        mixed["enabled"] = first.enabled.copy()
        shared = np.flatnonzero(edges >= 0)
        off = shared[~(first.enabled[shared] & second.enabled[edges[shared]])]
        mixed["enabled"][off] = birth.random.random(len(off)) >= 0.75
        theirs = second.node_arrays()
        for name in theirs.keys() & first.node_arrays().keys() - {"node_ids"}:
            mixed[name] = getattr(first, name).copy()
            mixed[name][taken_nodes] = theirs[name][nodes[taken_nodes]]
        return first.changed(fitness=None, **mixed)

    def distance(self, first: Graphs, second: Graphs, compatibility: Compatibility) -> Floats:
        """Compare edges, aligned by their innovation numbers."""
        return distances(first, second, compatibility.coefficients)

    def express(self, genomes: Graphs) -> Phenotypes:
        """Compile the graphs and hand them to the medium."""
        structure = self.settings.structure
        networks = compile_graphs(genomes, structure.dynamics, structure.time_step)
        return self.medium.express(networks, self.device)

    def pull(self, genomes: Graphs, gradients: torch.Tensor) -> Floats:
        """Pull gradients back through the networks to their weights.

        Raises:
            ConfigError: They do not paint.
        """
        if not isinstance(self.medium, Canvas):
            return super().pull(genomes, gradients)
        numbered = genomes.changed(weights=np.arange(len(genomes.weights), dtype=np.float64))
        networks = compile_graphs(numbered)
        places = networks.weights.astype(np.int64)
        networks = replace(networks, weights=genomes.weights[places])
        found = np.zeros_like(genomes.weights)
        found[places] = self.medium.pull(networks, gradients).cpu().numpy()
        return found

    def between(self, first: Graphs, second: Graphs, steps: Floats) -> Images:
        """Let networks go into one another."""
        return self.express(morph(first, second, steps))

    def from_arrays(self, arrays: Arrays) -> Graphs:
        """Undo ``Graphs.arrays``."""
        return Graphs.from_arrays(arrays)
