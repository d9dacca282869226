"""Settings of sections of INI files that a script changes while it runs.

Scripts of neat-python write ``config.species_set_config.compatibility_threshold *= 1.05``. A change
is written into the section, and the section is read again: it is checked as every other, and what
does not belong there is refused as there.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from neatfool.encodings.neat.sections import parse_section
from neatfool.errors import ConfigError, UnknownKeyError


class Changing:
    """What lets a script change settings of a section; they are in effect from then on.

    Attributes:
        SECTION: Its name.
    """

    SECTION: ClassVar[str]

    def __setattr__(self, name: str, value: object) -> None:
        """Change a setting.

        Raises:
            ConfigError: There is none of that name, or the value is of the wrong type or out of
                range, or does not go with the others.
        """
        settings: Any = self
        known = settings.model_dump() if name in type(settings).model_fields else {}
        texts = with_change(known, name, value)
        (changed,) = parse_section(self.SECTION, texts, type(settings))
        require_kept(self.SECTION, name, value, getattr(changed, name))
        self.__dict__.update(changed.__dict__)

    def __getattr__(self, name: str) -> Any:
        """Refuse what there is not."""
        ours: Any = super()
        kind: Any = type(self)
        if name.startswith("_"):
            return ours.__getattr__(name)
        try:
            return parse_section(self.SECTION, {name: ""}, kind)
        except ConfigError as error:
            raise UnknownKeyError(str(error)) from None


def with_change(values: Mapping[str, object], name: str, value: object) -> dict[str, str]:
    """Write a section as it is with another value, lists with spaces between.

    Args:
        values: By key.
        name: The key that changes.
        value: Its new value; none: the key is left out.
    """
    texts = {key: _as_text(each) for key, each in values.items()} | {name: _as_text(value)}
    return {key: text for key, text in texts.items() if text or (key == name and value is not None)}


def require_kept(section: str, name: str, value: object, found: object) -> None:
    """Make sure that a setting that was left out is none, and not some default.

    Raises:
        ConfigError: It has a default.
    """
    if value is None and found is not None:
        raise ConfigError(f"[{section}] {name}: expected a value such as {found!r}, got None")


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple | np.ndarray):
        return " ".join(map(str, value))
    return str(value)
