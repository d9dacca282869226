"""Genomes of neat-python: all evaluated at once, and turned into graphs and back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, get_args

import neat
import numpy as np
import numpy.typing as npt
import torch

from neatfool.encodings.neat.brood import Brood
from neatfool.encodings.neat.functions import (
    AGGREGATION_CODES,
    CODES,
    NAMES,
    STOCK_ACTIVATIONS,
    STOCK_AGGREGATIONS,
    TAUGHT,
    check,
    trusted,
)
from neatfool.encodings.neat.given import (
    attributes_in,
    fitness_of,
    genomes_in,
    innovations_of,
    is_feed_forward,
    require_config,
)
from neatfool.encodings.neat.networks import Codes, NeatNetworks, NodeGenes, Stock, read
from neatfool.errors import ConfigError, NeatfoolError, ShapeError
from neatfool.networks import Dynamics, Graphs, compile_graphs
from neatfool.networks.aggregations import AGGREGATIONS
from neatfool.networks.compile import is_acyclic, require_known
from neatfool.networks.graph import NEUTRAL, offsets
from neatfool.sections.activations import IDENTITY
from neatfool.types import CPU, Arrays, Ints

NeatGenomes: TypeAlias = (
    Iterable[neat.DefaultGenome]
    | Iterable[tuple[int, neat.DefaultGenome]]
    | Mapping[int, neat.DefaultGenome]
)
"""Genomes of neat-python: bare, as ``eval_genomes`` gets them in pairs of key and genome, or in a
dict, such as ``population.population``."""


def activate_all(
    genomes: NeatGenomes,
    config: neat.Config,
    inputs: npt.ArrayLike,
    dtype: torch.dtype = torch.float64,
    device: torch.device = CPU,
) -> npt.NDArray[Any]:
    """Evaluate all genomes on all inputs at once, as ``FeedForwardNetwork`` does one by one.

    If the config says ``feed_forward = False``, rows are steps: the outputs are those of a new
    ``RecurrentNetwork`` that is activated row by row.

    Args:
        genomes: ``P`` genomes of neat-python: bare, in pairs as ``eval_genomes`` gets them, or in a
            dict.
        config: Theirs.
        inputs: ``(X, I)``, a row for each query, or step.
        dtype: What is computed in; float64, as in neat-python, or float32.
        device: Where it is computed.

    Returns:
        ``(P, X, O)`` of that type.

    Raises:
        ConfigError: A genome, or a function in one, is not neat-python's own.
        ShapeError: A genome is recurrent, against its config, or has a connection to a node it
            lacks, or the inputs do not fit.

    Example:
        >>> def eval_genomes(genomes, config):
        ...     all_outputs = neatfool.activate_all(genomes, config, xor_inputs)  # (P, 4, 1)
        ...     for (_, genome), outputs in zip(genomes, all_outputs):
        ...         genome.fitness = 4.0 - float(((outputs - xor_outputs) ** 2).sum())
    """
    return compile_all(genomes, config, dtype).execute(inputs, device)


def compile_all(
    genomes: NeatGenomes,
    config: neat.Config,
    dtype: torch.dtype = torch.float64,
    dynamics: Dynamics | None = None,
) -> NeatNetworks:
    """Compile all genomes once, to evaluate them many times, each on inputs of its own.

    Args:
        genomes: ``P`` genomes of neat-python, as ``activate_all`` takes them.
        config: Theirs.
        dtype: Of what is returned; float64, as in neat-python, or float32.
        dynamics: How they run: ``ctrnn`` as ``neat.ctrnn.CTRNN``. None: forward or recurrent, as
            the config says.

    Raises:
        ConfigError: A genome, or a function in one, is not neat-python's own; or nodes are to move
            in continuous time, and one has a time constant of 0.
        ShapeError: A genome is recurrent, against its config, or has a connection to a node it
            lacks.

    Example:
        >>> networks = neatfool.compile_all(genomes, config)
        >>> actions = networks(observations)  # (P, I) to (P, O), step by step
    """
    bare = genomes_in(genomes)
    inputs, outputs = _inputs_and_outputs(config)
    dynamics = dynamics or ("forward" if is_feed_forward(config) else "recurrent")
    if dynamics not in get_args(Dynamics):
        raise ConfigError(f"expected dynamics forward, recurrent or ctrnn, got {dynamics!r:.60}")
    graphs = read(bare, inputs, outputs, _codes(config), dynamics == "ctrnn")
    if graphs is None:
        graphs = read_all(bare, config)
    try:
        return NeatNetworks(compile_graphs(graphs, dynamics), dtype)
    except ShapeError:
        raise _recurrent(graphs, bare, _compiles) from None


def from_neat(genomes: NeatGenomes, config: neat.Config) -> Graphs:
    """Turn genomes of neat-python into graphs, without loss but for their own keys.

    Key ``-1 - i`` of an input becomes node ``i``, any other key ``k`` node ``inputs + k``. Numbers
    stay float64. Connections are put in the order of their innovation numbers; disabled ones are
    kept, also those that would close a cycle. Genomes of before neat-python 2.0 have time constants
    of 1; connections of before 1.0 are numbered by their order, those of equal keys alike, so read
    genomes that are to mate in one call.

    Raises:
        ConfigError: A genome, or a function in one, is not neat-python's own.
        ShapeError: A genome is recurrent, against its config, has a connection to a node it lacks,
            or two connections with one innovation number.
    """
    bare = genomes_in(genomes)
    graphs = read_all(bare, config)
    order = np.lexsort((graphs.innovations, graphs.edge_owners))
    graphs = graphs.changed(**{name: a[order] for name, a in graphs.edge_arrays().items()})
    owners = graphs.edge_owners
    twice = np.flatnonzero((np.diff(graphs.innovations) == 0) & (np.diff(owners) == 0))
    if len(twice):
        raise ShapeError(
            f"two connections of genome {bare[owners[twice[0]]].key} have the innovation number "
            f"{graphs.innovations[twice[0]]}: give each its own"
        )
    if is_feed_forward(config) and not _is_acyclic(graphs):
        raise _recurrent(graphs, bare, _is_acyclic)
    return graphs


def to_neat(
    graphs: Graphs, config: neat.Config, keys: Sequence[int] | None = None
) -> list[neat.DefaultGenome]:
    """Turn graphs into genomes of neat-python; undoes ``from_neat``.

    A function that neat-python lacks is added to the config, under the name ``neatfool_…``. Edges
    that run side by side become one connection, with the sum of the weights of those enabled.

    Args:
        graphs: ``P`` graphs.
        config: For as many inputs and outputs as the graphs have.
        keys: Of the genomes; none: from 0.

    Raises:
        ConfigError: The config is not of neat-python's own genomes, or has other functions under
            the names of neat-python's own; or a function is that of a script, by its name alone.
        ShapeError: The config or the keys do not fit, or edges run side by side into a node that
            does not sum.
    """
    theirs = _inputs_and_outputs(config)
    if theirs != (graphs.inputs, graphs.outputs):
        raise ShapeError(
            f"the config is for {theirs[0]} inputs and {theirs[1]} outputs, the graphs have "
            f"{graphs.inputs} and {graphs.outputs}: change num_inputs and num_outputs"
        )
    keys = range(len(graphs)) if keys is None else keys
    if len(keys) != len(graphs):
        raise ShapeError(f"expected a key for each of {len(graphs)} graphs, got {len(keys)}")
    require_known(graphs)
    known = config.genome_config.activation_defs
    for code in np.unique(graphs.activations).tolist():
        if NAMES[code] not in known.functions:
            known.add(NAMES[code], TAUGHT[code])
        check(NAMES[code], known.functions, STOCK_ACTIVATIONS, "activation")
    return [_written(graphs.part(p, p + 1), config, key) for p, key in enumerate(keys)]


def _inputs_and_outputs(config: neat.Config) -> tuple[int, int]:
    """Return how many there are, if the genomes are those of neat-python."""
    require_config(config)
    if isinstance(config.genome_config, Brood):
        raise ConfigError(
            "expected a config of genomes of neat-python, got one of "
            f"{config.genome_type.__name__}, which are arrays already: take "
            "config.genome_config.express(genomes)"
        )
    return config.genome_config.num_inputs, config.genome_config.num_outputs


def read_all(genomes: Stock, config: neat.Config, codes: Codes | None = None) -> Graphs:
    """Read genomes; the connections of each stay in their order, and may be recurrent.

    Args:
        genomes: ``P`` of them.
        config: Theirs.
        codes: Of functions; none: of those that neatfool knows.

    Raises:
        ConfigError: A genome is not neat-python's own, or has a function without a code.
        ShapeError: It has a connection to a node it lacks.
    """
    inputs, outputs = _inputs_and_outputs(config)
    try:
        return _graphs_of(genomes, config, inputs, outputs, codes or _codes(config))
    except NeatfoolError:  # of a genome of neatfool, too, which says so itself
        raise
    except AttributeError as error:
        raise ConfigError(
            f"expected genomes as neat.DefaultGenome makes them, got a {type(error.obj).__name__} "
            f"without {error.name}"
        ) from None
    except (OverflowError, TypeError, ValueError) as error:
        raise ConfigError(
            f"expected genes as neat.DefaultGenome makes them, got other ones ({error!s:.100})"
        ) from None


def _codes(config: neat.Config) -> Codes:
    """Give the positions of the functions of a config in our tables, but for a script's own."""
    known = config.genome_config
    return (
        trusted(CODES, known.activation_defs.functions, STOCK_ACTIVATIONS),
        trusted(AGGREGATION_CODES, known.aggregation_function_defs.functions, STOCK_AGGREGATIONS),
    )


