"""One network to look at, out of a run or a file, and what it is worth without each node."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from neatfool import viz
from neatfool.bounded import opened
from neatfool.classifiers import Classifier, find_classes
from neatfool.encodings import (
    AnyEncoding,
    Cppn,
    CppnSettings,
    Genomes,
    Medium,
    network_part,
)
from neatfool.encodings.interchange import read_network
from neatfool.encodings.interchange.picture import MOST_BYTES
from neatfool.errors import ConfigError, DataError
from neatfool.images import Canvas
from neatfool.networks import Graphs, ablations, hidden_nodes
from neatfool.past.standing import read_standing
from neatfool.reporting import CONFIDENCE, Unit
from neatfool.tasks import Fooling, Task, Trial
from neatfool.types import Images, Ints, Scores
from neatfool.workers.threads import Threads

_AT_ONCE = 64  # images


@dataclass(frozen=True, eq=False)
class Subject:
    """One genome that has a network.

    Attributes:
        genome: A batch of one.
        medium: What its network is expressed through.
        encoding: What expresses it; none: it comes from a file, and no classifier was named.
        task: What scores it, likewise.
        niche: Where its score counts, a column of the scores.
        index: Of the class in the list of all.
        title: Name of the class and score.
        unit: Of the score.
    """

    genome: Genomes
    medium: Medium
    encoding: AnyEncoding | None = None
    task: Task | None = None
    niche: int = 0
    index: int = 0
    title: str = ""
    unit: Unit = CONFIDENCE

    @property
    def graphs(self) -> Graphs:
        """The network."""
        return network_part(self.genome)

    @property
    def note(self) -> str:
        """What a drawing of the network leaves out; empty: nothing."""
        beside = self.encoding.beside if self.encoding else ""
        return f"network alone, without {beside}" if beside else ""


@dataclass(frozen=True, eq=False)
class Ablation:
    """What becomes of a picture without each hidden node of its network.

    Attributes:
        nodes: ``(H,)`` ids of the hidden nodes.
        images: ``(1 + H, C, H, W)``, the whole network's first.
        scores: ``(1 + H,)`` float32, confidences in the class.
    """

    nodes: Ints
    images: Images
    scores: Scores


def of_run(
    folder: Path | str, wanted: str | None = None, scored: bool = False, trusted: bool = False
) -> Subject:
    """Take an elite from a run, finished or not.

    Args:
        folder: Of the run.
        wanted: Index or name of a class; none: the one of the highest score.
        scored: It will be scored, by ``ablate``, which takes the classifier of the run.
        trusted: The user consents to running a program that the folder names as its classifier.

    Raises:
        NeatfoolError: There is no such elite, or its genes are no network.
    """
    folder = Path(folder)
    run = read_standing(folder, scored, trusted)
    niche = run.niche(wanted)
    genome = run.archive.genomes.select([niche])
    network_part(genome)
    score, about = float(run.archive.scores[niche]), run.about
    title = f"{about.names[niche]} · {about.unit.write(score)}"
    index = about.indices[niche]
    return Subject(
        genome, run.encoding.medium, run.encoding, run.task, niche, index, title, about.unit
    )


def of_file(
    path: Path | str,
    classifier: Classifier | None = None,
    wanted: str | None = None,
    genome: int | None = None,
) -> Subject:
    """Read a network from a file, as ``read_network`` does: of any inputs and outputs.

    Args:
        path: The file.
        classifier: Looks at what the network paints, on a canvas of its size; none: nobody does.
        wanted: Index or name of a class; none: the one with the highest confidence.
        genome: Which network of a file with several, from 1; none: it has to be the only one.

    Raises:
        DataError: The file cannot be read, or is none of these.
        ConfigError: There is no such class, or the network paints nothing or in other colours than
            the classifier takes.
    """
    path = Path(path)
    try:
        with opened(path) as file:
            content = file.read(MOST_BYTES + 1)
        graphs, medium = read_network(content, genome)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    if classifier is None:
        return Subject(graphs, medium)
    if not isinstance(medium, Canvas):
        raise ConfigError(
            f"{path} holds a network of {graphs.inputs} inputs and {graphs.outputs} outputs, which "
            "paints nothing that could be classified: leave out --class, --ablate and the network "
            "options"
        )
    if classifier.shape[0] != medium.shape[0]:
        raise ConfigError(
            f"{classifier.name} takes images of {classifier.shape[0]} channels, and {path} paints "
            f"{medium.shape[0]}: choose another model"
        )
    canvas = replace(medium, shape=classifier.shape)
    encoding, task = Cppn(CppnSettings(), canvas, classifier.device), Fooling(classifier)
    scores = task.score(encoding.express(graphs))[0]
    index = int(scores.argmax()) if wanted is None else find_classes(wanted, task.niches)[0]
    title = f"{task.niches[index]} · {CONFIDENCE.write(float(scores[index]))}"
    return Subject(graphs, canvas, encoding, task, index, index, title)


def ablate(subject: Subject) -> Ablation:
    """Score a picture without each hidden node of its network, all edges of it disabled.

    Raises:
        ConfigError: The network paints nothing, or nothing scores it.
    """
    encoding, task = subject.encoding, subject.task
    if encoding is None or task is None:
        raise ConfigError(
            "--ablate compares confidences: expected a classifier, got none; add --model lenet5"
        )
    if not isinstance(subject.medium, Canvas):
        raise ConfigError(
            "--ablate shows pictures: expected a network that paints, got one that does not; leave "
            "it out"
        )
    variants = Graphs.concatenate([subject.graphs, ablations(subject.graphs)])
    genomes = subject.genome.with_networks(variants)
    with Threads(encoding.device) as pool:

        def score(first: int) -> tuple[Images, Scores]:
            images = encoding.express(genomes.part(first, min(first + _AT_ONCE, len(genomes))))
            alike = Trial(np.zeros(len(images), np.int64))  # each meets with the same luck
            return images.cpu(), task.score(images, alike)[:, subject.niche]

        parts = pool.map(score, range(0, len(genomes), _AT_ONCE))
    images, scores = zip(*parts, strict=True)
    nodes = subject.graphs.node_ids[hidden_nodes(subject.graphs)]
    return Ablation(nodes, torch.cat(images), np.concatenate(scores))


def drawing(
    subject: Subject,
    nodes: Literal["images", "symbols"] | None = None,
    ablation: Ablation | None = None,
    whole: bool = False,
) -> viz.Figure:
    """Draw the topology of a network as a figure.

    Args:
        subject: The network.
        nodes: What its nodes show; none: images, if it paints.
        ablation: Confidences to note under the nodes.
        whole: Draw what has no effect, too.

    Raises:
        ShapeError: Images are wanted of a network that does not paint.
    """
    heading = " · ".join(part for part in (subject.title, subject.note) if part)
    notes = None
    if ablation is not None:
        pairs = zip(ablation.nodes.tolist(), ablation.scores[1:].tolist(), strict=True)
        notes = {node: f"without: {subject.unit.write(score)}" for node, score in pairs}
    return viz.topology(subject.graphs, subject.medium, nodes, heading, notes, whole)


def strip(subject: Subject, ablation: Ablation) -> viz.Figure:
    """Draw the picture, then those without one node, the most different confidence first."""
    scores = ablation.scores.astype(np.float64)
    order = np.argsort(-np.abs(scores[1:] - scores[0]), kind="stable")
    written = [subject.unit.write(score) for score in scores.tolist()]
    titles = [f"whole · {written[0]}"]
    for place in order.tolist():
        name = viz.node_name(subject.graphs, int(ablation.nodes[place]))
        titles.append(f"without node {name} · {written[1 + place]}")
    images = ablation.images[[0, *(order + 1).tolist()]]
    return viz.image_grid(images, titles, heading=subject.title)
