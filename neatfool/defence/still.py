"""The attacks on a gate that nobody evolves: real pictures, plain colours, noise."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
import torch

from neatfool.bounded import read_bytes
from neatfool.classifiers import Classifier, imagenet_ids
from neatfool.data.real import find_real, has_idx
from neatfool.defence.attacks import Effort
from neatfool.defence.attempt import Attempt, Tally
from neatfool.errors import DataError
from neatfool.exams.reading import read_chunks
from neatfool.files import write_whole
from neatfool.reporting import Reporter, log
from neatfool.streams import stream
from neatfool.tasks.probes import draw_noise
from neatfool.types import Arrays, Floats, Images, Ints, Shape
from neatfool.workers.threads import Threads

OTHERS = "others"
"""Folder of pictures that show none of the classes."""
_SAVED_EVERY = 25
_MOST = 1 << 31  # bytes
_LEVELS = {1: 16, 3: 4}
"""How many levels of each channel plain colours have."""


class RealPictures:
    """Labelled pictures, of the accepted classes and of others.

    Args:
        data: A folder, as ``find_real`` takes it, ``others`` in it.
        classifier: Says which classes there are, and of which shape images are.

    Raises:
        DataError: The folder has no pictures, or the name of one is no class.
    """

    def __init__(self, data: Path, classifier: Classifier) -> None:
        count = len(classifier.labels)
        if has_idx(data) and count != 10:
            raise DataError(
                f"{data}: expected pictures of the {count} classes of {classifier.name}, got ten "
                "classes, as in MNIST; choose a folder of pictures"
            )
        ids = imagenet_ids() if count == len(imagenet_ids()) else ()
        self._shape = classifier.shape
        self._found = find_real(data, classifier.labels, ids, OTHERS)

    def __len__(self) -> int:
        return len(self._found)

    def chunks(self, pool: Threads) -> Iterator[tuple[Images, Ints]]:
        """Read them: images ``(P, C, H, W)`` and indices of their classes ``(P,)``, -1 for none.

        Raises:
            DataError: A picture cannot be read.
        """
        yield from read_chunks(self._found, self._shape, pool)


@dataclass(frozen=True, eq=False)
class Genuine:
    """What a gate says of real pictures of accepted classes.

    Attributes:
        best: ``(N,)`` the highest confidences in any accepted class.
        own: ``(N,)`` the confidences in the classes that they show.
    """

    best: Floats
    own: Floats


def show_real(
    pictures: RealPictures,
    classifier: Classifier,
    targets: tuple[int, ...],
    pool: Threads,
    reporter: Reporter,
) -> tuple[Genuine | None, Attempt | None]:
    """Show real pictures to a gate.

    Returns:
        What it says of those of accepted classes, and what the others came to; none: there are
        none.
    """
    best, own, others, done = [], [], Tally(targets, classifier.shape), 0
    reporter.start("real pictures", len(pictures))
    for images, classes in pictures.chunks(pool):
        confidences = pool.ask(classifier, images)
        is_genuine = np.isin(classes, targets)
        said = np.nan_to_num(confidences[is_genuine], nan=-np.inf)
        best.append(said[:, list(targets)].max(axis=1, initial=-np.inf))
        own.append(said[np.arange(len(said)), classes[is_genuine]])
        if not is_genuine.all():
            strangers = torch.from_numpy(~is_genuine)
            others.add(images[strangers], confidences[~is_genuine])
        done += len(images)
        reporter.step(done)
    reporter.finish()
    genuine = Genuine(np.concatenate(best), np.concatenate(own))
    attempt = others.attempt("real pictures of other classes") if others.steps else None
    return genuine if len(genuine.best) else None, attempt


def plain_colours(shape: Shape) -> Images:
    """Make images of one colour each: 16 greys, or 64 colours."""
    levels = np.linspace(0, 255, _LEVELS[shape[0]]).round() / 255
    colours = list(itertools.product(levels, repeat=shape[0]))
    return torch.tensor(colours).float()[:, :, None, None].expand(-1, *shape).contiguous()


def show_plain(
    classifier: Classifier, targets: tuple[int, ...], pool: Threads, reporter: Reporter
) -> Attempt:
    """Show plain colours to a gate."""
    images, tally = plain_colours(classifier.shape), Tally(targets, classifier.shape)
    reporter.start("plain colours", len(images))
    tally.add(images, pool.ask(classifier, images))
    reporter.finish()
    return tally.attempt("plain colours")


def show_noise(
    name: str,
    classifier: Classifier,
    effort: Effort,
    file: Path,
    pool: Threads,
    reporter: Reporter,
) -> Attempt:
    """Show noise to a gate, as many images as an attack evolves, or go on with that.

    Args:
        name: One of ``NOISES``.
        classifier: The gate's network.
        effort: What may be spent.
        file: Keeps what came of it, as far as it is.
        pool: Asks.
        reporter: Hears of progress.
    """
    tally, size = Tally(effort.targets, classifier.shape), effort.batch
    if (before := _read(file)) and tally.fits(before):
        tally.state = before
    elif file.exists():
        log.warning("%s was damaged: it is made again", file)
    steps, first = effort.budget // size, tally.steps
    reporter.start(name, steps, first)
    try:
        for step in range(first, steps):
            random = stream(effort.seed, "gate", name, step)
            images = draw_noise(name, (size, *classifier.shape), random)
            tally.add(images, pool.ask(classifier, images))
            reporter.step(step + 1)
            if step % _SAVED_EVERY == 0:
                write_whole(file, safetensors.numpy.save(tally.state))
    finally:
        write_whole(file, safetensors.numpy.save(tally.state))
    reporter.finish()
    return tally.attempt(name)


def _read(file: Path) -> Arrays | None:
    """Read what was kept; none: nothing was, or not the whole of it."""
    with contextlib.suppress(OSError, ValueError, safetensors.SafetensorError):
        return dict(safetensors.numpy.load(read_bytes(file, _MOST)))
    return None
