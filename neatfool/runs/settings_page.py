"""All settings on one page, from the classes that check them."""

import json
from typing import get_args

from neatfool.networks import ACTIVATIONS
from neatfool.runs.config import Config
from neatfool.settings import Settings


def settings_page() -> str:
    """Write a Markdown page of every setting, its default and its meaning."""
    lines = [
        "# Settings",
        "",
        "A TOML file has a section for each heading; on the command line a setting is "
        "`--set section.key=value`, which stands above the other options, as they stand above the "
        "file. Printed by `neatfool settings`.",
    ]
    for section, field in Config.model_fields.items():
        kinds = [kind for kind in get_args(field.annotation) if issubclass(kind, Settings)]
        for settings in kinds or [field.annotation]:
            assert isinstance(settings, type)
            assert issubclass(settings, Settings)
            name = f'[{section}] with kind = "{settings().kind}"' if kinds else f"[{section}]"  # type: ignore[attr-defined]
            lines += ["", f"## {name}", "", *_table(settings)]
    lines += ["", "## Activations", "", "| name | formula, of the weighted sum p |", "|---|---|"]
    lines += [f"| {each.name} | `{each.formula}` |" for each in ACTIVATIONS]
    return "\n".join(lines)


def _table(settings: type[Settings]) -> list[str]:
    """Write a table of one section."""
    defaults = settings().model_dump(mode="json")
    rows = ["| key | default | meaning |", "|---|---|---|"]
    for key, field in settings.model_fields.items():
        shown = "none" if defaults[key] is None else f"`{json.dumps(defaults[key])}`"
        rows.append(f"| {key} | {shown} | {' '.join((field.description or '').split())} |")
    return rows
