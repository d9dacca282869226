from typing import Any

import numpy as np
import pytest
import torch

from neatfool.encodings import (
    Birth,
    Compatibility,
    PixelSettings,
    Switch,
    SwitchGenomes,
    SwitchSettings,
    WeightSettings,
)
from neatfool.search import MapElites, MapElitesSettings
from tests.conftest import built
from tests.fakes import Line

COUNT = 30
FORMS = {"grey": (1, 6, 5), "colour": (3, 5, 6), "links": Line(9)}
FROZEN = {
    "grey": PixelSettings(mutation_rate=0),
    "colour": PixelSettings(mutation_rate=0),
    "links": WeightSettings(weight_rate=0),
}


def birth(generation: int = 1, stagnant: int = 0) -> Birth:
    return Birth(generation, np.random.default_rng(generation), 20, 100, stagnant)


def encoding(form: str = "links", **settings: Any) -> Switch:
    """Build one whose direct part never mutates, so that only the switch changes anything."""
    made = built(SwitchSettings(direct=FROZEN[form], **settings), FORMS[form])
    assert isinstance(made, Switch)
    return made


def mixture(made: Switch) -> tuple[SwitchGenomes, SwitchGenomes]:
    """Make a batch of both kinds, in turn, and the networks that all of it comes from."""
    networks = made.new(COUNT, birth())
    switched = made.vary(networks.select(range(COUNT)), birth(1000))
    odd = np.arange(1, COUNT, 2)
    return networks.select(range(COUNT)).replaced(odd, switched.select(odd)), networks


@pytest.mark.parametrize("form", FORMS)
def test_what_the_networks_make_becomes_genes_one_to_one(form: str) -> None:
    made = encoding(form, at=3)
    networks = made.vary(made.new(COUNT, birth()), birth(2))
    phenotypes = made.express(networks)

    switched = made.vary(networks, birth(3))

    assert not networks.is_direct.any()
    assert switched.is_direct.all()
    assert torch.equal(switched.direct.genes, phenotypes.flatten(1))
    assert torch.equal(made.express(switched), phenotypes)


def test_weights_beyond_the_range_are_kept_until_they_mutate() -> None:
    settings = SwitchSettings(at=2, direct=WeightSettings(weight_rate=0, weight_range=1e-3))
    made = built(settings, Line(9))
    networks = made.new(COUNT, birth())

    assert torch.equal(made.express(made.vary(networks, birth(2))), made.express(networks))


@pytest.mark.parametrize(
    ("settings", "generation", "stagnant", "switches"),
    [
        ({}, 99, 50, False),
        ({}, 100, 0, True),
        ({"at": 7}, 6, 50, False),
        ({"at": 7}, 7, 0, True),
        ({"stagnation": 5}, 1000, 4, False),
        ({"stagnation": 5}, 6, 5, True),
        ({"stagnation": 5, "at": 7}, 7, 0, True),
        ({"stagnation": 5, "at": 7}, 6, 5, True),
    ],
)
def test_when_it_switches(
    settings: dict[str, int], generation: int, stagnant: int, switches: bool
) -> None:
    made = encoding(**settings)

    children = made.vary(made.new(COUNT, birth()), birth(generation, stagnant))

    assert children.is_direct.all() == children.is_direct.any() == switches


def test_children_of_a_mixture_are_direct_even_if_nothing_is_due() -> None:
    made = encoding(at=500)
    mixed, networks = mixture(made)
    assert mixed.is_direct.tolist() == [False, True] * (COUNT // 2)

    for children in (made.vary(mixed, birth(2)), made.cross(mixed, networks, birth(2))):
        assert children.is_direct.all()
        assert len(children.indirect) == 0


@pytest.mark.parametrize("form", FORMS)
def test_a_mixture_is_expressed_each_by_its_kind(form: str) -> None:
    made = encoding(form, at=500)
    mixed, networks = mixture(made)

    assert torch.equal(made.express(mixed), made.express(networks))


def test_a_network_is_no_distance_from_what_it_becomes() -> None:
    made = encoding(at=500)
    mixed, networks = mixture(made)

    assert (np.diagonal(made.distance(mixed, networks, Compatibility())) == 0).all()


def test_networks_mate_with_networks_and_genes_with_genes() -> None:
    made = encoding(at=2)
    networks = made.new(COUNT, birth())
    switched = made.vary(networks.select(range(COUNT)), birth(2))

    assert not made.cross(networks, networks, birth(2)).is_direct.any()
    child = made.cross(switched, switched.select(np.arange(COUNT)[::-1]), birth(3)).direct.genes
    own, other = switched.direct.genes, switched.direct.genes.flip(0)
    assert ((child == own) | (child == other)).all()


def test_direct_elites_are_replaced_in_place() -> None:
    made = encoding(at=2)
    switched = made.vary(made.new(COUNT, birth()), birth(2))
    place = switched.direct.genes.data_ptr()

    replaced = switched.replaced(np.array([3]), switched.select([5]))

    assert replaced.direct.genes.data_ptr() == place
    assert torch.equal(replaced.direct.genes[3], replaced.direct.genes[5])


@pytest.mark.parametrize("pipelined", [False, True])
@pytest.mark.parametrize("settings", [{"at": 5}, {"stagnation": 3}])
def test_children_of_map_elites_are_direct_from_then_on_and_old_elites_stay(
    settings: dict[str, int], pipelined: bool
) -> None:
    made = encoding(**settings)
    search = MapElites(made, 3, MapElitesSettings(batch=COUNT, pipelined=pipelined), seed=0)
    kinds = []
    for number in range(1, 12):
        kinds.append(search.ask().is_direct)
        scores = np.zeros((COUNT, 3), np.float32)
        scores[0, 0] = max(0, number - 8)  # nothing gets better for long
        search.tell(scores)

    first = [kind.any() for kind in kinds].index(True)
    assert first == (4 if "at" in settings else 4 + pipelined)
    assert not np.any(kinds[:first])
    assert np.all(kinds[first:])
    assert search.archive.genomes.is_direct.tolist() == [True, False, False]
