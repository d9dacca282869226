"""A niche in which nothing has a score has no elite, and nobody descends from it."""

import json
from pathlib import Path

import numpy as np
import pytest

from neatfool.encodings import Cppn, CppnSettings, Pixels, PixelSettings
from neatfool.images import Canvas
from neatfool.runs.record import Record
from neatfool.runs.stopping import Progress
from neatfool.search import Interactive, InteractiveSettings, MapElites, MapElitesSettings
from neatfool.search.archive import empty_archive
from neatfool.stored.layout import BESTS, LINEAGE, METRICS
from tests.strategies import assert_valid

NICHES = 40
NOTHING = (-np.inf, np.nan)


def own_cell(genomes, nothing: float) -> np.ndarray:
    """Score genomes of one pixel in the niche of its level, and nowhere else."""
    genes = genomes.genes.numpy().reshape(len(genomes), -1)
    scores = np.full((len(genes), NICHES), nothing, np.float32)
    niches = np.minimum((genes[:, 0] * NICHES).astype(int), NICHES - 1)
    scores[np.arange(len(genes)), niches] = genes[:, 0]
    return scores


def in_cells(batch: int = 8, **changes) -> MapElites:
    encoding = Pixels(PixelSettings(mutation_rate=1.0), (1, 1, 1))
    return MapElites(encoding, NICHES, MapElitesSettings(batch=batch, **changes), seed=1)


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize("changes", [{}, {"crossover": 1.0}, {"pipelined": True}], ids=str)
def test_parents_are_those_that_have_a_score(nothing: float, changes) -> None:
    evolution = in_cells(**changes)
    born: set[int] = set()
    for generation in range(1, 8):
        evolution.tell(own_cell(evolution.ask(), nothing))
        parents = evolution.latest.parents
        if generation > 1 + evolution.settings.pipelined:
            assert (parents[:, 0] >= 0).all()
            assert ((parents[:, 1] >= 0) == (evolution.settings.crossover == 1)).all()
        assert set(parents[parents >= 0].tolist()) <= born
        born |= set(evolution.latest.keys.tolist())

    occupied = evolution.archive.occupied
    assert 0 < occupied.sum() < NICHES
    assert np.array_equal(occupied, evolution.archive.scores > -np.inf)
    assert np.isfinite(evolution.archive.scores[occupied]).all()


@pytest.mark.parametrize("nothing", NOTHING)
def test_while_nothing_has_a_score_genomes_are_random(nothing: float) -> None:
    encoding = Cppn(CppnSettings(), Canvas((1, 2, 2)))
    evolution = MapElites(encoding, 3, MapElitesSettings(batch=6, crossover=0.5), seed=1)
    for generation in range(1, 4):
        genomes = evolution.ask()
        assert_valid(genomes)
        hidden = genomes.node_counts - genomes.inputs - genomes.outputs
        evolution.tell(np.full((6, 3), nothing, np.float32))
        assert (evolution.latest.parents == -1).all(), generation
        assert not hidden.any()
    assert not evolution.archive.occupied.any()

    evolution.tell(np.zeros((len(evolution.ask()), 3), np.float32))
    evolution.tell(np.zeros((len(evolution.ask()), 3), np.float32))
    assert (evolution.latest.parents[:, 0] >= 0).all()


def test_a_search_with_empty_niches_is_restored_as_it_was() -> None:
    whole, cut = in_cells(crossover=0.5), in_cells(crossover=0.5)
    for _ in range(3):
        whole.tell(own_cell(whole.ask(), -np.inf))
    cut.restore(whole.state())

    whole.tell(own_cell(whole.ask(), -np.inf))
    cut.tell(own_cell(cut.ask(), np.nan))

    assert np.array_equal(whole.latest.parents, cut.latest.parents)
    assert np.array_equal(whole.archive.scores, cut.archive.scores)


def test_an_empty_niche_makes_nobody_a_parent_of_the_next_page() -> None:
    encoding = Pixels(PixelSettings(mutation_rate=0.0), (1, 1, 2))
    shown = Interactive(encoding, 2, InteractiveSettings(batch=4), seed=0)
    shown.ask()
    nothing = -np.inf
    shown.tell(np.array([[-3, nothing], [-1, nothing], [-2, np.nan], [-3, nothing]], np.float32))
    shown.ask()
    assert set(shown.page.parents[:, 0].tolist()) == {1}

    shown.tell(np.full((4, 2), nothing, np.float32))
    shown.ask()
    assert len(set(shown.page.parents[:, 0].tolist())) > 1  # all are equal


def test_numbers_beyond_all_bounds_stay_in_bounds() -> None:
    encoding = Pixels(PixelSettings(mutation_rate=0.0), (1, 1, 2))
    evolution = MapElites(encoding, 2, MapElitesSettings(batch=2), seed=0)
    evolution.ask()
    evolution.tell(np.array([[np.inf, -np.inf], [0, -np.inf]], np.float32))

    assert evolution.archive.keys.tolist() == [0, -1]
    assert evolution.archive.scores[0] == np.finfo(np.float32).max


def assert_plain(text: str) -> list[dict]:
    """Read JSON lines that hold no number that JSON lacks."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


@pytest.mark.parametrize("nothing", NOTHING)
def test_records_say_none_where_there_is_nothing(tmp_path: Path, nothing: float) -> None:
    evolution = in_cells(batch=4)
    with Record(tmp_path, deciding="bests") as record:
        evolution.ask()
        evolution.tell(np.full((4, NICHES), nothing, np.float32))
        record.write(evolution.latest, evolution.archive, 0.5)
        scores = own_cell(evolution.ask(), nothing)
        scores[0, 3] = np.inf
        evolution.tell(scores)
        numbers = record.write(evolution.latest, evolution.archive, 0.5)
    metrics, lineage, bests = (
        assert_plain((tmp_path / name).read_text()) for name in (METRICS, LINEAGE, BESTS)
    )

    found = evolution.archive.scores[evolution.archive.occupied].astype(np.float64)
    assert [metrics[0][name] for name in ("median", "mean", "worst")] == [None] * 3
    assert metrics[1] == numbers
    assert metrics[1]["median"] == np.median(found)
    assert metrics[1]["mean"] == found.mean()
    assert metrics[1]["worst"] == found.min()
    assert [line["coverage"] for line in metrics] == [0, len(found) / NICHES]
    assert metrics[1]["qd_score"] == pytest.approx(found.sum())
    assert sum(len(line["niches"]) for line in lineage) == len(found)
    assert bests[0]["scores"] == [None] * 4


def test_filling_a_niche_is_a_gain_and_staying_empty_is_none() -> None:
    progress, nothing = Progress(), -np.inf
    progress.note(1, np.array([nothing, nothing], np.float32), 0.01)
    progress.note(2, np.array([nothing, nothing], np.float32), 0.01)
    assert progress.reference_generation == 1
    progress.note(3, np.array([0.1, nothing], np.float32), 0.01)
    assert progress.reference_generation == 3
    progress.note(4, np.array([0.105, nothing], np.float32), 0.01)
    assert progress.reference_generation == 3
    progress.note(5, np.array([0.2, nothing], np.float32), 0.01)
    assert progress.reference_generation == 5


def test_an_archive_that_is_still_empty_says_so() -> None:
    archive = empty_archive(in_cells().ask(), 3)
    assert archive.occupied.tolist() == [False] * 3
