"""Shipped configurations are what they, their names and their comments say."""

import re
from pathlib import Path
from typing import Any

import neat
import pytest
import torch

import neatfool
from neatfool import runs
from neatfool.search import NeatSettings
from neatfool.substrates.links import weights_of

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "configs"
INIS = sorted(CONFIGS.rglob("*.ini"))
STUDIES = CONFIGS / "studies"  # see test_shipped_studies.py
TOMLS = sorted(set(CONFIGS.rglob("*.toml")) - set(STUDIES.iterdir()))
SAME = r"The same as (configs/\S+\.toml)"

MAIN = "fooling/mnist_cppn"
SPAN = "run.generations"
SMALLER = {"search.batch", SPAN}
AS_RELEASED = {"encoding.canvas.coordinates", "encoding.canvas.rounding"}
DENSE = {"encoding.weight_range", "encoding.start_range"}
DENSE |= {"encoding.structure.start", "encoding.structure.start_nodes"}
DIRECT = {"encoding.activations", "encoding.output_activation", "encoding.structure.function_rate"}
DIFFERENCES: dict[str, tuple[str, set[str]]] = {
    "fooling/mnist_cppn_caffe": (MAIN, {"task.classifier.model"}),
    "fooling/mnist_cppn_as_released": (MAIN, {"task.classifier.model", *AS_RELEASED}),
    "fooling/mnist_neat": (MAIN, {"search"}),
    "fooling/mnist_pixels": (MAIN, {"encoding"}),
    "fooling/mnist_gradient": ("fooling/mnist_pixels", {"search", SPAN}),
    "fooling/imagenet_gradient": (
        "fooling/imagenet_pixels",
        {"search", "task.classes", "task.classifier.canvas", "task.classifier.crops", SPAN},
    ),
    "fooling/imagenet_gradient_small": (
        "fooling/imagenet_pixels_small",
        {"search", "run.target", SPAN},
    ),
    "fooling/mnist_pixels_caffe": ("fooling/mnist_pixels", {"task.classifier.model"}),
    "fooling/mnist_offset": (MAIN, {"encoding"}),
    "fooling/mnist_switch": (MAIN, {"encoding"}),
    "fooling/imagenet_cppn_as_released": (
        "fooling/imagenet_cppn",
        {*AS_RELEASED, "encoding.canvas.colours"},
    ),
    "fooling/imagenet_pixels": ("fooling/imagenet_cppn", {"encoding", *SMALLER}),
    "fooling/imagenet_cppn_small_narrow": (
        "fooling/imagenet_cppn_small_as_published",
        {"encoding.weight_range"},
    ),
    "fooling/imagenet_cppn_small_tiled": (
        "fooling/imagenet_cppn_small_as_published",
        {"encoding.canvas.tiles", "encoding.structure.start"},
    ),
    "fooling/mnist_cppn_gradient": (MAIN, {"search", "run.target", SPAN, *DENSE}),
    "fooling/imagenet_cppn_small": (
        "fooling/imagenet_cppn_small_tiled",
        {"search", "run.target", SPAN, *DENSE},
    ),
    "fooling/imagenet_pixels_small": ("fooling/imagenet_cppn_small_as_published", {"encoding"}),
    "hyperneat/bit_mirroring_small": ("hyperneat/bit_mirroring", SMALLER),
    "hyperneat/boxes_small": ("hyperneat/boxes", SMALLER),
    "hyperneat/target_weights_small": ("hyperneat/target_weights", SMALLER),
    "hyperneat/target_weights": (
        "hyperneat/bit_mirroring",
        {"task", "search.reward"},
    ),
    "hyperneat/boxes": (
        "hyperneat/bit_mirroring",
        {"task", "search.reward", "encoding.structure.add_edge_rate", *SMALLER},
    ),
    "tetris/raw_neat": (
        "tetris/raw_hyperneat",
        {"task.play.through", "task.play.substrate", *DIRECT},
    ),
    "tetris/features_hyperneat": (
        "tetris/raw_hyperneat",
        {
            *("task.inputs", "task.play.tests"),
            *("task.play.substrate.sheets", "task.play.substrate.pairs"),
        },
    ),
    "tetris/features_neat": (
        "tetris/features_hyperneat",
        {"task.play.through", "task.play.substrate", *DIRECT},
    ),
    "tetris/raw_offset": ("tetris/raw_hyperneat", {"encoding"}),
    "tetris/raw_switch": ("tetris/raw_hyperneat", {"encoding"}),
    "tetris/features_offset": ("tetris/features_hyperneat", {"encoding"}),
    "tetris/features_switch": ("tetris/features_hyperneat", {"encoding"}),
    "neat/double_pole": ("neat/xor", {"task", "run.generations", "run.until_solved"}),
    "neat/double_pole_blind": (
        "neat/double_pole",
        {
            "task",
            "encoding.weight_range",
            "encoding.start_range",
            "encoding.sigma",
            "encoding.structure.dynamics",
            "encoding.structure.add_edge_rate",
            "search.batch",
            "search.threshold",
            "search.distance.weights",
        },
    ),
    "islands/ring": ("islands/one", {"search"}),
    "islands/isolated": ("islands/ring", {"search.migrants"}),
    "hyperneat/target_weights_ft_neat": ("hyperneat/target_weights", {"encoding"}),
    "hyperneat/target_weights_switch": ("hyperneat/target_weights", {"encoding"}),
    "hyperneat/target_weights_offset": ("hyperneat/target_weights", {"encoding"}),
    "hyperneat/bit_mirroring_ft_neat": ("hyperneat/bit_mirroring", {"encoding"}),
    "hyperneat/bit_mirroring_switch": ("hyperneat/bit_mirroring", {"encoding"}),
    "hyperneat/bit_mirroring_offset": ("hyperneat/bit_mirroring", {"encoding"}),
    "hyperneat/target_weights_auto_switch": (
        "hyperneat/target_weights_switch",
        {"encoding.at", "encoding.stagnation"},
    ),
    "hyperneat/bit_mirroring_auto_switch": (
        "hyperneat/bit_mirroring_switch",
        {"encoding.at", "encoding.stagnation"},
    ),
    "quadruped/hyperneat": ("hyperneat/target_weights", {"task", "search.reward", "search.batch"}),
    "quadruped/ft_neat": ("quadruped/hyperneat", {"encoding"}),
    "quadruped/switch": ("quadruped/hyperneat", {"encoding"}),
    "quadruped/auto_switch": ("quadruped/switch", {"encoding.at", "encoding.stagnation"}),
    "quadruped/offset": ("quadruped/hyperneat", {"encoding"}),
    "quadruped/neat": (
        "quadruped/hyperneat",
        {"encoding.activations", "task.play.through", "task.play.substrate"},
    ),
    "smoke/cppn": (MAIN, SMALLER),
    "smoke/pixels": (
        "smoke/cppn",
        {"encoding", "search.crossover"},
    ),
    "smoke/three_classes": (MAIN, {"task.classes", "run.target", *SMALLER}),
}
"""What alone may set a configuration apart from another; whole sections where kinds differ."""
ALONE = {MAIN, "fooling/imagenet_cppn", "fooling/imagenet_cppn_small_as_published", "neat/xor"}
ALONE |= {"hyperneat/bit_mirroring", "tetris/raw_hyperneat", "smoke/objectives", "islands/one"}


