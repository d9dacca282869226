"""Genomes of neat-python that were recorded: read to be drawn, and evaluated if all is known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from neatfool.encodings.encoding import Encoding
from neatfool.encodings.genomes import Birth
from neatfool.encodings.medium import Labelled, Medium
from neatfool.encodings.neat.functions import AGGREGATION_CODES, CODES
from neatfool.errors import ConfigError
from neatfool.networks import ACTIVATIONS, Graphs, Networks, compile_graphs
from neatfool.networks.aggregations import AGGREGATIONS
from neatfool.networks.graph import NEUTRAL
from neatfool.sections.neat import StockSettings
from neatfool.types import CPU, Arrays


class StockGenes(Encoding[Graphs]):
    """Genomes of neat-python, which are made by neat-python alone.

    Args:
        settings: What functions are called.
        medium: Names inputs and outputs.
        device: Nothing depends on it: networks stay on the CPU.
    """

    Settings = StockSettings
    draws_on_device = False

    def __init__(self, settings: StockSettings, medium: Medium, device: torch.device = CPU) -> None:
        if not isinstance(medium, Labelled):
            raise ConfigError(
                "encoding.kind neat-python is of runs that were recorded: choose cppn"
            )
        self._functions = _codes(
            CODES, settings.functions, settings.own_functions, len(ACTIVATIONS), "functions"
        )
        self._aggregations = _codes(
            AGGREGATION_CODES,
            settings.aggregations,
            settings.own_aggregations,
            len(AGGREGATIONS),
            "aggregations",
        )
        names = settings.functions + settings.own_functions
        ways = settings.aggregations + settings.own_aggregations
        called = replace(
            medium,
            functions=dict(zip(self._functions, names, strict=True)),
            aggregations=dict(zip(self._aggregations, ways, strict=True)),
        )
        super().__init__(settings, called, device)

    def new(self, count: int, birth: Birth) -> Graphs:
        """Refuse: neat-python makes them.

        Raises:
            ConfigError: Always.
        """
        raise ConfigError("genomes of neat-python were recorded, and neatfool makes none of them")

    def vary(self, parents: Graphs, birth: Birth) -> Graphs:  # noqa: D102
        return self.new(len(parents), birth)

    def express(self, genomes: Graphs) -> Networks:
        """Compile them.

        Raises:
            ConfigError: One has a function of the script's own.
            ShapeError: One is recurrent against its config.
        """
        return compile_graphs(genomes, "forward" if self.settings.feed_forward else "recurrent")

    def from_arrays(self, arrays: Arrays) -> Graphs:  # noqa: D102
        found = dict(arrays)
        for name, codes in (("activations", self._functions), ("aggregations", self._aggregations)):
            found[name] = np.array(codes, np.int16)[found[name]]
        found["activations"][: int(found["inputs"])] = 0  # inputs have none
        plain = [name for name, value in NEUTRAL.items() if (found[name] == value).all()]
        return Graphs.from_arrays({name: a for name, a in found.items() if name not in plain})


def _codes(
    known: dict[str, int], names: Sequence[str], own: Sequence[str], first: int, key: str
) -> list[int]:
    """Give the position in our table of each function, or one beyond it.

    Raises:
        ConfigError: A name is not known.
    """
    if missing := [name for name in names if name not in known]:
        raise ConfigError(f"encoding.{key}: expected names of neat-python, got {missing[0]!r:.60}")
    return [known[name] for name in names] + [first + place for place in range(len(own))]
