import io
import threading

import numpy as np
import pytest
from PIL import Image

from neatfool import images
from neatfool.encodings import Birth, Cppn, CppnSettings
from neatfool.images import Canvas, render, to_levels
from neatfool.networks import compile_graphs
from neatfool.types import CPU
from neatfool.web.painting import Painter, Recent


@pytest.fixture
def painter():
    painter = Painter()
    yield painter
    painter.close()


@pytest.mark.parametrize("shape", [(3, 20, 20), (1, 33, 20), (3, 1, 1), (1, 7, 64)])
def test_strips_and_pages_have_the_bits_of_whole_pictures(painter, shape, monkeypatch) -> None:
    monkeypatch.setattr(images.canvas, "_AT_ONCE", 100)
    canvas = Canvas(shape)
    cppn = Cppn(CppnSettings(), canvas)
    graphs = cppn.new(7, Birth(1, np.random.default_rng(0)))
    expected = to_levels(render(compile_graphs(graphs), canvas, CPU)).transpose(0, 2, 3, 1)

    page = painter.page(graphs, canvas)
    large = [painter.large(graphs.select([k]), canvas, "a text") for k in range(7)]

    for whole, one, other in zip(expected, page, large, strict=True):
        for png in (one, other):
            pixels = np.asarray(Image.open(io.BytesIO(png)))
            assert (pixels.reshape(whole.shape) == whole).all()
        assert Image.open(io.BytesIO(other)).info == {"neatfool": "a text"}


def test_what_was_used_last_is_kept() -> None:
    recent: Recent[int] = Recent(2)
    made: list[int] = []

    def get(key: int) -> int:
        return recent.get((key,), lambda: made.append(key) or key)

    for key in (1, 2, 1, 3, 1, 2):
        assert get(key) == key
    assert made == [1, 2, 3, 2]
    threads = [threading.Thread(target=get, args=[key % 5]) for key in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert get(4) == 4
