"""What retraining shows: a page of Markdown, the medians over rounds, and elites of each round."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from neatfool import viz
from neatfool.defence.retraining.evolved import Harvest
from neatfool.files import markdown_table
from neatfool.reporting import percent
from neatfool.types import Bytes, Json

RETRAINING = "retraining.json"
_SHOWN = 10
_CONTROLS = {
    "bred": "patterns bred without a network",
    "noise": "noise",
    "cppn": "patterns evolved against DNN 1",
    "pixels": "pixels evolved against DNN 1",
}


@dataclass(eq=False)
class Gallery:
    """Some elites of each round, to be shown side by side."""

    images: list[Bytes] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)

    def add(self, name: str, evolved: Harvest) -> None:
        """Add a row: elites of the last generation of the first run."""
        self.images.append(evolved.last[:_SHOWN])
        shown = zip(evolved.classes[:_SHOWN], evolved.scores[:_SHOWN], strict=True)
        self.titles += [f"{name} · class {index} · {percent(score)}" for index, score in shown]

    def png(self, heading: str) -> bytes:
        """Draw all rows."""
        columns = len(self.images[0])
        images = np.concatenate(self.images)
        return viz.to_png(viz.image_grid(images, self.titles, columns, heading))


def page(result: Json) -> str:
    """Write what retraining gave as Markdown."""
    settings, rows = result["settings"], result["rounds"]
    other = "pixels" if settings["encoding"] == "cppn" else "cppn"
    heads = ["network", "fooling images learned", "clean error", "clean images flagged"]
    heads += ["median confidence", "at 99.99 %", "flagged", f"median, {other} instead"]
    lines = [
        f"# Retraining {short(settings['model'])} against {settings['encoding']}",
        "",
        f"{len(rows)} of {settings['rounds']} networks; training: {settings['form']}. Each network "
        f"is attacked anew by runs of {settings['generations']} generations.",
        "",
        *markdown_table(heads, [_cells(row) for row in rows]),
        "",
        "*Confidence* is that in the class that an image was evolved for. *Flagged* is the share "
        "that the network puts into the class of fooling images.",
        "",
        "## Images that no network learned from",
        "",
        "For each kind, the share that the network flags, and the median of its highest confidence "
        "in a real class.",
        "",
    ]
    kinds = [name for name in _CONTROLS if name in rows[-1]["controls"]]
    shown = [[f"DNN {row['round']}", *_control_cells(row, kinds)] for row in rows]
    lines += markdown_table(["network", *(_CONTROLS[kind] for kind in kinds)], shown)
    lines += ["", "![Median confidence](medians.png)", "", "![Elites](gallery.png)", ""]
    return "\n".join(lines)


def pictures(result: Json, gallery: Gallery) -> dict[str, bytes]:
    """Draw the medians over rounds, and the elites of each: PNG files by name."""
    settings, rows = result["settings"], result["rounds"]
    numbers = [row["round"] for row in rows]
    series = {settings["encoding"]: [(row["median"], *row["quartiles"]) for row in rows]}
    if all(row["other"] for row in rows):
        name = "pixels" if settings["encoding"] == "cppn" else "cppn"
        others = [row["other"] for row in rows]
        series[name] = [(each["median"], *each["quartiles"]) for each in others]
    heading = f"{short(settings['model'])}: images evolved against each network; band: quartiles"
    axes = ("network", "median confidence")
    return {
        "medians.png": viz.to_png(viz.group_trends(numbers, series, axes, heading)),
        "gallery.png": gallery.png("Elites of one run against each network"),
    }


def short(model: str) -> str:
    """Name a network without the folder that it is in."""
    return Path(model).name


def _cells(row: Json) -> list[str]:
    return [
        f"DNN {row['round']}",
        f"{row['learned_from']:,}",
        percent(row["clean_error"]),
        percent(row["clean_flagged"]),
        percent(row["median"]),
        percent(row["sure"]),
        percent(row["flagged"]),
        percent(row["other"]["median"]) if row["other"] else "–",
    ]


def _control_cells(row: Json, kinds: list[str]) -> list[str]:
    found = [row["controls"][kind] for kind in kinds]
    return [f"{percent(each['flagged'])}, {percent(each['confidence'])}" for each in found]
