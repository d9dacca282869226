"""INI files of neat-python, those of before version 2.0 too."""

import configparser
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path

import neat

from neatfool.bounded import MOST_SETTINGS, read_text
from neatfool.errors import ConfigError

_BEFORE = {"phenotype", "genetic", "genotype compatibility", "species", "Types"}
"""Sections of versions before 0.9."""


def config(
    path: str | Path,
    genome_type: type = neat.DefaultGenome,
    reproduction_type: type = neat.DefaultReproduction,
    species_set_type: type = neat.DefaultSpeciesSet,
    stagnation_type: type = neat.DefaultStagnation,
) -> neat.Config:
    """Read an INI file of neat-python 0.9x, 1.x or 2.0.

    A file without ``no_fitness_termination`` or ``weight_init_type``, which 1.x demands, and
    without keys of 2.0 is of before 1.0: what it leaves out has the value that it had there, and
    ``max_fitness_threshold`` of 0.9 is ``fitness_threshold``. Of all files, lists may have any
    spaces between, a default that is not among its options is added to them, and
    ``single_structural_mutation`` is False where it is not set.

    Args:
        path: The file, which is not changed.
        genome_type: As for ``neat.Config``.
        reproduction_type: Likewise.
        species_set_type: Likewise.
        stagnation_type: Likewise.

    Raises:
        ConfigError: The file cannot be read, is of a version before 0.9, or neat-python refuses it.
        DataError: It is no plain file, or too large.

    Example:
        >>> config = neatfool.config("config-feedforward")
        >>> population = neat.Population(config)
    """
    path = Path(path)
    kinds = genome_type, reproduction_type, species_set_type, stagnation_type
    parser = configparser.ConfigParser()
    try:
        parser.read_string(read_text(path, MOST_SETTINGS), path.name)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from None
    except (configparser.Error, UnicodeDecodeError) as error:
        raise _refused(path, error) from None
    missing = [name for name in ("NEAT", *(kind.__name__ for kind in kinds)) if name not in parser]
    if missing:
        is_before = _BEFORE & {*parser.sections()}
        raise ConfigError(
            f"{path} is of a version before 0.9, which had other settings: write it anew"
            if is_before
            else f"{path} has no section [{missing[0]}]: expected one for [NEAT] and each class"
        )
    _complete(parser, genome_type, reproduction_type)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / path.name
        with whole.open("w", encoding="utf-8") as file:
            parser.write(file)
        try:
            return neat.Config(*kinds, whole)
        except ConfigError:
            raise
        except Exception as error:  # of whatever class the caller has named
            raise _refused(path, error) from error


def _complete(parser: configparser.ConfigParser, genome: type, reproduction: type) -> None:
    """Set what a file leaves out to what it meant in the version that the file is of."""
    general = parser["NEAT"]
    genes = parser[genome.__name__] if issubclass(genome, neat.DefaultGenome) else None
    if _is_of_09x(general, genes):
        general.setdefault("no_fitness_termination", "False")
        kept = {"min_species_size": "2"}
        if "max_fitness_threshold" in general:  # 0.9
            general.setdefault("fitness_threshold", general.pop("max_fitness_threshold"))
            general.setdefault("fitness_criterion", "max")
            kept["elitism"] = "1"
        if _reads_as(reproduction, neat.DefaultReproduction):
            _fill(parser[reproduction.__name__], kept)
    if genes is not None:
        _fill(genes, {"single_structural_mutation": "False"})
        for name, usual in (("activation", "sigmoid"), ("aggregation", "sum")):
            _list_options(genes, name, usual)


def _is_of_09x(general: configparser.SectionProxy, genes: configparser.SectionProxy | None) -> bool:
    """Tell a file of before 1.0, which demanded all keys, from those of 2.0, which has others."""
    is_new = "seed" in general or any(key.startswith("time_constant_") for key in genes or ())
    lacks_types = genes is not None and "weight_init_type" not in genes
    return "no_fitness_termination" not in general or (lacks_types and not is_new)


def _list_options(section: configparser.SectionProxy, name: str, usual: str) -> None:
    """Write the options of an attribute as neat-python 2.0 wants them: the default among them."""
    options = section.get(f"{name}_options", "").split()
    default = section.get(f"{name}_default", "random").strip()
    if default.lower() in ("random", "none"):
        section[f"{name}_default"] = "random"
        options = options or [usual]
    elif default not in options:
        options.append(default)
    section[f"{name}_options"] = " ".join(options)


def _reads_as(kind: type, stock: type[neat.DefaultReproduction]) -> bool:
    """Tell whether a class takes the keys of neat-python's own."""
    return getattr(getattr(kind, "parse_config", None), "__func__", None) is (
        stock.parse_config.__func__
    )


def _fill(section: configparser.SectionProxy, values: Mapping[str, str]) -> None:
    for key, value in values.items():
        section.setdefault(key, value)


def _refused(path: Path, error: Exception) -> ConfigError:
    reason = " ".join(str(error).split())
    reason = reason or str(traceback.extract_tb(error.__traceback__)[-1].line)  # a bare assertion
    return ConfigError(f"neat-python cannot read {path}: {reason:.300}")
