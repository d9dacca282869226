"""Gradient ascent: its rules on hand-made cases, its turns, and its state."""

import numpy as np
import pytest
import torch

from neatfool import search
from neatfool.encodings import CppnSettings, OffsetSettings, PixelSettings
from neatfool.errors import ConfigError, ShapeError
from neatfool.images import to_grid
from neatfool.search import GradientSettings, MapElitesSettings
from neatfool.search.pixel_ascent import kept_smooth, stepped
from neatfool.sections.gradient import SmoothSettings, StepSettings
from neatfool.tasks import Fooling, Trial
from tests.conftest import built
from tests.fakes import Line, fake_classifier
from tests.strategies import assert_same_arrays

SHAPE = (2, 4, 5)
GREY = (1, 6, 5)
ALL = {
    "smooth": {
        **{"decay": 0.01, "blur": 0.5, "blur_every": 2, "variation": 1e-3, "jitter": 2},
        **{"small_norm": 0.2, "small_benefit": 0.1, "small_absolute": 0.1},
    }
}


def gradient(niches: int = 3, **settings: object) -> search.Gradient:
    made = search.build(GradientSettings(**settings), built(PixelSettings(), SHAPE), niches, seed=2)
    assert isinstance(made, search.Gradient)
    return made


def weights(niches: int = 3, **settings: object) -> search.Gradient:
    cppn = CppnSettings(structure={"start": "dense", "start_nodes": 8}, start_range=3)
    made = search.build(GradientSettings(**settings), built(cppn, GREY), niches, seed=2)
    assert isinstance(made, search.Gradient)
    return made


def climb(made: search.Gradient, task: Fooling, steps: int) -> None:
    for _ in range(steps):
        genomes, ascents = made.ask(), made.ascents
        trial = Trial(made.asked)
        at = made.encoding.express(ascents.genomes)
        found = task.gradients(at, ascents.niches, trial, ascents.objective)
        if ascents.of_weights:
            found = torch.from_numpy(made.encoding.pull(ascents.genomes, found))
        made.hear(found)
        made.tell(task.score(made.encoding.express(genomes), trial))


def test_a_step_follows_the_rule_of_the_paper() -> None:
    images = torch.zeros(4, 1, 1, 2)
    gradients = torch.tensor([[3.0, 4.0], [3.0, 4.0], [3e-9, 4e-9], [0.0, 0.0]]).view(4, 1, 1, 2)
    confidences = torch.tensor([0.5, 0.9, 0.0, 1.0])
    moved = stepped(images, gradients, confidences, StepSettings(early=0.03, late=0.1, most=1e7))
    wanted = [[3 * 0.03 / 25, 4 * 0.03 / 25], [3 * 0.01 / 25, 4 * 0.01 / 25], [0.03, 0.04], [0, 0]]
    torch.testing.assert_close(moved.view(4, 2), torch.tensor(wanted))


def smooth(image: torch.Tensor, slope: torch.Tensor, age: int = 1, **settings: float):
    mean = torch.tensor([[[0.5]]])
    return kept_smooth(image, slope, mean, age, SmoothSettings(**settings))


def test_what_keeps_images_smooth_does_what_it_says() -> None:
    image = torch.tensor([0.5, 0.6, 0.3, 0.9]).view(1, 1, 2, 2)
    slope = torch.tensor([1.0, -1.0, -1.0, 0.1]).view(1, 1, 2, 2)

    def values(age: int = 1, **settings: float) -> list[float]:
        return smooth(image, slope, age, **settings).flatten().tolist()

    assert values(decay=0.1) == pytest.approx([0.5, 0.59, 0.32, 0.86])
    assert values(small_norm=0.6) == pytest.approx([0.5, 0.5, 0.3, 0.9])
    assert values(small_benefit=0.3) == pytest.approx([0.5, 0.5, 0.3, 0.9]), "0, -0.1, 0.2, 0.04"
    assert values(small_absolute=0.6) == pytest.approx([0.5, 0.6, 0.3, 0.5]), "0, 0.1, 0.2, 0.04"
    assert values(blur=0.5, blur_every=2) == pytest.approx([0.5, 0.6, 0.3, 0.9])
    assert np.ptp(values(2, blur=0.5, blur_every=2)) < 0.6 - 0.05
    assert smooth(torch.full((1, 1, 5, 5), 0.7), torch.ones(1, 1, 5, 5), blur=1.0).flatten()[
        [0, 12]
    ].tolist() == pytest.approx([0.7, 0.7])


