"""What is shown of genomes."""

import numpy as np

from neatfool.encodings import Birth, Cppn, CppnSettings
from neatfool.images import Canvas
from neatfool.reports.portfolio import Portfolio
from neatfool.streams import stream
from neatfool.substrates import Substrate, sandwich


def test_networks_on_a_substrate_are_drawn_there_and_images_are_not() -> None:
    medium = Substrate(sandwich(3, 2))
    encoding = Cppn(CppnSettings(), medium)
    genome = encoding.new(1, Birth(1, stream(0, "start")))
    figure = Portfolio(encoding).substrate(genome, "heading")
    assert figure is not None
    assert {"input", "output", "heading"} < {text.get_text() for text in figure.axes[0].texts}
    weights = encoding.express(genome)
    ((pair, links),) = medium.links(weights).items()
    assert (*pair, links.shape) == ("input", "output", False, (6, 6))
    np.testing.assert_array_equal(links.ravel(), weights[0])
    painter = Cppn(CppnSettings(), Canvas((1, 4, 4)))
    picture = painter.new(1, Birth(1, stream(0, "start")))
    assert Portfolio(painter).substrate(picture, "heading") is None
