"""Names of classes: those of ImageNet, those of a user's file, and how classes are chosen."""

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from neatfool.bounded import parse_json, read_text
from neatfool.errors import ClassifierError, ConfigError

_MOST = 1 << 24  # bytes
_SHOWN = 5
_KEYS = (
    *("classes", "class_names", "labels", "categories", "names", "id2label"),
    *("class_to_idx", "label2id"),
)
"""Under which networks keep the names of their classes."""
_RANGE = re.compile(r"([0-9]{1,9})(?:\s*-\s*([0-9]{1,9})(?:\s*:\s*([0-9]{1,9}))?)?")


def imagenet_labels() -> tuple[str, ...]:
    """Name the 1,000 classes of ImageNet, in the order of the outputs of networks.

    Returns:
        All synonyms of WordNet per class, as in ``"junco, snowbird"``.
    """
    return tuple(label for _, label in _imagenet())


def imagenet_ids() -> tuple[str, ...]:
    """Give the WordNet ids of the 1,000 classes of ImageNet, as in ``"n01534433"``, in order."""
    return tuple(wordnet_id for wordnet_id, _ in _imagenet())


def read_labels(path: Path, count: int | None = None) -> tuple[str, ...]:
    """Read the names of a network's classes.

    Args:
        path: UTF-8. If its name ends in ``.json``, a list of names, or an object of index → name;
            else one name per line.
        count: How many classes the network has, if that is known.

    Returns:
        One name per class, in the order of the outputs.

    Raises:
        ClassifierError: The file is missing, not UTF-8 or no JSON, its indices are not 0 … K - 1,
            a name is empty or no text, or there are not ``count`` names, or none.
    """
    try:
        text = read_text(path, _MOST)
        labels = _from_json(text) if path.suffix.lower() == ".json" else text.rstrip().split("\n")
    except (OSError, ValueError) as error:
        reason = str(error.strerror).lower() if isinstance(error, OSError) else error
        raise ClassifierError(
            f"{path}: expected labels in UTF-8, one per line or as JSON, got {reason}; mend the "
            "file, or check the path"
        ) from error
    for index, label in enumerate(labels):
        if not isinstance(label, str) or not label.strip():
            raise ClassifierError(
                f"{path}: expected a name for class {index}, got {str(label)[:40]!r}; name every "
                "class"
            )
    if not labels or count not in (None, len(labels)):
        raise ClassifierError(
            f"{path}: expected {count or 'some'} labels, one per output of the network, got "
            f"{len(labels)}; is this the file of another network?"
        )
    return tuple(label.strip() for label in labels)


def labels_in(holder: object) -> tuple[str, ...] | None:
    """Read the names of classes that a network, its ``config`` or its ``meta`` has.

    They are a list of text, or a mapping of index → name or name → index, called ``classes``,
    ``class_names``, ``labels``, ``categories``, ``names``, ``id2label`` or ``class_to_idx``.

    Returns:
        The names, in the order of their indices; none: there are none.
    """
    for source in (holder, _held(holder, "config"), _held(holder, "meta")):
        for key in _KEYS:
            if labels := _as_labels(_held(source, key)):
                return labels
    return None


def labels_in_text(name: str, text: str) -> tuple[str, ...] | None:
    """Read the names of classes in a file that lies in a model; none: it has none.

    Args:
        name: Of the file; names are one per line only where it speaks of classes, labels or names.
        text: JSON, or one name per line.
    """
    try:
        content = parse_json(text)
    except ValueError:
        lines = text.split("\n") if re.search("class|label|name", name) else []
        return _as_labels([line.strip() for line in lines if line.strip()])
    return _as_labels(content) or labels_in(content)


def _held(holder: object, key: str) -> object:
    """Give an attribute, or an entry of a mapping; none: it is not there."""
    return holder.get(key) if isinstance(holder, Mapping) else getattr(holder, key, None)


def _as_labels(found: object) -> tuple[str, ...] | None:
    """Write what may be names of classes in the order of their indices; none: it is no names."""
    if isinstance(found, Mapping):
        if all(isinstance(name, str) for name in found.values()):
            found = {str(index): name for index, name in found.items()}
        else:
            found = {str(index): name for name, index in found.items()}
        found = [found.get(str(index)) for index in range(len(found))]
    if not isinstance(found, list | tuple) or not found:
        return None
    named = all(isinstance(name, str) and name.strip() for name in found)
    return tuple(name.strip() for name in found) if named else None


def find_classes(text: str, labels: tuple[str, ...]) -> tuple[int, ...]:
    """Choose classes by name, index and range.

    A name is one of the synonyms of a label, or words of one that are in no other class; case does
    not matter. A range includes both its ends. A number is always an index, never a name.

    Args:
        text: Parts with commas between them: a name ``electric guitar``, an index ``3``, a range
            ``0-49``, or every so-manieth of a range ``0-999:20``.
        labels: ``K`` labels; synonyms have commas between them.

    Returns:
        Indices in the order of the text, each once.

    Raises:
        ConfigError: A name is unknown or fits several classes, or a range does not fit; the
            message lists what was possible.

    Example:
        >>> find_classes("robin, 0-9:5", imagenet_labels())
        (15, 0, 5)
    """
    chosen = (index for part in text.split(",") for index in _find(part.strip(), labels))
    return tuple(dict.fromkeys(chosen))


def _find(part: str, labels: tuple[str, ...]) -> Iterable[int]:
    match = _RANGE.fullmatch(part)
    if match is None and not re.fullmatch(r"[\s:+-]*\d[\d\s:+-]*", part):
        return [_find_name(part, labels)]
    first, last, step = match.groups() if match else (1, 0, 1)
    start, stop, stride = int(first), int(last or first) + 1, int(step or 1)
    if not (match and start < stop <= len(labels) and stride):
        raise ConfigError(
            f"expected indices 0 … {len(labels) - 1} as first-last or first-last:step, got "
            f"{part!r}; choose other classes"
        )
    return range(start, stop, stride)


def _find_name(name: str, labels: tuple[str, ...]) -> int:
    wanted = name.casefold()
    synonyms = [
        (synonym.strip().casefold(), index)
        for index, label in enumerate(labels)
        for synonym in label.split(",")
    ]
    found = {index for synonym, index in synonyms if synonym == wanted}
    if not found and (words := _words(wanted)):
        found = {index for synonym, index in synonyms if words <= _words(synonym)}
    if len(found) == 1:
        return found.pop()
    if found:
        shown = "; ".join(f"{index} {labels[index]}" for index in sorted(found)[:_SHOWN])
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ConfigError(
            f"expected a name of one class, got {name!r}, which is {len(found)}: {shown}{more}; "
            "give more of the name, or the index"
        )
    near = difflib.get_close_matches(wanted, [synonym for synonym, _ in synonyms])
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "give another, or an index"
    raise ConfigError(
        f"expected the name of a class or an index 0 … {len(labels) - 1}, got {name!r}; {hint}"
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _from_json(text: str) -> list[Any]:
    content = parse_json(text)
    if isinstance(content, dict):
        indices = [str(index) for index in range(len(content))]
        if content.keys() != set(indices):
            raise ValueError(f"indices that are not 0 … {len(content) - 1}")
        return [content[index] for index in indices]
    if not isinstance(content, list):
        raise ValueError("neither a list nor an object")
    return content


@lru_cache(maxsize=1)
def _imagenet() -> tuple[tuple[str, str], ...]:
    table = resources.files("neatfool.classifiers") / "tables" / "imagenet.tsv"
    lines = table.read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return tuple((wordnet_id, label) for wordnet_id, label in rows)
