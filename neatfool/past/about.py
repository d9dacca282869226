"""What a run evolves, read from its folder: without this, its task would have to be built."""

from dataclasses import dataclass
from pathlib import Path

from neatfool.classifiers import find_classes
from neatfool.errors import ConfigError, RunError
from neatfool.reporting import Unit
from neatfool.runs import written
from neatfool.runs.written import WrittenGrid
from neatfool.search import Archive
from neatfool.stored.layout import ABOUT
from neatfool.types import Shape

_SHOWN, _DIGITS = 10, 100


@dataclass(frozen=True)
class About:
    """The task, the images and the niches of a run.

    Attributes:
        name: Of the task, or of the network that is fooled.
        shape: ``(C, H, W)`` of the images; none: it evolves no images.
        indices: ``K`` numbers of the niches: of classes, those in the list of all.
        names: ``K`` names of them.
        unit: Of the scores.
        best: The largest score there can be, if there is such a bound.
        levels: Scores worth counting how many niches reach them.
        grid: Over measures, whose cells are the niches; none: they are not.
    """

    name: str
    shape: Shape | None
    indices: tuple[int, ...]
    names: tuple[str, ...]
    unit: Unit
    best: float | None
    levels: tuple[float, ...]
    grid: WrittenGrid | None

    def niche(self, text: str) -> int:
        """Find a niche by its index or its name.

        Raises:
            ConfigError: The run has no such niche, or several.
        """
        if text.strip().isdecimal():
            if len(text) < _DIGITS and int(text) in self.indices:
                return self.indices.index(int(text))
            shown = ", ".join(map(str, self.indices[:_SHOWN]))
            more = ", …" if len(self.indices) > _SHOWN else ""
            raise ConfigError(
                f"expected a niche (class) of the run, by name or by index ({shown}{more}), got "
                f"{text!r:.80}"
            )
        found = find_classes(text, self.names)
        if len(found) != 1:
            raise ConfigError(
                f"expected one niche (class), got {text!r:.80}, which is {len(found)}"
            )
        return found[0]


def require_elite(archive: Archive, niche: int, name: str) -> None:
    """Make sure that a niche has an elite.

    Raises:
        ConfigError: It has none.
    """
    if not archive.occupied[niche]:
        raise ConfigError(f"there is no elite of {name!r}: nothing had a score there; take another")


def read_about(folder: Path | str) -> About:
    """Read what a run evolves. Nothing is built: who looks at a run does not run what it names.

    Raises:
        RunError: The file is missing or damaged.
    """
    folder = Path(folder)
    path = folder / ABOUT
    try:
        told = written.read_about(path)
    except FileNotFoundError:
        raise RunError(
            f"{folder} does not say what it evolves: expected {ABOUT} in it, got none; "
            f"`neatfool resume {folder}` makes it again"
        ) from None
    except ValueError as error:
        raise RunError(
            f"{path} is damaged ({error}): take it away, and `neatfool resume {folder}` makes it "
            "again"
        ) from error
    shape: Shape | None = None
    if told.shape is not None:
        channels, height, width = told.shape
        shape = channels, height, width
    return About(
        told.name,
        shape,
        told.indices,
        told.names,
        Unit(told.unit.noun, told.unit.is_share),
        told.best,
        told.levels,
        told.grid,
    )
