import numpy as np
import pytest
import torch

from neatfool.errors import ConfigError, ShapeError
from neatfool.networks import ACTIVATIONS, compile_graphs
from neatfool.substrates import LinkSettings
from neatfool.substrates.links import weights_of
from neatfool.tasks import Boxes, BoxesSettings
from tests.strategies import join


def boxes(side: int = 11, **settings) -> Boxes:
    return Boxes(BoxesSettings(side=side, **settings))


def constant(task: Boxes, nodes: np.ndarray) -> torch.Tensor:
    """Make the weights of networks whose highest output is always the same node."""
    count = task.medium.settings.sheets[0].nodes
    weights = torch.zeros(len(nodes), count, count)
    weights[np.arange(len(nodes)), :, nodes] = 1
    return weights.view(len(nodes), -1)


def blurring(task: Boxes) -> torch.Tensor:
    """Make weights that add up all within the size of the large box."""
    places = torch.from_numpy(task.medium.settings.sheets[0].positions())
    near = (places[:, None] - places).abs().amax(dim=2) < 1.5 * 2 / 10
    return near.float().view(1, -1)


def nearness_cppn():
    """A CPPN of exp(-(6 (x1 - x2))²) + exp(-(6 (y1 - y2))²) - 0.3."""
    names = [activation.name for activation in ACTIVATIONS]
    part = {
        "node_ids": np.arange(8),
        "activations": [0] * 6 + [names.index("gaussian")] * 2,
        "biases": np.zeros(8),
        "sources": [0, 2, 1, 3, 6, 7, 4],
        "targets": [6, 6, 7, 7, 5, 5, 5],
        "weights": [6.0, -6.0, 6.0, -6.0, 0.5, 0.5, 0.0],
        "enabled": np.ones(7, bool),
        "innovations": np.arange(7),
    }
    return compile_graphs(join([part], 5, 1))


def test_there_are_75_trials_of_ten_filled_nodes() -> None:
    task = boxes()

    assert task.best == 2250
    assert task.fields.shape == (75, 121)
    assert (task.fields.sum(axis=1) == 10).all()  # they never overlap
    assert set(np.unique(task.fields)) == {0, 1}
    assert task.medium.shape == (14641,)


def test_the_trials_are_those_of_the_published_code() -> None:
    """Its loops, with x the column and y the row."""
    fields, centres = [], []
    for y in range(1, 11, 2):
        for x in range(1, 11, 2):
            far_x, far_y = (x + 5) % 11, (y + 5) % 11
            far_x, far_y = max(1, min(9, far_x)), max(1, min(9, far_y))
            for large_x, large_y in [(x, far_y), (far_x, y), (far_x, far_y)]:
                field = np.zeros((11, 11))
                field[y, x] = 1
                field[large_y - 1 : large_y + 2, large_x - 1 : large_x + 2] = 1
                fields.append(field.reshape(-1))
                centres.append((large_x, large_y))

    assert np.array_equal(boxes().fields, fields)
    assert np.array_equal(boxes().centres, centres)


@pytest.mark.parametrize("side", [11, 33])
def test_always_the_centre_scores_954(side) -> None:
    task = boxes(side)
    weights = constant(task, np.array([side * side // 2]))

    assert task.score(weights).tolist() == [[954]]
    assert task.distances(weights).mean() == pytest.approx(4.02, abs=0.005)


def test_all_trials_are_those_of_boxes_apart_and_within_the_field() -> None:
    task = boxes(trials="all")

    places = range(11)
    expected = sum(
        (x - large_x) ** 2 + (y - large_y) ** 2 >= 9
        for x in places
        for y in places
        for large_x in places[1:-1]
        for large_y in places[1:-1]
    )
    assert len(task.fields) == expected == 7952
    assert (task.fields.sum(axis=1) == 10).all()


def test_outputs_at_random_score_635_on_average() -> None:
    weights = constant(boxes(), np.arange(121))

    assert boxes().score(weights).mean() == pytest.approx(635, abs=0.5)
    assert boxes().distances(weights).mean() == pytest.approx(5.54, abs=0.005)


def test_the_small_box_scores_240(monkeypatch) -> None:
    task = boxes()
    fields = task.fields.reshape(75, 11, 11).copy()
    for field, (column, row) in zip(fields, task.centres, strict=True):
        field[row - 1 : row + 2, column - 1 : column + 2] = 0
    alone = torch.from_numpy(fields.reshape(1, 75, 121))
    monkeypatch.setattr(task.medium, "run", lambda weights, inputs: alone)

    assert task.score(torch.zeros(1, 14641)).tolist() == [[240]]
    assert task.distances(torch.zeros(1, 14641)).mean() == pytest.approx(5.93, abs=0.005)


@pytest.mark.parametrize("side", [11, 33])
@pytest.mark.parametrize("trials", ["training", "all"])
def test_adding_up_what_is_near_solves_it(side, trials) -> None:
    task = boxes(side, trials=trials)

    assert task.score(blurring(task)).tolist() == [[task.best]]


@pytest.mark.parametrize(("side", "small", "large"), [(33, 1, 4), (55, 2, 7), (99, 4, 13)])
def test_boxes_grow_with_the_resolution(side, small, large) -> None:
    task = boxes(side)
    times = side // 11

    scale = np.ones((times, times))
    coarse = boxes().fields.reshape(75, 11, 11)
    expected = np.stack([np.kron(field, scale) for field in coarse])
    assert np.array_equal(task.fields.reshape(75, side, side) > 0, expected > 0)
    assert np.unique(task.fields) == pytest.approx([0, (11 / side) ** 2])
    rows = np.flatnonzero(expected[0].any(axis=1))
    assert rows[0] + small == times + times // 2
    assert rows[-1] - large == task.centres[0, 1]


def test_cppns_keep_their_score_at_higher_resolution() -> None:
    found = {}
    for side in (11, 33):
        task = boxes(side)
        found[side] = float(task.score(task.medium.express(nearness_cppn()))[0, 0])

    assert found[11] > 0.95 * 2250
    assert found[33] > 0.9 * found[11]


def test_of_equal_outputs_the_first_is_taken() -> None:
    score = boxes().score(torch.zeros(1, 14641))

    assert np.array_equal(score, boxes().score(constant(boxes(), np.array([0]))))


@pytest.mark.parametrize("count", [2, 16, 33])
def test_scores_do_not_depend_on_one_another(count) -> None:
    weights = torch.randn(count, 14641, generator=torch.Generator().manual_seed(0))
    weights = weights_of(LinkSettings(), weights)

    together = boxes().score(weights)

    assert together.dtype == np.float32
    assert together.shape == (count, 1)
    for place in range(count):
        assert np.array_equal(boxes().score(weights[[place]]), together[[place]])


def test_wrong_settings_and_weights_are_errors() -> None:
    with pytest.raises(ConfigError):
        BoxesSettings(side=12)
    with pytest.raises(ShapeError, match=r"expected weights of shape \(P, 14641\)"):
        boxes().score(torch.zeros(2, 81))
