"""The page that shows a run to people: pictures, numbers and settings in one HTML file."""

import base64
import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import resources

import jinja2
import numpy as np

from neatfool.reporting import CONFIDENCE, Unit, headed
from neatfool.reports.behind import Behind
from neatfool.reports.pages.thumbnails import address
from neatfool.reports.real import Example
from neatfool.reports.words import title, unit_of, verdict
from neatfool.runs.stopping import REASONS
from neatfool.types import Json

MEASURES = {
    "png_bytes_per_pixel": "bytes per pixel as PNG",
    "symmetry_left_right": "symmetry left and right",
    "symmetry_top_bottom": "symmetry top and bottom",
    "symmetry_half_turn": "symmetry of half a turn",
    "spectral_slope": "spectral slope",
    "distance_to_data": "distance to the data",
}
"""What the measures of an image are called; a report may hold others, too."""
_WORDS = {
    "classes": {
        "one": "class",
        "many": "classes",
        "reached": "Fooled at",
        "lead": "These images were made, one for every class, for nothing but the confidence of "
        "the network.",
    },
    "niches": {
        "one": "niche",
        "many": "niches",
        "reached": "Reached",
        "lead": "This is what evolved: the best in every niche, and its score.",
    },
}
"""What a page says of classes that are fooled, and of niches of any other task."""
_NINES = (*(k / 10 for k in range(10)), 0.99, 0.999, 0.9999, 1.0)
_BINS = 12
_LISTED = 200
"""Members of a front that a page lists."""
_TESTED = 50  # elites whose tests are shown
_PERCENT = "\N{NO-BREAK SPACE}%"


@dataclass(frozen=True, eq=False)
class Pictures:
    """What is to be seen on a page.

    Attributes:
        elites: PNG or JPEG files, by index of the niche; not all have one.
        curve: HTML of the scores over evaluations, as ``chart`` draws it.
        grid: A PNG file of the grid, if niches are its cells.
        film: A WebP file, if the best can be seen at play.
        front: A PNG file of the front of two objectives.
        behind: What is told of elites where they are looked at, likewise.
        real: Real pictures of the same class that are shown there, likewise.
    """

    elites: Mapping[int, bytes]
    curve: str
    grid: bytes | None = None
    film: bytes | None = None
    front: bytes | None = None
    behind: Mapping[int, Behind] = field(default_factory=dict)
    real: Mapping[int, Example] = field(default_factory=dict)


def html_report(report: Json, pictures: Pictures, settings_toml: str, has_past: bool = True) -> str:
    """Write the page of a run; it needs nothing but itself.

    Without scripts it shows everything; its own one searches, filters and sorts, and reads what to
    show from the address: ``report.html#q=robin&level=0.9&sort=score&order=down``.

    Args:
        report: What ``report.json`` holds.
        pictures: To be put into it.
        settings_toml: The resolved settings of the run.
        has_past: The run can be replayed, so its lineage can be drawn.

    Returns:
        HTML that refers to no other file and to no other machine; pictures are inside.
    """
    niches, unit = report["niches"], unit_of(report)
    elites = [entry for entry in niches if entry["score"] is not None]
    script = own_text("static/found.js") + own_text("page.js") if len(niches) > 1 else ""
    script += own_text("look.js") if report["task"]["images"] else ""
    measures = {name: None for entry in niches for name in entry["measures"]}
    levels = [(f"{level:g}", level, _level(unit, level)) for level in report["task"]["levels"]]
    return _template(unit).render(
        report=report,
        title=title(report),
        verdict=verdict(report),
        images=pictures.elites,
        pictures=pictures,
        has_networks=any(each.network for each in pictures.behind.values()),
        has_past=has_past,
        settings=settings_toml,
        style=own_text("page.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        levels=levels,
        words=_WORDS["classes" if unit.is_confidence else "niches"],
        noun=unit.noun,
        tested=[entry for entry in niches if entry.get("tests")][:_TESTED],
        measures={name: MEASURES.get(name, name.replace("_", " ")) for name in measures},
        listed=_LISTED,
        remarks=remarked(report),
        bins=_bins([entry["score"] for entry in elites], unit),
        small=all(file.startswith(b"\x89PNG") for file in pictures.elites.values()),
        worst=min(elites, key=lambda entry: entry["score"], default={"name": ""}),
    )


@cache
def _template(unit: Unit) -> jinja2.Template:
    """Compile what pages of scores in a unit are made from."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        score=partial(_unbroken, unit), reason=_reason, count=_count, address=address
    )
    environment.filters["headed"] = headed
    environment.filters["remark"] = _remark
    environment.filters["percent"] = partial(_unbroken, CONFIDENCE)
    return environment.from_string(own_text("page.html.jinja"))


def remarked(report: Json) -> list[str]:
    """Name what a task says of elites beside their scores."""
    return list({name: None for entry in report["niches"] for name in entry.get("remarks", {})})


def _remark(value: float | bool | str | None) -> str:
    """Write what a task says of an elite; a dash, where it says nothing."""
    if value is None or isinstance(value, str):
        return value or "–"
    return ("no", "yes")[value] if isinstance(value, bool) else f"{value:,.6g}"


def own_text(name: str) -> str:
    """Read a file that lies beside this one."""
    return resources.files("neatfool.reports.pages").joinpath(name).read_text("utf-8")


def _bins(scores: list[float], unit: Unit) -> list[tuple[str, int]]:
    """Count the scores between edges; those of shares are finer where fooling images are."""
    edges = _NINES
    if not unit.is_share:
        low, high = min(scores, default=0.0), max(scores, default=0.0)
        edges = tuple(np.linspace(low, high, 1 + min(_BINS, len({*scores}) or 1)).tolist())
    refused = sum(score < 0 for score in scores) if unit.is_share else 0
    bins = [("refused", refused)] if refused else []
    for low, high in itertools.pairwise(edges):
        is_last = high == edges[-1]
        number = sum(low <= score < high or (is_last and score >= low) for score in scores)
        bins.append((_between(unit, low, high), number))
    filled = [place for place, (_, number) in enumerate(bins) if number] or [0]
    return bins[filled[0] : filled[-1] + 1]


def _between(unit: Unit, low: float, high: float) -> str:
    """Write bounds, their unit once."""
    if low == high:
        return _level(unit, low)
    first = _level(unit, low)
    return f"{first.removesuffix(_PERCENT)} to {_level(unit, high)}"


def _level(unit: Unit, score: float) -> str:
    """Write a round score as short as can be."""
    return unit.round(score).replace(" ", "\N{NO-BREAK SPACE}")


def _unbroken(unit: Unit, score: float | None) -> str:
    """Write a score that no line break can take apart."""
    return unit.write(score).replace(" ", "\N{NO-BREAK SPACE}")


def _reason(word: str) -> str:
    return REASONS.get(word, word)


def _count(number: float) -> str:
    """Write a number without fraction, its thousands apart."""
    return f"{number:,.0f}"
