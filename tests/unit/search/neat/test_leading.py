"""Who leads a generation: the champion of a species that has become better."""

import numpy as np
import pytest

from neatfool.encodings import Bare, Cppn, CppnSettings
from neatfool.search import MapElites, MapElitesSettings, NeatSettings
from neatfool.search.neat.neat import Neat
from neatfool.sections.encoding import StructureSettings

RARELY = StructureSettings(add_edge_rate=0.05, add_node_rate=0.05)
ENCODING = Cppn(CppnSettings(weights_rate=0.2, structure=RARELY), Bare(("x", "bias"), 1))


@pytest.mark.parametrize(("threshold", "most"), [(2.0, 40), (1e6, 1)])
def test_a_species_that_rose_waits_until_it_led(threshold: float, most: int) -> None:
    search = Neat(ENCODING, 1, NeatSettings(batch=40, threshold=threshold), 0)
    random, best, waiting = np.random.default_rng(0), dict[int, float](), set[int]()
    counts = []
    for _ in range(40):
        search.ask()
        scores = random.random((40, 1), np.float32)
        leading = search.leading(scores).tolist()
        assert search.leading(scores).tolist() == leading
        search.tell(scores)
        champions = {}
        for key in np.unique(search.species).tolist():
            members = np.flatnonzero(search.species == key)
            champions[key] = int(members[scores[members, 0].argmax()])
            if scores[champions[key], 0] > best.get(key, -np.inf):
                waiting.add(key)
                best[key] = float(scores[champions[key], 0])
        waiting &= champions.keys()
        counts.append(len(waiting))
        ahead = sorted(waiting, key=lambda key: scores[champions[key], 0])[-1:]
        assert leading == ([champions[key] for key in ahead] or [int(scores.argmax())])
        waiting -= set(ahead)
        search = restored(search)
    assert max(counts) <= most
    assert max(counts) > 1 if most > 1 else set(counts) == {0, 1}


def restored(search: Neat) -> Neat:
    other = Neat(ENCODING, 1, search.settings, 0)
    other.restore(search.state())
    return other


def test_elsewhere_the_best_leads() -> None:
    search = MapElites(ENCODING, 2, MapElitesSettings(batch=4), 0)
    search.ask()
    scores = np.array([[0, 1], [np.nan, 2], [3, 0], [1, 1]], np.float32)
    assert search.leading(scores).tolist() == [2]
