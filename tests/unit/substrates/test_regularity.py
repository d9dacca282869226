"""Compressibility tells repetition from noise."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neatfool.substrates import compressibility


def test_repetition_is_told_from_noise() -> None:
    noise = np.random.default_rng(0).uniform(-3, 3, (1, 800))
    tiled = np.tile(noise[:, :20], 40)
    still = np.full((1, 800), 2.0)
    found = compressibility(np.vstack([noise, tiled, still, np.zeros((1, 800))]))
    assert found[0] < 0.05
    assert 0.9 < found[1] < min(found[2:])


@given(st.integers(0, 1 << 30), st.sampled_from([2, 4, 1024]))
def test_neither_size_nor_company_counts(seed: int, factor: int) -> None:
    weights = np.random.default_rng(seed).normal(size=(3, 50))
    found = compressibility(weights).tolist()
    assert compressibility(factor * weights).tolist() == found
    assert [compressibility(row[None])[0] for row in weights] == found
