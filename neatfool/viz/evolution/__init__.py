"""How a run came about: niches, sizes and species over the generations, and lines of ancestors."""

from neatfool.viz.evolution.ancestry import Thumbnail as Thumbnail
from neatfool.viz.evolution.ancestry import lineage as lineage
from neatfool.viz.evolution.generations import archive_history as archive_history
from neatfool.viz.evolution.generations import size_curves as size_curves
from neatfool.viz.evolution.species import species_areas as species_areas
