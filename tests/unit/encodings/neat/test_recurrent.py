"""Recurrent genomes of neat-python give its own numbers to the last bit."""

import contextlib
import copy

import neat
import numpy as np
import pytest
import torch
from neat.ctrnn import CTRNN
from neat.nn import RecurrentNetwork

from benchmarks.agreement import everything, grow, same_bits
from neatfool.encodings.neat.bridge import activate_all, compile_all, from_neat, to_neat
from neatfool.errors import ConfigError, ShapeError
from tests.neat_genomes import attributes

OBSERVED = np.random.default_rng(0).uniform(-2, 2, (12, 3))


def recurrent_config() -> neat.Config:
    config = everything()
    config.genome_config.feed_forward = False
    return config


CONFIG = recurrent_config()
GENOMES = grow(CONFIG, 150, 40, 0)


def activated(genome: neat.DefaultGenome, rows: np.ndarray) -> np.ndarray:
    """Activate row by row, until there is an overflow."""
    network, found = RecurrentNetwork.create(genome, CONFIG), []
    with contextlib.suppress(OverflowError):
        for row in rows.tolist():
            found.append(network.activate(row))
    return np.array(found).reshape(-1, 2)


def test_rows_are_steps_of_recurrent_networks() -> None:
    expected = [activated(genome, OBSERVED) for genome in GENOMES]

    found = activate_all(GENOMES, CONFIG, OBSERVED)

    assert found.shape == (150, 12, 2)
    assert sum(len(steps) == 12 for steps in expected) > 140
    for p, steps in enumerate(expected):
        assert same_bits(found[p, : len(steps)], steps)
    forward = everything()
    loops = [g for g in GENOMES if any(a == b for a, b in g.connections)]
    assert len(loops) > 20
    with pytest.raises(ShapeError, match=r"is recurrent.*set it to False"):
        activate_all(GENOMES, forward, OBSERVED)


def test_each_call_is_a_step_of_episodes_of_their_own() -> None:
    networks = compile_all(GENOMES, CONFIG)
    own = np.random.default_rng(1).uniform(-1, 1, (8, 150, 2, 3))
    for _ in range(2):
        found = np.stack([networks(step) for step in own])
        for p, genome in enumerate(GENOMES[:40]):
            for episode in range(2):
                expected = activated(genome, own[:, p, episode])
                assert same_bits(found[: len(expected), p, episode], expected)
        with pytest.raises(ShapeError, match="expected inputs of 2 episodes"):
            networks(own[0, :, :1])
        networks.reset()
    assert networks(own[0, :, 0]).shape == (150, 2)


@pytest.mark.parametrize(("time", "time_step"), [(0.25, 0.25), (0.1, 0.03), (1.0, 0.1), (0.1, 1)])
def test_time_goes_on_as_in_neat_python(time, time_step) -> None:
    networks = compile_all(GENOMES, CONFIG, dynamics="ctrnn")
    theirs = [CTRNN.create(genome, CONFIG) for genome in GENOMES]
    fine = set(range(150))
    for _, row in zip(range(10), OBSERVED, strict=False):
        found = networks.advance(np.tile(row, (150, 1)), time, time_step)
        for p in sorted(fine):
            try:
                expected = theirs[p].advance(row.tolist(), time, time_step)
            except OverflowError:
                fine.discard(p)
            else:
                assert same_bits(found[p], np.array(expected))
    assert len(fine) > 140
    assert len(np.unique(found)) > 100


def test_graphs_keep_cycles_and_go_back() -> None:
    graphs = from_neat(GENOMES, CONFIG)

    for ours, genome in zip(to_neat(graphs, CONFIG), GENOMES, strict=True):
        assert attributes(ours) == attributes(genome)


def test_the_wrong_way_to_run_is_refused_in_words() -> None:
    networks = compile_all(GENOMES, CONFIG)
    timed = compile_all(GENOMES, CONFIG, torch.float32, dynamics="ctrnn")
    row = OBSERVED[:1].repeat(150, 0)

    with pytest.raises(ConfigError, match="call advance"):
        timed(row)
    with pytest.raises(ConfigError, match="call advance"):
        timed.execute(OBSERVED)
    with pytest.raises(ConfigError, match="dynamics='ctrnn'"):
        networks.advance(row, 1, 0.1)
    with pytest.raises(ConfigError, match="times above 0"):
        timed.advance(row, 0, 0.1)
    still = copy.deepcopy(GENOMES[:3])
    for node in still[2].nodes.values():
        node.time_constant = 0.0
    with pytest.raises(ConfigError, match=r"other than 0, got 0 in network 2 of 3"):
        compile_all(still, CONFIG, dynamics="ctrnn")
    compile_all(still, CONFIG)
    with pytest.raises(ConfigError, match="forward, recurrent or ctrnn, got 'spiking'"):
        compile_all(GENOMES, CONFIG, dynamics="spiking")  # type: ignore[arg-type]
