"""Configs that come with neatfool, by name: in a checkout, and installed from a wheel."""

import difflib
import functools
import re
import site
import sysconfig
from pathlib import Path
from typing import Any

from neatfool.bounded import read_text, read_toml
from neatfool.errors import ConfigError

FOLDERS = (
    *("fooling", "hyperneat", "neat"),
    *("islands", "quadruped", "smoke", "studies", "tetris"),
)
"""Of configs/; the names of configs in the first three go without their folder."""
STUDIES = "studies/"
"""What the names of studies begin with."""
_ALONE = FOLDERS[:3]
_TOP = Path(__file__).parents[2]
_FIRST = re.compile(r".{30,}?[.?](?=\s+[A-Z]|$)")
_OURS = re.compile(r"(?:configs|experiments)/[\w/]+\.(?:toml|py)(?=:|$)")


@functools.cache
def top() -> Path:
    """Return the folder in which configs/ and experiments/ lie, with what comes with neatfool."""
    installed = map(Path, (sysconfig.get_path("data"), site.getuserbase()))
    places = [_TOP, *(each / "share/neatfool" for each in (_TOP, *installed))]
    return next((each for each in places if (each / "configs" / FOLDERS[0]).is_dir()), _TOP)


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
    alike = [file for each, file in named.items() if each.endswith(f"/{name}")]
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


def read_config(path: Path) -> dict[str, Any]:
    """Read a file of TOML; of one that comes with neatfool, so do the files that it names.

    Those that are in the current folder come first.

    Raises:
        DataError: It is no plain file, or too large.
        OSError: It is missing or cannot be read.
        ValueError: It is no UTF-8, no TOML, or too deep.
    """
    tree = read_toml(path)
    is_ours = path.absolute().is_relative_to(top() / "configs")
    written: dict[str, Any] = _written_out(tree) if is_ours else tree
    return written


def _written_out(value: Any) -> Any:
    """Write out the names of our files that are not in the current folder."""
    if isinstance(value, dict):
        return {key: _written_out(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_written_out(each) for each in value]
    match = _OURS.match(value) if isinstance(value, str) else None
    is_there = match and not Path(match[0]).exists() and (top() / match[0]).is_file()
    return f"{top() / value}" if is_there else value


def summary(file: Path) -> str:
    """Read the first sentence of the comment that a config begins with."""
    lines = re.match(r"(?:#.*\n)*", read_text(file))
    text = " ".join(lines[0].replace("#", " ").split()) if lines else ""
    first = _FIRST.match(text)
    return first[0] if first else text
