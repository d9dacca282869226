import numpy as np

from neatfool.encodings import Birth, Pixels, PixelSettings, VectorGenomes
from neatfool.search import MapElites, MapElitesSettings
from neatfool.search.stagnation import Stagnation
from neatfool.types import Arrays
from tests.strategies import assert_same_arrays


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def noted(*best: np.ndarray, tolerance: float = 0.0) -> list[int]:
    """Note generation after generation: the longest stagnation after each."""
    stagnation, longest = Stagnation(), []
    for generation, each in enumerate(best, start=1):
        stagnation.note(generation, each, tolerance)
        longest.append(stagnation.longest)
    return longest


def test_it_is_counted_since_anything_improved_and_the_longest_is_kept() -> None:
    flat, better, best = scores(1, 2), scores(1, 3), scores(4, 3)

    assert noted(flat, flat, flat, better, better, best) == [0, 1, 2, 2, 2, 2]
    assert noted(flat, better, best) == [0, 0, 0]


def test_small_gains_do_not_count_until_they_add_up() -> None:
    steps = [scores(0.04 * step) for step in range(6)]

    assert noted(*steps, tolerance=0.1) == [0, 1, 2, 2, 2, 2]
    assert noted(*steps) == [0] * 6


def test_a_niche_filled_for_the_first_time_is_an_improvement() -> None:
    assert noted(scores(1, -np.inf), scores(1, -np.inf), scores(1, -5)) == [0, 1, 1]


def test_a_state_and_back_is_the_identity() -> None:
    stagnation = Stagnation()
    assert Stagnation.restore(stagnation.state()) == stagnation
    for generation in (1, 2, 3):
        stagnation.note(generation, scores(1, 2))

    again = Stagnation.restore(stagnation.state())

    assert_same_arrays(again.state(), stagnation.state())
    assert again.longest == 2


class Watched(Pixels):
    """Pixels that write down what the newborn are told."""

    def __init__(self) -> None:
        super().__init__(PixelSettings(), (1, 1, 2))
        self.told: list[int] = []

    def vary(self, parents: VectorGenomes, birth: Birth) -> VectorGenomes:
        self.told.append(birth.stagnant)
        return super().vary(parents, birth)


def searched(*best: float, state: Arrays | None = None) -> tuple[MapElites, list[int]]:
    """Search with these best scores, generation after generation: what the newborn were told."""
    encoding = Watched()
    search = MapElites(encoding, 1, MapElitesSettings(batch=2, tolerance=0.5), seed=0)
    if state:
        search.restore(state)
    for each in best:
        search.ask()
        search.tell(np.full((2, 1), each, np.float32))
    return search, encoding.told


def test_a_search_tells_the_newborn_and_counts_gains_beyond_the_tolerance() -> None:
    assert searched(0.0, 0.2, 0.4, 0.6, 0.6, 0.6, 0.6, 0.6)[1] == [0, 1, 2, 2, 2, 2, 3]


def test_a_search_that_goes_on_remembers_and_an_old_one_begins_to_count() -> None:
    state = searched(0.0, 0.0, 0.0, 0.0)[0].state()
    old = {name: array for name, array in state.items() if not name.startswith("stagnation.")}

    assert searched(0.0, 0.0, state=state)[1] == [3, 4]
    assert searched(0.0, 0.0, 0.0, state=old)[1] == [0, 0, 1]
