"""The grid of MAP-Elites over measures."""

import itertools

import numpy as np
import pytest

from neatfool import viz
from neatfool.errors import ShapeError
from neatfool.reporting import CONFIDENCE, SCORE, Unit
from neatfool.search import GridSettings


def filled(*bins: int, low: float = -2250, high: float = 100) -> np.ndarray:
    draw = np.random.default_rng(len(bins))
    scores = low + (high - low) * draw.random(bins, np.float32)
    scores[draw.random(bins) < 0.5] = -np.inf
    return scores


def drawn(figure) -> list[np.ndarray]:
    """Return the cells of every map, x first; minus infinity where blank."""
    images = [axes.images[0] for axes in figure.axes if axes.images]
    return [np.ma.filled(image.get_array().astype(float), -np.inf).T for image in images]


def test_a_map_has_the_first_measure_to_the_right_and_the_second_upwards() -> None:
    grid = GridSettings(bins=(5, 3), lower=(0, -1), upper=(10, 1))
    measures = np.array([[9.5, 0.9], [0.5, -0.9], [9.5, -0.9]], np.float32)
    scores = grid.spread(np.array([3, 1, 2], np.float32), measures).max(axis=0).reshape(grid.bins)
    figure = viz.grid_map(scores, ["speed", "height"], grid.lower, grid.upper, "Robot", SCORE)

    axes, bar = figure.axes
    (cells,) = drawn(figure)
    assert (cells == scores).all()
    image = axes.images[0]
    assert (image.get_extent(), image.origin) == ([0, 10, -1, 1], "lower")
    assert (axes.get_xlabel(), axes.get_ylabel(), bar.get_ylabel()) == ("speed", "height", "score")
    assert image.get_clim() == (1, 3)
    assert figure.get_suptitle() == "Robot"
    assert axes.get_title(loc="left") == "3 of 15 cells filled (20.0 %) · QD-score 6"


@pytest.mark.parametrize("low", [-2250.0, 0.0, 90.0])
def test_scores_over_one_measure_are_bars_that_can_all_be_seen(low: float) -> None:
    scores = np.array([low, -np.inf, 100, np.nan])
    figure = viz.grid_map(scores, ["distance"], [-1], [1], unit=Unit("fitness"))
    axes = figure.axes[0]
    heights, edges, baseline = axes.patches[0].get_data()
    np.testing.assert_array_equal(heights, [low, np.nan, 100, np.nan])
    assert edges.tolist() == [-1, -0.5, 0, 0.5, 1]
    assert baseline == axes.get_ylim()[0] < min(low, 0)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("distance", "fitness")


@pytest.mark.parametrize("bins", [(4, 3, 2), pytest.param((1, 2, 3, 2), marks=pytest.mark.proof)])
def test_more_measures_are_pairs_that_show_the_best_over_the_others(bins) -> None:
    scores = filled(*bins)
    measures = range(len(bins))
    names = [f"m{axis}" for axis in measures]
    figure = viz.grid_map(scores, names, [0.0] * len(bins), [axis + 1.0 for axis in measures])

    pairs = [(x, y) for y in measures for x in range(y)]
    cells = drawn(figure)
    assert len(cells) == len(pairs)
    for (x, y), shown in zip(pairs, cells, strict=True):
        for i, j in itertools.product(range(bins[x]), range(bins[y])):
            assert shown[i, j] == scores.take([i], axis=x).take([j], axis=y).max()
    assert {axes.get_xlabel() for axes in figure.axes} == {"", *names[:-1]}


@pytest.mark.parametrize("bins", [(20,), (4, 5)])
@pytest.mark.parametrize("score", [-np.inf, np.nan, 0.0, 7.0])
@pytest.mark.parametrize("unit", [SCORE, CONFIDENCE])
def test_empty_and_equal_cells_are_no_error(bins, score: float, unit: Unit) -> None:
    ends = [0.0] * len(bins), [1e-6] * len(bins)
    figure = viz.grid_map(np.full(bins, score), ["$x$"] * len(bins), *ends, unit=unit)
    count = np.prod(bins) if np.isfinite(score) else 0
    assert figure.axes[0].get_title(loc="left").startswith(f"{count} of {np.prod(bins)} cells")
    figure.draw_without_rendering()


@pytest.mark.parametrize(("share", "top"), [(0.99, 6), (0.3, 0.3)])
def test_shares_count_nines_where_there_are_some(share: float, top: float) -> None:
    figure = viz.grid_map([[share, -np.inf]], ["a", "b"], [0, 0], [1, 1], unit=CONFIDENCE)
    image = figure.axes[0].images[0]
    assert image.get_clim() == pytest.approx((0, top))
    assert image.get_array().max() == pytest.approx(2 if top == 6 else share)


def test_equal_grids_give_equal_bytes() -> None:
    first, second = (
        viz.to_png(viz.grid_map(filled(3, 4, 2), list("abc"), [0] * 3, [1] * 3)) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    ("shape", "names", "ends", "got"),
    [
        ((5,), ["a", "b"], ([0, 0], [1, 1]), r"got scores \(5,\), 2 names and 2 and 2 ends"),
        ((5, 2), ["a", "b"], ([0, 0], [1]), r"got scores \(5, 2\), 2 names and 2 and 1 ends"),
        ((0, 2), ["a", "b"], ([0, 0], [1, 1]), r"got scores \(0, 2\)"),
        ((), [], ([], []), r"got scores \(\), 0 names"),
        ((5,), ["a"], ([1], [1]), r"lower ends below upper ones, got \[1\] and \[1\]"),
        ((5,), ["a"], ([float("nan")], [1]), "lower ends below upper ones"),
    ],
)
def test_grids_that_do_not_fit_are_refused(shape, names, ends, got) -> None:
    with pytest.raises(ShapeError, match=got):
        viz.grid_map(np.zeros(shape), names, *ends)
