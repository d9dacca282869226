"""A gate under attack: what does a network let in that shows none of what it should let in?"""

import json
from pathlib import Path

from pydantic import Field

from neatfool import classifiers, reports
from neatfool.classifiers import Classifier, ClassifierSettings, find_classes
from neatfool.classifiers.outputs import INDEPENDENT
from neatfool.defence import still
from neatfool.defence.attacks import ATTACKS, Effort, configuration, run_attack
from neatfool.defence.attempt import Attempt
from neatfool.defence.folder import PinnedFolder
from neatfool.defence.result import RULE, accepted, curves_of, numbers_of
from neatfool.errors import ConfigError
from neatfool.files import write_whole
from neatfool.reporting import Reporter, log
from neatfool.settings import FullPath, Settings
from neatfool.tasks import Fooling, FoolingSettings
from neatfool.tasks.probes import NOISES, quick_check
from neatfool.types import Json
from neatfool.version import __version__
from neatfool.workers.machine import environment
from neatfool.workers.threads import Threads

GATE_SCHEMA = 1
BEGUN, RESULT, PAGE = "begun.json", "gate.json", "gate.html"
"""What is in the folder of a gate beside those of its attacks."""


class GateSettings(Settings):
    """A network as a gate, and the attacks on it."""

    classifier: ClassifierSettings = ClassifierSettings()
    """The network."""
    accept: str | None = None
    """Classes that are let in, as `task.classes` names them. Unset: all."""
    threshold: float = Field(default=0.5, ge=0, le=1)
    """The gate opens for an image if its confidence in an accepted class is this or more."""
    data: FullPath | None = None
    """Real pictures: a folder for each class, and one of others; or the four files of MNIST."""
    budget: int = Field(default=10_000, ge=1, le=100_000_000)
    """Images that each attack may ask the gate about; each counts for every accepted class."""
    batch: int = Field(default=100, ge=1, le=100_000)
    """Of which so many at a time, at most the budget."""
    attacks: tuple[str, ...] | None = None
    """Names of the attacks that evolve images. Unset: all."""
    seed: int = Field(default=0, ge=0, lt=1 << 63)
    """Of all random numbers."""
    device: str = "auto"
    """Where to compute: auto, cpu or cuda."""


def gate(settings: GateSettings, folder: Path, reporter: Reporter | None = None) -> Json:
    """Attack a gate, or go on with that, and write a page and a JSON file of what it let in.

    Each attack that evolves images is a run in a folder of its own. Threshold, data and the choice
    of attacks may change from one call to the next, and the budget may grow: nothing that was
    evolved is evolved again.

    Args:
        settings: The gate, and what attackers may spend.
        folder: Where everything is kept.
        reporter: Hears of progress.

    Returns:
        What ``gate.json`` holds: docs/gate.md.

    Raises:
        NeatfoolError: A setting cannot be met, or the folder holds something else.
        Interrupted: Ctrl-C or SIGTERM came; called again, it goes on.
    """
    reporter = reporter or Reporter()
    wrong = [name for name in settings.attacks or () if name not in ATTACKS]
    if wrong:
        raise ConfigError(f"unknown attack {wrong[0]:.80}: choose from {', '.join(ATTACKS)}")
    if settings.batch > settings.budget:
        raise ConfigError(
            f"batch: expected at most the budget, {settings.budget}, got {settings.batch}; choose "
            "a smaller batch, such as one that the budget is a multiple of, or a larger budget"
        )
    device = classifiers.resolve_device(settings.device)
    network = classifiers.build(settings.classifier, device, reporter)
    targets = tuple(range(len(network.labels)))
    if settings.accept is not None:
        targets = find_classes(settings.accept, network.labels)
    effort = Effort(targets, settings.budget, settings.batch, settings.seed)
    real = still.RealPictures(settings.data, network) if settings.data else None
    with _begun(folder, settings, network, effort).held():
        for doubt in quick_check(network):
            log.warning("%s: %s", network.name, doubt)
        genuine, attempts, skipped = _attack(settings, network, effort, real, folder, reporter)
        result = _result(settings, network, attempts, genuine, effort)
        pictures = {name: each.picture for name, each in attempts.items()}
        result |= {"skipped": skipped, "environment": environment(device)}
        write_whole(folder / PAGE, reports.gate_page(result, pictures))
        write_whole(folder / RESULT, json.dumps(result, indent=2) + "\n")
    return result


