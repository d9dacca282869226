"""Pictures of how a run came about, from few niches to many."""

import re
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch
from PIL import Image

from neatfool import viz
from neatfool.errors import ConfigError, ShapeError
from neatfool.reporting import CONFIDENCE, Unit
from neatfool.version import installing


def scores(generations: int, niches: int, top: float = 0.9999) -> np.ndarray:
    grown = np.linspace(0, top, generations)[:, None] * np.linspace(0.98, 1, niches)
    return grown.astype(np.float32)


@pytest.mark.parametrize(("generations", "niches"), [(1, 1), (30, 10), (2000, 41)])
def test_a_row_for_every_niche_and_the_last_generation_at_the_right(
    generations: int, niches: int
) -> None:
    names = [f"class {k}" for k in range(niches)]
    figure = viz.archive_history(scores(generations, niches), names, "Elites")
    axes = figure.axes[0]
    shown = axes.images[0].get_array()
    assert shown.shape == (niches, min(generations, 1500))
    assert len(axes.get_yticks()) == (niches if niches <= 40 else 0)
    if niches > 40:
        assert (np.diff(shown[:, -1]) <= 0).all()
        assert axes.get_ylabel() == "41 classes, the most confident at the top"
    assert axes.get_title(loc="left") == "Elites"


@pytest.mark.parametrize(("top", "ticks"), [(0.9999, 7), (0.4, None)])
def test_colours_count_nines_only_where_there_are_some(top: float, ticks: int | None) -> None:
    figure = viz.archive_history(scores(9, 5, top), list("abcde"))
    image = figure.axes[0].images[0]
    assert image.norm.vmax == pytest.approx(6 if ticks else top)
    assert image.get_array().max() == pytest.approx(4 if ticks else top, rel=1e-3)


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([[-5, 2.5], [-1, 2250]], (-5, 2250)),
        ([[-np.inf, np.nan], [3, 4]], (3, 4)),
        ([[7, 7]], (6.65, 7.35)),
        ([[-np.inf]], (0, 1)),
    ],
)
def test_colours_of_scores_go_from_the_least_to_the_largest(values, ends) -> None:
    figure = viz.archive_history(values, list("ab")[: len(values[0])], unit=Unit("distance"))
    image, bar = figure.axes[0].images[0], figure.axes[1]
    assert image.get_clim() == pytest.approx(ends)
    blank = np.ma.getmaskarray(image.get_array()).T
    assert blank.tolist() == (~np.isfinite(values)).tolist()
    assert bar.get_ylabel() == "distance of the elite"
    least, best = (sum(image.cmap(end)[:3]) for end in (0.0, 1.0))
    assert least > best, "on white paper, and brighter where a dark page inverts it"
    assert viz.to_png(figure)


def test_many_niches_are_sorted_by_score() -> None:
    values = np.arange(50.0)[None] - 100
    axes = viz.archive_history(values, ["x"] * 50, unit=Unit()).axes[0]
    assert axes.images[0].get_array()[:, 0].tolist() == sorted(values[0], reverse=True)
    assert axes.get_ylabel() == "50 niches, the best at the top"


def test_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"2 names, got \(9, 5\)"):
        viz.archive_history(scores(9, 5), ["a", "b"])
    with pytest.raises(ShapeError, match="of 2 names"):
        viz.goal_matrix(np.eye(3), np.zeros(2), ["a", "b"])
    with pytest.raises(ShapeError, match="at least one ancestor"):
        viz.lineage([])


def test_generations_are_ticked_at_whole_numbers() -> None:
    history = viz.archive_history(scores(20, 5), list("abcde"))
    species = viz.species_areas([(np.arange(3), np.full(3, 5))] * 20, np.ones(20))
    for figure in (history, species):
        ticks = figure.axes[0].get_xticks()
        assert np.array_equal(ticks, ticks.round())


