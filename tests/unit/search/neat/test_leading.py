"""Who leads a generation: champions of species that have become better."""

import numpy as np
import pytest

from neatfool.encodings import Bare, Cppn, CppnSettings
from neatfool.search import MapElites, MapElitesSettings, NeatSettings
from neatfool.search.neat.neat import Neat

ENCODING = Cppn(CppnSettings(weights_rate=0.2), Bare(("x", "bias"), 1))


@pytest.mark.parametrize(("threshold", "most"), [(2.0, 40), (1e6, 1)])
def test_the_best_of_each_species_leads_if_it_rose(threshold: float, most: int) -> None:
    search = Neat(ENCODING, 1, NeatSettings(batch=40, threshold=threshold), 0)
    random, best, counts = np.random.default_rng(0), dict[int, float](), set[int]()
    for _ in range(12):
        search.ask()
        scores = random.random((40, 1), np.float32)
        leading = search.leading(scores).tolist()
        search.tell(scores)
        risen = []
        for key in np.unique(search.species).tolist():
            members = np.flatnonzero(search.species == key)
            champion = int(members[scores[members, 0].argmax()])
            if scores[champion, 0] > best.get(key, -np.inf):
                risen.append(champion)
                best[key] = float(scores[champion, 0])
        first = [int(scores.argmax())]
        assert leading == (sorted(risen, key=lambda place: -scores[place, 0]) or first)
        counts.add(len(risen))
    assert max(counts) <= most
    assert max(counts) > 1 if most > 1 else counts == {0, 1}


def test_elsewhere_the_best_leads() -> None:
    search = MapElites(ENCODING, 2, MapElitesSettings(batch=4), 0)
    search.ask()
    scores = np.array([[0, 1], [np.nan, 2], [3, 0], [1, 1]], np.float32)
    assert search.leading(scores).tolist() == [2]
