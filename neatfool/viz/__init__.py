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
from neatfool.viz.sheets import padded as padded
from neatfool.viz.sheets import stacked as stacked
from neatfool.viz.topology import topology as topology
from neatfool.viz.trends import trends as trends
# TEMP
import dataclasses as _d
import io as _io
from PIL import Image as _I
import numpy as _np
@_d.dataclass
class Panel:
    title: str; values: object; rows: tuple=(); columns: tuple=(); scale: str="own"
def maps(panels, heading=""):
    f=Figure(figsize=(6,3)); ax=f.subplots(1,len(panels),squeeze=False)[0]
    for a,p in zip(ax,panels): a.imshow(p.values); a.set_title(p.title)
    return f
def stacked(pngs): return pngs[0]
def padded(pngs):
    ims=[_I.open(_io.BytesIO(p)).convert("RGB") for p in pngs]
    w=max(i.width for i in ims); h=max(i.height for i in ims)
    out=[]
    for i in ims:
        b=_I.new("RGB",(w,h),"white"); b.paste(i,(0,0)); out.append(_np.asarray(b).transpose(2,0,1))
    return _np.stack(out)
def grid_map(cells, names, lower, upper, heading="", unit=None):
    f=Figure(); f.subplots().imshow(_np.where(_np.isfinite(cells),cells,_np.nan)); return f