def test_scores_close_to_one_are_written_in_full() -> None:
    scores_of_best = np.linspace(0.99997, 0.99999, 9)
    figure = viz.species_areas([(np.arange(3), np.full(3, 5))] * 9, scores_of_best)
    figure.draw_without_rendering()
    axis = figure.axes[2].yaxis
    labels = [float(label.get_text()) for label in axis.get_ticklabels()]
    assert labels == pytest.approx(axis.get_ticklocs(), abs=1e-7)


def test_every_genome_is_in_an_area_and_rare_species_share_one() -> None:
    species = [(np.arange(n, n + 50), np.full(50, 3)) for n in range(6)]
    figure = viz.species_areas(species, np.linspace(0, 1, 6), "Species")
    areas = figure.axes[0].collections
    assert len(areas) == 41  # 40 of their own, and grey
    tops = [area.get_paths()[0].vertices[:, 1].max() for area in areas]
    assert max(tops) == pytest.approx(150)
    assert len({tuple(area.get_facecolor()[0]) for area in areas}) == 41
    assert figure.axes[0].get_title(loc="left").startswith("Species; 55 in all, the 40 largest")
    assert figure.axes[1].lines[0].get_ydata().tolist() == [50] * 6


def test_a_line_of_descent_begins_at_the_species_that_it_came_of() -> None:
    grown = [(np.array(keys), np.ones(len(keys), int)) for keys in ([1], [1, 2], [2, 3, 4])]
    figure = viz.species_areas(grown, [0.1, 0.5, 0.9], "S", {2: 1, 3: 9, 9: 2}, CONFIDENCE)
    lines = [(line.get_xdata(), line.get_ydata()) for line in figure.axes[1].lines]
    lives = {0: (0.5, 2.5), 1: (1.5, 3.5), 2: (2.5, 3.5), 3: (2.5, 3.5)}
    assert {y[0]: tuple(x) for x, y in lines if y[0] == y[1] and x[0] != x[1]} == lives
    upright = {(x[0], y[0], y[1]) for x, y in lines if y[0] != y[1]}
    assert upright == {(1.5, 0, 1), (2.5, 1, 2)}  # 3 came of 9, which has no area, which came of 2
    assert figure.axes[3].get_ylabel() == "best confidence"
    assert figure.axes[3].get_yscale() == "function"


def test_sizes_have_an_axes_for_each_measure() -> None:
    elites = {"nodes": np.array([[0, 1, 2], [1, 2, 5]]), "edges": np.full((2, 3), np.nan)}
    figure = viz.size_curves(elites, {"nodes": [1, 2], "edges": [np.nan] * 2}, "Sizes")
    assert [axes.get_ylabel() for axes in figure.axes] == ["nodes", "edges"]
    assert figure.axes[0].lines[0].get_ydata().tolist() == [1, 2]
    assert "band: smallest" in figure.legends[0].get_texts()[0].get_text()
    viz.to_png(figure)


def test_sizes_of_a_single_elite_have_no_band_to_explain() -> None:
    alone = {"nodes": np.array([[3, 3, 3], [np.nan] * 3, [5, 5, 5]])}
    figure = viz.size_curves(alone, {"nodes": [1, 2, 3]})
    assert figure.legends[0].get_texts()[0].get_text() == "elites"


@pytest.mark.parametrize("niches", [1, 10, 41])
def test_the_matrix_stands_beside_the_switches(niches: int) -> None:
    names = [f"class {k}" for k in range(niches)]
    figure = viz.goal_matrix(np.eye(niches), np.arange(niches), names, "Goals")
    matrix, bars = figure.axes[:2]
    assert matrix.images[0].get_array().shape == (niches, niches)
    assert [bar.get_width() for bar in bars.patches] == list(range(niches))
    assert len(matrix.texts) == (niches**2 if niches <= 14 else 0)


def test_niches_of_like_ancestors_stand_side_by_side() -> None:
    shares = np.kron(np.eye(2), np.ones((2, 2)))[[0, 2, 1, 3]][:, [0, 2, 1, 3]]
    matrix, bars = viz.goal_matrix(shares, [5, 6, 7, 8], list("abcd")).axes[:2]
    names = [label.get_text() for label in matrix.get_yticklabels()]
    assert {*names[:2]} in ({"a", "c"}, {"b", "d"})
    assert [bar.get_width() for bar in bars.patches] == [5 + "abcd".index(each) for each in names]
    assert matrix.images[0].cmap(0.0)[:3] == (1, 1, 1)


