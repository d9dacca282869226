"""Configs that come with neatfool, by name: in a checkout, and installed from a wheel."""

import difflib
import functools
import re
from pathlib import Path

from neatfool.bounded import read_text
from neatfool.errors import ConfigError
from neatfool.programs import top

FOLDERS = (
    *("fooling", "hyperneat", "neat"),
    *("islands", "quadruped", "smoke", "studies", "tetris"),
)
"""Of configs/; the names of configs in the first three go without their folder."""
STUDIES = "studies/"
"""What the names of studies begin with."""
_ALONE = FOLDERS[:3]
_FIRST = re.compile(r".{30,}?[.?](?=\s+[A-Z]|$)")


@functools.cache
def shipped() -> dict[str, Path]:
    """Return the files of all configs, by name: mnist_cppn, or with its folder, smoke/cppn."""
    return {
        file.stem if name in _ALONE else f"{name}/{file.stem}": file
        for name in FOLDERS
        for file in sorted((top() / "configs" / name).glob("*.toml"))
    }


def shipped_file(name: str) -> Path | None:
    """Return the file of a config; its folder may be left out if no other has that name."""
    named = shipped()
    alike = [f for f in named.values() if f.with_suffix("").as_posix().endswith(f"/{name}")]
    return named.get(name, alike[0] if len(alike) == 1 else None)


def config_file(text: str) -> Path:
    """Return the file that is meant by a path, or by the name of a config.

    Raises:
        ConfigError: There is none; the message names the nearest.
    """
    path, found, is_toml = Path(text), shipped_file(text), text.lower().endswith(".toml")
    meant = {path.stem, f"{path.parent.name}/{path.stem}"} & shipped().keys()
    is_meant = path.is_file() if found else path.exists()
    if is_meant or (is_toml and not meant):
        return path
    if is_toml:
        raise ConfigError(
            f"cannot read the config {text}: No such file or directory; did you mean "
            f"{max(meant, key=len)}, which comes with neatfool?"
        )
    if not found:
        nearest = difflib.get_close_matches(text, shipped(), n=1, cutoff=0.5)
        hint = f"did you mean {nearest[0]}?" if nearest else "`neatfool configs` lists them"
        raise ConfigError(f"unknown config {text:.80}: {hint}")
    return found


def summary(file: Path) -> str:
    """Read the first sentence of the comment that a config begins with."""
    lines = re.match(r"(?:#.*\n)*", read_text(file))
    text = " ".join(lines[0].replace("#", " ").split()) if lines else ""
    first = _FIRST.match(text)
    return first[0] if first else text