def _attack(
    settings: GateSettings,
    network: Classifier,
    effort: Effort,
    pictures: still.RealPictures | None,
    folder: Path,
    reporter: Reporter,
) -> tuple[still.Genuine | None, dict[str, Attempt], dict[str, str]]:
    """Run all attacks.

    Returns:
        What the gate says of real pictures of accepted classes, what attacks came to by name, and
        why others were left out.
    """
    attempts: dict[str, Attempt] = {}
    skipped: dict[str, str] = {}
    genuine, others = None, None
    with Threads(network.device) as pool:
        if pictures is not None:
            genuine, others = still.show_real(pictures, network, effort.targets, pool, reporter)
        if others is not None:
            attempts["others"] = others
        else:
            why = "there are no real pictures" if pictures is None else "the data show none"
            skipped["others"] = f"real pictures of other classes: {why}"
        attempts["plain"] = still.show_plain(network, effort.targets, pool, reporter)
        for name in NOISES:
            file = folder / f"{name.replace(' ', '-')}.safetensors"
            key = name.partition(" ")[0]
            attempts[key] = still.show_noise(name, network, effort, file, pool, reporter)
    task = Fooling(network, FoolingSettings(classes=effort.targets))
    for name in settings.attacks or ATTACKS:
        attack = ATTACKS[name]
        try:
            if attack.wants_gradients:
                _check_gradients(task, effort)
        except ConfigError as error:
            skipped[name] = f"{attack.title}: {error}"
            continue
        config = configuration(attack, settings.classifier, effort, network.device.type)
        attempts[name] = run_attack(attack, config, task, folder / name, reporter)
    return genuine, attempts, skipped


def _check_gradients(task: Fooling, effort: Effort) -> None:
    """Refuse to climb where nothing can be climbed, or not by an image for each target.

    Raises:
        ConfigError: It is so.
    """
    if effort.budget < len(effort.targets):
        raise ConfigError(
            f"expected a budget of an image for each target, {len(effort.targets)} or more, got "
            f"{effort.budget}"
        )
    task.require_gradients()


def _result(
    settings: GateSettings,
    network: Classifier,
    attempts: dict[str, Attempt],
    genuine: still.Genuine | None,
    effort: Effort,
) -> Json:
    targets = [(index, network.labels[index]) for index in effort.targets]
    threshold, real, verify = settings.threshold, None, settings.classifier.verify
    curve, points = curves_of(attempts, None if genuine is None else genuine.best, threshold)
    if genuine is not None:
        real = {
            "accepted": len(genuine.best),
            "true_accepts": accepted(genuine.best, threshold),
            "own_accepts": accepted(genuine.own, threshold),
        }
    return {
        "schema": GATE_SCHEMA,
        "version": __version__,
        "model": {
            "name": network.name,
            "sha256": network.sha256,
            "classes": len(network.labels),
            "canvas": list(network.shape),
            "independent": network.outputs in INDEPENDENT,
            "verifier": verify and {"distance": verify.distance, "metric": verify.metric},
        },
        "rule": RULE,
        "accept": [{"index": index, "name": name} for index, name in targets],
        "threshold": threshold,
        "budget": settings.budget,
        "batch": settings.batch,
        "seed": settings.seed,
        "real": real,
        "attacks": {name: numbers_of(each, threshold, targets) for name, each in attempts.items()},
        "curve": curve,
        "operating_points": points,
    }


def _begun(
    folder: Path, settings: GateSettings, network: Classifier, effort: Effort
) -> PinnedFolder:
    """Say what the folder of a gate is begun with."""
    told = {f"classifier.{n}": v for n, v in settings.classifier.binding().items()}
    told |= {"weights": network.sha256, "accept": list(effort.targets), "seed": effort.seed}
    told |= {"batch": effort.batch, "budget": effort.budget}
    return PinnedFolder(folder, BEGUN, told, grows="budget")