def test_a_legend_names_the_colours_of_goals() -> None:
    image = np.zeros((1, 4, 4), np.uint8)
    line = [viz.Thumbnail(image, ("x",), goal) for goal in (2, 0, 2)]
    axes = viz.lineage(line, "Line", ["zero", "one", "two"]).axes[0]
    assert {"two", "zero"} < {text.get_text() for text in axes.texts}
    assert "one" not in {text.get_text() for text in axes.texts}


def test_a_line_of_ancestors_has_frames_arrows_and_mates() -> None:
    image = np.zeros((1, 4, 6), np.uint8)
    mate = viz.Thumbnail(image, ("generation 1",), 0)
    line = [viz.Thumbnail(image, ("generation 2", "won a"), 0, True, mate)]
    line += [viz.Thumbnail(np.zeros((3, 5, 5), np.uint8), ("x",), 1, False) for _ in range(9)]
    axes = viz.lineage(line, "Line").axes[0]
    assert len(axes.images) == 11
    kinds = [type(patch).__name__ for patch in axes.patches]
    assert (kinds.count("Rectangle"), kinds.count("FancyArrowPatch")) == (11, 9 + 1 + 1)


@pytest.mark.parametrize(
    ("children", "said"),
    [
        ([True, True], {"from parent to child"}),
        ([True, False], {"from parent to child", "ancestors between are left out"}),
        ([False], {"ancestors between are left out"}),
        ([], set()),
    ],
)
def test_a_legend_says_what_solid_and_dashed_arrows_are(children, said) -> None:
    image = np.zeros((1, 4, 4), np.uint8)
    line = [viz.Thumbnail(image, (), 0, is_child) for is_child in (True, *children)]
    axes = viz.lineage(line, "Line").axes[0]
    assert {text.get_text() for text in axes.texts} == {"Line", *said}
    drawn = [p.get_linestyle() for p in axes.patches if isinstance(p, FancyArrowPatch)]
    assert len(drawn) == len(children) + len(said)
    assert len({str(each) for each in drawn}) == len(said)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 300, 200), (3, 1, 1)])
@pytest.mark.parametrize("name", ["film.gif", "film.webp"])
def test_films_have_all_frames_and_are_bounded(shape, name: str, tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (4, *shape)).astype(np.uint8)
    viz.save_film(levels, ["a → b", "", "c" * 99, "d"], [100] * 4, tmp_path / name)
    with Image.open(tmp_path / name) as film:
        assert film.n_frames == 4
        assert film.width == 280
        assert film.height <= 280 + 26
        assert film.info["loop"] == 0
    if name.endswith("gif"):
        return
    with pytest.raises(ConfigError, match="pixels in all pictures"):
        viz.save_film(levels, [""] * 99, [9] * 99, tmp_path / "huge.webp", side=4096)
    with pytest.raises(ConfigError, match=r"ends in \.gif, \.webp or \.mp4, got 'film\.avi'"):
        viz.save_film(levels, [""] * 4, [9] * 4, tmp_path / "film.avi")


def test_a_film_as_mp4_lasts_as_long_as_its_frames(tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (3, 1, 28, 27)).astype(np.uint8)
    path = tmp_path / "film.mp4"
    viz.save_film(levels, ["a", "", "b"], [40, 200, 1000], path)
    assert imageio_ffmpeg.count_frames_and_secs(str(path))[0] == 1 + 5 + 25
    reader = imageio_ffmpeg.read_frames(str(path))
    size = next(reader)["size"]
    reader.close()
    assert size == (280, 306)
    assert [each.name for each in tmp_path.iterdir()] == ["film.mp4"]


def test_mp4_without_its_library_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neatfool.viz.films.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=re.escape(installing("mp4"))):
        viz.film_format(Path("film.mp4"))
