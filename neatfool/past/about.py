"""What a run evolves, read from its folder: without this, its classifier would have to be built."""

from dataclasses import dataclass
from pathlib import Path

from neatfool.classifiers import find_classes
from neatfool.errors import ConfigError, RunError
from neatfool.past.elites import read_elites
from neatfool.runs.about import ABOUT
from neatfool.runs.written import read_told
from neatfool.search import Archive
from neatfool.types import Shape

_SHOWN, _DIGITS = 10, 100


@dataclass(frozen=True)
class About:
    """The model, the images and the niches of a run.

    Attributes:
        model: Name of the classifier.
        shape: ``(C, H, W)`` of the images.
        classes: ``K`` indices of the classes, one for each niche.
        names: ``K`` names of them.
    """

    model: str
    shape: Shape
    classes: tuple[int, ...]
    names: tuple[str, ...]

    def niche(self, text: str) -> int:
        """Find the niche of a class by its index or its name.

        Raises:
            ConfigError: The run has no such class, or several.
        """
        return find_niche(text, self.classes, self.names)


def find_niche(text: str, classes: tuple[int, ...], names: tuple[str, ...]) -> int:
    """Find the niche of a class by its index or its name.

    Args:
        text: Index of a class, or words of its name.
        classes: ``K`` indices of classes, one for each niche.
        names: ``K`` names of them.

    Raises:
        ConfigError: There is no such class, or several.
    """
    if text.strip().isdecimal():
        if len(text) < _DIGITS and int(text) in classes:
            return classes.index(int(text))
        shown = ", ".join(map(str, classes[:_SHOWN]))
        more = ", …" if len(classes) > _SHOWN else ""
        raise ConfigError(
            f"expected a class of the run, by name or by index ({shown}{more}), got {text!r:.80}"
        )
    found = find_classes(text, names)
    if len(found) != 1:
        raise ConfigError(f"expected one class, got {text!r:.80}, which is {len(found)}")
    return found[0]


def require_elite(archive: Archive, niche: int, name: str) -> None:
    """Make sure that a niche has an elite.

    Raises:
        ConfigError: It has none.
    """
    if not archive.occupied[niche]:
        raise ConfigError(f"there is no elite of {name!r}: nothing had a score there; take another")


def read_about(folder: Path) -> About:
    """Read what a run evolves.

    Where the file is missing this takes the report and an elite. The classifier is not asked:
    who looks at a run does not run what it names.

    Raises:
        RunError: The file is damaged, or there is neither.
    """
    path = folder / ABOUT
    if path.exists():
        try:
            told = read_told(path)
        except ValueError as error:
            raise RunError(
                f"{path} is damaged ({error}): take it away, and it is made again from the rest of "
                "the folder"
            ) from error
        channels, height, width = told.shape
        return About(told.model, (channels, height, width), told.classes, told.names)
    if (folder / "report.json").exists():
        elites = read_elites(folder)
        told = elites.report["classes"]
        classes = tuple(int(entry["index"]) for entry in told)
        names = tuple(str(entry["name"]) for entry in told)
        return About(elites.report["model"]["name"], elites.shape, classes, names)
    raise RunError(
        f"{folder} does not say what it evolves: expected {ABOUT} or a report, got neither; "
        f"`neatfool resume {folder}` makes it again"
    )
