import neat
import pytest

from neatfool import viz
from neatfool.errors import ConfigError
from tests.neat_genomes import xor_config


def wobble(z):
    return z / 2


def product_of_two(terms):
    return sum(terms) / 2


def texts_of(figure):
    return {text.get_text() for text in figure.axes[0].texts}


@pytest.fixture
def config():
    return xor_config()


@pytest.fixture
def genome(config):
    """Return a genome of the start with a hidden node, 7, that an input leads to."""
    made = neat.Population(config, seed=1).population[1]
    made.nodes[7] = made.create_node(config.genome_config, 7)
    for number, pair in enumerate([(-1, 7), (7, 0)]):
        made.connections[pair] = made.create_connection(config.genome_config, *pair, 90 + number)
        made.connections[pair].enabled = True
    return made


def test_nodes_have_the_keys_and_functions_the_names_that_a_script_knows(genome, config):
    texts = texts_of(viz.topology(genome, config, whole=True))

    assert {"-1", "-2", "0", "7", "sigmoid (2)"} <= texts


def test_nodes_have_the_names_that_are_given(genome, config):
    figure = viz.topology(genome, config, names={-1: "left", 0: "out", 7: "both"}, notes={7: "!"})

    assert {"left", "out", "both", "!"} <= texts_of(figure)
    with pytest.raises(ConfigError, match=r"nodes that there are \(-2, -1, 0, 7\), got one of 3"):
        viz.topology(genome, config, names={3: "left"})


def test_names_of_our_own_networks_can_be_given_too(genome, config):
    from neatfool.encodings.neat.bridge import from_neat

    graphs = from_neat([genome], config)

    assert {"left", "out", "1"} <= texts_of(viz.topology(graphs, names={0: "left", 2: "out"}))
    with pytest.raises(ConfigError, match=r"\(0, 1, 2, 9\), got one of -1"):
        viz.topology(graphs, names={-1: "left"})


def test_functions_of_a_script_are_drawn_by_name(genome, config):
    config.genome_config.add_activation("wobble", wobble)
    config.genome_config.add_aggregation("halves", product_of_two)
    config.genome_config.add_activation("sigmoid", wobble)  # another one under a name of old
    genome.nodes[7].activation, genome.nodes[7].aggregation = "wobble", "halves"
    figure = viz.topology(genome, config)

    assert {"wobble (1)", "sigmoid (1)", "f"} <= texts_of(figure)
    assert any("halves" in text for text in texts_of(figure))
    svg = viz.to_svg(figure).decode()
    assert "node 7: wobble, halves" in svg


def test_recurrent_genomes_are_drawn(genome, config):
    genome.connections[0, 0] = genome.create_connection(config.genome_config, 0, 0, 99)
    genome.connections[0, 0].enabled = True

    assert "back downwards" in texts_of(viz.topology(genome, config))


def test_a_genome_without_its_config_is_refused(genome):
    with pytest.raises(ConfigError, match=r"takes its config: viz\.topology\(genome, config\)"):
        viz.topology(genome)
