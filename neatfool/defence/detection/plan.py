"""What is attacked how often: a configuration of a run for each attack, detector and seed."""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from neatfool import detectors, runs
from neatfool.defence.detection.stills import STILLS
from neatfool.defence.folder import PinnedFolder
from neatfool.errors import ConfigError
from neatfool.types import Json

PLAN = "plan.json"
_FREE = ("generations", "others", "confidence", "detectors", "attacks", "seeds")
"""What may change when a table is gone on with."""
_NO_OPTION = "leave it out: every attack gets the same, and all of its budget"
_OWN = {
    "run.seed": "give --seed",
    "run.generations": "give --generations",
    "search.batch": "give --batch",
    "encoding.kind": "give --attack",
    "task.classes": "give --classes",
    "task.detector.kind": "give --detector",
    "task.detector.data": "give --data",
    "task.detector.accepted": "give --accepted",
    **dict.fromkeys(
        ("task.kind", "run.target", "run.until_solved", "run.patience", "run.seconds"), _NO_OPTION
    ),
}
"""Settings that a plan makes itself, and what to do instead of changing them."""
BARE = "bare"
"""The folder of the runs that know no detector."""


@dataclass(frozen=True)
class DetectionPlan:
    """Which detectors meet which attacks, on equal budgets.

    Attributes:
        classifier: Changes of settings, as ``runs.load_config`` takes them.
        data: Folder of real images, as ``task.detector.data``.
        detectors: Names, or path/file.py:Name; empty: all that the network can have.
        attacks: Encodings that evolve images.
        others: Folders of other pictures, or of the four files of another data set.
        classes: To evolve images for; none: all.
        seeds: How many runs of each.
        seed: The first.
        generations: Of each run.
        batch: Images in a generation.
        confidence: From which an accepted image of the right class is a success.
        accepted: Share of the held-out real images that detectors accept.
        changes: Further settings: ``NAME.key=value`` of a detector, others of all runs.
    """

    classifier: tuple[str, ...]
    data: Path
    detectors: tuple[str, ...] = ()
    attacks: tuple[str, ...] = ("cppn", "pixels", "offset")
    others: tuple[Path, ...] = ()
    classes: str | None = None
    seeds: int = 3
    seed: int = 0
    generations: int = 100
    batch: int = 200
    confidence: float = 0.9
    accepted: float = 0.95
    changes: tuple[str, ...] = ()

    def config(self, attack: str, seed: int, detector: str | None = None) -> runs.Config:
        """Write the configuration of one run.

        Raises:
            ConfigError: A setting is wrong.
        """
        own, shared = self._split(detector)
        given = [
            *self.classifier,
            f"encoding.kind={attack}",
            f"run.seed={seed}",
            f"run.generations={self.generations}",
            f"search.batch={self.batch}",
        ]
        if self.classes is not None:
            given.append(f"task.classes={json.dumps(self.classes)}")
        return runs.load_config(None, [*given, *shared, *own])

    @property
    def names(self) -> tuple[str, ...]:
        """The detectors that are tried; an ensemble only if it is said of whom."""
        named = any(change.startswith("ensemble.classifiers") for change in self.changes)
        all_of_them = (name for name in detectors.KINDS.named if name != "ensemble" or named)
        return self.detectors or tuple(all_of_them)

    @property
    def all_seeds(self) -> range:
        """The seeds of the runs."""
        return range(self.seed, self.seed + self.seeds)

    def check(self) -> None:
        """Find out what is wrong with any setting, before anything is evolved.

        Raises:
            ConfigError: One is.
        """
        attacks = [*map(label, self.attacks)]
        if not attacks:
            raise ConfigError("--attack: expected at least one encoding, got none")
        for option, names, taken in (
            ("--detector", [*map(label, self.names)], [BARE]),
            ("--attack", attacks, STILLS),
            ("--other", [folder.name for folder in self.others], [*STILLS, *attacks]),
        ):
            if len({*names, *taken}) < len(names) + len(taken):
                raise ConfigError(
                    f"{option}: expected names that are all different, and none of "
                    f"{', '.join(taken)}, got {', '.join(names)}; leave one out, or rename it"
                )
        for change in self.changes:
            self._check_change(change)
        for attack in self.attacks:
            for detector in (None, *self.names):
                self.config(attack, self.seed, detector)

    def begun(self, folder: Path) -> PinnedFolder:
        """Say what a folder of this plan is begun with; runs in it know their real images."""
        facts = self.facts()
        return PinnedFolder(
            folder, PLAN, {name: facts[name] for name in facts if name not in _FREE}
        )

    def facts(self) -> Json:
        """Give all of it as JSON holds it; of folders, which lie anywhere, the names."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    def _check_change(self, change: str) -> None:
        """Refuse to change what the plan says, or a section that it is in."""
        name = change.partition("=")[0].strip()
        section, _, rest = name.partition(".")
        full = f"task.detector.{rest}" if section in self.names else name
        given = (each.partition("=")[0] for each in self.classifier)
        for own, advice in (_OWN | dict.fromkeys(given, "change the option")).items():
            if f"{own}.".startswith(f"{full}."):
                raise ConfigError(
                    f"--set {name:.80}: expected a setting that the table leaves open, got {own}, "
                    f"which is its own; {advice}"
                )

    def _split(self, detector: str | None) -> tuple[list[str], list[str]]:
        """Tell changes of a detector from those of all runs."""
        own, shared = [], []
        if detector is not None:
            own = [
                f"task.detector.kind={json.dumps(detector)}",
                f"task.detector.data={json.dumps(str(self.data))}",
                f"task.detector.accepted={self.accepted}",
            ]
        for change in self.changes:
            section, _, rest = change.partition(".")
            if section == detector:
                own.append(f"task.detector.{rest}")
            elif section not in self.names:
                shared.append(change)
        return own, shared


def _plain(value: object) -> object:
    """Write a value as JSON holds it, and a path by its name."""
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.name if isinstance(value, Path) else value


def label(name: str) -> str:
    """Write a detector or an attack where there is little room, as in names of folders."""
    return name.rpartition(":")[2] if ".py" in name else name
