"""Pictures for people to name without knowing where they are from: evolved ones, and real ones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import safetensors.numpy
from pydantic import Field, ValidationError

from neatfool.bounded import MOST_TEXT, read_bytes, read_text
from neatfool.classifiers import imagenet_ids, imagenet_labels
from neatfool.data import find_labelled, load_mnist, read_picture
from neatfool.data.mnist import FILES
from neatfool.data.writing import writing
from neatfool.errors import ConfigError, DataError
from neatfool.files import write_whole
from neatfool.images import to_levels
from neatfool.past.folder import find_runs
from neatfool.past.overview import newest_archive, read_overview
from neatfool.settings import Settings
from neatfool.streams import stream
from neatfool.types import Bytes, Shape

CARDS, PICTURES = "cards.json", "cards.safetensors"
SCHEMA = 1
MOST_NAMES = 20
"""With more classes than these, a person chooses among ten."""
_CHOICES, _COUNT = 10, 100
T = TypeVar("T")


class DeckCard(Settings):
    """A picture, and what it is.

    Attributes:
        run: That it was evolved in; none: it is real.
        index: Of the class that it was evolved for, or that it is of.
        confidence: Of the network, in that class.
        choices: Classes to choose from, by index.
    """

    run: str | None
    index: int = Field(ge=0)
    confidence: float | None
    choices: tuple[int, ...]


class Deck(Settings):
    """What people are shown, in that order.

    Attributes:
        names: Of the classes, by index.
    """

    schema_: int = Field(SCHEMA, alias="schema")
    seed: int
    count: int
    runs: tuple[str, ...]
    names: dict[int, str]
    cards: tuple[DeckCard, ...]


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A picture before it is a card."""

    levels: Bytes
    run: str | None
    index: int
    confidence: float | None


def prepare_deck(
    folder: Path, root: Path, real: Path | None, count: int | None, seed: int | None
) -> Deck:
    """Make the pictures of a folder, or read them if they were made before.

    Args:
        folder: Gets them; answers are written there too.
        root: A folder of runs of images, or of one.
        real: A folder of real pictures of the same classes: labelled pictures, or the four files of
            MNIST. It is needed the first time.
        count: Pictures in all, half of them real; none: as many as there are, at first 100.
        seed: Decides which, and their order; none: as it was, at first 0.

    Raises:
        ConfigError: The folder was made with other settings, or no real pictures are named.
        DataError: There are no runs or real pictures, or too few, or of different shapes.
        NeatfoolError: A run cannot be read.
    """
    if (folder / CARDS).exists():
        deck = read_deck(folder)
        if seed not in (None, deck.seed) or count not in (None, deck.count):
            raise ConfigError(
                f"{folder} holds {deck.count} pictures of seed {deck.seed}: expected no other "
                "--count and --seed; leave them out, or choose another folder for other pictures"
            )
        return deck
    if real is None:
        raise ConfigError(
            "expected real pictures to mix the evolved ones with, got none: give --real, a folder "
            "of labelled pictures or of the files of MNIST"
        )
    deck, pictures = _made(root, real, count or _COUNT, seed or 0)
    with writing(folder):  # the cards come last, so that a folder with cards is whole
        write_whole(folder / PICTURES, safetensors.numpy.save({"images": pictures}))
        text = json.dumps(deck.model_dump(mode="json", by_alias=True), indent=1)
        write_whole(folder / CARDS, text + "\n")
    return deck