def _graphs_of(
    genomes: Stock, config: neat.Config, inputs: int, outputs: int, codes: Codes
) -> Graphs:
    """Read genomes of so many inputs and outputs."""
    genes: NodeGenes = []
    edges: list[Any] = []
    names: list[int] = []
    ends: list[int] = []  # source, target, source, …: no tuples, which Python would look after
    fixed = {-1 - i: i for i in range(inputs)}
    for genome in genomes:
        keys = sorted(genome.nodes)
        ends += _ends(genome, keys, fixed, outputs)
        genes += [genome.nodes[key] for key in keys]
        names += keys
        edges += genome.connections.values()
    counts = inputs + np.array([len(genome.nodes) for genome in genomes], np.int64)
    bounds = offsets(counts)
    ids = np.arange(bounds[-1]) - np.repeat(bounds[:-1], counts)
    computed = np.flatnonzero(ids >= inputs)
    ids[computed] = inputs + np.array(names, np.int64)
    sources, targets = np.array(ends, np.int64).reshape(-1, 2).T.copy()
    edge_offsets = offsets([len(genome.connections) for genome in genomes])
    into_inputs = np.flatnonzero(targets < inputs)
    if len(into_inputs):
        which = np.searchsorted(edge_offsets, into_inputs[0], side="right") - 1
        raise ShapeError(
            f"genome {genomes[which].key} has a connection into input "
            f"{-1 - targets[into_inputs[0]]}: delete it"
        )
    return Graphs(
        inputs=inputs,
        outputs=outputs,
        node_offsets=bounds,
        node_ids=ids,
        edge_offsets=edge_offsets,
        sources=sources,
        targets=targets,
        weights=attributes_in([edge.weight for edge in edges]).astype(np.float64),
        enabled=np.array([edge.enabled for edge in edges], np.bool_),
        innovations=innovations_of(edges, genomes),
        fitness=fitness_of(genomes),
        **_attributes(genes, computed, len(ids), config, codes),
    )


