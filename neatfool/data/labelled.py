"""Pictures whose class is in their name, or in the name of their folder."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from neatfool.data.pictures import SUFFIXES
from neatfool.errors import DataError


def find_labelled(
    folder: Path, labels: Sequence[str], ids: Sequence[str] = (), others: str = ""
) -> list[tuple[Path, int]]:
    """List the pictures of a folder with their classes; none is opened.

    A file is named ``<index>_*``, or lies in a subfolder that is named by an index, a label (or one
    of its synonyms, between commas) or an id. Where labels are numbers, they come before indices.

    Args:
        folder: Has PNG and JPEG files, or subfolders of them, or both.
        labels: ``K`` names of the classes.
        ids: ``K`` other names, or none; those of WordNet.
        others: Name of a subfolder of pictures of no class, if there may be one.

    Returns:
        Files and the index of their class, -1 for none, in the order of their names.

    Raises:
        DataError: There is no such folder or no picture in it, or a name is no class.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: expected a folder of pictures, got none; check the path")
    found = [(file, _index_of_file(file, len(labels))) for file in _pictures(folder)]
    names = _names(labels, ids)
    for part in sorted(folder.iterdir()):
        if part.is_dir() and (files := _pictures(part)):
            is_other = part.name == others and _folded(others) not in names
            index = -1 if is_other else _index_of_folder(part, names, labels)
            found += [(file, index) for file in files]
    if not found:
        raise DataError(
            f"{folder}: expected pictures ({', '.join(SUFFIXES)}) named <index>_*, or one folder "
            "of them per class, got none; put pictures there"
        )
    return found


def _pictures(folder: Path) -> list[Path]:
    files = (file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    return sorted(file for file in files if file.is_file() and not file.name.startswith("."))


def _index_of_file(file: Path, classes: int) -> int:
    match = re.match(r"([0-9]{1,9})_", file.name)
    if match is None:
        raise DataError(
            f"{file}: expected the index of its class before the rest of the name, as in "
            f"3_{file.name}, got no number and _; rename it, or put it into a folder of its class"
        )
    return _checked(file, int(match[1]), classes)


def _index_of_folder(folder: Path, names: Mapping[str, int], labels: Sequence[str]) -> int:
    name = _folded(folder.name)
    if name in names:
        return names[name]
    are_indices = all(
        not label.isdecimal() or label == str(index) for index, label in enumerate(labels)
    )
    if re.fullmatch("[0-9]{1,9}", name) and are_indices:
        return _checked(folder, int(name), len(labels))
    shown = ", ".join(labels[:3])
    raise DataError(
        f"{folder}: expected a folder named by the index, label or WordNet id of a class (labels "
        f"are {shown}, …), which no other class has too; rename it"
    )


def _checked(path: Path, index: int, classes: int) -> int:
    if index >= classes:
        raise DataError(
            f"{path}: expected the index of a class, 0 to {classes - 1}, got {index}; are these "
            "pictures for another network?"
        )
    return index


def _names(labels: Sequence[str], ids: Sequence[str]) -> dict[str, int]:
    """Give what classes may be called; what several are called alike is left out."""
    owners: dict[str, set[int]] = {}
    for index, label in enumerate(labels):
        for synonym in label.split(","):
            owners.setdefault(_folded(synonym), set()).add(index)
    names = {name: min(indices) for name, indices in owners.items() if len(indices) == 1}
    whole: dict[str, set[int]] = {}
    for index, label in [*enumerate(labels), *enumerate(ids)]:
        whole.setdefault(_folded(label), set()).add(index)
    return names | {name: min(indices) for name, indices in whole.items() if len(indices) == 1}


def _folded(name: str) -> str:
    """Write names alike that differ in case, spaces, underscores and hyphens."""
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()
