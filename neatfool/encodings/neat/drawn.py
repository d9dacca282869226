"""Genomes of neat-python as they are drawn: with the names that a script has for all of it."""

from collections.abc import Mapping
from typing import TypeAlias, TypeGuard

import neat

from neatfool.encodings.medium import Labelled, check_names
from neatfool.encodings.neat.bridge import read_all
from neatfool.encodings.neat.functions import (
    AGGREGATION_CODES,
    CODES,
    STOCK_ACTIVATIONS,
    STOCK_AGGREGATIONS,
    Functions,
    trusted,
)
from neatfool.encodings.neat.given import genomes_in, require_config
from neatfool.networks import ACTIVATIONS, Graphs
from neatfool.networks.aggregations import AGGREGATIONS

StockGenome: TypeAlias = neat.DefaultGenome
StockConfig: TypeAlias = neat.Config


def is_config(given: object) -> TypeGuard[StockConfig]:
    """Say whether something is a config of neat-python."""
    return hasattr(given, "genome_config")


def labelled(
    genome: StockGenome, config: StockConfig, names: Mapping[int, str] | None = None
) -> tuple[Graphs, Labelled]:
    """Read a genome of neat-python to draw it; functions of the script's own are but names.

    Args:
        genome: A genome; recurrent or not.
        config: Its own.
        names: Of nodes, by their keys in neat-python: -1 is the first input, 0 the first output.
            Others are called by their keys.

    Returns:
        A batch of one graph, and how its parts are called.

    Raises:
        ConfigError: The genome is not neat-python's own, or a name is of a node that it lacks.
        ShapeError: It has a connection to a node it lacks.
    """
    require_config(config)
    known = config.genome_config
    codes = (
        _extended(CODES, known.activation_defs.functions, STOCK_ACTIVATIONS, len(ACTIVATIONS)),
        _extended(
            AGGREGATION_CODES,
            known.aggregation_function_defs.functions,
            STOCK_AGGREGATIONS,
            len(AGGREGATIONS),
        ),
    )
    graphs = read_all(genomes_in([genome]), config, codes)
    inputs = graphs.inputs
    keys = [n - inputs if n >= inputs else -1 - n for n in graphs.node_ids.tolist()]
    by_id = dict(zip(keys, graphs.node_ids.tolist(), strict=True))
    called = {by_id[key]: name for key, name in check_names(names or {}, keys).items()}
    words = ({code: name for name, code in each.items()} for each in codes)
    ends = tuple(called.get(n, str(-1 - n)) for n in range(inputs))
    return graphs, Labelled(ends, graphs.outputs, (1,), called, *words)


def _extended(
    codes: dict[str, int], known: Functions, stock: Functions, first: int
) -> dict[str, int]:
    """Give a code to each function of a config, those of the script's own from ``first`` on."""
    found = trusted(codes, known, stock)
    own = sorted(known.keys() - found.keys())
    return found | {name: first + place for place, name in enumerate(own)}
