"""Fool a network, from Python in a line."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from neatfool import classifiers, past, runs, viz
from neatfool.classifiers import Classifier
from neatfool.encodings import Genomes
from neatfool.errors import ConfigError, RunError
from neatfool.evolving.asked import Heard, config_of, evolved, named
from neatfool.reporting import CONFIDENCE, Reporter
from neatfool.runs import Config, Parts
from neatfool.sections.classifier import ClassifierSettings
from neatfool.tasks import Fooling, FoolingSettings, build_classifier
from neatfool.tracking import require_installed
from neatfool.types import Floats, Images, Ints, Scores
from neatfool.workers.chunks import chunk_size

_SHORT = {
    "seed": "run.seed",
    "device": "run.device",
    "target": "run.target",
    "seconds": "run.seconds",
    "track": "run.track",
    "search": "search.kind",
    "batch": "search.batch",
    "classes": "task.classes",
    "also": "task.ensemble",
}
"""Settings by the names that options of the command line have."""
_OF_NETWORKS = [name for name in ClassifierSettings.model_fields if name not in ("model", "verify")]
_SHORT |= {name: f"task.classifier.{name}" for name in _OF_NETWORKS}
_TAKEN = {
    "task.kind": "none, since images are evolved to fool a network",
    "task.classifier.model": "it as the argument network",
    "encoding.kind": "it as the argument encoding",
    "run.generations": "it as the argument generations",
}
"""Settings that arguments give."""
_OF_MODULES = {
    "task.classifier.weights": "none, since the network is loaded: load them into it",
    "task.classifier.offline": "none, since the network is loaded",
    "task.classifier.verify": "none, since that is for files: give the network as net.py:factory",
}
_OF_CLASSIFIERS = {
    "task.classifier": "none, since a neatfool.Classifier says it itself: hand in another one, or "
    "its module"
}


@dataclass(frozen=True, eq=False)
class Fooled:
    """What ``fool`` found: an image for each class; in a notebook it draws itself.

    Attributes:
        name: Of the network.
        classes: ``E`` names of the classes, in their order, but for those without any image.
        confidences: ``(E,)`` float32, of the network in each.
        images: ``(E, C, H, W)`` float32 in [0, 1], as they were scored.
        found_at: ``(E,)`` the generation in which each was born.
        evaluations: ``(G,)`` how many images were scored after each generation.
        history: ``(G, K)`` float32, the confidence in each class after each generation.
        stopped_because: ``generations``, ``target``, ``converged``, ``solved`` or ``seconds``.
        folder: Of the run; none: nothing was kept.
    """

    name: str
    classes: tuple[str, ...]
    confidences: Scores
    images: Images
    found_at: Ints
    evaluations: Floats
    history: Floats
    stopped_because: str
    folder: Path | None

    def draw(self) -> viz.Figure:
        """Draw all images, each under its class and confidence."""
        pairs = zip(self.classes, self.confidences.tolist(), strict=True)
        titles = [f"{name} · {CONFIDENCE.write(score)}" for name, score in pairs]
        return viz.image_grid(self.images, titles, heading=self.name)

    def frame(self) -> Any:
        """Return a row for each image, as a frame of pandas, or of polars where that is there.

        Raises:
            ConfigError: Neither is installed.
        """
        found = {
            "class": list(self.classes),
            "confidence": self.confidences.tolist(),
            "found_at_generation": self.found_at.tolist(),
        }
        for library in ("pandas", "polars"):
            if find_spec(library) is not None:
                return import_module(library).DataFrame(found)
        raise ConfigError("expected pandas or polars, got neither: pip install pandas")

    def report(self) -> Path:
        """Return the page of the report.

        Raises:
            ConfigError: The run was not kept.
        """
        if self.folder is None:
            raise ConfigError("expected a run that was kept, got none: call fool with out=FOLDER")
        return self.folder / "report.html"

    def _repr_png_(self) -> bytes:
        return viz.to_png(self.draw())


def fool(
    network: Classifier | nn.Module | Callable[[torch.Tensor], object] | str,
    encoding: str = "cppn",
    generations: int = 200,
    out: Path | str | None = None,
    reporter: Reporter | None = None,
    each: Heard | None = None,
    **settings: Any,
) -> Fooled:
    """Evolve an image for each class of a network, one that it takes for that class.

    Args:
        network: A ``Classifier``; a module of PyTorch, or a function, that takes images
            ``(P, C, H, W)`` and gives scores ``(P, K)``; or the name of a model, as for ``--model``
            of the command line. It is not changed.
        encoding: cppn (patterns), pixels (noise), offset or switch (both).
        generations: Stop after so many.
        out: Folder of the run: records, report, pictures. What was cut there goes on, as if it had
            not been, unless the network has no weights to be known by. None: nothing is kept.
        reporter: Hears of progress: ``neatfool.LiveReporter()`` shows it, in a notebook too.
        each: Called with the search after each generation: ``generation``, ``archive``.
        settings: Any other, sections before two underscores: ``encoding__weight_range=3.0``; and by
            the names that options have: ``seed``, ``classes``, ``batch``, ``size``, ``mean`` …

    Returns:
        The images.

    Raises:
        ConfigError: There is no such setting, it is given twice, or has no effect.
        ClassifierError: The network takes no such images, or gives what no classifier gives.
        RunError: The folder holds a run of another network, or of one without weights.
        Interrupted: Ctrl-C came; what was evolved is in the folder, if there is one.

    Example:
        >>> found = fool("lenet5", encoding="pixels", generations=2, batch=20, classes="0-2")
        >>> found.classes, found.images.shape
        (('0', '1', '2'), torch.Size([3, 1, 28, 28]))
    """
    given = named(settings, _taken(network), _SHORT)
    given |= {"task.kind": "fooling", "encoding.kind": encoding, "run.generations": generations}
    config = config_of(given | _facts(network), is_here_alone=not isinstance(network, str))
    parts = _parts(network, config, out, reporter)
    with evolved(parts, out, reporter, each) as run:
        archive = parts.search.archive
        assert archive is not None
        evaluations, history = past.scores_over_time(run.folder, len(archive.scores))
    best = np.flatnonzero(archive.occupied)
    assert run.stopped_because is not None
    return Fooled(
        parts.name,
        tuple(parts.about.names[k] for k in best),
        archive.scores[best],
        _painted(parts, archive.genomes.select(best), run.device),
        archive.found_at[best],
        evaluations,
        history,
        run.stopped_because,
        None if out is None else Path(out),
    )


def _taken(network: object) -> dict[str, str]:
    """Say which settings cannot be given beside a network, and what is expected instead."""
    if isinstance(network, str):
        return _TAKEN
    return _TAKEN | (_OF_CLASSIFIERS if isinstance(network, Classifier) else _OF_MODULES)


def _facts(network: object) -> dict[str, object]:
    """Say in settings which network it is; those of a classifier are its own."""
    if isinstance(network, str):
        return {"task.classifier.model": network}
    if not isinstance(network, Classifier):
        name = getattr(network, "__name__", type(network).__name__)
        return {"task.classifier.model": f"{classifiers.HANDED_IN}:{name}"}
    facts = {
        "model": f"{classifiers.HANDED_IN}:{network.name}",
        "channels": "grey" if network.shape[0] == 1 else "rgb",
        "size": network.crop or network.shape[1:],
        "canvas": network.shape[1:],
        "crops": "centre" if network.crop else "resize",
        "mean": network.mean,
        "std": network.std,
        "outputs": network.outputs,
        "precision": network.precision,
    }
    return {f"task.classifier.{name}": value for name, value in facts.items()}


def _painted(parts: Parts, genomes: Genomes, device: torch.device) -> Images:
    """Paint images, some at a time."""
    count = len(genomes)
    size = chunk_size(count, parts.encoding.shape, device)
    starts = range(0, max(1, count), size)
    pieces = [genomes.part(first, min(first + size, count)) for first in starts]
    return torch.cat([parts.encoding.express(piece).cpu() for piece in pieces])


def _parts(
    network: Any, config: Config, out: Path | str | None, reporter: Reporter | None
) -> Parts:
    """Build what evolves, around a network that was handed in."""
    require_installed(config.run.track)
    if isinstance(network, str):
        return runs.build(config, reporter)
    asked = cast(FoolingSettings, config.task)
    device = classifiers.resolve_device(config.run.device)
    own = classifiers.adopt(network, asked.classifier, device)
    if out is not None and not own.sha256 and past.is_run(Path(out)):
        raise RunError(
            f"{out} holds a run: expected a network with weights, by which it is known again, got "
            f"{own.name} without; begin a new run in another folder, or make it a "
            "neatfool.Classifier with a sha256 of your own, which says that it is the same"
        )
    whole = build_classifier(asked, device, reporter, own)
    return runs.build(config, reporter, Fooling.guarded(whole, asked, config.run.seed, reporter))
