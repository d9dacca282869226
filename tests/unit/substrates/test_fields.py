"""Receptive fields show each weight where its two nodes stand."""

import numpy as np
import torch

from neatfool.substrates import LinkSettings, SheetSettings, Substrate, SubstrateSettings


def test_each_weight_stands_where_its_nodes_do() -> None:
    sheets = (
        SheetSettings(name="in", role="input", width=3, height=2),
        SheetSettings(name="out", role="output", width=2, height=4),
    )
    substrate = Substrate(SubstrateSettings(sheets=sheets, links=LinkSettings(biases=True)))
    weights = torch.arange(float(substrate.shape[0]))[None]
    fields = substrate.fields(weights)
    field = fields["in → out"]
    assert field.shape == (4 * 3 - 1, 2 * 4 - 1)
    for source in range(6):
        for target in range(8):
            (row, column), (down, across) = divmod(source, 3), divmod(target, 2)
            assert field[down * 3 + row, across * 4 + column] == source * 8 + target
    assert np.isnan(field).sum() == field.size - 48
    assert fields["biases of out"].tolist() == (48 + np.arange(8.0)).reshape(4, 2).tolist()
