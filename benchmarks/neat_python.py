"""The same networks in neat-python: painted pixel by pixel, mated and mutated one by one."""

from itertools import count
from pathlib import Path
from typing import Any

import neat
import numpy as np
from grown import Rounds, grown
from neat.innovation import InnovationTracker

from neatfool.encodings import Birth, Cppn, CppnSettings, StructureSettings
from neatfool.encodings.neat.bridge import to_neat
from neatfool.images import Canvas
from neatfool.networks import Graphs, compile_graphs, execute
from neatfool.streams import stream
from neatfool.types import CPU, Ints
from neatfool.workers.chunks import chunk_size
from neatfool.workers.threads import Threads

POPULATION = 400
_GROWING = CppnSettings(  # so that no node is idle
    structure=StructureSettings(delete_edge_rate=0, delete_node_rate=0)
)
_SIDES = {28: 20, 256: 2}  # pixels a side, and how many networks neat-python paints in a round


def compare(rounds: int, pool: Threads) -> list[dict[str, Any]]:
    """Measure painting (with compiling) and making children, theirs and ours in turn.

    Returns:
        Rows of what, the mean size of the genomes, microseconds per genome of neat-python and of
        neatfool, and their ratio: medians over the rounds. Painting uses all threads of the pool,
        everything else one.
    """
    painted = [_painting(side, some, rounds, pool) for side, some in _SIDES.items()]
    return painted + [_mating(nodes, edges, rounds) for nodes, edges in ((12, 20), (25, 50))]


def _painting(side: int, some: int, rounds: int, pool: Threads) -> dict[str, Any]:
    canvas = Canvas((1, side, side))
    cppn = Cppn(_GROWING, canvas)
    graphs, _ = grown(cppn, POPULATION, nodes=12, edges=20)
    genomes, config = convert(graphs.part(0, some))
    _check(graphs.part(0, some), genomes, config)
    points = canvas.points(CPU).T.tolist()
    size = chunk_size(POPULATION, cppn.shape, CPU)
    parts = [graphs.part(n, min(n + size, POPULATION)) for n in range(0, POPULATION, size)]
    times = Rounds(rounds)
    times.measure("theirs", some, lambda: [_paint(g, config, points) for g in genomes])
    times.measure("ours", POPULATION, lambda: pool.map(cppn.express, parts))
    return {"what": f"compile and paint, {side}×{side}", **_size(graphs), **times.row()}


def _mating(nodes: int, edges: int, rounds: int) -> dict[str, Any]:
    graphs, _ = grown(Cppn(_GROWING, Canvas((1, 2, 2))), POPULATION, nodes, edges)
    genomes, config = convert(graphs)
    mating = Cppn(CppnSettings(), Canvas((1, 2, 2)))
    pairs = np.random.default_rng(0).integers(POPULATION, size=(POPULATION, 2))
    times = Rounds(rounds)
    times.measure("theirs", POPULATION, lambda: _children(genomes, config, pairs))
    times.measure("ours", 10 * POPULATION, lambda: _our_children(mating, graphs, pairs, 10))
    return {"what": "mate and mutate", **_size(graphs), **times.row()}


def _size(graphs: Graphs) -> dict[str, float]:
    return {"nodes": float(graphs.node_counts.mean()), "edges": float(graphs.edge_counts.mean())}


def convert(graphs: Graphs) -> tuple[list[neat.DefaultGenome], neat.Config]:
    """Make genomes of neat-python that compute what the graphs compute, ready to mate."""
    classes = neat.DefaultGenome, neat.DefaultReproduction, neat.DefaultSpeciesSet
    path = Path(__file__).with_suffix(".ini")
    config = neat.Config(*classes, neat.DefaultStagnation, path)
    genomes = to_neat(graphs, config)
    for genome in genomes:
        genome.fitness = float(genome.key)
    config.genome_config.innovation_tracker = InnovationTracker(int(graphs.innovations.max()))
    config.genome_config.node_indexer = count(1 + int(graphs.node_ids.max()))
    return genomes, config


def _paint(
    genome: neat.DefaultGenome, config: neat.Config, points: list[list[float]]
) -> list[list[float]]:
    network = neat.nn.FeedForwardNetwork.create(genome, config)
    return [network.activate(point) for point in points]


def _check(graphs: Graphs, genomes: list[neat.DefaultGenome], config: neat.Config) -> None:
    """Make sure that both compute the same."""
    points = Canvas((1, 5, 5)).points(CPU)
    theirs = np.array([_paint(genome, config, points.T.tolist()) for genome in genomes])
    ours = execute(compile_graphs(graphs), points.double()).numpy()
    np.testing.assert_allclose(ours, theirs.transpose(0, 2, 1), atol=1e-6)


def _children(
    genomes: list[neat.DefaultGenome], config: neat.Config, pairs: Ints
) -> list[neat.DefaultGenome]:
    config.genome_config.innovation_tracker.reset_generation()
    children = []
    for number, (first, second) in enumerate(pairs.tolist()):
        child = neat.DefaultGenome(number)
        child.configure_crossover(genomes[first], genomes[second], config.genome_config)
        child.mutate(config.genome_config)
        children.append(child)
    return children


def _our_children(cppn: Cppn, graphs: Graphs, pairs: Ints, generations: int) -> None:
    """Make as many generations as take about the time of one of theirs."""
    for number in range(generations):
        birth = Birth(2, stream(0, "children", number), 1 << 40, 1 << 40)
        mothers, fathers = graphs.select(pairs[:, 0]), graphs.select(pairs[:, 1])
        cppn.vary(cppn.cross(mothers, fathers, birth), birth)
