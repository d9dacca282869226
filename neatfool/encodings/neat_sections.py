"""Sections of the INI files of neat-python, checked as all settings are."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, TextIO, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from neatfool.errors import ConfigError
from neatfool.settings import Settings

Prefixes = Mapping[type[Settings], str]
"""What the keys of settings of some kinds begin with, so that they differ from others."""
_NO_KEYS = {"kind", "indirect", "direct"}
"""Settings that the class of genomes says, or whose parts have keys of their own."""


def parse_section(
    section: str,
    params: Mapping[str, str],
    *kinds: type[Settings],
    prefixes: Prefixes | None = None,
) -> list[Any]:
    """Check the keys and values of a section; what it does not say has its default.

    Args:
        section: Its name.
        params: Keys and texts, as ``neat.Config`` hands them on; lists have spaces between.
        kinds: The settings that share the section.
        prefixes: What their keys begin with; none: the names of the settings as they are.

    Returns:
        Settings of each kind.

    Raises:
        ConfigError: A key is unknown, or a value of the wrong type or out of range.
    """
    keys = {kind: _keys(kind, prefixes) for kind in kinds}
    known = {key: kind.model_fields[name] for kind in kinds for name, key in keys[kind].items()}
    for key in params:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
            raise ConfigError(f"[{section}] has an unknown key {key}: {hint}")
    values = {key: text.split() if _is_list(known[key]) else text for key, text in params.items()}
    found = []
    for kind in kinds:
        given = {name: values[key] for name, key in keys[kind].items() if key in values}
        try:
            found.append(kind.model_validate(given))
        except ValidationError as error:
            first = error.errors()[0]
            message = first["msg"].removeprefix("Value error, ")
            if first["type"] == "missing":  # of a list, as settings themselves have defaults
                message = "expected more values, with spaces between"
            if not first["loc"]:
                raise ConfigError(f"[{section}] {message}") from None
            key = keys[kind][str(first["loc"][0])]
            raise ConfigError(f"[{section}] {key}: {message}, got {params[key]!r}") from None
        except ConfigError as error:
            raise ConfigError(f"[{section}] {error}") from None
    return found


def write_section(file: TextIO, *parts: Settings, prefixes: Prefixes | None = None) -> None:
    """Write settings as lines of a section, lists with spaces between; none is left out."""
    for part in parts:
        values = part.model_dump(mode="json", exclude_none=True)
        for name, key in _keys(type(part), prefixes).items():
            value = values.get(name, "")
            text = " ".join(map(str, value)) if isinstance(value, list) else value
            if text != "":
                file.write(f"{key} = {text}\n")


def section_values(parts: Sequence[Settings], prefixes: Prefixes | None = None) -> dict[str, Any]:
    """Return the values of all settings that share a section, by their keys in it."""
    return {
        key: getattr(part, name)
        for part in parts
        for name, key in _keys(type(part), prefixes).items()
    }


def _keys(kind: type[Settings], prefixes: Prefixes | None) -> dict[str, str]:
    """Return the keys of settings by their names; a prefix that is there already is not doubled."""
    prefix = (prefixes or {}).get(kind, "")
    names = (name for name in kind.model_fields if name not in _NO_KEYS)
    return {name: name if name.startswith(prefix) else prefix + name for name in names}


def _is_list(field: FieldInfo) -> bool:
    kinds = (field.annotation, *get_args(field.annotation))
    return any(get_origin(kind) is tuple for kind in kinds)
