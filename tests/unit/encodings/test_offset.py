import numpy as np
import pytest
import torch

from neatfool.encodings import Birth, Cppn, CppnSettings, Offset, OffsetSettings, VectorGenomes
from neatfool.encodings.offset import OffsetGenomes
from neatfool.images import Canvas
from tests.fakes import Line

COUNT = 40
GREY, COLOUR = Canvas((1, 6, 5)), Canvas((3, 5, 6), rounding="down", colours="hls")
MEDIA = {"grey": GREY, "colour": COLOUR, "links": Line(9)}


def birth(generation: int = 1) -> Birth:
    return Birth(generation, np.random.default_rng(0))


def encoding(medium: object, **settings: object) -> Offset:
    chosen = OffsetSettings(**settings)
    return Offset(chosen, Cppn(chosen.indirect, medium))  # type: ignore[arg-type]


@pytest.fixture(params=MEDIA.values(), ids=MEDIA)
def medium(request):
    return request.param


def test_at_the_start_it_is_what_the_networks_make(medium) -> None:
    made = encoding(medium)
    genomes = made.new(COUNT, birth())

    assert (genomes.offsets.genes == 0).all()
    assert torch.equal(made.express(genomes), made.indirect.express(genomes.indirect))


def test_offsets_are_added_to_weights_as_they_are() -> None:
    made = encoding(Line(9))
    networks = made.indirect.new(COUNT, birth())
    offsets = torch.randn(COUNT, 9, generator=torch.Generator().manual_seed(0))

    links = made.express(OffsetGenomes(networks, VectorGenomes(offsets)))

    assert torch.equal(links, made.indirect.express(networks) + offsets)


@pytest.mark.parametrize("canvas", [GREY, COLOUR], ids=["grey", "colour"])
def test_images_are_offset_clipped_and_rounded_after_colours(canvas: Canvas) -> None:
    made = encoding(canvas)
    networks = made.indirect.new(COUNT, birth())
    size = int(np.prod(canvas.shape))
    offsets = torch.rand(COUNT, size, generator=torch.Generator().manual_seed(0)) * 2 - 1

    images = made.express(OffsetGenomes(networks, VectorGenomes(offsets)))

    wanted = made.indirect.express(networks) + offsets.view(-1, *canvas.shape)
    assert images.shape == (COUNT, *canvas.shape)
    assert (images - wanted.clamp(0, 1)).abs().max() <= 0.5 / 255 + 1e-6
    assert torch.equal((images * 255).round() / 255, images)
    assert {0.0, 1.0} <= set(images.flatten().tolist())


def test_expressing_changes_no_genes(medium) -> None:
    made = encoding(medium, offset_rate=0.5)
    genomes = made.vary(made.new(COUNT, birth()), birth(2))
    before = {name: array.copy() for name, array in genomes.arrays().items()}

    first, second = made.express(genomes), made.express(genomes)

    assert torch.equal(first, second)
    for name, array in genomes.arrays().items():
        assert np.array_equal(array, before[name]), name


def test_both_parts_mutate_and_offsets_rarely() -> None:
    made = encoding(Canvas((1, 50, 50)), offset_rate=0.02, offset_range=0.1)
    parents = made.new(COUNT, birth())
    weights = parents.indirect.weights.copy()

    children = made.vary(parents, birth(2))

    assert not np.array_equal(children.indirect.weights, weights)
    assert (children.offsets.genes != 0).float().mean() == pytest.approx(0.02, abs=0.002)
    assert children.offsets.genes.abs().max() == pytest.approx(0.1)


def test_both_parts_mate() -> None:
    made = encoding(Line(200))
    ancestors = made.new(COUNT, birth())
    first = OffsetGenomes(ancestors.indirect, VectorGenomes(torch.full((COUNT, 200), -1.0)))
    others = made.indirect.vary(ancestors.indirect, birth(2))
    second = OffsetGenomes(others, VectorGenomes(torch.full((COUNT, 200), 1.0)))

    child = made.cross(first, second, birth(3))

    assert child.offsets.genes.mean() == pytest.approx(0, abs=0.03)
    assert not np.array_equal(child.indirect.weights, first.indirect.weights)
    assert np.array_equal(child.indirect.innovations, first.indirect.innovations)


def test_networks_have_settings_of_their_own() -> None:
    made = encoding(Line(9), indirect=CppnSettings(output_activation="tanh", start_range=0.5))

    assert np.abs(made.new(COUNT, birth()).indirect.weights).max() <= 0.5


def test_either_part_mutates_if_they_do_apart() -> None:
    made = encoding(Line(50), apart=True, offset_changes=3.0)
    parents = made.new(400, birth())
    before = parents.select(range(400))
    children = made.vary(parents, birth(2))
    offsets = (children.offsets.genes != before.offsets.genes).any(dim=1).numpy()
    networks = np.array([not same_network(children, before, place) for place in range(len(before))])
    assert not (offsets & networks).any()
    assert 0.35 < offsets.mean() < 0.6  # half of them, but for those in which no offset is drawn
    assert 0.2 < networks.mean() < 0.6
    changed = (children.offsets.genes != 0).sum(dim=1).numpy()[offsets]
    assert 2.5 < changed.mean() < 4.0


def same_network(ones: OffsetGenomes, others: OffsetGenomes, place: int) -> bool:
    one, other = (each.indirect.select([place]).arrays() for each in (ones, others))
    return all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)


def test_offsets_become_zero_again_or_are_all_lost() -> None:
    made = encoding(Line(50), offset_rate=0.5, offset_zero_rate=0.5, clear_rate=0.25)
    genomes = made.new(200, birth())
    genomes = OffsetGenomes(genomes.indirect, VectorGenomes(torch.ones(200, 50)))
    children = made.vary(genomes, birth(2)).offsets.genes
    cleared = (children == 0).all(dim=1)
    assert 0.15 < cleared.float().mean() < 0.35
    left = children[~cleared]
    assert 0.2 < (left == 0).float().mean() < 0.3
    assert 0.45 < (left == 1).float().mean() < 0.8  # of the changed, half are clamped to 1 again


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_children_can_mutate_apart(count: int) -> None:
    made = encoding(Line(9), apart=True, clear_rate=0.5)
    assert len(made.vary(made.new(count, birth()), birth(2))) == count
