"""Pictures of any size: CPPNs paint them anew, other genes are magnified."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neatfool import viz
from neatfool.encodings import AnyEncoding, Genomes
from neatfool.encodings.interchange.picture import KEYWORD, Picture, to_text
from neatfool.errors import ConfigError
from neatfool.images import (
    Canvas,
    levels_to_jpeg,
    levels_to_png,
    render_between,
    render_large,
    to_levels,
)
from neatfool.networks import Graphs, compile_graphs
from neatfool.past.standing import Standing, read_standing
from neatfool.reports.show import of_file
from neatfool.types import CPU, Bytes, Floats
from neatfool.workers.threads import Threads


class Enlarger:
    """Paints genomes of images at another size.

    CPPNs are asked for the colours of more points. Genes of pixels, and of networks with offsets
    beside them, have no points between: they become squares.

    Attributes:
        canvas: What its genomes were scored on.

    Args:
        encoding: Of the genomes.
        longest: Pixels of the longer side.
        has_left: Says, between parts of a picture, that nobody wants it any more.

    Raises:
        ConfigError: The encoding is not of images.
    """

    def __init__(
        self, encoding: AnyEncoding, longest: int, has_left: Callable[[], bool] = lambda: False
    ) -> None:
        medium = encoding.medium
        if not isinstance(medium, Canvas):
            raise ConfigError(
                "expected a run that evolves images, got one that evolves none: `neatfool show` "
                "draws its networks"
            )
        self.canvas = medium
        self._encoding, self._large = encoding, medium.enlarged(longest)
        self._has_left = has_left

    def paint(self, genome: Genomes) -> Bytes:
        """Paint one genome, a batch of it alone: levels ``(C, H, W)`` uint8.

        Raises:
            NeatfoolError: Nobody wants the picture any more.
        """
        graphs = self.network(genome)
        if graphs is None:
            return self._magnified(to_levels(self._encoding.express(genome))[0])
        return render_large(compile_graphs(graphs), self._large, self._has_left)

    def between(self, first: Genomes, second: Genomes, steps: Floats) -> Iterator[Bytes]:
        """Paint what lies between two genomes, one after the other, as ``Encoding.between``."""
        ends = self.network(first), self.network(second)
        if ends[0] is None or ends[1] is None:
            images = self._encoding.between(first, second, steps)
            return map(self._magnified, to_levels(images))
        return render_between(ends[0], ends[1], steps, self._large, self._has_left)

    def network(self, genome: Genomes) -> Graphs | None:
        """Return the network of a genome that is nothing else."""
        graphs = genome.networks
        return graphs if graphs is not None and len(graphs) and not self._encoding.beside else None

    def _magnified(self, levels: Bytes) -> Bytes:
        rows, columns = (
            np.arange(large) * small // large
            for large, small in zip(self._large.shape[1:], levels.shape[1:], strict=True)
        )
        return levels[:, rows[:, None], columns]


@dataclass(frozen=True, eq=False)
class Poster:
    """A picture to print.

    Attributes:
        levels: ``(C, H, W)`` uint8.
        text: The genome and its canvas as a document; none: it is of several, or no network.
        index: Of the class that is shown; none: several, or of no run.
    """

    levels: Bytes
    text: str | None = None
    index: int | None = None

    def encode(self, path: Path) -> bytes:
        """Encode it as the end of a name says; as PNG it carries the genome."""
        if path.suffix.lower() == ".png":
            return levels_to_png(self.levels, {KEYWORD: self.text} if self.text else None)
        return levels_to_jpeg(self.levels)


def poster_of_run(
    folder: Path,
    size: int,
    wanted: str | None = None,
    trusted: bool = False,
    check: Callable[[Graphs, int], None] = lambda _, size: None,
    has_left: Callable[[], bool] = lambda: False,
) -> Poster:
    """Paint elites of a run, finished or not: one, or all on a sheet, each with its name.

    Args:
        folder: Of the run.
        size: Pixels of the longer side of a picture, or of the width of a sheet.
        wanted: Index or name of a class; none: all that have an elite.
        trusted: The user consents to running a program that the folder names.
        check: Is asked before whether networks may be painted, each of so many pixels a side; it
            raises what it likes.
        has_left: Says, between parts of a picture, that nobody wants it any more.

    Raises:
        NeatfoolError: There is no such elite, or the run evolves no images.
    """
    run = read_standing(folder, trusted=trusted)
    niches = np.flatnonzero(run.archive.occupied).tolist()
    if wanted is None and len(niches) > 1:
        return Poster(_sheet(run, niches, size, check, has_left))
    niche = run.niche(wanted)
    genome = run.archive.genomes.select([niche])
    enlarger = Enlarger(run.encoding, size, has_left)
    graphs = enlarger.network(genome)
    if graphs is not None:
        check(graphs, size)
    text = to_text(Picture(graphs, enlarger.canvas)) if graphs is not None else None
    return Poster(enlarger.paint(genome), text, run.about.indices[niche])


def poster_of_file(path: Path, size: int, genome: int | None = None) -> Poster:
    """Paint the network of a file, as ``of_file`` reads it."""
    subject = of_file(path, genome=genome)
    if not isinstance(subject.medium, Canvas):
        raise ConfigError(
            f"{path} holds a network of {subject.graphs.inputs} inputs and "
            f"{subject.graphs.outputs} outputs, which paints nothing: `neatfool show` draws it"
        )
    canvas = subject.medium.enlarged(size)
    levels = render_large(compile_graphs(subject.graphs), canvas)
    return Poster(levels, to_text(Picture(subject.graphs, subject.medium)))


def _sheet(
    run: Standing,
    niches: list[int],
    size: int,
    check: Callable[[Graphs, int], None],
    has_left: Callable[[], bool],
) -> Bytes:
    about, scores = run.about, run.archive.scores.tolist()
    columns, tile = viz.tiles(len(niches), size)
    enlarger = Enlarger(run.encoding, tile, has_left)
    graphs = enlarger.network(run.archive.genomes.select(niches))
    if graphs is not None:
        check(graphs, tile)
    with Threads(CPU) as pool:
        pictures = pool.map(lambda k: enlarger.paint(run.archive.genomes.select([k])), niches)
    captions = [f"{about.names[k]} · {about.unit.write(scores[k])}" for k in niches]
    return viz.contact_sheet(pictures, captions, columns, size)
