"""All settings on one page, from the classes that check them."""

import ast
import functools
import inspect
import itertools
import json
import sys
from typing import Any, Literal, get_args, get_origin

from neatfool.sections.activations import ACTIVATIONS
from neatfool.sections.config import KINDS, Config
from neatfool.sections.detector import KINDS as DETECTORS
from neatfool.settings import Settings, settings_in


def settings_page() -> str:
    """Write a Markdown page of every setting, its default and its meaning."""
    lines = [
        "# Settings",
        "",
        "A TOML file has a section for each heading. On the command line, a setting is written "
        "`--set section.key=value`: it overrides other options, and these override the file. Where "
        "the default is none, a key that is left out is unset. `neatfool settings` prints this "
        "page.",
    ]
    for section, field in Config.model_fields.items():
        named = KINDS[section].named if section in KINDS else {}
        if section == "encoding":
            for kind, settings in DETECTORS.named.items():
                table = _table("task.detector", settings)
                lines += ["", f'## [task.detector] with kind = "{kind}"', "", *table]
        for kind, settings in named.items():
            lines += ["", f'## [{section}] with kind = "{kind}"', "", *_table(section, settings)]
        if not named:
            (own,) = settings_in(field.annotation)
            lines += ["", f"## [{section}]", "", *_table(section, own)]
    lines += ["", "## Activations", "", "| name | formula, of the weighted sum p |", "|---|---|"]
    lines += [f"| {each.name} | `{each.formula}` |" for each in ACTIVATIONS]
    return "\n".join(lines)


def meanings(settings: type[Settings]) -> dict[str, str]:
    """Read what keys mean: the texts below them in the source, each in one line.

    pydantic would read them where classes are made, which takes as long as all else together.
    """
    found: dict[str, str] = {}
    for each in reversed(settings.__mro__):
        for key, text in itertools.pairwise(_bodies(each.__module__).get(each.__name__, ())):
            if isinstance(key, ast.AnnAssign) and isinstance(text, ast.Expr):
                found[ast.unparse(key.target)] = " ".join(ast.literal_eval(text.value).split())
    return {key: found[key] for key in settings.model_fields if key in found}


@functools.cache
def _bodies(module: str) -> dict[str, list[ast.stmt]]:
    """Parse the bodies of the classes of a module that has been imported, by name."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError):  # it has no source
        return {}
    return {each.name: each.body for each in tree.body if isinstance(each, ast.ClassDef)}


def _table(section: str, settings: type[Settings]) -> list[str]:
    """Write a table of one section."""
    rows = _rows(section, settings, settings().model_dump(mode="json"))
    return ["| key | default | meaning |", "|---|---|---|", *rows]


def _rows(
    section: str, settings: type[Settings], defaults: dict[str, Any], prefix: str = ""
) -> list[str]:
    """Write a row for each key, and for those of a section within it."""
    rows, meant = [], meanings(settings)
    for key, field in settings.model_fields.items():
        default, meaning = defaults.get(key), meant.get(key, "")
        choices = [] if key == "kind" else _choices(field.annotation)
        meaning += f" One of {', '.join(map(json.dumps, choices))}." if choices else ""
        shown = "none" if default is None else f"`{json.dumps(default)}`"
        shown = "must be set" if field.is_required() else shown
        kinds = settings_in(field.annotation)
        if kinds and "kind" in kinds[0].model_fields:
            meaning += f" Keys are those of its kind, in a section `[{section}.{key}]`."
            shown = f"those of `{default['kind']}`" if default else shown
        elif kinds and isinstance(default, dict):
            rows += _rows(section, kinds[0], default, f"{prefix}{key}.")
            continue
        rows.append(f"| {prefix}{key} | {shown} | {meaning} |")
        if kinds and default is None and "kind" not in kinds[0].model_fields:
            rows += _rows(section, kinds[0], {}, f"{prefix}{key}.")
    return rows


def _choices(annotation: Any) -> list[Any]:
    """List the values that a setting can have, if these are few and fixed."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [value for part in get_args(annotation) for value in _choices(part)]
