"""Encodings of users, in files of their own."""

from pathlib import Path

import numpy as np
import pytest

from neatfool import encodings, search
from neatfool.encodings import Bare, Encoding
from neatfool.errors import ConfigError
from neatfool.images import Canvas
from neatfool.search import MapElitesSettings, NeatSettings
from tests.fakes import Nearness
from tests.strategies import assert_same_arrays

STRIPES = """
import torch
import neatfool
from neatfool.encodings import VectorGenomes

class StripeSettings(neatfool.KindSettings):
    step: float = 0.1

class Stripes(neatfool.Encoding[VectorGenomes]):
    Settings = StripeSettings

    def new(self, count, birth):
        return self._random(count, birth)

    def vary(self, parents, birth):
        steps = self._random(len(parents), birth).genes - 0.5
        return VectorGenomes((parents.genes + self.settings.step * steps).clamp(0, 1))

    def express(self, genomes):
        rows = torch.round(genomes.genes * 255) / 255
        return rows[:, None, :, None].expand(-1, *self.shape).contiguous()

    def from_arrays(self, arrays):
        return VectorGenomes.from_arrays(arrays, self.shape[1:2], self.device)

    def _random(self, count, birth):
        drawn = birth.random.random((count, self.shape[1]), "float32")
        return VectorGenomes(torch.from_numpy(drawn))
"""
MORE = """
    def cross(self, first, second, birth):
        return VectorGenomes((first.genes + second.genes) / 2)

    def distance(self, first, second, compatibility):
        return torch.cdist(first.genes, second.genes, p=1).numpy()
"""
CANVAS = Canvas((1, 6, 5))


def stripes(folder: Path, source: str = STRIPES, **changes: object) -> Encoding:
    """Build the encoding as a configuration that names its file does."""
    (folder / "stripes.py").write_text(source)
    settings = encodings.KINDS.settings(f"{folder / 'stripes.py'}:Stripes")
    return encodings.build(settings.model_validate(changes), CANVAS)


def evolve(encoding: Encoding, settings: MapElitesSettings | NeatSettings, generations: int):
    """Evolve for so many generations; after two, go on from the state in another search."""
    task, found = Nearness(encoding.shape, 3), search.build(settings, encoding, 3, seed=1)
    for generation in range(generations):
        if generation == 2:
            state = found.state()
            found = search.build(settings, encoding, 3, seed=1)
            found.restore(state)
        found.tell(task.score(encoding.express(found.ask())))
    return found


def test_an_encoding_of_a_user_evolves(tmp_path: Path) -> None:
    encoding = stripes(tmp_path, step=0.5)
    assert encoding.settings.step == 0.5
    assert encoding.executor == ""
    evolved = evolve(encoding, MapElitesSettings(batch=12), 5)
    first = evolve(encoding, MapElitesSettings(batch=12), 1)
    assert (evolved.archive.scores > first.archive.scores).all()
    assert_same_arrays(
        evolved.archive.genomes,
        evolve(stripes(tmp_path, step=0.5), MapElitesSettings(batch=12), 5).archive.genomes,
    )


def test_its_genomes_have_no_networks_and_what_lies_between_two_fades(tmp_path: Path) -> None:
    encoding = stripes(tmp_path)
    birth = encodings.Birth(1, np.random.default_rng(0))
    genomes = encoding.new(2, birth)
    first, second = genomes.select([0]), genomes.select([1])

    images = encoding.between(first, second, np.array([0, 0.5, 1], np.float32))

    assert genomes.networks is None
    assert images.shape == (3, *CANVAS.shape)
    assert (images[[0, 2]] == encoding.express(genomes)).all()
    assert abs(images[1] - images[[0, 2]].mean(dim=0)).max() < 1 / 255
    assert not encodings.can_breed(encoding.settings)
    with pytest.raises(ConfigError, match="hold no network that could be drawn"):
        encodings.network_part(first)
    with pytest.raises(ConfigError, match="VectorGenomes hold no networks"):
        first.with_networks(None)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (NeatSettings(batch=12, crossover=0), "^Stripes has no method distance, by which species"),
        (
            MapElitesSettings(batch=12, crossover=1),
            r"^genomes of Stripes do not mate.*crossover = 0",
        ),
    ],
)
def test_what_a_search_needs_and_it_lacks_is_said(settings, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        evolve(stripes(tmp_path), settings, 2)
    assert evolve(stripes(tmp_path, STRIPES + MORE), settings, 4).generation == 4


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("class Stripes: pass", "expected a class derived from neatfool.Encoding, got <class"),
        ("Stripes = 3", "expected a class of this name in the file, got int"),
    ],
)
def test_what_is_no_encoding_is_refused(source: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        stripes(tmp_path, source)


def test_what_is_not_looked_at_cannot_be_bred_from() -> None:
    settings = encodings.KINDS.settings("stripes.py:Stripes", run=None)
    assert not encodings.can_breed(settings(kind="stripes.py:Stripes"))
    assert encodings.can_breed(encodings.CppnSettings())


@pytest.mark.parametrize("kind", encodings.KINDS.named)
def test_the_encodings_that_have_a_name_fit_a_canvas_or_say_why_not(kind: str) -> None:
    settings = encodings.KINDS.settings(kind)()
    if kind == "weights":
        with pytest.raises(ConfigError, match="makes weights, and the task wants images"):
            encodings.build(settings, CANVAS)
        return
    assert encodings.build(settings, CANVAS).shape == CANVAS.shape
    if kind != "cppn":
        with pytest.raises(ConfigError, match="wants networks: choose cppn"):
            encodings.build(settings, Bare(("x",), 1))
