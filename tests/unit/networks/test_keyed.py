import numpy as np
import pytest

from neatfool.networks import keyed
from neatfool.networks.keyed import place

KEYS = [7, 1, 4, 0, 0, 1]  # of a graph of two outputs and two hidden nodes, and one of outputs
PAIRS = [-1, 7, 7, 0, 4, 1, -2, 1, -2, 0]


def placed(keys=KEYS, pairs=PAIRS):
    bounds, edge_bounds = np.array([0, len(keys) - 2, len(keys)]), np.array([0, 4, 5])
    return place((2, 2), np.array(keys), bounds, np.array(pairs), edge_bounds)


def test_places_are_inputs_then_outputs_then_hidden_nodes_as_they_come() -> None:
    places, sources, targets = placed()

    assert places.tolist() == [4, 3, 5, 2, 8, 9]
    assert sources.tolist() == [0, 4, 5, 1, 1]
    assert targets.tolist() == [4, 2, 3, 3, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"keys": [7, 1, 4, 2, 0, 1]},
        {"keys": [7, 1, 4, 0, 0, 2]},
        {"keys": [7, 1, 4, -1, 0, 1]},
        {"pairs": [-1, 6, *PAIRS[2:]]},
        {"pairs": [-1, 99, *PAIRS[2:]]},
        {"pairs": [-3, 7, *PAIRS[2:]]},
        {"pairs": [4, -1, *PAIRS[2:]]},
        {"pairs": [*PAIRS[:8], 7, 0]},
    ],
    ids=str,
)
def test_what_is_missing_is_an_error(wrong) -> None:
    with pytest.raises(ValueError, match="a node is missing, or an edge leads into an input"):
        placed(**wrong)


def test_keys_that_would_take_too_much_memory_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(keyed, "_HIGHEST", 6)

    with pytest.raises(ValueError, match="missing"):
        placed()


def test_no_graphs_have_no_places() -> None:
    none, bounds = np.empty(0, np.int64), np.zeros(1, np.int64)

    assert [len(found) for found in place((2, 2), none, bounds, none, bounds)] == [0, 0, 0]
