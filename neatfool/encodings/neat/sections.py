"""Sections of the INI files of neat-python, checked as all settings are."""

from collections.abc import Mapping, Sequence
from typing import Any, TextIO, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from neatfool.encodings.neat.keys import unknown_keys
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
        ConfigError: Keys are unknown, or values of the wrong type or out of range; all are named.
    """
    keys = {kind: _keys(kind, prefixes) for kind in kinds}
    known = {key: kind.model_fields[name] for kind in kinds for name, key in keys[kind].items()}
    if unknown := unknown_keys(params, list(known)):
        raise ConfigError(f"[{section}] {unknown}")
    lists = {key: text for key, text in params.items() if _is_list(known[key])}
    wrong = [
        f"{key}: expected spaces between, no commas, got {text!r:.200}"
        for key, text in lists.items()
        if "," in text
    ]
    values: dict[str, Any] = {**params} | {
        key: text.replace(",", " ").split() for key, text in lists.items()
    }
    found = []
    for kind in kinds:
        given = {name: values[key] for name, key in keys[kind].items() if key in values}
        try:
            found.append(kind.model_validate(given))
        except ValidationError as error:
            wrong += [_explained(each, keys[kind], params) for each in error.errors()]
        except ConfigError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigError(f"[{section}] {'; '.join(dict.fromkeys(wrong))}")
    return found


def _explained(error: Mapping[str, Any], keys: Mapping[str, str], params: Mapping[str, str]) -> str:
    """Say which value is wrong, and how."""
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":  # of a list, as settings themselves have defaults
        message = "expected more values, with spaces between"
    if not error["loc"]:
        return message
    key = keys[str(error["loc"][0])]
    return f"{key}: {message}, got {params[key]!r:.200}"


def known_keys(*kinds: type[Settings], prefixes: Prefixes | None = None) -> list[str]:
    """List the keys of a section that kinds of settings share."""
    return list(dict.fromkeys(key for kind in kinds for key in _keys(kind, prefixes).values()))


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