def name_of(path: Path) -> str:
    return str(path.relative_to(CONFIGS).with_suffix(""))


def load(name: str) -> runs.Config:
    return runs.load_config(CONFIGS / f"{name}.toml")


def different(one: Any, other: Any) -> set[str]:
    """Name the settings that differ; of sections of different kinds the section alone."""
    found = set()
    for name in one:
        ours, theirs = one[name], other[name]
        if isinstance(ours, dict) and ours.get("kind") == theirs.get("kind"):
            found |= {f"{name}.{key}" for key in different(ours, theirs)}
        elif ours != theirs:
            found.add(name)
    return found


def test_every_config_has_a_row() -> None:
    assert {name_of(path) for path in TOMLS} == ALONE | DIFFERENCES.keys()


@pytest.mark.parametrize("name", DIFFERENCES)
def test_configs_differ_in_nothing_else(name: str) -> None:
    base, allowed = DIFFERENCES[name]
    assert different(load(name).model_dump(), load(base).model_dump()) == allowed


@pytest.mark.parametrize(
    ("inputs", "links", "biases"), [("raw", 80_600, 201), ("features", 1_023, 32)]
)
def test_substrates_of_tetris_have_as_many_links_as_published(inputs, links, biases) -> None:
    built = runs.build(load(f"tetris/{inputs}_hyperneat"))
    assert built.task.medium.shape == (links + biases,)
    outputs = torch.tensor([1.0, 0.5, 0.2, -0.1, -0.3])
    made = weights_of(built.task.medium.settings.links, outputs)
    torch.testing.assert_close(made, torch.tensor([0.8, 0.3, 0.0, 0.0, -0.1]))


@pytest.mark.parametrize("inputs", ["raw", "features"])
def test_hybrids_of_tetris_have_the_networks_that_evolve_alone(inputs: str) -> None:
    alone, offset, switch = (
        load(f"tetris/{inputs}_{kind}").encoding for kind in ("hyperneat", "offset", "switch")
    )
    assert offset.indirect == switch.indirect == alone


