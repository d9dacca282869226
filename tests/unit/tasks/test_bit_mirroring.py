import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neatfool.errors import ConfigError, ShapeError
from neatfool.tasks import BitMirroring, BitMirroringSettings, Trial

PLACES = np.arange(49)


def task(seed: int = 0, **settings) -> BitMirroring:
    return BitMirroring(BitMirroringSettings(**settings), seed)


def solution(mirror: BitMirroring) -> torch.Tensor:
    """Weights of one link from each input to its output."""
    count = len(mirror.targets)
    weights = torch.zeros(count, count)
    weights[np.arange(count), mirror.targets] = 1
    return weights.view(1, -1)


def test_the_most_regular_pairs_are_straight_across() -> None:
    assert np.array_equal(task().targets, PLACES)


@pytest.mark.parametrize(
    ("settings", "rows", "columns"),
    [
        ({"constrained": 50}, 49, 24),
        ({"constrained": 0}, 49, 0),
        ({"constraint": "row", "within_row": False}, 49, 0),
        ({"constraint": "row", "within_row": False, "constrained": 50}, 24, 0),
        ({"constraint": "column", "within_row": False}, 0, 49),
        ({"constraint": "row", "constrained": 10}, 49, 0),
    ],
)
def test_so_many_inputs_obey_the_constraint(settings, rows, columns) -> None:
    targets = task(**settings).targets

    # Others may do so by chance, about one in seven.
    assert rows <= (targets // 7 == PLACES // 7).sum() <= rows + (49 - rows) // 2
    assert columns <= (targets % 7 == PLACES % 7).sum() <= columns + (49 - columns) // 2


@given(
    st.integers(1, 9),
    st.floats(0, 100),
    st.sampled_from(["row", "column"]),
    st.booleans(),
    st.integers(0, 99),
)
def test_every_input_has_an_output_of_its_own(side, constrained, constraint, within, seed) -> None:
    mirror = task(
        seed, side=side, constrained=constrained, constraint=constraint, within_row=within
    )
    places = np.arange(side * side)

    assert np.array_equal(np.sort(mirror.targets), places)
    if within:
        assert np.array_equal(mirror.targets // side, places // side)


@pytest.mark.parametrize("settings", [{}, {"constrained": 30}, {"within_row": False, "side": 5}])
def test_a_link_from_each_input_to_its_output_solves_it(settings) -> None:
    mirror = task(**settings)

    assert mirror.score(solution(mirror)) == mirror.best
    assert mirror.score(-solution(mirror)) == 0


def test_the_best_is_490_and_no_links_get_about_half_of_it() -> None:
    scores = task().score(torch.zeros(2, 49 * 49))

    assert task().best == 490
    assert scores.dtype == np.float32
    expected = (task().patterns < 0).sum() / len(task().patterns) * 10
    assert scores[:, 0].tolist() == pytest.approx([expected] * 2)
    assert 200 < scores[0, 0] < 290


def test_random_weights_are_at_chance() -> None:
    weights = torch.randn(400, 49 * 49, generator=torch.Generator().manual_seed(0))

    assert task().score(weights).mean() == pytest.approx(245, abs=3)


def test_patterns_and_pairs_are_drawn_from_the_seed_once() -> None:
    one, same, other = (task(seed, constrained=0) for seed in (0, 0, 1))

    assert one.patterns.shape == (100, 49)
    assert set(np.unique(one.patterns)) == {-1, 1}
    assert np.array_equal(one.patterns, same.patterns)
    assert np.array_equal(one.targets, same.targets)
    assert not np.array_equal(one.patterns, other.patterns)
    assert not np.array_equal(one.targets, other.targets)


def test_fresh_patterns_are_those_of_the_generation() -> None:
    mirror = task(fresh_patterns=True, constrained=0)
    weights = torch.randn(5, 49 * 49, generator=torch.Generator().manual_seed(0))

    def scores(generation: int, first: int = 0, seed: int = 0) -> list[float]:
        trial = Trial(np.arange(5), generation, seed).part(first, 5)
        return mirror.score(weights[first:], trial)[:, 0].tolist()

    assert mirror.best == 490
    assert mirror.score(solution(mirror), Trial(np.arange(1))) == 490
    assert scores(1) == scores(1)
    assert scores(1, first=3) == scores(1)[3:]
    assert scores(1) != scores(2)
    assert scores(1) != scores(1, seed=1)
    with pytest.raises(ConfigError, match="expected a trial to draw fresh patterns from"):
        mirror.score(weights)


@pytest.mark.parametrize("count", [2, 17, 64])
def test_scores_do_not_depend_on_one_another(count) -> None:
    weights = torch.randn(count, 49 * 49, generator=torch.Generator().manual_seed(0)).round()

    together = task().score(weights)

    for place in range(count):
        assert np.array_equal(task().score(weights[[place]]), together[[place]])


def test_wrong_settings_and_weights_are_errors() -> None:
    with pytest.raises(ConfigError):
        BitMirroringSettings(side=0)
    with pytest.raises(ShapeError, match=r"expected weights of shape \(P, 2401\)"):
        task().score(torch.zeros(2, 81))
