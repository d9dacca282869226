"""Substrates as layers: what lets their networks act."""

from collections.abc import Mapping, Sequence

import numpy as np

from neatfool.networks import Layers, activation_codes
from neatfool.sections.substrate import SheetSettings
from neatfool.substrates.pairs import Pair


def layers_of(
    sheets: Mapping[str, SheetSettings],
    order: Sequence[str],
    pairs: Sequence[Pair],
    starts: Sequence[int],
    biased: Sequence[str],
) -> Layers:
    """Say how a substrate is computed.

    Args:
        sheets: By name.
        order: Names of those that are computed, in order.
        pairs: All there are.
        starts: Where the weights of each pair begin, then the biases of each sheet that has some.
        biased: Names of those.
    """
    names = [name for name, sheet in sheets.items() if sheet.role == "input"] + [*order]
    found: list[tuple[int, int, bool]] = []
    computed = []
    for name in order:
        first = len(found)
        for start, pair in zip(starts, pairs, strict=False):
            if pair.target == name:
                found.append((names.index(pair.source), start, pair.is_recurrent))
        bias = starts[len(pairs) + biased.index(name)] if name in biased else -1
        [code] = activation_codes([sheets[name].activation])
        computed.append((names.index(name), code, bias, first, len(found)))
    ends = [names.index(name) for name, sheet in sheets.items() if sheet.role == "output"]
    widths = [sheets[name].nodes for name in names]
    return Layers(np.array(widths), np.array(computed), np.array(found), np.array(ends))
