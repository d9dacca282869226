"""Images: canvases, colours, and painting with networks."""

from neatfool.images.canvas import Canvas as Canvas
from neatfool.images.canvas import render as render
from neatfool.images.canvas import render_between as render_between
from neatfool.images.canvas import render_large as render_large
from neatfool.images.canvas import render_rows as render_rows
from neatfool.images.colour import BRIGHTNESS as BRIGHTNESS
from neatfool.images.colour import paint as paint
from neatfool.images.colour import to_grid as to_grid
from neatfool.images.disturbances import DISTURBANCES as DISTURBANCES
from neatfool.images.measures import measure as measure
from neatfool.images.pictures import levels_to_jpeg as levels_to_jpeg
from neatfool.images.pictures import levels_to_png as levels_to_png
from neatfool.images.pictures import to_images as to_images
from neatfool.images.pictures import to_levels as to_levels
from neatfool.images.pictures import to_pictures as to_pictures
from neatfool.images.pictures import to_png as to_png
from neatfool.sections.encoding import ColourSpace as ColourSpace
from neatfool.sections.encoding import Coordinates as Coordinates
from neatfool.sections.encoding import Rounding as Rounding
