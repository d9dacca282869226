import numpy as np
import pytest
import torch

from neatfool.encodings import VectorGenomes
from neatfool.search import Archive

NICHES = 4


def genomes(keys: np.ndarray) -> VectorGenomes:
    """Make genomes whose one gene is their key."""
    return VectorGenomes(torch.tensor(keys, dtype=torch.float32)[:, None])


def empty() -> Archive:
    return Archive(
        genomes(np.full(NICHES, -1)),
        np.full(NICHES, -1),
        np.full(NICHES, -np.inf, np.float32),
        np.zeros(NICHES, np.int64),
    )


def holding(*scores: float) -> Archive:
    """Make an archive of elites 0 to 3 that were found in generation 1."""
    keys = np.arange(NICHES)
    return Archive(genomes(keys), keys, np.array(scores, np.float32), np.ones(NICHES, np.int64))


def offered_one_by_one(archive, keys, scores, generation):
    """Offer each genome to each niche in turn: the slow and obvious way."""
    holders, best = archive.keys.tolist(), archive.scores.tolist()
    found = archive.found_at.tolist()
    for key, row in zip(keys.tolist(), scores.tolist(), strict=True):
        for niche, score in enumerate(row):
            if score > best[niche]:
                holders[niche], best[niche], found[niche] = key, score, generation
    return holders, best, found


@pytest.mark.parametrize("seed", range(40))
def test_offering_a_batch_is_offering_one_by_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    archive = empty()
    for generation in range(1, 6):
        keys = 100 * generation + np.arange(random.integers(1, 9))
        scores = random.integers(0, 3 + generation, (len(keys), NICHES)).astype(np.float32)
        scores[random.random(scores.shape) < 0.2] = np.nan
        scores[random.random(scores.shape) < 0.05] = -np.inf
        holders, best, found = offered_one_by_one(archive, keys, scores, generation)

        won = archive.offer(genomes(keys), keys, scores, generation)

        assert archive.keys.tolist() == holders
        assert archive.scores.tolist() == best
        assert archive.found_at.tolist() == found
        assert archive.genomes.genes[:, 0].tolist() == holders
        assert won.tolist() == [[holders[k] == key for k in range(NICHES)] for key in keys]


def test_an_equal_score_replaces_nothing() -> None:
    archive = holding(0.5, 0.5, 0.5, 0.5)
    scores = np.array([[0.5, 0.4, 0.6, 0.5]], np.float32)

    won = archive.offer(genomes(np.array([9])), np.array([9]), scores, 2)

    assert archive.keys.tolist() == [0, 1, 9, 3]
    assert archive.scores.tolist() == pytest.approx([0.5, 0.5, 0.6, 0.5])
    assert archive.found_at.tolist() == [1, 1, 2, 1]
    assert won.tolist() == [[False, False, True, False]]


def test_of_equals_the_first_wins() -> None:
    scores = np.array([[1, 2, 3, 3], [3, 2, 3, 1], [3, 2, 0, 3]], np.float32)

    archive = empty()
    won = archive.offer(genomes(np.arange(7, 10)), np.arange(7, 10), scores, 1)

    assert archive.keys.tolist() == [8, 7, 7, 7]
    assert won.sum(axis=0).tolist() == [1, 1, 1, 1]


def test_not_a_number_never_wins() -> None:
    scores = np.full((3, NICHES), np.nan, np.float32)
    scores[1, 2] = -5

    archive = empty()
    won = archive.offer(genomes(np.arange(3)), np.arange(3), scores, 1)

    assert archive.keys.tolist() == [-1, -1, 1, -1]
    assert won.sum() == 1


def test_one_genome_can_hold_every_niche() -> None:
    scores = np.array([[0.1] * 4, [0.9] * 4], np.float32)

    archive = holding(0.2, 0.2, 0.2, 0.2)
    won = archive.offer(genomes(np.array([5, 6])), np.array([5, 6]), scores, 3)

    assert archive.keys.tolist() == [6] * 4
    assert len(archive.genomes) == NICHES
    assert won.tolist() == [[False] * 4, [True] * 4]


def test_an_archive_keeps_its_types() -> None:
    archive = holding(0, 0, 0, 0)

    archive.offer(genomes(np.array([5])), np.array([5]), np.ones((1, NICHES)), 2)

    assert archive.scores.dtype == np.float32
    assert archive.keys.dtype == archive.found_at.dtype == np.int64


def test_an_elite_does_not_follow_the_child_it_came_from() -> None:
    archive, children = holding(0, 0, 0, 0), genomes(np.array([5]))

    archive.offer(children, np.array([5]), np.ones((1, NICHES), np.float32), 2)
    children.genes.zero_()

    assert archive.genomes.genes[:, 0].tolist() == [5] * NICHES


def test_an_elite_that_is_scored_again_has_its_latest_score() -> None:
    archive = holding(5, 5, 5, 5)
    keys = np.array([20, 1, 2, 3])
    scores = np.array(
        [[9, -9, 2, 4], [3, 7, 1, 9], [2, 2, 1, 2], [0, 0, 0, 5]],
        np.float32,
    )

    won = archive.offer(genomes(keys), keys, scores, 2)

    assert archive.keys.tolist() == [20, 1, 20, 1]
    assert archive.scores.tolist() == [9, 7, 2, 9]
    assert archive.found_at.tolist() == [2, 1, 2, 2]
    assert np.argwhere(won).tolist() == [[0, 0], [0, 2], [1, 1], [1, 3]]


@pytest.mark.parametrize("nothing", [np.nan, -np.inf])
def test_an_elite_that_has_no_score_any_more_loses_to_anything(nothing: float) -> None:
    archive, again = holding(5, 5, 5, 5), np.array([0, 8])
    scores = np.full((2, NICHES), nothing, np.float32)
    scores[1, 1] = -1e30

    won = archive.offer(genomes(again), again, scores, 2)

    assert archive.keys.tolist() == [0, 1, 2, 3]
    assert archive.scores.tolist() == [np.finfo(np.float32).min, 5, 5, 5]
    assert won.sum() == 1
    archive.offer(genomes(again + 9), again + 9, np.full((2, NICHES), -1e30, np.float32), 3)
    assert archive.keys.tolist() == [9, 1, 2, 3]


@pytest.mark.parametrize("seed", range(20))
def test_offering_again_is_putting_down_elites_and_offering_one_by_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    archive = empty()
    for generation in range(1, 8):
        old = np.unique(archive.keys[archive.occupied & (random.random(NICHES) < 0.7)])
        keys = random.permutation(np.append(old, 100 * generation + np.arange(5)))
        scores = random.integers(0, 9, (len(keys), NICHES)).astype(np.float32)
        before = archive.scores.copy()
        for niche in np.flatnonzero(np.isin(archive.keys, keys)):
            before[niche] = scores[keys == archive.keys[niche], niche][0]
        lowered = Archive(archive.genomes, archive.keys.copy(), before, archive.found_at)
        holders, best, _ = offered_one_by_one(lowered, keys, scores, generation)
        changed = (archive.keys != holders) | (archive.scores != best)

        won = archive.offer(genomes(keys), keys, scores, generation)

        assert archive.keys.tolist() == holders
        assert archive.scores.tolist() == best
        assert archive.genomes.genes[:, 0].tolist() == holders
        assert won.any(axis=0).tolist() == changed.tolist()
        assert won.sum() == changed.sum()
