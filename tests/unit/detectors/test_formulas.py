"""Each detector equals its formula, computed by hand or by another library."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage, stats
from torch import nn

from neatfool.classifiers import BlackBox, Classifier, ClassifierSettings, together
from neatfool.detectors.ensemble import Ensemble
from neatfool.detectors.openmax import fit_weibull
from neatfool.detectors.squeezing import fewer_levels, median
from neatfool.errors import ClassifierError, ConfigError, DataError
from neatfool.images import measure
from neatfool.sections.detector import EnsembleSettings
from tests.detecting import BIAS, SHAPE, WEIGHT, classifier, fitted, images, made

SOME = images(5)
PIXELS = SOME.flatten(1).double().numpy()
LOGITS = PIXELS @ WEIGHT.numpy().T.astype(float) + BIAS.numpy()
SHARES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
CLASSES = [k % 3 for k in range(60)]
REAL = images(60, seed=1)
FEATURES = REAL.flatten(1).double().numpy()


def assert_is(detector, expected) -> None:
    np.testing.assert_allclose(detector.suspicion(SOME), expected, rtol=1e-4, atol=1e-5)


def test_softmax_logit_and_energy() -> None:
    assert_is(made("softmax", classifier()), 1 - SHARES.max(axis=1))
    assert_is(made("logit", classifier()), -LOGITS.max(axis=1))
    assert_is(made("energy", classifier()), -np.log(np.exp(LOGITS).sum(axis=1)))
    warm = -2 * np.log(np.exp(LOGITS / 2).sum(axis=1))
    assert_is(made("energy", classifier(), temperature=2), warm)


def test_energy_of_two_equal_logits() -> None:
    even = classifier(torch.zeros(2, 4), torch.full((2,), 3.0))
    assert made("energy", even).suspicion(SOME[:1])[0] == pytest.approx(-3 - math.log(2))


def test_odin_steps_against_the_loss() -> None:
    temperature, step = 10.0, 0.05
    top = LOGITS.argmax(axis=1)
    warm = np.exp(LOGITS / temperature)
    warm /= warm.sum(axis=1, keepdims=True)
    weight = WEIGHT.numpy().astype(float)
    loss_slopes = (warm @ weight - weight[top]) / temperature
    moved = (PIXELS - step * np.sign(loss_slopes)) @ weight.T + BIAS.numpy()
    shares = np.exp(moved / temperature)
    shares /= shares.sum(axis=1, keepdims=True)
    odin = made("odin", classifier(), temperature=temperature, step=step)
    assert_is(odin, 1 - shares.max(axis=1))
    with torch.inference_mode():
        assert_is(odin, 1 - shares.max(axis=1))


def test_mahalanobis_is_the_distance_by_the_covariance_within_classes() -> None:
    kinds = np.array(CLASSES)
    means = np.stack([FEATURES[kinds == k].mean(axis=0) for k in range(3)])
    centred = FEATURES - means[kinds]
    inverse = np.linalg.inv(centred.T @ centred / len(centred))
    apart = PIXELS[:, None] - means
    expected = np.einsum("pkd,de,pke->pk", apart, inverse, apart).min(axis=1)
    assert_is(fitted("mahalanobis", classifier(), REAL, CLASSES), expected)


def test_mahalanobis_leaves_out_directions_without_variance() -> None:
    flat = REAL.clone()
    flat[:, 0, 0, 0] = 0.2
    assert np.isfinite(fitted("mahalanobis", classifier(), flat, CLASSES).suspicion(SOME)).all()


def test_mahalanobis_needs_several_images_of_a_class() -> None:
    with pytest.raises(DataError, match="several real images of each class"):
        fitted("mahalanobis", classifier(), REAL[:3], [0, 1, 2])


def test_the_kth_neighbour_is_that_of_unit_features() -> None:
    def unit(rows):
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    apart = np.linalg.norm(unit(PIXELS)[:, None] - unit(FEATURES), axis=2)
    expected = np.sort(apart, axis=1)[:, 6]
    assert_is(fitted("neighbours", classifier(), REAL, CLASSES, neighbour=7), expected)
    with pytest.raises(DataError, match="at least 61 real images"):
        fitted("neighbours", classifier(), REAL, CLASSES, neighbour=61)


def test_openmax_revises_the_top_classes() -> None:
    real_logits = FEATURES @ WEIGHT.numpy().T.astype(float) + BIAS.numpy()
    kinds = real_logits.argmax(axis=1)  # so all are named right
    tail, ranks = 8, 2
    openmax = fitted("openmax", classifier(), REAL, kinds.tolist(), tail=tail, ranks=ranks)
    expected = []
    for logits in LOGITS:
        weights = np.ones(3)
        for rank, k in enumerate(np.argsort(-logits)[:ranks]):
            own = real_logits[kinds == k]
            mean = own.mean(axis=0)
            far = np.sort(np.linalg.norm(own - mean, axis=1))[-tail:]
            shape, _, scale = stats.weibull_min.fit(far, floc=0)
            outside = stats.weibull_min.cdf(np.linalg.norm(logits - mean), shape, 0, scale)
            weights[k] = 1 - (ranks - rank) / ranks * outside
        known, unknown = logits * weights, (logits * (1 - weights)).sum()
        share = np.exp(unknown) / (np.exp(unknown) + np.exp(known).sum())
        expected.append(np.log(share / (1 - share)))
    np.testing.assert_allclose(openmax.suspicion(SOME), expected, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("seed", range(3))
def test_the_weibull_fit_is_that_of_scipy(seed: int) -> None:
    values = stats.weibull_min.rvs(1.5 + seed, 0, 3, size=20, random_state=seed)
    shape, _, scale = stats.weibull_min.fit(values, floc=0)
    assert fit_weibull(torch.from_numpy(values)) == pytest.approx((shape, scale), rel=1e-3)


def test_openmax_says_if_it_cannot_be_fitted() -> None:
    with pytest.raises(DataError, match="at least 3 real images"):
        fitted("openmax", classifier(), REAL[:8], [(k + 1) % 3 for k in range(8)], tail=3)


@pytest.mark.parametrize("kept", [1, 2])
def test_vim_is_residual_less_energy(kept: int) -> None:
    weight, bias = WEIGHT.numpy().astype(float), BIAS.numpy().astype(float)
    origin = -np.linalg.pinv(weight) @ bias
    centred = FEATURES - origin
    values, axes = np.linalg.eigh(centred.T @ centred)
    outside = axes[:, np.argsort(values)[: 4 - kept]]
    real_logits = FEATURES @ weight.T + bias
    alpha = real_logits.max(axis=1).mean() / np.linalg.norm(centred @ outside, axis=1).mean()
    residual = np.linalg.norm((PIXELS - origin) @ outside, axis=1)
    expected = alpha * residual - np.log(np.exp(LOGITS).sum(axis=1))
    assert_is(fitted("vim", classifier(), REAL, CLASSES, dimensions=kept), expected)
    if kept == 2:  # half, as usual
        assert_is(fitted("vim", classifier(), REAL, CLASSES), expected)
    with pytest.raises(DataError, match="more than 2 real images"):
        fitted("vim", classifier(), REAL[:2], CLASSES[:2])
    with pytest.raises(ConfigError, match="fewer than the 4 features"):
        fitted("vim", classifier(), REAL, CLASSES, dimensions=4)


def test_squeezers_are_those_of_the_paper() -> None:
    photos = images(2, shape=(3, 5, 4))
    for side in (1, 2, 3, 5):
        wanted = ndimage.median_filter(photos.numpy(), size=(1, 1, side, side), mode="reflect")
        np.testing.assert_array_equal(median(photos, side).numpy(), wanted)
    assert fewer_levels(torch.tensor([0.0, 0.4, 0.6, 1.0]), 1).tolist() == [0, 0, 1, 1]
    assert fewer_levels(torch.tensor([0.4]), 2).tolist() == pytest.approx([1 / 3])


def test_squeezing_takes_the_squeezer_that_changes_most() -> None:
    network = classifier()
    whole = network(SOME)
    squeezed = network(fewer_levels(SOME, 1)), network(median(SOME, 2))
    apart = torch.stack([(whole - each).abs().sum(1) for each in squeezed]).amax(0)
    assert_is(made("squeezing", network), apart)


def test_an_ensemble_disagrees_by_half_the_sum_of_differences() -> None:
    first, other = classifier(), classifier(-WEIGHT)
    apart = (first(SOME) - other(SOME)).abs().sum(1) / 2
    assert_is(Ensemble(EnsembleSettings(), first, other), apart)
    alike = Ensemble(EnsembleSettings(), first, classifier())
    assert alike.suspicion(SOME).tolist() == [0] * 5
    mean = Ensemble(EnsembleSettings(), first, other, first)
    assert_is(mean, apart / 2)


def test_an_ensemble_needs_others_of_the_same_kind() -> None:
    with pytest.raises(ConfigError, match="got none"):
        made("ensemble", classifier())
    with pytest.raises(ConfigError, match="images \\(1, 2, 2\\) of 3 classes"):
        made("ensemble", classifier(), classifiers=(ClassifierSettings(),))


def test_regularity_counts_how_far_beyond_the_usual() -> None:
    values = torch.stack([*measure(REAL).values()], dim=1).numpy()
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], axis=0)
    own = torch.stack([*measure(SOME).values()], dim=1).numpy()
    moving = high > low
    above = ((own - middle) / (high - middle + 1e-300))[:, moving]
    below = ((middle - own) / (middle - low + 1e-300))[:, moving]
    expected = np.maximum(above, below).max(axis=1)
    detector = fitted("regularity", classifier(), REAL, CLASSES, edge=0.05)
    assert_is(detector, expected)


def test_what_needs_gradients_or_features_says_so_of_a_black_box() -> None:
    def ask(shown):
        return shown.flatten(1).numpy()[:, :3]

    box = Classifier("box", BlackBox(ask), SHAPE, ("a", "b", "c"))
    with pytest.raises(ClassifierError, match="odin follows"):
        made("odin", box)
    for kind in ("mahalanobis", "neighbours", "vim"):
        with pytest.raises(ClassifierError, match="ends in a linear layer"):
            made(kind, box)
    assert made("energy", box).suspicion(SOME).shape == (5,)


@pytest.mark.parametrize("outputs", ["probabilities", "log-probabilities"])
def test_energy_of_shares_would_be_nought_and_is_refused(outputs: str) -> None:
    module = classifier().module.append(
        nn.Softmax(1) if outputs == "probabilities" else nn.LogSoftmax(1)
    )
    network = Classifier("shares", module, SHAPE, ("a", "b", "c"), outputs=outputs)
    for kind in ("energy", "vim"):
        with pytest.raises(ClassifierError, match=f"gives logits, which {kind} adds up, got"):
            made(kind, network)
    assert_is(made("softmax", network), 1 - SHARES.max(axis=1))
    with pytest.raises(ClassifierError, match="which energy adds up"):
        made("energy", together([classifier(), classifier(-WEIGHT)]))


def test_features_are_averaged_over_crops_and_gathered_one_by_one() -> None:
    from neatfool.classifiers.features import LastLayer
    from neatfool.classifiers.views import OneByOne, TenCrops

    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    shape, photos = (1, 4, 4), images(3, shape=(1, 4, 4))
    crops = Classifier("crops", TenCrops(network, (2, 2), "logits"), shape, ("a", "b", "c"),
                       outputs="log-probabilities")  # fmt: skip
    mean = LastLayer(crops)(photos)[0]
    corners = [
        photos[:, :, y : y + 2, x : x + 2] for y, x in ((0, 0), (0, 2), (2, 0), (2, 2), (1, 1))
    ]
    wanted = torch.stack([c.flatten(1) for each in corners for c in (each, each.flip(3))]).mean(0)
    torch.testing.assert_close(mean, wanted)
    head = nn.Sequential(nn.Conv2d(1, 5, 1), nn.Conv2d(5, 3, 2), nn.Flatten())
    covering = LastLayer(Classifier("conv", head, SHAPE, ("a", "b", "c")))
    features, logits = covering(SOME)
    weighted = features.double() @ covering.weight.T + covering.bias
    torch.testing.assert_close(weighted, logits.double(), rtol=1e-5, atol=1e-5)
    single = Classifier("single", OneByOne(network), SHAPE, ("a", "b", "c"))
    torch.testing.assert_close(LastLayer(single)(SOME)[0], SOME.flatten(1))
