"""Dense networks act as substrates run, and play as they act."""

import numpy as np
import pytest
import torch

from neatfool.errors import ShapeError
from neatfool.networks import DensePolicy
from neatfool.streams import stream
from neatfool.substrates import LinkSettings, SheetSettings, Substrate, SubstrateSettings


def substrate(biases: bool, outputs: int, activation: str = "tanh") -> Substrate:
    sheets = (
        SheetSettings(name="one", role="input", width=5, height=4),
        SheetSettings(name="other", role="input", width=20),
        SheetSettings(name="hidden", role="hidden", width=7, height=3, activation=activation),
        SheetSettings(name="deep", role="hidden", width=3, activation="sine"),
        SheetSettings(name="end", role="output", activation="tanh"),
        SheetSettings(name="ends", role="output", width=outputs, activation="sigmoid"),
    )
    pairs = (
        *(("one", "hidden"), ("other", "hidden"), ("hidden", "deep"), ("deep", "ends")),
        *(("hidden", "end"), ("other", "end"), ("one", "ends")),
    )
    return Substrate(
        SubstrateSettings(sheets=sheets, pairs=pairs, links=LinkSettings(biases=biases))
    )


def drawn(medium: Substrate, count: int, rows: int) -> tuple[torch.Tensor, np.ndarray]:
    random = stream(0, "dense")
    weights = random.normal(size=(count, *medium.shape)).astype(np.float32) / 4
    seen = random.normal(size=(count * rows, 40)) * (random.random((count * rows, 40)) < 0.5)
    return torch.from_numpy(weights), seen


@pytest.mark.parametrize("activation", ["tanh", "gaussian", "relu", "identity"])
@pytest.mark.parametrize(("biases", "outputs"), [(False, 1), (True, 4)])
def test_what_acts_is_what_runs(biases: bool, outputs: int, activation: str) -> None:
    medium = substrate(biases, outputs, activation)
    weights, seen = drawn(medium, 6, 9)
    policy = medium.policy(weights)
    policy.reset(3)
    acted = policy.act(seen, np.arange(18).repeat(3))
    run = medium.run(weights, torch.from_numpy(seen).float().view(6, 9, 40))
    assert acted.shape == (54, 1 + outputs)
    np.testing.assert_allclose(acted, run.flatten(0, 1), atol=2e-6)


def test_who_else_acts_changes_no_bit() -> None:
    medium = substrate(True, 2)
    weights, seen = drawn(medium, 4, 5)
    policy = medium.policy(weights)
    whole = policy.act(seen, np.arange(4).repeat(5))
    for place in range(4):
        mine = slice(5 * place, 5 * place + 5)
        alone = medium.policy(weights[place : place + 1]).act(seen[mine], np.zeros(5, np.int64))
        assert alone.tobytes() == whole[mine].tobytes()


def test_an_input_that_is_not_seen_is_a_bias() -> None:
    medium = substrate(False, 1)
    weights, seen = drawn(medium, 2, 3)
    owners = np.arange(2).repeat(3)
    seen[:, -1] = 1
    policy = medium.policy(weights)
    whole = policy.act(seen, owners)
    assert isinstance(policy, DensePolicy)
    assert policy.act(seen[:, :-1], owners).tobytes() == whole.tobytes()
    with pytest.raises(ShapeError, match="expected 40 observations, or one less"):
        policy.act(seen[:, :-2], owners)