def _ends(genome: Any, keys: list[int], fixed: dict[int, int], outputs: int) -> list[int]:
    """List source, target, source, … of all connections, as places in the graph."""
    if keys[:outputs] != list(range(outputs)):
        raise ShapeError(
            f"expected nodes 0 to {outputs - 1}, the outputs of the config, in genome "
            f"{genome.key}, got {keys[:outputs]}"
        )
    place = fixed | dict(zip(keys, range(len(fixed), len(fixed) + len(keys)), strict=True))
    try:
        return [place[key] for pair in genome.connections for key in pair]
    except KeyError as error:
        raise ShapeError(
            f"genome {genome.key} has a connection to or from node {error}, which it lacks: "
            "delete the connection"
        ) from None


def _attributes(
    genes: NodeGenes, places: Ints, length: int, config: neat.Config, codes: Codes
) -> Arrays:
    """Read the attributes of computed nodes; arrays where all are neutral are left out."""
    known = config.genome_config
    functions, ways = codes
    activations = [gene.activation for gene in genes]
    aggregations = [gene.aggregation for gene in genes]
    for name in {*activations} - functions.keys():
        check(name, known.activation_defs.functions, STOCK_ACTIVATIONS, "activation")
    for name in {*aggregations} - ways.keys():
        check(name, known.aggregation_function_defs.functions, STOCK_AGGREGATIONS, "aggregation")

    def spread(values: list[float], neutral: np.generic | float) -> npt.NDArray[Any]:
        array = np.full(length, neutral)
        array[places] = attributes_in(values)
        return array

    result = {
        "activations": spread([functions[name] for name in activations], np.int16(IDENTITY)),
        "biases": spread([gene.bias for gene in genes], 0.0),
    }
    attributes = {
        "responses": [gene.response for gene in genes],
        "aggregations": [ways[name] for name in aggregations],
        "time_constants": [getattr(gene, "time_constant", 1.0) for gene in genes],  # new in 2.0
    }
    arrays = {name: spread(values, NEUTRAL[name]) for name, values in attributes.items()}
    return result | {name: a for name, a in arrays.items() if (a != NEUTRAL[name]).any()}


