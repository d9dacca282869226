"""Genomes of neat-python as arrays, written without anything large."""

from collections.abc import Mapping
from typing import TypeAlias

import neat
import numpy as np
from neat.activations import ActivationFunctionSet
from neat.aggregations import AggregationFunctionSet

from neatfool.errors import ConfigError
from neatfool.sections.neat import StockSettings
from neatfool.types import Arrays

_TAUGHT = "neatfool.encodings.neat.functions"


FunctionTable: TypeAlias = dict[str, tuple[int, bool]]
"""By name, the position of each function, and whether it is the script's own."""


class GeneTables:
    """Writes genomes as arrays; functions by their positions in lists of names.

    Attributes:
        input_keys: Of the inputs, in order.
        output_keys: Of the outputs, likewise.
        functions: Positions of activations.
        aggregations: Likewise.
        is_written: The settings on disk name all of them.
    """

    def __init__(self, config: neat.Config) -> None:
        genes = config.genome_config
        self.input_keys = [-1 - place for place in range(genes.num_inputs)]
        self.output_keys = [*range(genes.num_outputs)]
        theirs = ActivationFunctionSet().functions, AggregationFunctionSet().functions
        self.functions = _table(genes.activation_defs.functions, theirs[0])
        self.aggregations = _table(genes.aggregation_function_defs.functions, theirs[1])
        self.is_written = False

    def settings(self, feed_forward: bool) -> StockSettings:
        """Say what functions are called."""
        return StockSettings(
            feed_forward=feed_forward,
            functions=_names(self.functions, own=False),
            own_functions=_names(self.functions, own=True),
            aggregations=_names(self.aggregations, own=False),
            own_aggregations=_names(self.aggregations, own=True),
        )

    def arrays(self, genome: neat.DefaultGenome) -> Arrays:
        """Write a genome as a batch of one graph.

        Raises:
            ConfigError: It is no genome of ``neat.DefaultGenome``, or a part of it is missing.
        """
        try:
            return self._arrays(genome)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _odd(genome, repr(error)) from error

    def _arrays(self, genome: neat.DefaultGenome) -> Arrays:
        inputs, outputs = len(self.input_keys), len(self.output_keys)
        keys = sorted(genome.nodes)
        nodes = [genome.nodes[key] for key in keys]
        edges = sorted(genome.connections.items(), key=lambda item: item[1].innovation)
        place = {key: at for at, key in enumerate([*self.input_keys, *keys])}
        functions = [self._position(self.functions, node.activation) for node in nodes]
        ways = [self._position(self.aggregations, node.aggregation) for node in nodes]
        times = [getattr(node, "time_constant", 1.0) for node in nodes]
        return {
            "inputs": np.array(inputs),
            "outputs": np.array(outputs),
            "node_offsets": np.array([0, inputs + len(keys)]),
            "node_ids": np.array([*range(inputs), *(inputs + key for key in keys)]),
            "activations": np.array([0] * inputs + functions, np.int16),
            "aggregations": np.array([0] * inputs + ways, np.int16),
            "biases": np.array([0.0] * inputs + [node.bias for node in nodes], np.float64),
            "responses": np.array([1.0] * inputs + [node.response for node in nodes], np.float64),
            "time_constants": np.array([1.0] * inputs + times, np.float64),
            "edge_offsets": np.array([0, len(edges)]),
            "sources": np.array([place[pair[0]] for pair, _ in edges], np.int64),
            "targets": np.array([place[pair[1]] for pair, _ in edges], np.int64),
            "weights": np.array([edge.weight for _, edge in edges], np.float64),
            "enabled": np.array([edge.enabled for _, edge in edges], np.bool_),
            "innovations": np.array([edge.innovation for _, edge in edges], np.int64),
        }

    def _position(self, table: FunctionTable, name: str) -> int:
        if name not in table:  # it was added while the script ran
            table[name] = len(table), True
            self.is_written = False
        return table[name][0]


def require_genomes(population: Mapping[int, neat.DefaultGenome]) -> None:
    """Make sure that genomes have what is recorded of them.

    Raises:
        ConfigError: One has not.
    """
    for genome in population.values():
        if not (hasattr(genome, "nodes") and hasattr(genome, "connections")):
            raise _odd(genome, "no nodes or no connections")


def _odd(genome: neat.DefaultGenome, what: object) -> ConfigError:
    return ConfigError(
        f"expected genomes as neat.DefaultGenome makes them, got a {type(genome).__name__} in "
        f"which something is missing or odd ({what!s:.100})"
    )


def _names(table: FunctionTable, own: bool) -> tuple[str, ...]:
    return tuple(name for name, (_, is_own) in table.items() if is_own == own)


def _table(given: Mapping[str, object], theirs: Mapping[str, object]) -> FunctionTable:
    """Give functions positions: those of neat-python first, then the script's own."""
    own = {
        name: theirs.get(name) is not function and getattr(function, "__module__", "") != _TAUGHT
        for name, function in given.items()
    }
    ordered = sorted(own, key=lambda name: (own[name], name))
    return {name: (place, own[name]) for place, name in enumerate(ordered)}
