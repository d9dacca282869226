"""What may go with how far evolution comes: measures of classes and of elites, and correlations."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from scipy import stats

from neatfool import past, studies
from neatfool.classifiers import Classifier
from neatfool.encodings import AnyEncoding, Birth
from neatfool.images import to_grid
from neatfool.networks import Graphs, compile_graphs
from neatfool.reporting import Reporter, stepping
from neatfool.streams import stream
from neatfool.types import Doubles, Images, Ints, Json

TILES = (4, 8)
SHUFFLES = 7
"""Of each number of tiles: with the picture, and that in grey, a batch of 16."""
TOGETHER = 16
"""Images that the network is asked about at once."""
LUMINANCE = torch.tensor([0.299, 0.587, 0.114])
"""Of red, green and blue (ITU-R BT.601)."""
LEAST = 1e-30
"""Smaller confidences have the logarithm of this."""
DRAWS = 2_000


class Correlation(NamedTuple):
    """A rank correlation with the confidence that evolution reached."""

    name: str
    rho: float
    low: float
    high: float
    p: float
    """Adjusted by Holm for all that are in the table."""


def shuffled(images: Images, tiles: int, random: np.random.Generator) -> Images:
    """Cut images ``(P, C, H, W)`` into so many tiles in each direction, and shuffle those of each.

    What is left at the right and at the bottom stays where it is.
    """
    height, width = (side // tiles for side in images.shape[2:])
    mixed = images.clone()
    corners = [(row * height, col * width) for row, col in np.ndindex(tiles, tiles)]
    for image, given in zip(mixed, images, strict=True):
        for place, source in enumerate(random.permutation(len(corners))):
            (y, x), (v, u) = corners[place], corners[source]
            image[:, y : y + height, x : x + width] = given[:, v : v + height, u : u + width]
    return mixed


def grey(images: Images) -> Images:
    """Keep the luminance of images, on the 8-bit grid."""
    if images.shape[1] == 1:
        return images
    kept = torch.einsum("pchw,c->phw", images, LUMINANCE)
    return to_grid(kept[:, None].repeat(1, 3, 1, 1))


def rival(confidences: Doubles, index: int) -> tuple[int, float]:
    """Name the strongest other class of ``(K,)``, and give its share of what the class has not."""
    others = np.array(confidences)
    others[index] = 0
    strongest = int(others.argmax())
    return strongest, float(others[strongest] / max(others.sum(), LEAST))


def asked(classifier: Classifier, images: Images) -> Doubles:
    """Ask for confidences ``(P, K)``, some images at a time."""
    parts = [classifier(some) for some in images.split(TOGETHER)]
    found: Doubles = torch.cat(parts).cpu().double().numpy()
    return found


def logs(confidences: Doubles) -> Doubles:
    """Take logarithms, of zero too."""
    found: Doubles = np.log(np.maximum(confidences, LEAST))
    return found


def look_at_real(classifier: Classifier, index: int, pictures: Images) -> Json:
    """Ask about real pictures of a class as they are, in shuffled tiles, and grey.

    Returns:
        Means of log confidences of the class.
    """
    random = stream(0, "limits", index)
    views = {"real": [pictures], "grey": [grey(pictures)]}
    for tiles in TILES:
        views[f"tiles {tiles}"] = [shuffled(pictures, tiles, random) for _ in range(SHUFFLES)]
    names = [name for name, some in views.items() for _ in range(len(some) * len(pictures))]
    images = torch.cat([image for some in views.values() for image in some])
    found = logs(asked(classifier, images)[:, index])
    return {name: float(found[[each == name for each in names]].mean()) for name in views}


def inclination(
    classifier: Classifier, encoding: AnyEncoding, count: int, reporter: Reporter
) -> list[float]:
    """Ask about what new networks paint at random: the mean log confidence of every class."""
    genomes = encoding.new(count, Birth(1, stream(0, "limits")))
    starts = range(0, count, TOGETHER)
    parts = stepping(starts, len(starts), "random images", reporter)
    painted = (encoding.express(genomes.part(k, min(k + TOGETHER, count))) for k in parts)
    total = sum(logs(asked(classifier, images)).sum(axis=0) for images in painted)
    return list(map(float, total / count))


def sizes(graphs: Graphs) -> dict[str, Ints]:
    """Count hidden nodes, edges and levels of what reaches an output, of each graph: ``(P,)``."""
    networks = compile_graphs(graphs)
    nodes = networks.node_offsets
    return {
        "hidden nodes": np.diff(nodes) - graphs.outputs,
        "edges": np.diff(networks.edge_offsets[nodes]),
        "depth": np.maximum.reduceat(networks.levels, nodes[:-1]),
    }


def paint_elites(standing: past.Standing) -> Images:
    """Paint the elites of all classes again, as they were scored: ``(K, C, H, W)``."""
    genomes = standing.archive.genomes
    places = np.array_split(np.arange(len(genomes)), -(-len(genomes) // TOGETHER))
    return torch.cat([standing.encoding.express(genomes.select(some)).cpu() for some in places])


def look_at_run(classifier: Classifier, standing: past.Standing) -> Json:
    """Ask about the elites of a run, and count what their networks are made of."""
    images, indices = paint_elites(standing), standing.about.indices
    columns = np.arange(len(indices)), list(indices)
    confidences, greys = asked(classifier, images), asked(classifier, grey(images))
    tops = np.argsort(-confidences, axis=1)[:, :3]
    pairs = list(zip(confidences, indices, tops, strict=True))
    return {
        "confidence": confidences[columns].tolist(),
        "grey": (logs(greys) - logs(confidences))[columns].tolist(),
        "rival": [rival(row, index)[1] for row, index, _ in pairs],
        "top": [[[int(k), float(row[k])] for k in top] for row, _, top in pairs],
        **{n: each.tolist() for n, each in sizes(standing.archive.genomes.networks).items()},
    }


def correlations(
    measures: Mapping[str, Sequence[float]], reached: Sequence[float]
) -> list[Correlation]:
    """Correlate measures of ``K`` classes with what was reached, by ranks (Spearman 1904).

    Intervals are percentiles of bootstrap samples of the classes; p values are Holm's.
    """
    found = {name: studies.spearman(values, reached) for name, values in measures.items()}
    adjusted = studies.holm([p for _, p in found.values()])
    rows = []
    for (name, (rho, _)), p in zip(found.items(), adjusted.tolist(), strict=True):
        random, count = stream(0, "bootstrap", name), len(reached)
        samples = random.integers(count, size=(DRAWS, count))
        ranks = [stats.rankdata(np.asarray(v)[samples], axis=1) for v in (measures[name], reached)]
        first, second = (each - each.mean(axis=1, keepdims=True) for each in ranks)
        scale = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
        drawn = (first * second).sum(axis=1) / np.maximum(scale, LEAST)
        low, high = np.quantile(drawn, (0.025, 0.975)).tolist()
        rows.append(Correlation(name, rho, low, high, p))
    return rows
