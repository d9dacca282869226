"""Retraining from its settings to its page, in a folder that is gone on with when called again."""

import json
from operator import attrgetter
from pathlib import Path

from neatfool.classifiers import MODELS
from neatfool.data.writing import writing
from neatfool.defence.folder import PinnedFolder
from neatfool.defence.retraining.evolved import attack_changes
from neatfool.defence.retraining.head import HeadPupil
from neatfool.defence.retraining.networks import Pupil, SmallPupil
from neatfool.defence.retraining.page import RETRAINING, Gallery, page, pictures
from neatfool.defence.retraining.rounds import Course, retrain
from neatfool.defence.retraining.settings import RetrainSettings
from neatfool.errors import ConfigError
from neatfool.files import write_whole
from neatfool.reporting import Reporter
from neatfool.runs import load_config
from neatfool.types import Json, Shape
from neatfool.version import __version__

RETRAINING_SCHEMA = 1
SETTINGS = "settings.json"
"""What a folder was begun with."""
MNIST: Shape = (1, 28, 28)
"""Networks of such images are trained from the start; of others, the last layer."""
RETRAINS: Json = {"is": "retraining"}
_OWNED = {
    "run.seed": "give --seed",
    "run.generations": "give --generations",
    "encoding.kind": "give --encoding",
    "task.kind": "leave it out",
    "task.classifier": "give --model",
    "task.ensemble": "leave it out",
    "task.classes": "leave it out",
}
"""Settings of the runs that changes must leave as they are, and what to do instead."""


def conduct(settings: RetrainSettings, folder: Path, reporter: Reporter | None = None) -> Json:
    """Retrain a network in rounds, and write after each what is known.

    Args:
        settings: All of them; ``data`` is needed.
        folder: Gets a folder for each round, ``retraining.json``, ``retraining.md``,
            ``medians.png`` and ``gallery.png``. One that was begun with the same settings is gone
            on with; ``rounds`` may be more than before.
        reporter: Hears of progress.

    Returns:
        What ``retraining.json`` holds.

    Raises:
        NeatfoolError: A setting cannot be met, the data are missing, or the folder is of something
            else.
        Interrupted: Ctrl-C or SIGTERM came; call it again to go on.
    """
    reporter = reporter or Reporter()
    pupil = ready(folder, settings, RETRAINS)
    with begun(folder, settings, RETRAINS, pupil.facts).held():
        result, gallery = result_of(settings, pupil), Gallery()
        for row, evolved in retrain(Course(settings, pupil, folder, reporter)):
            result["rounds"].append(row)
            gallery.add(f"DNN {row['round']}", evolved)
            texts = {RETRAINING: json.dumps(result, indent=2) + "\n", "retraining.md": page(result)}
            with writing(folder):
                for name, content in (texts | pictures(result, gallery)).items():
                    write_whole(folder / name, content)
    return result


def result_of(settings: RetrainSettings, pupil: Pupil) -> Json:
    """Begin a result, without rounds."""
    return {
        "schema": RETRAINING_SCHEMA,
        "version": __version__,
        "settings": settings.model_dump(mode="json", exclude={"data"}),
        "classes": pupil.classes,
        **pupil.facts,
        "rounds": [],
    }


def pupil_of(settings: RetrainSettings) -> Pupil:
    """Make the network that is trained, and read its data.

    Raises:
        ConfigError: No data are named.
        NeatfoolError: The data or the network are not there, or do not fit.
    """
    if settings.data is None:
        raise ConfigError(
            "data: expected a folder of real images to train with, got none; give --data, for "
            "example the folder that `neatfool data mnist --to mnist` fills"
        )
    model = MODELS.get(settings.model)
    if model is None or model.shape != MNIST:
        return HeadPupil(settings, settings.data)
    if settings.network:
        raise ConfigError(
            f"expected no more of a network that is trained from the start than its name, "
            f"{settings.model}, got {settings.network[0]!r:.80}; leave it out"
        )
    return SmallPupil(settings, settings.data)


def ready(folder: Path, settings: RetrainSettings, more: Json) -> Pupil:
    """Check everything that can be checked before anything long begins, and read the data."""
    begun(folder, settings, more).check(is_whole=False)
    pupil = pupil_of(settings)
    if settings.form not in pupil.forms:
        raise ConfigError(
            f"form {settings.form}: expected {', '.join(pupil.forms)}, which {settings.model} can "
            "be trained in; choose one of them, or lenet5"
        )
    if settings.train.start not in pupil.starts:
        raise ConfigError(
            f"train.start {settings.train.start}: expected {', '.join(pupil.starts)}, as the last "
            f"layer of {settings.model} begins as it came each time; leave --start out"
        )
    check_attacks(settings, pupil, folder)
    return pupil


def check_attacks(settings: RetrainSettings, pupil: Pupil, folder: Path) -> None:
    """Refuse settings of runs that cannot be, or that are not theirs, before anything long begins.

    Raises:
        ConfigError: There are such.
    """
    owned = dict(_OWNED)
    if pupil.niches < pupil.classes:  # some were chosen
        del owned["task.classes"]
    changes = (*pupil.changes(folder), f"run.seed={settings.seed}")
    for encoding in ("cppn", "pixels"):
        given = attack_changes(changes, encoding, settings.generations, pupil.niches)
        planned, config = (load_config(None, (*given, *m)) for m in ((), settings.attacks))
        for name, advice in owned.items():
            wanted, got = map(attrgetter(name), (planned, config))
            if got != wanted:
                raise ConfigError(
                    f"{name}: expected {wanted!s:.80}, got {got!s:.80} from --set; {advice}"
                )


def begun(
    folder: Path, settings: RetrainSettings, more: Json, facts: Json | None = None
) -> PinnedFolder:
    """Say what a folder is, or should have been, begun with.

    Args:
        folder: It may be missing or empty.
        settings: All of them.
        more: What else binds, such as what the folder is of.
        facts: Of the network and its data, where they are known.
    """
    return PinnedFolder(folder, SETTINGS, {**settings.binding(), **(facts or {}), **more})