def _made(root: Path, real: Path, count: int, seed: int) -> tuple[Deck, Bytes]:
    """Draw pictures of both kinds, and put them into the order in which they are shown."""
    random = stream(seed, "deck")
    evolved, names = list[_Drawn](), dict[int, str]()
    for name, run in find_runs(root).items():
        elites, its_names = _elites(name, run)
        evolved, names = evolved + elites, names | its_names
    if not evolved:
        raise DataError(
            f"{root}: expected runs that fool a network with images, got none; choose another"
        )
    shape, classes = evolved[0].levels.shape, sorted(names)
    if odd := next((each for each in evolved if each.levels.shape != shape), None):
        raise DataError(
            f"run {odd.run}: expected images of shape {shape}, as those of {evolved[0].run}, "
            f"got {odd.levels.shape}; rate runs of one shape at a time"
        )
    drawn = _some(evolved, count // 2, random, f"elites in {root}")
    drawn += _real(real, shape, names, classes, (count - count // 2, random))
    drawn = [drawn[place] for place in random.permutation(len(drawn))]
    cards = tuple(
        DeckCard(
            run=each.run,
            index=each.index,
            confidence=each.confidence,
            choices=_choices(each.index, classes, random),
        )
        for each in drawn
    )
    deck = Deck(
        schema=SCHEMA,
        seed=seed,
        count=count,
        runs=tuple(sorted({each.run for each in drawn if each.run})),
        names={index: names[index] for index in classes},
        cards=cards,
    )
    return deck, np.stack([each.levels for each in drawn])


def read_deck(folder: Path) -> Deck:
    """Read what the pictures of a folder are.

    Raises:
        DataError: There are none, or the file is damaged.
    """
    path = folder / CARDS
    try:
        return Deck.model_validate_json(read_text(path, MOST_TEXT))
    except FileNotFoundError:
        raise DataError(
            f"{folder}: expected a folder made by `neatfool browse RUNS --rate`, got none of "
            f"{CARDS}; choose another"
        ) from None
    except (OSError, ValidationError, ValueError) as error:
        raise DataError(
            f"{path}: expected cards as neatfool wrote them, got {error!s:.120}; put the file back"
        ) from error


def read_pictures(folder: Path) -> Bytes:
    """Read the pictures of a folder: ``(P, C, H, W)`` uint8, in the order of its cards.

    Raises:
        DataError: They are missing or damaged.
    """
    path = folder / PICTURES
    try:
        pictures: Bytes = safetensors.numpy.load(read_bytes(path, None))["images"]
    except (OSError, KeyError, safetensors.SafetensorError) as error:
        raise DataError(
            f"{path}: expected pictures as neatfool wrote them, got {error!s:.120}; put it back"
        ) from error
    return pictures


def _elites(name: str, folder: Path) -> tuple[list[_Drawn], dict[int, str]]:
    """List the elites of a run, and name its classes by index; of other tasks, none.

    One that holds several niches is there once, for the niche of its highest score.
    """
    overview, (archive, found) = read_overview(folder), newest_archive(folder)
    if found.about.shape is None or not found.about.unit.is_share:
        return [], {}
    images, elites = to_levels(found.encoding.express(archive.genomes)), dict[int, _Drawn]()
    known = [row for row, each in enumerate(overview.niches) if each.score is not None]
    for row in sorted(known, key=lambda row: -(overview.niches[row].score or 0)):
        niche = overview.niches[row]
        drawn = _Drawn(images[row], name, niche.index, niche.score)
        elites.setdefault(int(archive.keys[row]), drawn)
    return list(elites.values()), dict(zip(found.about.indices, found.about.names, strict=True))


def _real(
    folder: Path,
    shape: tuple[int, ...],
    names: dict[int, str],
    classes: Sequence[int],
    wanted: tuple[int, np.random.Generator],
) -> list[_Drawn]:
    """Draw real pictures of the classes."""
    if any((folder / f"{FILES['test'][0]}{end}").exists() for end in ("", ".gz")):
        images, labels = load_mnist(folder, "test")
        if shape != (1, *images.shape[1:]):
            raise DataError(
                f"{folder}: expected pictures for runs of shape {shape}, got some of "
                f"{images.shape[1:]}; choose another folder"
            )
        places = [p for p in range(len(images)) if labels[p] in classes]
        chosen = _some(places, *wanted, f"pictures of the classes in {folder}")
        return [_Drawn(images[p][None], None, int(labels[p]), None) for p in chosen]
    imagenet = dict(enumerate(imagenet_labels()))
    known = imagenet if len(names) > 1 and names.items() <= imagenet.items() else names
    labels_of = [known.get(index, str(index)) for index in range(max(known) + 1)]
    ids = imagenet_ids() if len(labels_of) == len(imagenet_ids()) else ()
    files = [each for each in find_labelled(folder, labels_of, ids) if each[1] in classes]
    some = _some(files, *wanted, f"pictures of the classes in {folder}")
    sides: Shape = (shape[0], shape[1], shape[2])
    return [_Drawn(read_picture(file, sides, crop=True), None, i, None) for file, i in some]


def _some(all_: Sequence[T], count: int, random: np.random.Generator, what: str) -> list[T]:
    if len(all_) < count:
        raise DataError(
            f"expected at least {count} {what}, got {len(all_)}; ask for fewer by --count"
        )
    return [all_[place] for place in random.choice(len(all_), count, replace=False)]


def _choices(index: int, classes: Sequence[int], random: np.random.Generator) -> tuple[int, ...]:
    """Choose what a person chooses from: all classes if they are few, else ten with the right."""
    if len(classes) <= MOST_NAMES:
        return tuple(classes)
    others = [each for each in classes if each != index]
    drawn = random.choice(len(others), _CHOICES - 1, replace=False)
    return tuple(sorted([index, *(others[place] for place in drawn)]))
