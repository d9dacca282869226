"""INI files of every version of neat-python since 0.9."""

from pathlib import Path

import neat
import pytest
from neat.iznn import IZGenome

import neatfool
from neatfool.errors import ConfigError
from tests.neat_genomes import XOR, xor_config

ROOT = Path(__file__).parents[4]
WHOLE = XOR.read_text(encoding="utf-8")
SINCE_092 = (
    "no_fitness_termination",
    "min_species_size",
    "single_structural_mutation",
    "structural_mutation_surer",
    "bias_init_type",
    "response_init_type",
    "weight_init_type",
    "enabled_rate_to_true_add",
    "enabled_rate_to_false_add",
)
OPTIONAL_IN_092 = (*SINCE_092, "initial_connection", "species_elitism", "max_stagnation")


def without(text: str, *keys: str) -> str:
    lines = text.splitlines()
    return "\n".join(line for line in lines if line.split(" = ")[0] not in keys)


def of_09(text: str) -> str:
    text = without(text, *SINCE_092, "species_elitism", "fitness_criterion", "elitism")
    return text.replace("fitness_threshold", "max_fitness_threshold")


def read(folder: Path, text: str, *kinds: type) -> neat.Config:
    path = folder / "config-feedforward"
    path.write_text(text, encoding="utf-8")
    return neatfool.config(path, *kinds)


def everything(config: neat.Config) -> dict:
    """List all settings."""
    parts = [
        vars(part)
        for part in (
            config.genome_config,
            config.species_set_config,
            config.stagnation_config,
            config.reproduction_config,
            config,
        )
    ]
    simple = (int, float, str, bool, list)
    return {k: v for part in parts for k, v in part.items() if isinstance(v, simple)} | {
        "_params": None
    }


@pytest.mark.parametrize(
    ("keys", "other"),
    [
        ((), {}),
        (SINCE_092, {}),
        (OPTIONAL_IN_092, {"initial_connection": "unconnected", "max_stagnation": 15}),
        (("elitism", *SINCE_092), {"elitism": 0}),
        (("survival_threshold", "no_fitness_termination"), {}),
        (("species_fitness_func", "no_fitness_termination"), {"species_fitness_func": "mean"}),
        (("activation_options", "aggregation_options"), {}),
        (("activation_default", "no_fitness_termination"), {"activation_default": "random"}),
    ],
)
def test_what_a_file_of_092_leaves_out_is_what_it_meant_there(keys, other, tmp_path) -> None:
    found = everything(read(tmp_path, without(WHOLE, *keys)))

    if "species_elitism" in keys:
        other = other | {"species_elitism": 0}
    assert found == everything(xor_config()) | other


def test_a_file_of_09_is_read(tmp_path) -> None:
    text = of_09(WHOLE).replace("options = sigmoid", "options = sigmoid   tanh\tgauss")

    found = everything(read(tmp_path, text))

    options = {"activation_options": ["sigmoid", "tanh", "gauss"]}
    changed = {"elitism": 1, "species_elitism": 0} | options
    assert found == everything(xor_config()) | changed
    assert found["fitness_threshold"] == 3.9
    assert found["fitness_criterion"] == "max"


def test_a_file_of_20_may_leave_out_what_it_may_leave_out_there(tmp_path) -> None:
    text = without(WHOLE, "min_species_size", "single_structural_mutation", "elitism")

    found = everything(read(tmp_path, text))

    assert found == everything(xor_config()) | {"min_species_size": 1, "elitism": 0}
    assert found["single_structural_mutation"] is False


def test_files_of_092_are_told_from_those_of_20(tmp_path) -> None:
    old = without(WHOLE, "weight_init_type", "min_species_size")  # 1.x would refuse it
    for new in ("[NEAT]\nseed = 7", "[DefaultGenome]\ntime_constant_init_mean = 1"):
        text = old.replace(new.split("\n")[0], new)
        assert read(tmp_path, text).reproduction_config.min_species_size == 1
    assert read(tmp_path, old).reproduction_config.min_species_size == 2


def test_spiking_genomes_are_read(tmp_path) -> None:
    text = without(WHOLE, *SINCE_092, "elitism").replace("DefaultGenome", "IZGenome")
    keys = ("init_mean", "init_stdev", "max_value", "min_value")
    keys += ("mutate_power", "mutate_rate", "replace_rate")
    nodes = "\n".join(f"{name}_{key} = 0" for name in "abcd" for key in keys)
    found = read(tmp_path, text.replace("[IZGenome]", f"[IZGenome]\n{nodes}"), IZGenome)
    assert found.genome_type is IZGenome
    assert found.reproduction_config.min_species_size == 2
    assert len(neat.Population(found, seed=1).population) == 150