@pytest.mark.parametrize(
    ("alone", "hybrid"),
    [
        ("hyperneat/target_weights", "hyperneat/target_weights_{}"),
        ("hyperneat/bit_mirroring", "hyperneat/bit_mirroring_{}"),
        ("quadruped/hyperneat", "quadruped/{}"),
    ],
)
@pytest.mark.parametrize("kind", ["offset", "switch", "auto_switch"])
def test_hybrids_have_the_networks_that_evolve_alone(alone: str, hybrid: str, kind: str) -> None:
    assert load(hybrid.format(kind)).encoding.indirect == load(alone).encoding


def test_parts_of_hybrids_are_those_that_evolve_alone() -> None:
    networks, pixels = (load(f"fooling/mnist_{kind}").encoding for kind in ("cppn", "pixels"))
    offset, switch = (load(f"fooling/mnist_{kind}") for kind in ("offset", "switch"))
    assert offset.encoding.indirect == switch.encoding.indirect == networks
    assert switch.encoding.direct == pixels
    assert 2 * (switch.encoding.at - 1) == switch.run.generations, "after half of the run"


@pytest.mark.parametrize(
    ("name", "phrase", "value"),
    [
        ("imagenet_cppn", r"([\d,]+) images a generation", "search.batch"),
        ("imagenet_cppn", r"([\d,]+) generations", "run.generations"),
        ("imagenet_pixels", r"([\d,]+) images a generation", "search.batch"),
        ("boxes", r"([\d,]+) genomes", "search.batch"),
        ("boxes", r"for ([\d,]+) generations", "run.generations"),
        ("boxes", r"([\d,]+) x \d+ nodes", "task.side"),
        ("boxes_small", r"([\d,]+) genomes", "search.batch"),
        ("boxes_small", r"for ([\d,]+) generations", "run.generations"),
        ("boxes_small", r"([\d,]+) x \d+ nodes", "task.side"),
        ("target_weights", r"([\d,]+) genomes", "search.batch"),
        ("target_weights", r"for ([\d,]+) generations", "run.generations"),
        ("target_weights", r"Selection is by ([\d.]+) to", "search.reward"),
        ("target_weights_small", r"([\d,]+) genomes", "search.batch"),
        ("target_weights_small", r"for ([\d,]+) generations", "run.generations"),
        ("bit_mirroring", r"([\d,]+) x \d+ nodes", "task.side"),
        ("bit_mirroring", r"Selection is by ([\d.]+) to", "search.reward"),
        ("bit_mirroring_small", r"([\d,]+) genomes", "search.batch"),
        ("bit_mirroring_small", r"for ([\d,]+) generations", "run.generations"),
        ("imagenet_cppn_small_narrow", r"within -3 and ([\d.]+)", "encoding.weight_range"),
        ("raw_hyperneat", r"for ([\d,]+) generations", "run.generations"),
        ("raw_hyperneat", r"play (\d+) games", "task.play.episodes"),
        ("raw_switch", r"from generation (\d+) on", "encoding.at"),
        ("mnist_gradient", r"digit, (\d+) steps", "search.steps"),
        ("imagenet_gradient", r"regularisation: (\d+) images", "search.batch"),
        ("imagenet_gradient", r"at once, (\d+) steps", "search.steps"),
        ("imagenet_gradient_small", r"ImageNet, (\d+) images", "search.batch"),
        ("imagenet_gradient_small", r"believed with (\d+) %", "search.goal"),
        ("imagenet_gradient_small", r"after (\d+) steps", "search.steps"),
        ("mnist_cppn_gradient", r"believed with ([\d.]+) %", "search.goal"),
        ("imagenet_cppn_small", r"answer, (\d+) at once", "search.batch"),
        ("imagenet_cppn_small", r"believed with (\d+) %", "search.goal"),
        ("imagenet_cppn_small", r"after (\d+) steps", "search.steps"),
        ("three_classes", r"believed with (\d+) %", "run.target"),
        ("mnist_neat", r"about (ten) species", "search.species"),
    ],
)
def test_numbers_in_comments_are_those_of_the_settings(name: str, phrase: str, value: str) -> None:
    path = next(path for path in TOMLS if path.stem == name)
    text = " ".join(re.findall(r"^# ?(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE))
    found = re.search(phrase, text)
    assert found, text
    wanted: Any = runs.load_config(path)
    for part in value.split("."):
        wanted = getattr(wanted, part)
    said = float({"ten": "10"}.get(found[1], found[1].replace(",", "")))
    assert wanted in (said, pytest.approx(said / 100))


def program(path: Path) -> list[str]:
    """List the programs in the comment at the top of an INI file."""
    head = path.read_text(encoding="utf-8").partition("\n[")[0]
    lines = [line.removeprefix("#") for line in head.splitlines()]
    blocks = "\n".join(line if line.startswith("   ") else "" for line in lines)
    return [
        re.sub(r"^   ", "", block, flags=re.M) for block in blocks.split("\n\n") if block.strip()
    ]


def settled(path: Path) -> dict[str, Any]:
    """Run the first program, which makes ``config``, and make the genomes of a small population."""
    space: dict[str, Any] = {"neat": neat, "neatfool": neatfool}
    exec(program(path)[0], space)
    space["config"].pop_size = 12
    population = neat.Population(space["config"], seed=1).population
    return space | {"genomes": list(population.items())}


@pytest.mark.parametrize("path", INIS, ids=lambda path: path.stem)
def test_programs_in_comments_of_ini_files_run(path: Path, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    space = settled(path)
    space["inputs"] = torch.ones(3, 4)
    for block in program(path)[1:]:
        if "substrate" not in block:  # see below
            exec(block, space)
    assert len(space.get("networks", space["genomes"])) == 12
    assert space.get("images", torch.ones(12, 1, 28, 28)).shape == (12, 1, 28, 28)


def test_offsets_of_links_work_as_the_comment_says(tmp_path: Path, monkeypatch) -> None:
    path = CONFIGS / "neat" / "offset.ini"
    text = path.read_text(encoding="utf-8")
    _, block = program(path)
    (tmp_path / "configs" / "neat").mkdir(parents=True)
    changed = text.replace("\ncanvas = 1 28 28\n", "\nsandwich = 3 3\n")
    (tmp_path / "configs" / "neat" / "offset.ini").write_text(changed, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    space = settled(path)
    space["inputs"] = torch.ones(5, 9)
    exec(block, space)
    assert space["weights"].shape == (12, 81)
    assert space["outputs"].shape == (12, 5, 9)


def of_ini(config: Any) -> dict[str, Any]:
    """Say by the names of ``NeatSettings`` what a configuration of neat-python says."""
    species, rules = config.species_set_config, config.reproduction_config
    assert config.stagnation_config.species_fitness_func == "max"
    assert config.stagnation_config.species_elitism == 1
    return {
        "kind": "neat",
        "batch": config.pop_size,
        "rules": "2002" if config.species_set_type is neatfool.NeatSpecies else "neat-python",
        "threshold": species.compatibility_threshold,
        "species": species.target,
        "step": species.step,
        "distance": config.genome_config.compatibility,
        "stagnation": config.stagnation_config.max_stagnation,
        "population_stagnation": rules.population_stagnation,
        "survival": rules.survival_threshold,
        "champion": rules.champion_size,
        "crossover": rules.crossover,
        "interspecies": rules.interspecies,
        "reward": 1.0,
    }


def pairs() -> list[tuple[Path, Path]]:
    """List the INI files that say that they are the same as a TOML file, and that file."""
    found = [(path, re.search(SAME, path.read_text(encoding="utf-8"))) for path in INIS]
    return [(path, ROOT / match[1]) for path, match in found if match]


@pytest.mark.parametrize(("ini", "toml"), pairs(), ids=lambda path: path.name)
def test_ini_and_toml_are_the_same(ini: Path, toml: Path, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    space: dict[str, Any] = {"neat": neat, "neatfool": neatfool}
    exec(program(ini)[0], space)
    config, theirs = space["config"], runs.load_config(toml)
    encoding = runs.build(theirs).encoding
    assert config.genome_config.encoding.settings == theirs.encoding
    assert config.genome_config.encoding.medium == encoding.medium
    assert NeatSettings(**of_ini(config)) == theirs.search
    assert of_ini(config).keys() == NeatSettings.model_fields.keys()


def test_sections_of_ini_files_have_the_defaults_of_settings(tmp_path: Path) -> None:
    path = tmp_path / "least.ini"
    path.write_text(
        "[NEAT]\npop_size = 150\nfitness_criterion = max\nfitness_threshold = 0\n"
        "reset_on_extinction = False\nno_fitness_termination = False\n[CppnGenome]\n"
        "inputs = a b\n[NeatSpecies]\n[NeatReproduction]\n"
        "[DefaultStagnation]\nspecies_fitness_func = max\nspecies_elitism = 1\n"
    )
    kinds = neatfool.CppnGenome, neatfool.NeatReproduction, neatfool.NeatSpecies
    config = neat.Config(*kinds, neat.DefaultStagnation, path)
    assert NeatSettings(**of_ini(config)) == NeatSettings()
    assert config.genome_config.encoding.settings == neatfool.CppnSettings()


def test_the_page_on_neat_says_what_mnist_neat_sets() -> None:
    page = (ROOT / "docs" / "neat.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"`search\.(species|distance\.small) = (\d+)`", page))
    search = load("fooling/mnist_neat").search
    assert said == {
        "species": str(search.species),
        "distance.small": str(search.distance.small),
    }


def test_there_are_pairs() -> None:
    assert "xor_2002" in {ini.stem for ini, _ in pairs()}
