"""Sections of the INI files of neat-python, checked as all settings are."""

import difflib
from collections.abc import Mapping
from typing import Any, TextIO, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from neatfool.errors import ConfigError
from neatfool.settings import Settings


def parse_section(section: str, params: Mapping[str, str], *kinds: type[Settings]) -> list[Any]:
    """Check the keys and values of a section; what it does not say has its default.

    Args:
        section: Its name.
        params: Keys and texts, as ``neat.Config`` hands them on; lists have spaces between.
        kinds: The settings that share the section.

    Returns:
        Settings of each kind.

    Raises:
        ConfigError: A key is unknown, or a value of the wrong type or out of range.
    """
    known = {name: field for kind in kinds for name, field in kind.model_fields.items()}
    known.pop("kind", None)
    for key in params:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
            raise ConfigError(f"[{section}] has an unknown key {key}: {hint}")
    values = {key: text.split() if _is_list(known[key]) else text for key, text in params.items()}
    try:
        return [
            kind.model_validate({key: values[key] for key in values if key in kind.model_fields})
            for kind in kinds
        ]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        came = params.get(name, "")
        raise ConfigError(f"[{section}] {name}: {first['msg']}, got {came!r}") from None
    except ConfigError as error:
        raise ConfigError(f"[{section}] {error}") from None


def write_section(file: TextIO, *parts: Settings) -> None:
    """Write settings as lines of a section, lists with spaces between; none is left out."""
    for part in parts:
        values = part.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
        for name, value in values.items():
            text = " ".join(map(str, value)) if isinstance(value, list) else value
            if text != "":
                file.write(f"{name} = {text}\n")


def _is_list(field: FieldInfo) -> bool:
    kinds = (field.annotation, *get_args(field.annotation))
    return any(get_origin(kind) is tuple for kind in kinds)
