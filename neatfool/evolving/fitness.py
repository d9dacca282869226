"""Evolve networks for a function of the user, from Python in a few lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from neatfool import past, runs, viz
from neatfool.encodings import Bare, network_part
from neatfool.encodings.interchange import to_json
from neatfool.errors import RunError
from neatfool.evolving.asked import Heard, config_of, evolved, named
from neatfool.files import write_whole
from neatfool.networks import Graphs, Networks
from neatfool.reporting import SCORE, Reporter
from neatfool.sections.world import ENCODING, SEARCH
from neatfool.settings import flat
from neatfool.tasks import Fitness, FitnessSettings, Network, NetworkBatch
from neatfool.tracking import require_installed
from neatfool.types import Floats, Json

_DEFAULTS: Json = {
    "task": {"kind": "fitness"},
    "run": {"workers": "threads:1"},
    "encoding": ENCODING,
    "search": SEARCH,
}
"""NEAT for functions of any range: hidden nodes bend, outputs do not."""
_TAKEN = {
    "task": "none, since the function is the task, whose inputs and outputs are arguments",
    "run.generations": "it as the argument generations",
}
"""Settings that arguments give."""


class Evolved(Network):
    """The best network that was found; in a notebook it draws itself.

    Attributes:
        graphs: A batch of it alone.
        fitness: Its own.
    """

    def __init__(self, networks: Networks, graphs: Graphs, medium: Bare, fitness: float) -> None:
        super().__init__(networks)
        self.graphs, self.fitness, self._medium = graphs, fitness, medium

    def draw(self) -> viz.Figure:
        """Draw its topology."""
        heading = f"fitness {SCORE.write(self.fitness)}"
        return viz.topology(self.graphs, self._medium, "symbols", heading)

    def save(self, path: Path | str) -> None:
        """Write it as JSON, which ``neatfool show`` reads."""
        write_whole(Path(path), to_json(self.graphs))

    def _repr_svg_(self) -> str:
        return viz.to_svg(self.draw()).decode()


@dataclass(frozen=True, eq=False)
class Evolution:
    """What ``evolve`` found; in a notebook it draws itself.

    Attributes:
        best: The best network.
        evaluations: ``(G,)`` float32, how many networks were scored after each generation.
        history: ``(G,)`` float32, the best fitness after each generation.
        stopped_because: ``generations``, ``target``, ``converged``, ``solved`` or ``seconds``.
    """

    best: Evolved
    evaluations: Floats
    history: Floats
    stopped_because: str

    def draw(self) -> viz.Figure:
        """Draw how fitness grew."""
        curve = self.history[:, None]
        return viz.score_curves(self.evaluations, curve, ["fitness"], "Fitness", SCORE)

    def _repr_html_(self) -> str:
        return viz.to_svg(self.draw()).decode() + self.best._repr_svg_()


def evolve(
    fitness: Callable[[NetworkBatch], npt.ArrayLike],
    inputs: int | Sequence[str],
    outputs: int = 1,
    generations: int = 100,
    out: Path | str | None = None,
    reporter: Reporter | None = None,
    each: Heard | None = None,
    **settings: Any,
) -> Evolution:
    """Evolve networks by NEAT, for whatever a function says of them.

    Hidden nodes compute tanh and outputs the sum of their terms, so that they can be any number.
    Settings change that, as anything else: docs/settings.md.

    Args:
        fitness: Takes networks, ``NetworkBatch``: some of a generation, or all. Gives a number for
            each, ``(P,)``, the more the better. ``one_by_one`` makes one of a function that takes a
            single network.
        inputs: How many inputs networks have, or their names; a bias is added.
        outputs: How many outputs.
        generations: Stop after so many.
        out: Folder of the run: records, report, pictures. What was cut there goes on, as if it had
            not been, if the function has the same name; what it computes is not compared. None:
            nothing is kept.
        reporter: Hears of progress: ``neatfool.LiveReporter()`` shows it, in a notebook too.
        each: Called with the search after each generation: ``generation``, ``archive``.
        settings: Any other, sections before two underscores: ``run__seed=3``,
            ``search__batch=300``, ``run__target=0.99``.

    Returns:
        The best network, and how fitness grew.

    Raises:
        ConfigError: There is no such setting, it is given twice, or workers are processes.
        ShapeError: The function gives something else.
        RunError: The folder holds a run of another function.
        Interrupted: Ctrl-C came; what was evolved is in the folder, if there is one.

    Example:
        >>> def double(networks):
        ...     return -abs(networks([[1.0], [2.0]])[:, :, 0] - [2, 4]).max(axis=1)
        >>> found = evolve(double, inputs=1, generations=3, search__batch=20)
        >>> found.best([3.0]).shape, len(found.history)
        ((1,), 3)
    """
    names = [f"i{k}" for k in range(inputs)] if isinstance(inputs, int) else list(inputs)
    given = named(settings, _TAKEN, {})
    of_kind = {
        name: section
        for name, section in _DEFAULTS.items()
        if given.get(f"{name}.kind") in (None, section.get("kind"))
    }
    asked = {"task.inputs": names, "task.outputs": outputs, "run.generations": generations}
    config = config_of(flat(of_kind) | given | asked)
    require_installed(config.run.track)
    task = Fitness(FitnessSettings(inputs=tuple(names), outputs=outputs), function=fitness)
    if out is not None and past.is_run(Path(out)):
        _require_same(Path(out), task.name)
    parts = runs.build(config, reporter, task)
    with evolved(parts, out, reporter, each) as run:
        evaluations, scores = past.scores_over_time(run.folder, 1)
    archive = parts.search.archive
    assert archive is not None
    genome = archive.genomes.select([0])
    graphs, networks = network_part(genome), parts.encoding.express(genome)
    best = Evolved(networks, graphs, task.medium, float(archive.scores[0]))
    assert run.stopped_because is not None
    return Evolution(best, evaluations, scores[:, 0], run.stopped_because)


def _require_same(folder: Path, name: str) -> None:
    """Make sure that a run is of a function of this name.

    Raises:
        RunError: It is of another.
    """
    before = past.read_about(folder).name
    if name != before:
        raise RunError(
            f"{folder} holds a run of the function {before}: expected it again, got {name}; give "
            "another folder as out"
        )
