"""ES-HyperNEAT: CPPNs also say where the hidden nodes are (Risi and Stanley 2012)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from neatfool.errors import ConfigError
from neatfool.networks import (
    Graphs,
    NetworkPolicy,
    Networks,
    Policy,
    activation_codes,
    compile_graphs,
    execute_each,
)
from neatfool.networks.graph import offsets, reaching
from neatfool.sections.activations import IDENTITY
from neatfool.sections.substrate import (
    EvolvableSettings,
    Positions,
)
from neatfool.substrates.links import check_networks, points_of, single_threaded, weights_of
from neatfool.substrates.quadtree import Cells, Values, centres, find_bands
from neatfool.types import CPU, Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class _Links:
    """Links of all networks, one behind the other.

    Ids count the inputs, then the outputs, then the cells of all depths, row by row.

    Attributes:
        owners: ``(E,)`` the network of each.
        sources: ``(E,)`` ids.
        targets: ``(E,)`` ids.
        weights: ``(E,)`` float32, not 0.
    """

    owners: Ints
    sources: Ints
    targets: Ints
    weights: Floats

    def part(self, which: Bools | Ints) -> "_Links":
        return _Links(
            self.owners[which], self.sources[which], self.targets[which], self.weights[which]
        )

    @classmethod
    def joined(cls, parts: Sequence["_Links"]) -> "_Links":
        return cls(
            np.concatenate([part.owners for part in parts]),
            np.concatenate([part.sources for part in parts]),
            np.concatenate([part.targets for part in parts]),
            np.concatenate([part.weights for part in parts]),
        )


class EvolvableSubstrate:
    """A substrate whose hidden nodes and links are found where the output of a CPPN varies.

    Links go from inputs to the nodes found around them, from those, a few times, to further ones,
    and from hidden nodes to outputs. Those between hidden nodes go downwards, towards greater y, so
    that networks are acyclic. What lies on no path from an input to an output is left out.

    Attributes:
        inputs: Names of the inputs of CPPNs, in order.
        outputs: Outputs a CPPN must have: links; with LEO their expression; with biases those.
        shape: Numbers of inputs and outputs of the networks found.

    Raises:
        ConfigError: There are no inputs or no outputs, or a sheet is of hidden nodes.
    """

    makes = "networks"

    def __init__(self, settings: EvolvableSettings) -> None:
        for sheet in settings.sheets:
            if sheet.role == "hidden":
                raise ConfigError(
                    f"the sheet {sheet.name!r} is of hidden nodes, which an evolvable substrate "
                    "finds by itself: take it out"
                )
        ends = [[s for s in settings.sheets if s.role == role] for role in ("input", "output")]
        for role, sheets in zip(("input", "output"), ends, strict=True):
            if not sheets:
                raise ConfigError(f"the substrate has no sheet of role {role}: give it one")
        self.settings = settings
        self.inputs = settings.links.inputs
        self._has_leo = settings.links.rule == "leo"
        self.outputs = 1 + self._has_leo + settings.links.biases
        self._ends = np.concatenate([s.positions() for side in ends for s in side])
        self.shape = (sum(s.nodes for s in ends[0]), sum(s.nodes for s in ends[1]))
        functions = [s.activation for s in ends[1] for _ in range(s.nodes)]
        hidden = activation_codes([*functions, settings.activation])
        self._codes = np.array([IDENTITY] * self.shape[0] + hidden, np.int16)
        depths = np.arange(settings.quadtree.max_depth + 1)
        self._first_cells = len(self._ends) + (4**depths - 1) // 3  # by depth, from 0
        self._span = int(self._first_cells[-1]) + 4 ** int(depths[-1])  # above all ids

    def express(self, networks: Networks, device: torch.device = CPU) -> Networks:
        """Compile the networks that ``grow`` finds; they run on any device."""
        return compile_graphs(self.grow(networks))

    def policy(self, networks: Networks) -> Policy:
        """Let networks that were found act, on the CPU."""
        return NetworkPolicy(networks)

    @single_threaded()
    def grow(self, networks: Networks) -> Graphs:
        """Find the network that each CPPN describes.

        Hidden nodes at the same place have the same id in all of them, links between the same
        places the same innovation number.

        Args:
            networks: ``P`` compiled CPPNs; each is asked on the CPU where it alone looks.

        Returns:
            ``P`` graphs.

        Raises:
            ShapeError: The networks' inputs or outputs do not fit the substrate.
        """
        check_networks(self.settings.links, networks, self.outputs)
        search = _Search(self, networks)
        owners, (inputs, outputs) = np.arange(len(networks)), self.shape
        found = [search.look(np.repeat(owners, inputs), np.tile(np.arange(inputs), len(owners)))]
        known = np.empty(0, np.int64)
        for _ in range(self.settings.iterations):
            new = np.setdiff1d(found[-1].owners * self._span + found[-1].targets, known)
            known = np.concatenate([known, new])
            links = search.look(new // self._span, new % self._span)
            is_down = self.places(links.targets)[:, 1] > self.places(links.sources)[:, 1]
            found.append(links.part(is_down))
        ends = inputs + np.arange(outputs)
        found.append(
            search.look(np.repeat(owners, outputs), np.tile(ends, len(owners)), reverse=True)
        )
        return self._graphs(_Links.joined(found), search)

    def ids(self, cells: Cells) -> Ints:
        """Return the ids of cells."""
        return self._first_cells[cells.depths] + (cells.rows << cells.depths) + cells.columns

    def places(self, ids: Ints) -> Positions:
        """Return ``(M, 2)`` x and y of inputs, outputs and cells."""
        places = self._ends[np.minimum(ids, len(self._ends) - 1)]
        is_cell = ids >= len(self._ends)
        cells = ids[is_cell]
        depths = np.searchsorted(self._first_cells, cells, side="right") - 1
        cells = cells - self._first_cells[depths]
        places[is_cell, 0] = centres(depths, cells & ((1 << depths) - 1))
        places[is_cell, 1] = centres(depths, cells >> depths)
        return places

    def _graphs(self, links: _Links, search: "_Search") -> Graphs:
        """Make graphs of what lies on a path from an input to an output."""
        count, span, (inputs, outputs) = len(search.networks), self._span, self.shape
        ends = inputs + outputs
        fixed = (np.arange(count)[:, None] * span + np.arange(ends)).reshape(-1)
        bases = links.owners * span
        nodes = np.unique(np.concatenate([fixed, bases + links.sources, bases + links.targets]))
        sources = np.searchsorted(nodes, bases + links.sources)
        targets = np.searchsorted(nodes, bases + links.targets)
        ids = nodes % span
        on_path = reaching((ids >= inputs) & (ids < ends), sources, targets)
        on_path &= reaching(ids < inputs, targets, sources)

        live = np.flatnonzero(on_path[sources] & on_path[targets])
        links = links.part(live[np.lexsort((targets[live], sources[live]))])
        nodes = nodes[on_path | (ids < ends)]
        owners, ids = nodes // span, nodes % span
        node_offsets = offsets(np.bincount(owners, minlength=count))
        first, bases = node_offsets[links.owners], links.owners * span
        return Graphs(
            inputs,
            outputs,
            node_offsets=node_offsets,
            node_ids=ids,
            activations=self._codes[np.minimum(ids, ends)],
            biases=search.biases(owners, ids),
            edge_offsets=offsets(np.bincount(links.owners, minlength=count)),
            sources=np.searchsorted(nodes, bases + links.sources) - first,
            targets=np.searchsorted(nodes, bases + links.targets) - first,
            weights=links.weights,
            enabled=np.ones(len(live), np.bool_),
            innovations=links.sources * span + links.targets,
        )


@dataclass(frozen=True, eq=False)
class _Search:
    """Asks CPPNs around nodes, all networks and all trees together."""

    substrate: EvolvableSubstrate
    networks: Networks

    def look(self, owners: Ints, nodes: Ints, reverse: bool = False) -> _Links:
        """Find the links from nodes, ``(M,)`` ids in ``(M,)`` networks; in reverse, to them."""
        substrate, links = self.substrate, self.substrate.settings.links
        anchors = substrate.places(nodes)

        def ask(depth: int, trees: Ints, columns: Ints, rows: Ints) -> Values:
            cells = np.stack([centres(depth, columns), centres(depth, rows)], axis=1)
            ends = (cells, anchors[trees]) if reverse else (anchors[trees], cells)
            return self._ask(0, owners[trees], *ends)

        cells = find_bands(substrate.settings.quadtree, len(owners), ask)
        found, around, owners = substrate.ids(cells), nodes[cells.trees], owners[cells.trees]
        ends = (found, around) if reverse else (around, found)
        expressed = None
        if links.rule == "leo":
            values = self._ask(1, owners, *(substrate.places(side) for side in ends))
            expressed = torch.from_numpy(values)
        weights = weights_of(links, torch.from_numpy(cells.values).float(), expressed).numpy()
        return _Links(owners, *ends, weights).part(weights != 0)

    def biases(self, owners: Ints, nodes: Ints) -> Floats:
        """Return the biases of nodes, ``(M,)`` ids in ``(M,)`` networks; those of inputs are 0."""
        result = np.zeros(len(nodes), np.float32)
        links = self.substrate.settings.links
        if links.biases:
            computed = np.flatnonzero(nodes >= self.substrate.shape[0])
            places = self.substrate.places(nodes[computed])
            output = self.substrate.outputs - 1
            values = self._ask(output, owners[computed], np.zeros_like(places), places)
            result[computed] = weights_of(links, torch.from_numpy(values).float()).numpy()
        return result

    def _ask(self, output: int, owners: Ints, sources: Positions, targets: Positions) -> Values:
        """Ask one output of networks ``(M,)`` at ``(M, 2)`` places each: ``(M,)`` float64."""
        order = np.argsort(owners, kind="stable")
        ends = (torch.from_numpy(side[order]) for side in (sources, targets))
        bounds = offsets(np.bincount(owners, minlength=len(self.networks)))
        networks = replace(self.networks, outputs=self.networks.outputs[:, [output]].copy())
        asked = execute_each(networks, points_of(self.substrate.settings.links, *ends), bounds)
        values = np.empty(len(owners))
        values[order] = asked[0].nan_to_num_(0.0).clamp_(-1, 1).numpy()
        return values
