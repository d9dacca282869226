"""The page that shows a run to people: pictures, numbers and settings in one HTML file."""

import base64
from collections.abc import Mapping
from importlib import resources
from typing import Any

import jinja2

from neatfool.errors import ShapeError
from neatfool.reporting import percent
from neatfool.runs.stopping import REASONS


def html_report(
    report: dict[str, Any], images: Mapping[int, bytes], curve: bytes, settings_toml: str
) -> str:
    """Write the page of a run; it needs nothing but itself.

    Args:
        report: What ``report.json`` holds.
        images: One PNG file per class of the report, by index of the class.
        curve: A PNG file with the confidence over evaluations.
        settings_toml: The resolved settings of the run.

    Returns:
        HTML that refers to no other file and to no other machine; pictures are inside.

    Raises:
        ShapeError: A class has no picture.
    """
    missing = [entry["index"] for entry in report["classes"] if entry["index"] not in images]
    if missing:
        raise ShapeError(f"expected a picture for every class, none came for {missing}")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(percent=_percent, reason=REASONS.get, count=_count, png=_png)
    source = resources.files("neatfool.runs").joinpath("report.html.jinja")
    template = environment.from_string(source.read_text("utf-8"))
    return template.render(report=report, images=images, curve=curve, settings=settings_toml)


def _percent(confidence: float) -> str:
    """Write a confidence that no line break can take apart."""
    return percent(confidence).replace(" ", "\N{NO-BREAK SPACE}")


def _count(number: float) -> str:
    """Write a number without fraction, its thousands apart."""
    return f"{number:,.0f}"


def _png(file: bytes) -> str:
    """Put a PNG file into an address."""
    return "data:image/png;base64," + base64.b64encode(file).decode("ascii")
