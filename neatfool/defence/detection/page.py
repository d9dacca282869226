"""A page about detectors under attack: tables in Markdown, and pictures beside it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from neatfool import viz
from neatfool.defence.detection.plan import label
from neatfool.files import markdown_table, write_whole
from neatfool.reporting import CONFIDENCE, percent
from neatfool.types import Images, Json

PAGE, PICTURES = "detectors.md", "detectors"
_AXES = "evaluations", "classes that succeed, median of seeds"


def save_pictures(
    result: Json, shown: Mapping[str, Sequence[tuple[Images, str]]], folder: Path
) -> None:
    """Draw the result of ``detection``, and what was evolved.

    Args:
        result: All numbers.
        shown: By attack, images ``(C, H, W)`` and their titles.
        folder: Gets a folder of pictures.
    """
    pictures, plan = folder / PICTURES, result["plan"]
    pictures.mkdir(exist_ok=True)
    viz.save(viz.heat_maps(_maps(result)), pictures / "success.png")
    for attack, elites in shown.items():
        name = label(attack)
        curves = {"no detector": result["bare"][attack]["curves"]}
        curves |= {
            label(each): numbers["adaptive"][attack]["curves"]
            for each, numbers in result["detectors"].items()
        }
        medians = {
            each: (plan["batch"] * (1 + np.arange(len(found[0]))), viz.medians(np.array(found)))
            for each, found in curves.items()
        }
        heading = f"Attacks that know the detector: {name}"
        figure = viz.share_curves(medians, "queries", _AXES, heading)
        viz.save(figure, pictures / f"curves-{name}.png")
        images = torch.stack([image for image, _ in elites])
        rows = len(curves)
        grid = viz.image_grid(
            images, [title for _, title in elites], max(1, len(elites) // rows), heading
        )
        viz.save(grid, pictures / f"elites-{name}.png")


def write_detection(result: Json, page: Path, command: str) -> None:
    """Write the page; its pictures are beside it already.

    Args:
        result: What ``detection`` returned.
        page: The file.
        command: What makes it again.
    """
    write_whole(page, "\n".join(_lines(result, command)) + "\n")


def _maps(result: Json) -> list[viz.HeatMap]:
    """Lay out successes and AUROC: a row for each detector."""
    plan, found = result["plan"], result["detectors"]
    rows = [label(name) for name in found]
    columns, kinds = [], []
    for attack in plan["attacks"]:
        columns += [f"{label(attack)}, static", f"{label(attack)}, adaptive"]
        kinds += [("static", attack), ("adaptive", attack)]
    for name in result["sets"]:
        columns.append(name)
        kinds.append(("static", name))
    maps = []
    for key, title in (
        ("success", "Success: accepted, and the network is sure of the class"),
        ("accepted", "Accepted by the detector"),
        ("auroc", "AUROC: how often more suspicious than a real image"),
    ):
        values = [
            [each[kind][name][key]["mean"] for kind, name in kinds] for each in found.values()
        ]
        maps.append(viz.HeatMap(title, np.array(values), rows, columns))
    return maps


def _lines(result: Json, command: str) -> Iterator[str]:
    plan, found, model = result["plan"], result["detectors"], result["model"]
    count = next(iter(found.values()))["real"]["images"][0]
    kept, sure = CONFIDENCE.round(plan["accepted"]), CONFIDENCE.round(plan["confidence"])
    yield f"# Detectors under attack: {model['name']}\n"
    yield (
        f"Made by `{command}`. Real images: {plan['data']}. Each detector accepts "
        f"{kept} of held-out real images; it was fitted to others, and to no "
        f"attack. Each attack evolved {plan['generations']} generations of {plan['batch']} images, "
        f"{plan['seeds']} seed{'s' if plan['seeds'] > 1 else ''}. *Static* attacks know the "
        "network only; *adaptive* ones know the detector, too: only an image that is named as its "
        "class and accepted scores its confidence. **Success** is the share of classes whose image "
        f"is accepted and has a confidence in it of at least {sure}. "
        "Numbers are means over seeds, in brackets bootstrap intervals of 95 % over seeds and "
        "images.\n"
    )
    yield f"![Success, acceptance and AUROC]({PICTURES}/success.png)\n"
    yield "## What attacks achieve\n"
    yield from _success(result)
    yield "\n## How well static images are told from real ones\n"
    yield (
        "AUROC: how likely an evolved image is more suspicious than a real one, 0.5 is chance. "
        "FPR: share of evolved images that pass where 95 % of the real ones do.\n"
    )
    yield from _told_apart(result)
    yield "\n## Images that nobody evolved\n"
    yield "Share that is accepted; in brackets: and the network is sure of some class.\n"
    names, rows = list(result["sets"]), []
    for name, each in found.items():
        cells = [each["static"][kind] for kind in names]
        shares = (
            f"{percent(c['accepted']['mean'])} ({percent(c['success']['mean'])})" for c in cells
        )
        rows.append([label(name), *shares])
    yield from markdown_table(["detector", *(f"{n} ({result['sets'][n]})" for n in names)], rows)
    yield "\n## Real images\n"
    yield f"{count:,} real images for each seed, which set neither detector nor threshold.\n"
    keys = {
        "accepted": "accepted",
        "accuracy": "named right",
        "accuracy_kept": "accepted and named right",
    }
    real = (
        [label(name), *(_interval(each["real"][key]) for key in keys)]
        for name, each in found.items()
    )
    yield from markdown_table(["detector", *keys.values()], real)
    for name, reason in result["left_out"].items():
        yield f"\nLeft out: {label(name)}: {reason}"
    yield from _over_time(result)


def _success(result: Json) -> list[str]:
    attacks = result["plan"]["attacks"]
    heads = [f"{label(a)}, {kind}" for a in attacks for kind in ("static", "adaptive")]
    bare = [percent(result["bare"][a]["success"]["mean"]) for a in attacks]
    rows = [["none", *(cell for share in bare for cell in (share, "–"))]]
    for name, each in result["detectors"].items():
        cells = [
            _interval(each[kind][attack]["success"])
            for attack in attacks
            for kind in ("static", "adaptive")
        ]
        rows.append([label(name), *cells])
    return markdown_table(["detector", *heads], rows)


def _told_apart(result: Json) -> list[str]:
    attacks = result["plan"]["attacks"]
    heads = [f"{label(a)}, {what}" for a in attacks for what in ("AUROC", "FPR")]
    rows = []
    for name, each in result["detectors"].items():
        cells = []
        for attack in attacks:
            found = each["static"][attack]
            low, high = found["auroc"]["interval"]
            cells += [
                f"{found['auroc']['mean']:.3f} ({low:.3f}–{high:.3f})",
                _interval(found["fpr95"]),
            ]
        rows.append([label(name), *cells])
    return markdown_table(["detector", *heads], rows)


def _over_time(result: Json) -> Iterator[str]:
    plan = result["plan"]
    yield "\n## Was the budget enough?\n"
    rising = [
        f"{label(name)} against {label(attack)} "
        f"(+{100 * each['adaptive'][attack]['rose_in_the_last_quarter']:.0f} points)"
        for name, each in result["detectors"].items()
        for attack in plan["attacks"]
        if each["adaptive"][attack]["is_rising"]
    ]
    if rising:
        yield (
            "Success still rose by more than 5 points in the last quarter of the generations, so "
            f"that a larger budget would achieve more: {', '.join(rising)}.\n"
        )
    else:
        yield "No attack gained more than 5 points in the last quarter of the generations.\n"
    weaker = [
        f"{label(name)} against {label(attack)}"
        for name, each in result["detectors"].items()
        for attack in plan["attacks"]
        if each["adaptive"][attack]["success"]["mean"] < each["static"][attack]["success"]["mean"]
    ]
    if weaker:
        yield (
            "The attack that knows more should achieve no less. Where it achieved less, it "
            f"needs a larger budget, and the higher of both numbers counts: {', '.join(weaker)}.\n"
        )
    yield (
        "Curves count classes whose image has a score of "
        f"{CONFIDENCE.round(plan['confidence'])} or more, even one that is named as another class, "
        "which is no success above.\n"
    )
    for attack in map(label, plan["attacks"]):
        yield f"![Success over evaluations, {attack}]({PICTURES}/curves-{attack}.png)\n"
    yield "## What passes\n"
    yield f"Elites of seed {plan['seed']}; the first row knew no detector.\n"
    for attack in map(label, plan["attacks"]):
        yield f"![Elites, {attack}]({PICTURES}/elites-{attack}.png)\n"


def _interval(numbers: Json) -> str:
    low, high = numbers["interval"]
    return f"{percent(numbers['mean'])} ({percent(low)}–{percent(high)})"
