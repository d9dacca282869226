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


def test_recurrent_pairs_bring_what_was_a_step_before() -> None:
    sheets = (
        SheetSettings(name="seen", role="input", width=3),
        SheetSettings(name="hidden", role="hidden", width=2, height=2, activation="tanh"),
        SheetSettings(name="end", role="output", width=2, activation="tanh"),
    )
    back = (("hidden", "hidden"), ("end", "hidden"), ("seen", "end"))
    medium = Substrate(
        SubstrateSettings(sheets=sheets, recurrent=back, links=LinkSettings(biases=True))
    )
    random = stream(0, "recurrent")
    weights = random.normal(size=(2, *medium.shape)).astype(np.float32)
    seen = random.normal(size=(6, 4, 3)).astype(np.float32)  # steps, episodes, inputs
    assert medium.outputs == 5 + 2
    policy = medium.policy(torch.from_numpy(weights))
    policy.reset(2)
    acted = np.stack([policy.act(step.astype(float), np.arange(4)) for step in seen], axis=1)

    ends = np.cumsum([3 * 4, 4 * 2, 4 * 4, 2 * 4, 3 * 2, 4])
    for episode in range(4):
        parts = np.split(weights[episode // 2], ends)
        shapes = [(3, 4), (4, 2), (4, 4), (2, 4), (3, 2), (4,), (2,)]
        into, out, own, top, late, bias, ending = map(np.reshape, parts, shapes)
        before, hidden, end = np.zeros(3), np.zeros(4), np.zeros(2)
        for step in range(6):
            now = seen[step, episode]
            hidden = np.tanh(now @ into + hidden @ own + end @ top + bias)
            end = np.tanh(hidden @ out + before @ late + ending)
            before = now
            np.testing.assert_allclose(acted[episode, step], end, atol=1e-5)

    first = medium.run(torch.from_numpy(weights), torch.from_numpy(seen[:1, 0]))
    np.testing.assert_allclose(first[0, 0], acted[0, 0], atol=1e-6)


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