def _is_acyclic(graphs: Graphs) -> bool:
    return is_acyclic(graphs, asleep=False)


def _compiles(graphs: Graphs) -> bool:
    try:
        compile_graphs(graphs)
    except ShapeError:
        return False
    return True


def _recurrent(graphs: Graphs, genomes: Stock, is_fine: Callable[[Graphs], bool]) -> ShapeError:
    """Name the first genome that is not fine."""
    which = next(p for p in range(len(graphs)) if not is_fine(graphs.part(p, p + 1)))
    return ShapeError(
        f"genome {genomes[which].key} is recurrent: its connections form a cycle, and the config "
        "says feed_forward = True; set it to False, or evolve again"
    )


def _written(graphs: Graphs, config: neat.Config, key: int) -> neat.DefaultGenome:
    """Write the one graph of a batch as a genome."""
    known, inputs = config.genome_config, graphs.inputs
    genome = config.genome_type(key)
    if graphs.fitness is not None and np.isfinite(graphs.fitness[0]):
        genome.fitness = float(graphs.fitness[0])
    ids = [n - inputs if n >= inputs else -1 - n for n in graphs.node_ids.tolist()]
    extras = {name: np.full(len(ids), value) for name, value in NEUTRAL.items()}
    arrays = extras | graphs.node_arrays()
    columns = (arrays[n].tolist() for n in ("activations", "biases", *NEUTRAL))
    for node, activation, bias, response, aggregation, time_constant in zip(
        ids, *columns, strict=True
    ):
        if node < 0:
            continue
        gene = known.node_gene_type(node)
        gene.bias, gene.response, gene.time_constant = bias, response, time_constant
        gene.activation = NAMES[activation]
        gene.aggregation = AGGREGATIONS[aggregation].name
        genome.nodes[node] = gene
    columns = (a.tolist() for a in graphs.edge_arrays().values())
    for source, target, weight, enabled, innovation in zip(*columns, strict=True):
        ends = ids[source], ids[target]
        twin = genome.connections.get(ends)
        if twin is None:
            gene = known.connection_gene_type(ends, innovation=innovation)
            gene.weight, gene.enabled = weight, enabled
            genome.connections[ends] = gene
        elif genome.nodes[ends[1]].aggregation != "sum":
            raise ShapeError(
                f"graph {key} has two edges from node {ends[0]} to node {ends[1]}, which does not "
                "sum: neat-python has one connection for each pair of nodes"
            )
        elif enabled:
            twin.weight = weight + (twin.weight if twin.enabled else 0)
            twin.enabled = True
    return genome
