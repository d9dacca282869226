import numpy as np
import pytest
import torch

from neatfool.encodings import Birth, VectorGenomes, Weights, WeightSettings

COUNT, LINKS = 1000, 81


def birth(generation: int = 1) -> Birth:
    return Birth(generation, np.random.default_rng(0))


def encoding(**settings: object) -> Weights:
    return Weights(WeightSettings(**settings), (LINKS,))


def all_of(value: float) -> VectorGenomes:
    return VectorGenomes(torch.full((COUNT, LINKS), value))


def test_the_start_is_uniform_within_three() -> None:
    genes = encoding().new(COUNT, birth()).genes

    assert genes.dtype == torch.float32
    assert genes.shape == (COUNT, LINKS)
    assert np.percentile(genes, [0, 25, 50, 75, 100]) == pytest.approx(
        [-3, -1.5, 0, 1.5, 3], abs=0.03
    )


@pytest.mark.parametrize(("start", "reach"), [(0.0, 0), (0.5, 0.5)])
def test_the_start_can_be_narrower(start: float, reach: float) -> None:
    genes = encoding(start_range=start).new(COUNT, birth()).genes

    assert genes.abs().max() == pytest.approx(reach, abs=1e-4)


def test_a_phenotype_is_the_genes_one_to_one() -> None:
    made = encoding()
    genomes = made.new(COUNT, birth())

    assert torch.equal(made.express(genomes), genomes.genes)
    assert made.express(genomes).shape == (COUNT, *made.shape)


@pytest.mark.parametrize("rate", [0.0, 0.1, 1.0])
def test_each_weight_changes_with_its_rate(rate: float) -> None:
    changed = encoding(weight_rate=rate).vary(all_of(0.0), birth()).genes != 0

    assert changed.float().mean() == pytest.approx(rate, abs=0.004)


@pytest.mark.parametrize(("kind", "deviation"), [("gaussian", 0.2), ("uniform", 0.2 / 3**0.5)])
def test_steps_have_the_size_of_the_setting(kind: str, deviation: float) -> None:
    made = encoding(weight_rate=1, weight_mutation=kind, sigma=0.2)
    steps = made.vary(all_of(1.0), birth()).genes - 1

    assert steps.mean() == pytest.approx(0, abs=0.003)
    assert steps.std() == pytest.approx(deviation, rel=0.02)
    assert kind == "gaussian" or steps.abs().max() <= 0.2 + 1e-6


def test_weights_stop_at_the_range() -> None:
    genes = encoding(weight_rate=1, weight_range=1).vary(all_of(0.99), birth()).genes

    assert genes.max() == 1
    assert genes.min() >= -1


def test_a_share_of_the_changed_is_drawn_anew() -> None:
    made = encoding(weight_rate=0.5, weight_replace_rate=0.25, sigma=1e-3)
    genes = made.vary(all_of(0.0), birth()).genes

    anew = genes.abs() > 0.01
    assert anew.float().mean() == pytest.approx(0.125, abs=0.005)
    assert genes[anew].std() == pytest.approx(3 / 3**0.5, rel=0.03)


def test_children_take_each_weight_from_either_parent() -> None:
    child = encoding().cross(all_of(-1.0), all_of(2.0), birth()).genes

    assert set(child.flatten().tolist()) == {-1, 2}
    assert (child == -1).float().mean() == pytest.approx(0.5, abs=0.006)
