"""Pictures for people to name without knowing where they are from: evolved ones, and real ones."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import safetensors.numpy
from pydantic import Field, ValidationError

from neatfool.bounded import MOST_TEXT, read_bytes, read_text
from neatfool.data.writing import writing
from neatfool.errors import ConfigError, DataError
from neatfool.exams.drawing import Drawn, draw_real, draw_some, find_elites
from neatfool.files import write_whole
from neatfool.past.folder import find_runs, settings_hash
from neatfool.settings import Settings
from neatfool.streams import stream
from neatfool.types import Bytes

CARDS, PICTURES = "cards.json", "cards.safetensors"
SCHEMA = 1
MOST_NAMES = 20
"""With more classes than these, a person chooses among ten."""
_CHOICES, _COUNT = 10, 100


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
        runs: That evolved pictures are from, each with a digest of its settings.
        real: Digest of the real pictures.
        names: Of the classes, by index.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    seed: int
    count: int
    runs: dict[str, str]
    real: str
    names: dict[int, str]
    cards: tuple[DeckCard, ...]


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
        ConfigError: The folder was made with other settings, of other runs or other real pictures,
            or no real pictures are named.
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
        _check_same(folder, deck, root, real)
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
    random, folders = stream(seed, "deck"), find_runs(root)
    evolved, names = find_elites(root, folders)
    drawn = draw_some(evolved, count // 2, random, f"elites in {root}")
    pictures = draw_real(real, names, count - count // 2, seed)
    levels = pictures.read(0, len(pictures), drawn[0].levels.shape)
    drawn += map(Drawn, levels, itertools.repeat(None), pictures.classes.tolist())
    drawn = [drawn[place] for place in random.permutation(len(drawn))]
    cards = tuple(
        DeckCard(
            run=each.run,
            index=each.index,
            confidence=each.confidence,
            choices=_choices(each.index, sorted(names), random),
        )
        for each in drawn
    )
    drawn_from = sorted({each.run for each in drawn if each.run})
    deck = Deck(
        schema=SCHEMA,
        seed=seed,
        count=count,
        runs={name: settings_hash(folders[name]) for name in drawn_from},
        real=pictures.digest(),
        names=dict(sorted(names.items())),
        cards=cards,
    )
    return deck, np.stack([each.levels for each in drawn])


def _check_same(folder: Path, deck: Deck, root: Path, real: Path | None) -> None:
    """Refuse other runs, which may be gone but not others, and other real pictures.

    Raises:
        ConfigError: There are others.
        DataError: There are no such real pictures.
    """
    found = {settings_hash(run) for run in find_runs(root).values()}
    if found and found.isdisjoint(deck.runs.values()):
        raise ConfigError(
            f"{folder} holds pictures of {', '.join(deck.runs):.80}: expected these runs, got "
            f"others in {root}; choose another folder for other pictures"
        )
    count = deck.count - deck.count // 2
    if real and draw_real(real, deck.names, count, deck.seed).digest() != deck.real:
        raise ConfigError(
            f"{folder} holds other real pictures than those of {real}: leave out --real, or choose "
            "another folder for other pictures"
        )


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


def _choices(index: int, classes: Sequence[int], random: np.random.Generator) -> tuple[int, ...]:
    """Choose what a person chooses from: all classes if they are few, else ten with the right."""
    if len(classes) <= MOST_NAMES:
        return tuple(classes)
    others = [each for each in classes if each != index]
    drawn = random.choice(len(others), _CHOICES - 1, replace=False)
    return tuple(sorted([index, *(others[place] for place in drawn)]))
