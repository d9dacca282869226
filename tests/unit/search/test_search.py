"""Searches of users, in files of their own, and what all searches share."""

from pathlib import Path

import numpy as np
import pytest

from neatfool import search
from neatfool.encodings import CppnSettings, PixelSettings
from neatfool.errors import ConfigError, ShapeError
from neatfool.search import MapElites, Search
from tests.conftest import built
from tests.fakes import Line, Nearness
from tests.strategies import assert_same_arrays

PIXELS = built(PixelSettings(), (1, 4, 5))
CLIMB = """
import numpy as np
import neatfool
from neatfool.streams import stream

class ClimbSettings(neatfool.SearchSettings):
    best: int = 3

class Climb(neatfool.Search):
    '''The best few of each generation are the parents of the next.'''

    Settings = ClimbSettings

    def __init__(self, settings, encoding, niches, seed):
        super().__init__(encoding, niches, settings, seed)
        self.parents = self.genomes = None

    def ask(self):
        if self.genomes is None:
            number = self.generation + 1
            birth = neatfool.Birth(number, stream(self.seed, "climb", number), 100, 100)
            batch = self.settings.batch
            if self.parents is None:
                self.genomes = self.encoding.new(batch, birth)
            else:
                places = birth.random.integers(len(self.parents), size=batch)
                self.genomes = self.encoding.vary(self.parents.select(places), birth)
        return self.genomes

    @property
    def asked(self):
        batch = self.settings.batch
        return np.arange(batch if self.genomes is not None else 0) + batch * self.generation

    def tell(self, scores):
        self.check(scores)
        self.note(self.genomes, self.asked, np.full((len(scores), 2), -1), scores)
        best = np.argsort(-scores.max(axis=1), kind="stable")[: self.settings.best]
        self.parents, self.genomes = self.genomes.select(best), None

    def state(self):
        state = super().state()
        if self.parents is not None:
            state |= {f"parents.{name}": array for name, array in self.parents.arrays().items()}
        return state

    def restore(self, state):
        super().restore(state)
        parents = {name[8:]: array for name, array in state.items() if name[:8] == "parents."}
        self.parents = self.encoding.from_arrays(parents) if parents else None
        self.genomes = None
"""


@pytest.fixture
def climb(tmp_path: Path):
    """The settings of a search of a user, looked at in its file."""
    (tmp_path / "climb.py").write_text(CLIMB)
    return search.KINDS.settings(f"{tmp_path / 'climb.py'}:Climb")


def test_a_search_of_a_user_evolves_and_goes_on_from_its_state(climb) -> None:
    encoding, task = built(CppnSettings(), Line(7)), Nearness((7,), 2)
    whole, cut = (search.build(climb(batch=20), encoding, 2, seed=5) for _ in range(2))
    firsts = None
    for generation in range(8):
        if generation in (0, 4):
            state = cut.state()
            cut = search.build(climb(batch=20), encoding, 2, seed=5)
            cut.restore(state)
        for each in (whole, cut):
            each.tell(task.score(encoding.express(each.ask())))
        firsts = whole.archive.scores.copy() if firsts is None else firsts
    assert_same_arrays(whole.parents, cut.parents)
    assert_same_arrays(whole.archive.genomes, cut.archive.genomes)
    assert (whole.archive.keys == cut.archive.keys).all()
    assert (whole.archive.scores > firsts).any()
    assert whole.latest.number == whole.generation == 8
    assert not len(whole.species)
    assert whole.settings.best == 3


def test_scores_that_do_not_fit_are_refused(climb) -> None:
    made = search.build(climb(batch=4), built(CppnSettings(), Line(7)), 2, seed=5)
    with pytest.raises(ShapeError, match="nothing was asked for"):
        made.tell(np.zeros((4, 2), np.float32))
    made.ask()
    with pytest.raises(ShapeError, match=r"expected scores of shape \(4, 2\), got \(4, 3\)"):
        made.tell(np.zeros((4, 3), np.float32))


def test_what_is_no_search_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("class Other: pass")
    with pytest.raises(ConfigError, match=r"derived from neatfool\.Search, got"):
        search.KINDS.settings(f"{tmp_path / 'other.py'}:Other")


def test_every_search_that_has_a_name_is_built_with_the_batch_that_is_said() -> None:
    for name, settings in search.KINDS.named.items():
        encoding = PIXELS if name == "gradient" else built(CppnSettings(), Line(7))
        made = search.build(settings(batch=20), encoding, 2, seed=5)
        assert isinstance(made, Search)
        assert len(made.ask()) == len(made.asked) == 20
    assert next(iter(search.KINDS.named)) == MapElites.Settings().kind
