"""The page that shows a run to people: pictures, numbers and settings in one HTML file."""

import base64
import hashlib
import itertools
from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2

from neatfool.errors import ShapeError
from neatfool.reporting import percent
from neatfool.reports.coverage import LEVELS
from neatfool.reports.thumbnails import address
from neatfool.runs.stopping import REASONS

MEASURES = {
    "png_bytes_per_pixel": "bytes per pixel as PNG",
    "symmetry_left_right": "symmetry left and right",
    "symmetry_top_bottom": "symmetry top and bottom",
    "symmetry_half_turn": "symmetry of half a turn",
    "spectral_slope": "spectral slope",
    "distance_to_data": "distance to the data",
}
"""What the measures of an image are called; a report may hold others, too."""
_EDGES = (*(k / 10 for k in range(10)), 0.99, 0.999, 0.9999)


def html_report(
    report: dict[str, Any], images: Mapping[int, bytes], curve: bytes, settings_toml: str
) -> str:
    """Write the page of a run; it needs nothing but itself.

    Without scripts it shows everything; its own one searches, filters and sorts, and reads what to
    show from the address: ``report.html#q=robin&level=0.9&sort=confidence&order=down``.

    Args:
        report: What ``report.json`` holds.
        images: One PNG or JPEG file per class of the report, by index of the class.
        curve: A PNG file with the confidence over evaluations.
        settings_toml: The resolved settings of the run.

    Returns:
        HTML that refers to no other file and to no other machine; pictures are inside.

    Raises:
        ShapeError: A class has no picture.
    """
    classes = report["classes"]
    elites = [entry for entry in classes if entry["confidence"] is not None]
    missing = [entry["index"] for entry in classes if entry["index"] not in images]
    if missing:
        raise ShapeError(f"expected a picture for every class, none came for {missing}")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        percent=_percent, share=_share, reason=_reason, count=_count, address=address
    )
    script = _own("page.js")
    measures = {name: None for entry in classes for name in entry["measures"]}
    return environment.from_string(_own("page.html.jinja")).render(
        report=report,
        images=images,
        curve=curve,
        settings=settings_toml,
        style=_own("page.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        levels=[(f"{level:g}", level, f"{100 * level:g}\N{NO-BREAK SPACE}%") for level in LEVELS],
        measures={name: MEASURES.get(name, name.replace("_", " ")) for name in measures},
        bins=_bins([entry["confidence"] for entry in elites]),
        small=all(file.startswith(b"\x89PNG") for file in images.values()),
        worst=min(elites, key=lambda entry: entry["confidence"], default={"name": ""}),
    )


def _own(name: str) -> str:
    return resources.files("neatfool.reports").joinpath(name).read_text("utf-8")


def _bins(confidences: list[float]) -> list[tuple[str, int]]:
    """Count the confidences between edges that are finer where fooling images are."""
    bins = []
    for low, high in itertools.pairwise((*_EDGES, 2.0)):
        name = f"{100 * low:g} to {100 * min(high, 1):g}\N{NO-BREAK SPACE}%"
        bins.append((name, sum(low <= confidence < high for confidence in confidences)))
    return bins


def _percent(confidence: float | None) -> str:
    """Write a confidence that no line break can take apart."""
    return percent(confidence).replace(" ", "\N{NO-BREAK SPACE}")


def _share(share: float) -> str:
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def _reason(word: str) -> str:
    return REASONS.get(word, word)


def _count(number: float) -> str:
    """Write a number without fraction, its thousands apart."""
    return f"{number:,.0f}"
