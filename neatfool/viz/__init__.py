"""Pictures of results, from plain data; the only home of matplotlib."""

from neatfool.viz.ancestry import Thumbnail as Thumbnail
from neatfool.viz.ancestry import lineage as lineage
from neatfool.viz.curves import medians as medians
from neatfool.viz.curves import score_curves as score_curves
from neatfool.viz.curves import seed_curves as seed_curves
from neatfool.viz.figures import Figure as Figure
from neatfool.viz.figures import check_ending as check_ending
from neatfool.viz.figures import save as save
from neatfool.viz.figures import to_png as to_png
from neatfool.viz.figures import to_svg as to_svg
from neatfool.viz.films import film_format as film_format
from neatfool.viz.films import save_film as save_film
from neatfool.viz.generations import archive_history as archive_history
from neatfool.viz.generations import size_curves as size_curves
from neatfool.viz.generations import species_areas as species_areas
from neatfool.viz.goals import goal_matrix as goal_matrix
from neatfool.viz.grids import image_grid as image_grid
from neatfool.viz.heat_maps import HeatMap as HeatMap
from neatfool.viz.heat_maps import heat_maps as heat_maps
from neatfool.viz.illumination import grid_map as grid_map
from neatfool.viz.maps import Panel as Panel
from neatfool.viz.maps import maps as maps
from neatfool.viz.montage import padded as padded
from neatfool.viz.montage import stacked as stacked
from neatfool.viz.topology import topology as topology
from neatfool.viz.trends import trends as trends
