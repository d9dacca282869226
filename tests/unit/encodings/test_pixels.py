import numpy as np
import pytest
import torch

from neatfool.encodings import Birth, Pixels, PixelSettings, VectorGenomes, pixels

SHAPE = (2, 10, 10)
COUNT = 1000  # genomes of 200 genes


def birth(generation: int = 1) -> Birth:
    return Birth(generation, np.random.default_rng(0))


def encoding(**settings: object) -> Pixels:
    return Pixels(PixelSettings(**settings), SHAPE)


def all_of(value: float) -> VectorGenomes:
    return VectorGenomes(torch.full((COUNT, 200), value))


def test_the_first_are_uniform_noise() -> None:
    genes = encoding().new(COUNT, birth()).genes

    assert genes.dtype == torch.float32
    assert genes.shape == (COUNT, 200)
    assert np.percentile(genes, [0, 25, 50, 75, 100]) == pytest.approx(
        [0, 0.25, 0.5, 0.75, 1], abs=0.01
    )


def test_the_first_can_be_pictures(monkeypatch, tmp_path) -> None:
    pictures = np.random.default_rng(0).random((3, *SHAPE), dtype=np.float32)
    monkeypatch.setattr(pixels, "load_pictures", lambda path, shape: pictures)

    genes = encoding(start=tmp_path).new(300, birth()).genes.numpy()

    which = [int(np.flatnonzero((pictures.reshape(3, -1) == row).all(1))[0]) for row in genes]
    assert np.bincount(which).tolist() == pytest.approx([100, 100, 100], abs=40)


@pytest.mark.parametrize(
    ("generation", "rate"),
    [(1, 0.1), (1000, 0.1), (1001, 0.05), (2000, 0.05), (2001, 0.025), (200_000, 0)],
)
def test_the_rate_of_mutation_is_halved_every_thousand_generations(generation, rate) -> None:
    children = encoding().vary(all_of(0.5), birth(generation))

    assert (children.genes != 0.5).float().mean() == pytest.approx(rate, abs=0.003)


def test_the_rate_and_when_it_is_halved_are_settings() -> None:
    children = encoding(mutation_rate=0.8, halve_every=3).vary(all_of(0.5), birth(4))

    assert (children.genes != 0.5).float().mean() == pytest.approx(0.4, abs=0.006)


def test_every_gene_changes_as_often_as_every_other_and_alone() -> None:
    changed = (encoding().vary(all_of(0.5), birth()).genes != 0.5).float()

    assert changed.mean(dim=0).numpy() == pytest.approx(0.1, abs=0.05)
    assert changed.mean(dim=1).std() == pytest.approx((0.1 * 0.9 / 200) ** 0.5, rel=0.1)
    neighbours = changed[:, 1:] * changed[:, :-1]
    assert neighbours.mean() == pytest.approx(0.01, abs=0.001)


@pytest.mark.parametrize("rate", [0.0, 1e-9, 1e-4, 0.5, 1.0])
@pytest.mark.parametrize("count", [1, 1000])
def test_any_rate_and_any_number_of_genes_will_do(rate: float, count: int) -> None:
    parents = VectorGenomes(torch.full((count, 200), 0.5))

    changed = encoding(mutation_rate=rate).vary(parents, birth()).genes != 0.5

    # Some steps are too small to be seen, so not quite all change.
    deviation = (rate * (1 - rate) / changed.numel()) ** 0.5
    assert changed.float().mean() == pytest.approx(rate, abs=5 * deviation + 1e-4)


def test_genes_change_by_polynomial_steps() -> None:
    children = encoding(mutation_rate=1).vary(all_of(0.5), birth())

    assert (children.genes - 0.5).abs().mean() == pytest.approx(0.0588, rel=0.02)
    assert children.genes.mean() == pytest.approx(0.5, abs=0.001)


def test_genes_stop_at_black_and_white() -> None:
    dark = encoding(mutation_rate=1).vary(all_of(0.01), birth()).genes
    bright = encoding(mutation_rate=1).vary(all_of(0.99), birth()).genes

    assert (float(dark.min()), float(bright.max())) == (0, 1)
    share = float((bright == 1).float().mean())
    assert (dark == 0).float().mean() == pytest.approx(share, abs=0.01)


def test_uniform_crossover_takes_each_gene_from_either_parent() -> None:
    child = encoding().cross(all_of(0.25), all_of(0.75), birth())

    assert set(child.genes.flatten().tolist()) == {0.25, 0.75}
    assert (child.genes == 0.25).float().mean() == pytest.approx(0.5, abs=0.006)


def test_binary_crossover_keeps_the_mean_of_both_parents() -> None:
    child = encoding(crossover="sbx").cross(all_of(0.4), all_of(0.6), birth()).genes

    assert child.dtype == torch.float32
    assert child.mean() == pytest.approx(0.5, abs=2e-3)
    assert (child < 0.5).float().mean() == pytest.approx(0.5, abs=0.006)


def test_binary_crossover_mirrors_when_the_parents_change_places() -> None:
    made = encoding(crossover="sbx")

    one = made.cross(all_of(0.4), all_of(0.6), birth()).genes
    other = made.cross(all_of(0.6), all_of(0.4), birth()).genes

    assert np.allclose(one + other, 1, rtol=0, atol=1e-5)
    assert one.std() > 0.005


@pytest.mark.parametrize("strength", [2.0, 10.0])
def test_binary_crossover_spreads_as_its_strength_says(strength: float) -> None:
    made = encoding(crossover="sbx", crossover_strength=strength)

    child = made.cross(all_of(0.49), all_of(0.51), birth()).genes.numpy()

    spread = np.abs(0.5 - child) / 0.01
    assert (spread > 1).mean() == pytest.approx(0.5, abs=0.006)
    expected = (strength + 1) / (strength + 2) / 2, (strength + 1) / strength / 2
    assert spread[spread <= 1].sum() / spread.size == pytest.approx(expected[0], rel=0.01)
    assert spread[spread > 1].sum() / spread.size == pytest.approx(expected[1], rel=0.01)


def test_binary_crossover_stays_within_black_and_white() -> None:
    made = encoding(crossover="sbx")

    genes = [
        made.cross(all_of(first), all_of(1 - first), birth()).genes.numpy() for first in (0.0, 1.0)
    ]

    assert (np.min(genes), np.max(genes)) == (0, 1)


@pytest.mark.parametrize("crossover", ["uniform", "sbx"])
def test_equal_parents_have_equal_children(crossover) -> None:
    child = encoding(crossover=crossover).cross(all_of(0.3), all_of(0.3), birth())

    assert torch.equal(child.genes, all_of(0.3).genes)


def test_genes_are_shown_in_the_order_of_channel_row_column() -> None:
    genes = (torch.arange(400) % 256).reshape(2, 200) / 255
    before = genes.clone()

    images = encoding().express(VectorGenomes(genes))

    assert torch.equal(images, before.reshape(2, *SHAPE))
    images.zero_()
    assert torch.equal(genes, before), "the image and the genome share memory"


def test_genes_are_rounded_when_shown() -> None:
    images = encoding().express(all_of(0.5))

    assert (images * 255 == 128).all()


def test_selecting_reorders_and_repeats() -> None:
    batch = VectorGenomes(torch.tensor([[0.1], [0.2], [0.3]]))

    chosen = batch.select([2, 0, 0])

    assert chosen.genes.tolist() == batch.genes[[2, 0, 0]].tolist()
    assert len(chosen) == 3
    assert len(batch.select([])) == 0
    chosen.genes[:] = 0
    assert batch.genes.min() > 0
