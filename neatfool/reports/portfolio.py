"""Pictures of elites, whatever they are: images, or networks, weights and answers drawn."""

import itertools
import math
from typing import Any

import torch

from neatfool import viz
from neatfool.encodings import AnyEncoding, Genomes, Phenotypes
from neatfool.errors import TooLargeError
from neatfool.images import to_png
from neatfool.networks import Graphs
from neatfool.search import Archive
from neatfool.substrates import Substrate
from neatfool.tasks import Task
from neatfool.types import Floats
from neatfool.workers.chunks import chunk_size
from neatfool.workers.workers import Workers

DRAWN = 24
"""Of elites that are no images, so many of the best are drawn, and tested."""


class Portfolio:
    """Shows genomes of any encoding.

    Args:
        encoding: Of the genomes.
        task: Says what they answer; none: that is left out.
        most: Nodes and edges of the largest network that is drawn; none: all are.
    """

    def __init__(
        self,
        encoding: AnyEncoding,
        task: Task | None = None,
        most: tuple[int, int] | None = None,
    ) -> None:
        self.has_images = encoding.medium.makes == "images"
        self._encoding, self._task, self._most = encoding, task, most

    def elites(self, archive: Archive, pool: Workers) -> list[bytes | None]:
        """Show the elites of all niches: ``K`` PNG files.

        Images are as they were scored, black where there is no elite. Others are drawn, for the
        best; none for the rest.
        """
        if self.has_images:
            return list(itertools.chain(*pool.map(*self._painting(archive, pool))))
        shown = set(archive.best()[:DRAWN].tolist())
        genomes = archive.genomes
        return [self.draw(genomes.select([k])) if k in shown else None for k in range(len(genomes))]

    def gallery(self, pngs: list[bytes | None], titles: list[str], heading: str) -> bytes | None:
        """Draw what ``elites`` gave as one PNG file; none: there is nothing to show.

        Pictures that there are not are left out. A drawing that is alone is the gallery itself,
        since it would be too small in one.
        """
        shown = [(png, title) for png, title in zip(pngs, titles, strict=True) if png is not None]
        if not shown:
            return None
        if len(shown) == 1 and not self.has_images:
            return shown[0][0]
        levels = viz.padded([png for png, _ in shown])
        grid = viz.image_grid(levels, [title for _, title in shown], heading=heading)
        return viz.to_png(grid)

    def draw(self, genome: Genomes) -> bytes:
        """Show one genome, a batch of it alone: a PNG file.

        Raises:
            TooLargeError: It is a larger network than is drawn.
        """
        if self.has_images:
            return to_png(self._encoding.express(genome)[0].cpu())
        parts, panels, graphs = list[bytes](), list[viz.Panel](), genome.networks
        self._check(graphs)
        if graphs is not None and len(graphs):  # a hybrid that has switched has none
            parts.append(viz.to_png(viz.topology(graphs, self._encoding.medium, "symbols")))
        if self._task is not None or self._encoding.medium.makes != "networks":
            panels = self._panels(self._encoding.express(genome))
        if panels:
            parts.append(viz.to_png(viz.maps(panels)))
        return viz.stacked(parts)

    def substrate(self, genome: Genomes, heading: str) -> viz.Figure | None:
        """Draw the links of one genome between the sheets of its substrate; none: it has none."""
        medium, phenotypes = self._encoding.medium, self._encoding.express(genome)
        if not isinstance(medium, Substrate):
            return None
        sheets = {sheet.name: sheet.positions() for sheet in medium.settings.sheets}
        links = medium.links(phenotypes)
        bundles = [
            viz.Bundle(p.source, p.target, each, p.is_recurrent) for p, each in links.items()
        ]
        return viz.substrate(sheets, bundles, heading)

    def _check(self, graphs: Graphs | None) -> None:
        if graphs is None or self._most is None:
            return
        size = len(graphs.node_ids), len(graphs.weights)
        if size[0] > self._most[0] or size[1] > self._most[1]:
            raise TooLargeError(
                f"this network is too large to draw here: expected at most {self._most[0]:,} nodes "
                f"and {self._most[1]:,} edges, got {size[0]:,} and {size[1]:,}; `neatfool show` "
                "draws it"
            )

    def _panels(self, phenotypes: Phenotypes) -> list[viz.Panel]:
        """Lay out weights, and answers beside what is wanted."""
        panels = []
        answers = self._task.answers(phenotypes) if self._task else None
        medium = self._encoding.medium
        if isinstance(medium, Substrate):
            fields = medium.fields(phenotypes)
            panels += [viz.Panel(name, field, scale="weight") for name, field in fields.items()]
        elif isinstance(phenotypes, torch.Tensor):
            values = _matrix(phenotypes[0].cpu().numpy())
            panels.append(viz.Panel("phenotype", values, scale="value"))
        if answers is not None:
            for title, values in (("wanted", answers.wanted), ("given", answers.given[0])):
                panels.append(viz.Panel(title, values, rows=answers.cases, scale="answer"))
        return panels

    def _painting(self, archive: Archive, pool: Workers) -> Any:
        """Return what paints a chunk of the elites, and where chunks begin."""
        genomes, encoding = archive.genomes, self._encoding
        size = chunk_size(len(genomes), encoding.shape, pool.device)

        def paint(first: int) -> list[bytes]:
            last = min(first + size, len(genomes))
            images = encoding.express(genomes.part(first, last)).cpu()
            occupied = torch.from_numpy(archive.occupied[first:last])
            images = torch.where(occupied[:, None, None, None], images, 0)
            return [to_png(image) for image in images]

        return paint, range(0, len(genomes), size)


def _matrix(values: Floats) -> Floats:
    """Lay values out as a matrix that is as nearly square as can be without a gap."""
    count = values.size
    rows = next(r for r in range(math.isqrt(count), 0, -1) if count % r == 0)
    return values.reshape(rows, count // rows)
