"""The page of a gate: what opened it, after how many queries, and what that costs."""

from collections.abc import Callable, Mapping

import jinja2

from neatfool import viz
from neatfool.reporting import headed, percent
from neatfool.reports.pages.page import own_text
from neatfool.reports.pages.thumbnails import address, thumbnails
from neatfool.types import Json
from neatfool.viz.figures import shorten
from neatfool.viz.shares import Over

_SHOWN = 60
"""Pictures of an attack that a page shows."""
_SURE, _FEW = 0.9, 0.01
"""Where more than few are let in at such a threshold, it is the nines of confidences that count."""


def gate_page(result: Json, pictures: Mapping[str, Callable[[int], bytes | None]]) -> str:
    """Write the page of a gate; it needs nothing but itself, and runs no script.

    Args:
        result: What ``gate.json`` holds.
        pictures: By attack: gives a PNG file of the image that the target at a place is surest of.

    Returns:
        HTML that refers to no other file and to no other machine; pictures are inside.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(count=_count, address=address, confidence=_confidence, headed=headed)
    galleries = {name: _gallery(result, name, each) for name, each in pictures.items()}
    return environment.from_string(own_text("gate.html.jinja")).render(
        result=result,
        style=own_text("page.css"),
        galleries=galleries,
        figures=_figures(result),
        small=max(result["model"]["canvas"]) < 100,
    )


def _gallery(result: Json, name: str, picture: Callable[[int], bytes | None]) -> Json:
    """Choose the pictures of an attack: those that opened the gate, else the nearest."""
    targets = result["attacks"][name]["targets"]
    opened = [k for k, each in enumerate(targets) if each["queries"] is not None]
    nearest = max(range(len(targets)), key=lambda k: targets[k]["confidence"] or 0)
    found = [(targets[k], picture(k)) for k in (opened or [nearest])[:_SHOWN]]
    shown = [(target, png) for target, png in found if png is not None]
    files = thumbnails([png for _, png in shown])
    return {
        "opened": len(opened),
        "shown": [(target, file) for (target, _), file in zip(shown, files, strict=True)],
    }


def _figures(result: Json) -> list[tuple[str, str, bytes]]:
    """Draw the curves: the heading of each, what it shows, and a PNG file."""
    attacks, curve, name = result["attacks"], result["curve"], shorten(result["model"]["name"], 50)
    grown: dict[str, tuple[list[float], list[float]]] = {}
    for each in attacks.values():
        queries, shares = ([pair[k] for pair in each["success"]] for k in (0, 1))
        last = shares[-1] if shares else 0.0
        grown[each["title"]] = [0.9, *queries, each["queries"]], [0.0, *shares, last]
    titles = {key: each["title"] for key, each in attacks.items()}
    thresholds, true = curve["thresholds"], curve["true_accepts"]
    over = {titles[key]: (thresholds, shares) for key, shares in curve["false_accepts"].items()}
    right = (thresholds, true) if true else None
    sure = next(k for k, each in enumerate(thresholds) if each >= _SURE)
    lines = [*curve["false_accepts"].values(), *([true] if true else [])]
    scale: Over = "nines" if max(each[sure] for each in lines) > _FEW else "thresholds"
    success = viz.share_curves(
        grown, "queries", ("images that the gate was asked about", "targets that were opened"),
        f"Success over queries: {name}",
    )  # fmt: skip
    levels = viz.share_curves(
        over, scale, ("threshold", "share let in"), f"Let in at a threshold: {name}",
        result["threshold"], right,
    )  # fmt: skip
    figures = [
        ("Over queries", "The share of targets that each attack has opened so far.", success),
        ("Over thresholds", "The share that is let in at every threshold.", levels),
    ]
    if true:
        against = {titles[key]: (f, true) for key, f in curve["false_accepts"].items()}
        roc = viz.share_curves(
            against, "shares", ("false accepts", "true accepts (real pictures)"),
            f"True against false accepts: {name}",
        )  # fmt: skip
        text = "Each point of a line is a threshold. A good gate keeps to the upper left corner."
        figures.append(("True against false accepts", text, roc))
    return [(heading, text, viz.to_png(figure)) for heading, text, figure in figures]


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _confidence(confidence: float | None) -> str:
    return percent(confidence).replace(" ", "\N{NO-BREAK SPACE}")
