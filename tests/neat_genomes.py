"""Configs and genomes of neat-python for tests."""

from pathlib import Path

import neat

XOR = Path(__file__).with_name("xor.ini")


def xor_config() -> neat.Config:
    """Make the config of neat-python's XOR example."""
    classes = neat.DefaultReproduction, neat.DefaultSpeciesSet, neat.DefaultStagnation
    return neat.Config(neat.DefaultGenome, *classes, XOR)


def attributes(genome: neat.DefaultGenome) -> tuple[dict, dict]:
    """List everything that a genome holds; its genes compare equal by innovation number alone."""
    nodes = {key: vars(node) for key, node in genome.nodes.items()}
    return nodes, {key: vars(edge) for key, edge in genome.connections.items()}