def test_total_variation_goes_down_its_gradient() -> None:
    image = torch.rand(1, 2, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def variation(of: torch.Tensor) -> float:
        padded = torch.nn.functional.pad(of, (0, 1, 0, 1), mode="replicate")
        down, across = padded[:, :, 1:, :-1] - of, padded[:, :, :-1, 1:] - of
        return float((down**2 + across**2 + 1e-8).sqrt().sum())

    slope = image - smooth(image, torch.zeros_like(image), variation=1.0)
    step = torch.zeros_like(image)
    for place in ((0, 0, 0, 0), (0, 1, 2, 3), (0, 0, 3, 4)):
        step.zero_()[place] = 1e-6
        change = (variation(image + step) - variation(image - step)) / 2e-6
        assert float(slope[place]) == pytest.approx(change, rel=1e-4)


def test_every_niche_has_an_image_that_climbs_for_it() -> None:
    task = Fooling(fake_classifier(SHAPE, 3))
    made = gradient(batch=3)
    climb(made, task, 60)
    assert made.archive.scores.min() > 0.9
    assert (made.archive.keys >> 20).tolist() == [0, 1, 2]
    shown = made.encoding.express(made.archive.genomes)
    assert torch.equal(shown, to_grid(shown.clone()))
    np.testing.assert_array_equal(task.score(shown).diagonal(), made.archive.scores)


@pytest.mark.parametrize("settings", [{"objective": "logit"}, ALL, {"start": "new"}])
def test_other_ways_to_climb(settings: dict[str, object]) -> None:
    task = Fooling(fake_classifier(SHAPE, 3))
    made = gradient(batch=3, **settings)
    climb(made, task, 1)
    first = made.archive.scores.copy()
    climb(made, task, 40)
    assert (made.archive.scores > first).all()


def turns(made: search.Gradient, best: float = 0.0) -> list[list[int]]:
    """Let eight generations pass, with a score from the second step of an image on."""
    seen = []
    for _ in range(8):
        seen.append(made.ascents.niches.tolist())
        made.hear(torch.zeros(len(made.asked), *SHAPE))
        ages = made.asked % (1 << 20)
        made.tell(np.where(ages[:, None] >= 1, best, 0).repeat(made.niches, 1).astype(np.float32))
    return seen


def test_niches_take_turns_after_their_steps() -> None:
    made = gradient(niches=3, batch=2, steps=2)
    assert turns(made) == [[0, 1]] * 3 + [[2, 0]] * 3 + [[1, 2]] * 2
    assert made.latest.parents[:, 0].tolist() == [(4 << 20), (5 << 20)]


def test_a_niche_that_reached_the_goal_has_no_other_turn_until_all_have() -> None:
    made = gradient(niches=3, batch=2, steps=5, goal=0.5)
    assert turns(made, 0.6) == [[0, 1]] * 2 + [[2, 2]] * 6
    assert made.archive.scores.min() > 0.5


def test_a_state_is_gone_on_from_to_the_last_bit() -> None:
    task, settings = Fooling(fake_classifier(SHAPE, 3)), {"batch": 4, "steps": 5, **ALL}
    whole, cut = gradient(**settings), gradient(**settings)
    for generations in (3, 8):
        climb(whole, task, generations)
        climb(cut, task, generations)
        state = cut.state()
        cut = gradient(**settings)
        cut.restore(state)
        assert_same_arrays(cut.state(), state)
    climb(whole, task, 2)
    climb(cut, task, 2)
    assert_same_arrays(whole.state(), cut.state())


def test_what_does_not_fit_is_refused() -> None:
    for encoding in (built(OffsetSettings(), GREY), built(CppnSettings(), Line(7))):
        with pytest.raises(ConfigError, match="expected encoding pixels or cppn and a task of im"):
            search.build(GradientSettings(), encoding, 3, seed=0)
    with pytest.raises(ConfigError, match="rate is for weights of CPPNs, and encoding pixels"):
        gradient(rate=0.5)
    with pytest.raises(ConfigError, match="smooth is for pixels, and encoding cppn has none"):
        weights(smooth={"blur": 1.0})
    with pytest.raises(ConfigError, match="one for each of 2 channels, got 3"):
        gradient(mean=(0.1, 0.2, 0.3))
    made = gradient()
    made.ask()
    with pytest.raises(ShapeError, match="call hear"):
        made.tell(np.zeros((10, 3), np.float32))
    assert search.build(MapElitesSettings(), made.encoding, 3, seed=0).ascents is None


def test_a_gradient_that_is_no_number_moves_nothing() -> None:
    made = gradient(batch=1)
    before = made.ask().genes.clone()
    made.hear(torch.full((1, *SHAPE), torch.nan))
    made.tell(np.full((1, 3), -np.inf, np.float32))
    assert torch.equal(made.ask().genes, before)


def test_weights_climb_too() -> None:
    task = Fooling(fake_classifier(GREY, 3))
    made = weights(batch=3, rate=0.02, steps=50, goal=0.9)  # some begin anew
    first = made.ask()
    climb(made, task, 20)
    assert np.array_equal(made.ask().sources, first.sources), "structures stay"
    assert not np.array_equal(made.ask().weights, first.weights)
    climb(made, task, 180)
    assert made.archive.scores.min() > 0.7
    shown = made.encoding.express(made.archive.genomes)
    np.testing.assert_array_equal(task.score(shown).diagonal(), made.archive.scores)


@pytest.mark.parametrize("objective", ["confidence", "logit"])
def test_weights_climb_by_other_objectives(objective: str) -> None:
    task = Fooling(fake_classifier(GREY, 3))
    made = weights(batch=3, objective=objective)
    climb(made, task, 1)
    first = made.archive.scores.copy()
    climb(made, task, 40)
    assert (made.archive.scores > first).all()


@pytest.mark.parametrize("steps", [1, 3, 7])
def test_weights_go_on_from_their_state(steps: int) -> None:
    task, settings = Fooling(fake_classifier(GREY, 3)), {"batch": 2, "steps": 3}
    whole, cut = weights(**settings), weights(**settings)
    climb(whole, task, steps)
    climb(cut, task, steps)
    state = cut.state()
    cut = weights(**settings)
    cut.restore(state)
    climb(whole, task, 4)
    climb(cut, task, 4)
    assert_same_arrays(whole.state(), cut.state())


def test_weights_stay_within_their_range() -> None:
    task = Fooling(fake_classifier(GREY, 3))
    made = weights(batch=3, rate=6.0)
    climb(made, task, 3)
    assert np.abs(made.ask().weights).max() == made.encoding.settings.weight_range


def test_a_step_of_weights_is_one_of_adam() -> None:
    made, random = weights(batch=2), np.random.default_rng(0)
    leaf = torch.tensor(made.ask().weights, requires_grad=True)
    adam = torch.optim.Adam([leaf], made.settings.rate)
    for _ in range(5):
        slopes = torch.from_numpy(random.normal(size=len(leaf)).astype(np.float32))
        leaf.grad = -slopes
        adam.step()
        made.ask()
        made.hear(slopes)
        made.tell(np.zeros((2, 3), np.float32))
        torch.testing.assert_close(
            torch.from_numpy(made.ask().weights), leaf.detach().clamp(-10, 10)
        )


def test_weights_climb_on_after_a_slope_whose_square_is_no_number() -> None:
    made = weights(batch=1)
    for slope in (1e30, torch.inf, -1e38):
        made.ask()
        made.hear(torch.full((len(made.ask().weights),), slope))
        made.tell(np.zeros((1, 3), np.float32))
    state = made.state()
    assert all(np.isfinite(state[name]).all() for name in ("means", "squares", "climbing.weights"))


def test_small_networks_that_climb_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    weights()
    assert not caplog.records
    search.build(GradientSettings(), built(CppnSettings(), GREY), 3, seed=2)
    assert "encoding.structure.start is direct: set it to dense" in caplog.text
