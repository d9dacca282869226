"""Forms of training compared: each network attacked anew, with equal budgets and several seeds."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from neatfool.data.writing import writing
from neatfool.defence.retraining.conduct import begun, ready, result_of
from neatfool.defence.retraining.evolved import Harvest
from neatfool.defence.retraining.page import Gallery, short
from neatfool.defence.retraining.rounds import Course, measured, repeated, untouched
from neatfool.defence.retraining.settings import FORMS, RetrainSettings
from neatfool.files import markdown_table, write_whole
from neatfool.reporting import Reporter, percent
from neatfool.types import Json

COMPARED: Json = {"is": "comparison"}
_WORDS = {
    "none": "as usual",
    "class": "class n + 1",
    "exposure": "outlier exposure",
    "adversarial": "adversarial (PGD)",
}


def compare(
    settings: RetrainSettings, seeds: int, folder: Path, reporter: Reporter | None = None
) -> Json:
    """Train a network in every form, from the same beginning, and attack each.

    For every seed, images are evolved against the network that is trained as usual. The other
    forms learn from the same images, or from none; then each is attacked by as many runs.

    Args:
        settings: Of retraining; ``rounds``, ``later`` and ``form`` are not used, and ``seed`` is
            the first of several.
        seeds: How many.
        folder: Gets a folder for each seed, ``comparison.json``, ``comparison.md`` and
            ``gallery.png``. One that was begun with the same settings is gone on with; ``seeds``
            may be more than before.
        reporter: Hears of progress.

    Returns:
        What ``comparison.json`` holds.

    Raises:
        NeatfoolError: As ``conduct``.
        Interrupted: As ``conduct``.
    """
    settings = settings.model_copy(update={"form": "none", "rounds": 1})
    pupil = ready(folder, settings, COMPARED)
    with begun(folder, settings, COMPARED, pupil.facts).held():
        result, gallery = result_of(settings, pupil), Gallery()
        result["rows"] = result.pop("rounds")
        for number in range(seeds):
            own = settings.model_copy(update={"seed": settings.seed + number})
            where = folder / f"seed-{own.seed:02d}"
            course = Course(own, pupil, where, reporter or Reporter())
            for row, evolved in _forms(course):
                result["rows"].append(row)
                if not number:
                    gallery.add(_WORDS[row["form"]], evolved)
            files: dict[str, bytes | str] = {
                "comparison.json": json.dumps(result, indent=2) + "\n",
                "comparison.md": comparison_page(result),
                "gallery.png": gallery.png("Elites of one run against each network"),
            }
            with writing(folder):
                for name, content in files.items():
                    write_whole(folder / name, content)
    return result


def _forms(course: Course) -> list[tuple[Json, Harvest]]:
    """Train and attack one network of each form, all of one seed."""
    settings, found = course.settings, []
    count = settings.runs_of(1, course.pupil.niches)
    fooling, controls = course.no_images(), None
    for form in course.pupil.forms:
        where = course.folder / form
        classifier = course.teach(where, form, fooling, form)
        evolved = course.attack(where, "runs", settings.encoding, count, form)
        if controls is None:
            controls = untouched(course, where, classifier)
            fooling = repeated(evolved.learned_from, settings.first)
        row = {"seed": settings.seed, "form": form}
        row |= measured(course, where, classifier, evolved, controls)
        found.append((row, evolved))
    return found


def comparison_page(result: Json) -> str:
    """Write what a comparison gave as Markdown: medians over seeds, and their range."""
    settings, rows = result["settings"], result["rows"]
    other = "pixels" if settings["encoding"] == "cppn" else "cppn"
    seeds = len({row["seed"] for row in rows})
    forms = [form for form in FORMS if any(row["form"] == form for row in rows)]
    heads = ["training", "clean error", f"median confidence, {settings['encoding']}", "at 99.99 %"]
    heads += [f"median confidence, {other}", "flagged", *(f"sees in {k}" for k in _kinds(rows))]
    lines = [
        f"# {short(settings['model'])}, trained in {len(forms)} ways",
        "",
        f"Each network is attacked by equally many runs of {settings['generations']} generations. "
        f"Medians over {seeds} {'seed' if seeds == 1 else 'seeds'}; lowest to highest in brackets.",
        "",
        *markdown_table(heads, [_cells([r for r in rows if r["form"] == form]) for form in forms]),
        "",
        "*Confidence* is that in the class that an image was evolved for, against this very "
        "network. *Flagged* is the share of these that the network puts into the class of fooling "
        "images. *Sees in*: the highest confidence in a real class, in the median, of images that "
        "no network learned from; after the slash, the share that is flagged.",
        "",
        "![Elites](gallery.png)",
        "",
    ]
    return "\n".join(lines)


def _kinds(rows: list[Json]) -> list[str]:
    return list(rows[0]["controls"])


def _cells(rows: list[Json]) -> list[str]:
    """Write a row of the table: one form, all seeds."""
    others = [row["other"]["median"] for row in rows if row["other"]]
    flagged = [row["flagged"] for row in rows if row["flagged"] is not None]
    cells = [
        _WORDS[rows[0]["form"]],
        _range([row["clean_error"] for row in rows], percent),
        _range([row["median"] for row in rows], percent),
        _range([row["sure"] for row in rows], percent),
        _range(others, percent),
        _range(flagged, percent),
    ]
    for kind in _kinds(rows):
        seen = [row["controls"][kind] for row in rows]
        caught = [each["flagged"] for each in seen if each["flagged"] is not None]
        confidence = percent(float(np.median([each["confidence"] for each in seen])))
        cells.append(f"{confidence} / {percent(float(np.median(caught)) if caught else None)}")
    return cells


def _range(values: list[float], write: Callable[[float], str]) -> str:
    """Write the median of some, and in brackets the lowest and the highest."""
    if not values:
        return "–"
    middle = write(float(np.median(values)))
    return (
        middle if len(values) == 1 else f"{middle} ({write(min(values))} to {write(max(values))})"
    )
