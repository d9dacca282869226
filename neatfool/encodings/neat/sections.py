"""Sections of the INI files of neat-python, checked as all settings are."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import getitem
from typing import Any, TextIO, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from neatfool.encodings.neat.keys import unknown_keys
from neatfool.errors import ConfigError
from neatfool.settings import Settings, expected

Prefixes = Mapping[type[Settings], str]
"""What the keys of settings of some kinds begin with, so that they differ from others."""
_Path = tuple[str, ...]
"""Where a setting stands: its name, after those of the groups it is in, which INI files lack."""
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
    known = {
        keys[kind][path]: field
        for kind in kinds
        for path, field in _fields(kind)
        if path in keys[kind]
    }
    if unknown := unknown_keys(params, list(known)):
        raise ConfigError(f"[{section}] {unknown}")
    lists = {key: text for key, text in params.items() if _is_list(known[key])}
    wrong = [
        f"{key}: expected spaces between, no commas, got {text!r:.200}"
        for key, text in lists.items()
        if "," in text
    ]
    values: dict[str, str | list[str]] = {**params} | {
        key: text.replace(",", " ").split() for key, text in lists.items()
    }
    found = []
    for kind in kinds:
        given = {path: values[key] for path, key in keys[kind].items() if key in values}
        try:
            found.append(kind.model_validate(_tree(given)))
        except ValidationError as error:
            wrong += [_explained(each, keys[kind], params) for each in error.errors()]
        except ConfigError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigError(f"[{section}] {'; '.join(dict.fromkeys(wrong))}")
    return found


def _explained(error: ErrorDetails, keys: Mapping[_Path, str], params: Mapping[str, str]) -> str:
    """Say which value is wrong, and how."""
    message = expected(error)
    if error["type"] == "missing":  # of a list, as settings themselves have defaults
        message = "expected more values, with spaces between"
    for path, key in keys.items():
        if error["loc"][: len(path)] == path:
            return f"{key}: {message}, got {params[key]!r:.200}"
    return message


def known_keys(*kinds: type[Settings], prefixes: Prefixes | None = None) -> list[str]:
    """List the keys of a section that kinds of settings share."""
    return list(dict.fromkeys(key for kind in kinds for key in _keys(kind, prefixes).values()))


def write_section(file: TextIO, *parts: Settings, prefixes: Prefixes | None = None) -> None:
    """Write settings as lines of a section, lists with spaces between; none is left out."""
    for part in parts:
        for path, key in _keys(type(part), prefixes).items():
            value: Any = reduce(getitem, path, part.model_dump(mode="json"))
            text = " ".join(map(str, value)) if isinstance(value, list) else value
            if text not in (None, ""):
                file.write(f"{key} = {text}\n")


def section_values(parts: Sequence[Settings], prefixes: Prefixes | None = None) -> dict[str, Any]:
    """Return the values of all settings that share a section, by their keys in it."""
    return {
        key: reduce(getattr, path, part)
        for part in parts
        for path, key in _keys(type(part), prefixes).items()
    }


def _keys(kind: type[Settings], prefixes: Prefixes | None) -> dict[_Path, str]:
    """Return the keys of settings by their paths; a prefix that is there already is not doubled."""
    prefix = (prefixes or {}).get(kind, "")
    names = {path: path[-1] for path, _ in _fields(kind) if path[0] not in _NO_KEYS}
    return {
        path: name if name.startswith(prefix) else prefix + name for path, name in names.items()
    }


def _fields(kind: type[Settings]) -> Iterator[tuple[_Path, FieldInfo]]:
    """List settings and where they stand, those of groups in the place of the group."""
    for name, field in kind.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, Settings):
            yield from (((name, *path), inner) for path, inner in _fields(group))
        else:
            yield (name,), field


def _tree(values: Mapping[_Path, object]) -> dict[str, Any]:
    """Put values into the groups that they are in."""
    tree: dict[str, Any] = {}
    for (*groups, name), value in values.items():
        reduce(lambda part, group: part.setdefault(group, {}), groups, tree)[name] = value
    return tree


def _is_list(field: FieldInfo) -> bool:
    kinds = (field.annotation, *get_args(field.annotation))
    return any(get_origin(kind) is tuple for kind in kinds)
