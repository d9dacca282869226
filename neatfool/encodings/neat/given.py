"""What scripts of neat-python hand in: genomes, inputs and configs, taken as they come."""

import itertools
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import neat
import numpy as np
import numpy.typing as npt
import torch
from neat.genes import DefaultConnectionGene

from neatfool.errors import ConfigError, ShapeError
from neatfool.types import Doubles, Ints

_COMPUTED = {"bias", "response", "activation", "aggregation"}


def genomes_in(given: Any) -> list[Any]:
    """Return genomes in their order.

    Args:
        given: A list, a series or an array of them; pairs of key and genome, as ``eval_genomes``
            gets them; or a dict, such as ``population.population`` and ``species.members``.

    Raises:
        ConfigError: It is none of these.
    """
    try:
        found = list(given.values() if isinstance(given, Mapping) else given)
    except TypeError:
        raise ConfigError(
            "expected genomes: a list, pairs of key and genome, or a dict such as "
            f"population.population, got one {type(given).__name__}; a single genome is [genome]"
        ) from None
    return [_bare(each) for each in found]


def _bare(given: Any) -> Any:
    """Take a genome out of a pair of its key and it."""
    is_pair = isinstance(given, tuple | list | np.ndarray) and len(given) == 2
    return given[1] if is_pair and isinstance(given[0], numbers.Integral) else given


def attributes_in(values: Sequence[float | bool]) -> npt.NDArray[np.number]:
    """Return an attribute of genes as an array of numbers; of None numpy would make NaN."""
    found = np.array(values)
    return found if found.dtype.kind in "biuf" else np.array([*map(float, values)])


def numbers_in(
    inputs: npt.ArrayLike, columns: int, dtype: torch.dtype, device: torch.device
) -> torch.Tensor:
    """Return inputs as a tensor ``(X, columns)``.

    Args:
        inputs: An array of any numbers, rows of them, or a tensor.
        columns: How many there should be.
        dtype: Of the tensor.
        device: Where it is.

    Raises:
        ShapeError: They are no numbers, or of another shape.
    """
    expected = (
        f"expected inputs of shape (X, {columns}), a row for each query and a column for each "
        "input of the config"
    )
    found = _tensor(inputs, expected)
    if found.ndim != 2 or found.shape[1] != columns:
        raise ShapeError(f"{expected}, got {tuple(found.shape)}")
    return found.to(device, dtype)


def own_numbers_in(
    inputs: npt.ArrayLike, count: int, columns: int, dtype: torch.dtype
) -> torch.Tensor:
    """Return inputs of so many genomes as a tensor ``(count, columns)`` or ``(count, X, columns)``.

    Raises:
        ShapeError: They are no numbers, or of another shape.
    """
    expected = (
        f"expected inputs of shape ({count}, {columns}), a row for each genome and a column for "
        f"each input of the config, or ({count}, X, {columns})"
    )
    found = _tensor(inputs, expected)
    if found.ndim not in (2, 3) or (len(found), found.shape[-1]) != (count, columns):
        raise ShapeError(f"{expected}, got {tuple(found.shape)}")
    return found.to("cpu", dtype)


def _tensor(inputs: npt.ArrayLike, expected: str) -> torch.Tensor:
    if isinstance(inputs, torch.Tensor):
        return inputs.detach()
    try:
        array = np.asarray(inputs)
        if array.dtype == object:  # numpy alone would make NaN of None
            array = np.array([*map(float, array.flat)]).reshape(array.shape)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"it holds {array.dtype}")
        return torch.from_numpy(np.array(array, np.float64))
    except (OverflowError, TypeError, ValueError) as error:
        raise ShapeError(f"{expected}, got no array of numbers ({error!s:.80})") from None


def require_config(config: neat.Config) -> None:
    """Make sure that something is a config of neat-python, for networks that pass values on.

    Raises:
        ConfigError: It is not.
    """
    genes = getattr(config, "genome_config", None)
    if genes is None:
        raise ConfigError(
            f"expected a config, as neat.Config makes it, got a {type(config).__name__}: hand on "
            "the one that the genomes were made with"
        )
    node = getattr(genes, "node_gene_type", None)
    attributes = {each.name for each in getattr(node, "_gene_attributes", ())}
    if attributes and not attributes >= _COMPUTED:
        raise ConfigError(
            f"expected a config of neat.DefaultGenome, got one of {config.genome_type.__name__}, "
            "whose nodes have no activation: neatfool has no networks that spike"
        )


def is_feed_forward(config: neat.Config) -> bool:
    """Say whether no genome of a config is meant to be recurrent."""
    return bool(getattr(config.genome_config, "feed_forward", True))


def fitness_of(genomes: Sequence[neat.DefaultGenome]) -> Doubles | None:
    """Return the fitness ``(P,)`` of genomes, NaN where it is no number; none: nowhere it is."""
    given = (getattr(genome, "fitness", None) for genome in genomes)
    found = [float(each) if isinstance(each, numbers.Real) else np.nan for each in given]
    return np.array(found) if np.isfinite(found).any() else None


def innovations_of(
    edges: list[DefaultConnectionGene], genomes: Sequence[neat.DefaultGenome]
) -> Ints:
    """Read innovation numbers; connections of before neat-python 1.0 are numbered by their order.

    Those that join the same two nodes have one number in all genomes, so that they align.
    """
    try:
        return np.array([edge.innovation for edge in edges], np.int64)
    except (AttributeError, TypeError):  # or it is None
        pairs = [pair for genome in genomes for pair in genome.connections]
        found = [getattr(edge, "innovation", None) for edge in edges]
        known = {pair: n for pair, n in zip(pairs, found, strict=True) if n is not None}
        new = itertools.count(1 + max(known.values(), default=-1))
        for pair in dict.fromkeys(pairs):
            if pair not in known:
                known[pair] = next(new)
        numbers = [known[pair] if n is None else n for pair, n in zip(pairs, found, strict=True)]
        return np.array(numbers, np.int64)
