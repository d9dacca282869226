"""A recorder for scripts of neat-python: it fills a run folder while the script evolves.

Nothing here imports PyTorch: a script that records has no more to wait for.
"""

import json
import math
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import neat
import numpy as np
from filelock import FileLock, Timeout

from neatfool.errors import ConfigError, RunError
from neatfool.files import is_left_over, replacing, write_whole
from neatfool.recording.genes import GeneTables, require_genomes
from neatfool.resolved import LOCK, RESOLVED
from neatfool.sections.config import Config, dump_config
from neatfool.sections.neat import RecordedSettings, ScriptSettings
from neatfool.sections.run import RunSettings
from neatfool.settings import flat
from neatfool.stored import save_arrays
from neatfool.stored.layout import (
    ABOUT,
    CHECKPOINTS,
    KEPT,
    LINEAGE,
    METRICS,
    PINNED,
    POPULATION,
    archive_state,
    checkpoint_path,
    numbers_of,
)
from neatfool.types import Arrays, Json

Individuals: TypeAlias = Mapping[int, neat.DefaultGenome]
_LARGEST = float(np.finfo(np.float32).max)
_ADVICE = "make room, mend the permissions or choose another folder"


class Recorder:
    """Record an evolution by neat-python in a run folder, for ``neatfool browse`` and others.

    It draws no random numbers and changes nothing of the script: the same winner comes of it.

    Args:
        folder: Of the run; made. Each population takes one of its own.
        names: Of inputs and outputs, by their keys in neat-python: -1 is the first input, 0 the
            first output.

    Raises:
        ConfigError: The names are no mapping.
        RunError: There is something in the folder, another process works in it, or it cannot be
            written.

    Example:
        >>> population.add_reporter(neatfool.Recorder("runs/xor"))
    """

    def __init__(self, folder: Path | str, names: Mapping[int, str] | None = None) -> None:
        if names is not None and not isinstance(names, Mapping):
            raise ConfigError(
                'names: expected keys with a name each, such as {-1: "a", 0: "out"}, '
                f"got {names!r:.80}"
            )
        self.folder = Path(folder)
        self._names = dict(names or {})
        with _writing(self.folder):
            _require_free(self.folder)
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.folder / LOCK, thread_local=False)
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                raise RunError(
                    f"another process is working in {self.folder}: choose another folder"
                ) from None
        self._begun = time.perf_counter()
        self._told = -1  # the generation, as neat-python counts
        self._generation = self._evaluations = 0
        self._saved: list[Path] = []
        self._best, self._elite = -math.inf, (0, 0)
        self._genes: GeneTables | None = None

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the folder go, so that it counts as finished; the end of the script does so too."""
        self._lock.release()

    def start_generation(self, generation: int) -> None:
        """Hear that a generation begins.

        Raises:
            RunError: It is of another population.
        """
        if generation < self._told:
            raise RunError(
                f"{self.folder} is the folder of one population, and another begins: give each a "
                "recorder with a folder of its own"
            )
        self._told = generation

    def post_evaluate(
        self,
        config: neat.Config,
        population: Individuals,
        species: neat.DefaultSpeciesSet,
        best_genome: neat.DefaultGenome,
    ) -> None:
        """Record a generation that was scored.

        Raises:
            ConfigError: Genomes are none of ``neat.DefaultGenome``, or there are names of nodes
                that are neither inputs nor outputs.
            RunError: The folder cannot be written.
        """
        require_genomes(population)
        with _writing(self.folder):
            if self._genes is None:
                self._genes = GeneTables(config)
                self._begin(config, self._genes)
            self._generation += 1
            self._evaluations += len(population)
            fitness = {key: _number(genome) for key, genome in population.items()}
            key = max(fitness, key=lambda key: fitness[key])
            is_better = fitness[key] > self._best
            if is_better:
                self._best, self._elite = fitness[key], _size(population[key], config)
            self._note(key, is_better, fitness[key], population, species, config)
            if is_better:
                arrays = self._genes.arrays(population[key])
                self._write_settings(config, self._genes)
                self._save(key, arrays)

    def end_generation(
        self, config: neat.Config, population: Individuals, species_set: neat.DefaultSpeciesSet
    ) -> None:
        """Do nothing."""

    def post_reproduction(
        self, config: neat.Config, population: Individuals, species: neat.DefaultSpeciesSet
    ) -> None:
        """Do nothing."""

    def complete_extinction(self) -> None:
        """Do nothing."""

    def found_solution(
        self, config: neat.Config, generation: int, best: neat.DefaultGenome
    ) -> None:
        """Do nothing."""

    def species_stagnant(self, sid: int, species: neat.DefaultSpeciesSet) -> None:
        """Do nothing."""

    def info(self, msg: str) -> None:
        """Do nothing."""

    def _begin(self, config: neat.Config, genes: GeneTables) -> None:
        """Write down what is evolved; from now on this is a run."""
        strange = self._names.keys() - {*genes.input_keys, *genes.output_keys}
        if strange:
            raise ConfigError(
                f"names: expected keys of inputs and outputs, {genes.input_keys[-1]} to "
                f"{genes.output_keys[-1]}, got {min(strange)!r:.40}"
            )
        about = {
            "name": self.folder.resolve().name,
            "shape": None,
            "indices": [0],
            "names": ["fitness"],
            "unit": {"noun": "fitness", "is_share": False},
            "best": None,
            "levels": [],
            "grid": None,
        }
        write_whole(self.folder / ABOUT, json.dumps(about) + "\n")
        with replacing(self.folder / "neat.ini") as path:
            config.save(path)
        self._write_settings(config, genes)

    def _write_settings(self, config: neat.Config, genes: GeneTables) -> None:
        """Write the settings, unless they are as they were."""
        if genes.is_written:
            return
        inputs, outputs = (
            tuple(self._names.get(key, str(key)) for key in keys)
            for keys in (genes.input_keys, genes.output_keys)
        )
        recorded = Config(
            task=ScriptSettings(inputs=inputs, outputs=outputs),
            encoding=genes.settings(bool(getattr(config.genome_config, "feed_forward", True))),
            search=RecordedSettings(batch=config.pop_size),
            run=RunSettings(seed=getattr(config, "seed", None) or 0),
        )
        pinned = json.dumps(flat(recorded.binding()), indent=2) + "\n"
        write_whole(self.folder / PINNED, pinned)
        write_whole(self.folder / RESOLVED, dump_config(recorded))
        genes.is_written = True

    def _note(
        self,
        key: int,
        is_better: bool,
        latest: float,
        population: Individuals,
        species: neat.DefaultSpeciesSet,
        config: neat.Config,
    ) -> None:
        """Append to the records; the numbers last, since they say how far all are."""
        if is_better:
            winner = {"key": int(key), "parents": [], "generation": self._generation}
            self._append(LINEAGE, winner | {"niches": [0], "scores": [self._best]})
        members = {
            int(number): len(each.members)
            for number, each in getattr(species, "species", {}).items()
        }
        sizes = [_size(genome, config) for genome in population.values()]
        known = {"generation": self._generation, "species": [*members]}
        known |= {"members": [*members.values()], "elite": self._elite}
        middle = [float(statistics.median(column)) for column in zip(*sizes, strict=True)]
        self._append(POPULATION, known | {"everyone": middle})
        seconds = round(time.perf_counter() - self._begun, 4)
        numbers = numbers_of(
            self._generation, self._evaluations, np.array([self._best]), int(is_better), seconds
        )
        numbers["latest"] = latest if latest > -math.inf else None
        numbers |= {"species": len(members)} if members else {}
        self._append(METRICS, numbers)

    def _append(self, name: str, entry: Json) -> None:
        with open(self.folder / name, "ab") as file:
            file.write(json.dumps(entry).encode() + b"\n")

    def _save(self, key: int, arrays: Arrays) -> None:
        """Put the best genome on the disk; those before stay for who is about to read them."""
        generation = np.array(self._generation)
        facts = {"keys": np.array([key]), "scores": np.array([self._best], np.float32)}
        state = {"generation": generation, "kind": np.frombuffer(b"Recorded", np.uint8)}
        state |= archive_state(arrays, facts | {"found_at": generation[None]})
        path = checkpoint_path(self.folder / CHECKPOINTS, self._generation)
        prefixed = {f"search.{name}": array for name, array in state.items()}
        save_arrays(path, prefixed, generation=self._generation)
        self._saved.append(path)
        if len(self._saved) > KEPT:
            self._saved.pop(0).unlink(missing_ok=True)


def _number(genome: neat.DefaultGenome) -> float:
    """Return the fitness of a genome as the records hold it; minus infinity: it has none."""
    try:
        found = float(genome.fitness)
    except (TypeError, ValueError):
        return -math.inf
    if math.isnan(found) or found == -math.inf:
        return -math.inf
    return min(max(found, -_LARGEST), _LARGEST)


def _size(genome: neat.DefaultGenome, config: neat.Config) -> tuple[int, int]:
    """Count the hidden nodes and the enabled connections of a genome."""
    hidden = len(genome.nodes) - config.genome_config.num_outputs
    return hidden, sum(edge.enabled for edge in genome.connections.values())


def _require_free(folder: Path) -> None:
    """Refuse a folder that something is in."""
    if (folder / RESOLVED).exists():
        raise RunError(
            f"{folder} holds another run: expected a new folder, since a script of neat-python "
            "begins a new run each time; choose another, or take this one away"
        )
    if folder.exists() and not (folder.is_dir() and all(map(_is_nothing, folder.iterdir()))):
        raise RunError(f"{folder} is not an empty folder: choose another for the run")


def _is_nothing(path: Path) -> bool:
    return path.name == LOCK or is_left_over(path)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Turn failures of the file system into a message that says what to do."""
    try:
        yield
    except OSError as error:
        said = error.strerror or error
        raise RunError(f"cannot write to {folder}: {said}; {_ADVICE}") from error