def test_settings_of_20_are_kept(tmp_path) -> None:
    text = WHOLE.replace("[DefaultGenome]", "[DefaultGenome]\ntime_constant_init_mean = 0.5")
    text = text.replace("[NEAT]", "[NEAT]\nseed = 7")
    assert neatfool.config(XOR).seed is None
    found = read(tmp_path, text)
    assert (found.seed, found.genome_config.time_constant_init_mean) == (7, 0.5)


@pytest.mark.parametrize("text", [WHOLE, without(WHOLE, *SINCE_092), of_09(WHOLE)])
def test_what_is_read_runs_in_neat_python_and_here(text, tmp_path) -> None:
    config = read(tmp_path, text)
    config.pop_size = 20
    inputs = [(0.0, 1.0), (1.0, 1.0)]

    def eval_genomes(genomes, config):
        outputs = neatfool.activate_all(genomes, config, inputs)
        for (_, genome), output in zip(genomes, outputs, strict=True):
            genome.fitness = float(output[0, 0] - output[1, 0])

    winner = neat.Population(config, seed=1).run(eval_genomes, 3)

    assert all(node.time_constant == 1 for node in winner.nodes.values())
    config.save(tmp_path / "saved.ini")
    assert everything(neatfool.config(tmp_path / "saved.ini")) == everything(config)


def test_defaults_that_are_no_options_become_one(tmp_path) -> None:
    text = WHOLE.replace("activation_options = sigmoid", "activation_options = tanh")
    found = read(
        tmp_path, text.replace("aggregation_default = sum", "aggregation_default = Random")
    )
    assert found.genome_config.activation_options == ["tanh", "sigmoid"]
    assert found.genome_config.aggregation_default == "random"


class Mine(neat.DefaultGenome):
    """A genome class of a script."""


class Rules(neat.DefaultReproduction):
    """Reproduction of a script."""


def test_classes_of_scripts_have_sections_of_their_own(tmp_path) -> None:
    text = without(WHOLE, *SINCE_092).replace("DefaultGenome", "Mine")
    found = read(tmp_path, text.replace("DefaultReproduction", "Rules"), Mine, Rules)
    assert found.genome_type is Mine
    assert found.genome_config.single_structural_mutation is False
    assert found.reproduction_config.min_species_size == 2


def test_files_for_genomes_of_neatfool_are_read(tmp_path) -> None:
    path = ROOT / "configs" / "neat" / "xor_2002.ini"
    kinds = neatfool.CppnGenome, neatfool.NeatReproduction, neatfool.NeatSpecies
    stock = neat.Config(*kinds, neat.DefaultStagnation, path)
    text = without(path.read_text(encoding="utf-8"), "no_fitness_termination")
    for found in (neatfool.config(path, *kinds), read(tmp_path, text, *kinds)):
        assert found.genome_config.parts == stock.genome_config.parts
        assert found.reproduction_config == stock.reproduction_config
        assert found.no_fitness_termination is False


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"has no section \[NEAT\]"),
        ("hello", "cannot read .* no section headers"),
        (WHOLE.replace("[DefaultGenome]", "[CppnGenome]"), r"has no section \[DefaultGenome\]"),
        ("[phenotype]\ninput_nodes = 2\n[genetic]\n", "of a version before 0.9"),
        (without(WHOLE, "num_hidden"), r"cannot read .* \[DefaultGenome\] section: 'num_hidden'"),
        (without(WHOLE, "pop_size"), "pop_size"),
        (WHOLE.replace("pop_size = 150", "pop_size = many"), "many"),
        (WHOLE.replace("[NEAT]", "[NEAT]\nspawn_method = x"), "spawn_method"),
        (WHOLE + "\nenabled_default = True", "already exists"),
        (
            WHOLE.replace("connection = full", "connection = all"),
            "assert self.initial_connection in",
        ),
    ],
)
def test_files_that_cannot_be_read_are_refused_in_a_sentence(text, message, tmp_path) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        read(tmp_path, text)
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        neatfool.config(tmp_path / "none.ini")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot read"):
        neatfool.config(str(tmp_path / "bytes"))
