"""Pictures of results, from plain data; the only home of matplotlib."""

from neatfool.viz.curves import confidence_curves as confidence_curves
from neatfool.viz.curves import seed_curves as seed_curves
from neatfool.viz.figures import check_ending as check_ending
from neatfool.viz.figures import save as save
from neatfool.viz.figures import to_png as to_png
from neatfool.viz.figures import to_svg as to_svg
from neatfool.viz.grids import image_grid as image_grid
from neatfool.viz.heat_maps import HeatMap as HeatMap
from neatfool.viz.heat_maps import heat_maps as heat_maps
from neatfool.viz.topology import topology as topology
from neatfool.viz.trends import trends as trends
