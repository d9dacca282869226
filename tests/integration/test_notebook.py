"""What notebooks show; IPython's own formatters are asked where they are installed."""

import importlib.util
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image

import neatfool
from neatfool import past, reports
from neatfool.encodings import VectorGenomes
from neatfool.encodings.interchange.picture import Picture
from neatfool.images import Canvas
from neatfool.search.archive import empty_archive

pytestmark = pytest.mark.proof


class Formatter(dict[type, Any]):
    """As IPython's, as far as extensions use it."""

    def for_type(self, kind: type, drawing: Any) -> None:
        self[kind] = drawing

    def __call__(self, thing: object) -> Any:
        found = (self[kind] for kind in type(thing).__mro__ if kind in self)
        drawing = next(found, lambda _: None)
        return drawing(thing)


def fake_shell() -> Any:
    formatters = {"image/png": Formatter(), "text/html": Formatter()}
    return SimpleNamespace(display_formatter=SimpleNamespace(formatters=formatters))


def ipython_shell() -> Any:
    if importlib.util.find_spec("IPython") is None:
        pytest.skip("IPython is not installed")
    from IPython.core.formatters import DisplayFormatter

    return SimpleNamespace(display_formatter=DisplayFormatter())


@pytest.fixture(params=[fake_shell, ipython_shell], ids=["fake", "IPython"])
def shell(request: pytest.FixtureRequest) -> Any:
    """A shell that has loaded the extension."""
    made = request.param()
    neatfool.load_ipython_extension(made)
    return made


def png(shell: Any, thing: object) -> Image.Image:
    return Image.open(io.BytesIO(shell.display_formatter.formatters["image/png"](thing)))


def untold(shell: Any, thing: object) -> bool:
    formatters = shell.display_formatter.formatters
    return formatters["image/png"](thing) is formatters["text/html"](thing) is None


def html(shell: Any, thing: object) -> str:
    text: str = shell.display_formatter.formatters["text/html"](thing)
    return text


def test_networks_are_drawn_alone_or_side_by_side(shell: Any, finished: Path) -> None:
    genomes = past.read_standing(finished).archive.genomes
    one, two = png(shell, genomes.select([0])), png(shell, genomes.select([0, 1]))

    assert one.size != two.size
    assert two.width > two.height


def test_genomes_without_networks_are_left_to_text(shell: Any) -> None:
    assert untold(shell, VectorGenomes(torch.zeros(3, 4)))


def test_a_run_shows_its_elites_and_how_far_it_is(shell: Any, finished: Path) -> None:
    png(shell, past.read_standing(finished))
    png(shell, past.read_elites(finished))
    png(shell, reports.of_run(finished))
    overview = past.read_overview(finished)

    assert "<td>finished, generation 8 of 8</td>" in html(shell, overview)
    assert f"<th>{overview.niches[0].name}</th>" in html(shell, overview)


def test_an_archive_is_summed_up(shell: Any, finished: Path) -> None:
    archive = past.read_standing(finished).archive
    text = html(shell, archive)
    nothing = html(shell, empty_archive(archive.genomes, 3))

    assert "<th>elites</th><td>10</td>" in text
    assert "data:image/png;base64," in text
    assert "<th>elites</th><td>0</td>" in nothing
    assert "img" not in nothing


def test_names_cannot_be_markup(shell: Any, finished: Path) -> None:
    overview = past.read_overview(finished)
    object.__setattr__(overview.about, "name", "<script>")

    assert "&lt;script&gt;" in html(shell, overview)


def test_a_picture_is_drawn_with_its_network(shell: Any, finished: Path) -> None:
    graphs = reports.of_run(finished).graphs
    png(shell, Picture(graphs, Canvas((1, 28, 28))))


def test_unloading_leaves_text_alone(shell: Any, finished: Path) -> None:
    neatfool.unload_ipython_extension(shell)

    assert untold(shell, past.read_overview(finished))
    assert untold(shell, past.read_standing(finished))
