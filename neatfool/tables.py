"""Tables of results for the terminal."""

from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from neatfool.reporting import percent


def check_table(result: dict[str, Any]) -> Table:
    """Show what ``runs.check`` found, one fact a row."""
    table, model, data = Table(box=box.SIMPLE, show_header=False), result["model"], result["data"]
    channels, height, width = model["canvas"]
    parameters, effect = model["parameters"], result["batch_effect"]
    first, last = model["labels"]
    rows = {
        "network": model["name"],
        "it takes": f"{model['size'][0]}×{model['size'][1]}",
        "canvas": f"{height}×{width}, {'grey' if channels == 1 else 'colour'}",
        "classes": f"{model['classes']:,}, from {first} to {last}",
        "parameters": "unknown" if parameters is None else f"{parameters:,}",
        "images per second": f"{result['images_per_second']:,.0f} on {model['device']}",
        "deterministic": "yes" if result["deterministic"] else "no",
        "effect of the batch size": "not a number" if effect is None else f"{effect:.2g}",
    }
    for name, confidence in result["confidences"].items():
        shown = "not a number" if confidence is None else percent(confidence)
        rows[f"confidence on {name}"] = shown
    if data is not None:
        rows["pictures"] = f"{data['pictures']:,} of {data['classes']:,} classes"
        rows["top-1 accuracy"] = f"{100 * data['top1']:.1f} %"
        if data["top5"] is not None:
            rows["top-5 accuracy"] = f"{100 * data['top5']:.1f} %"
    for name, text in rows.items():
        table.add_row(name, escape(text))
    return table
