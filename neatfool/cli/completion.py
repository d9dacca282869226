"""What shells complete: values of options, looked up without a library that computes."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, get_args

Completer: TypeAlias = Callable[[str], list[str]]
"""Takes what was typed, and returns the values that begin with it."""


def offering(values: Callable[[], Iterable[str]]) -> Completer:
    """Offer values that are looked up when somebody asks; shells that find none offer files."""

    def complete(incomplete: str) -> list[str]:
        return [each for each in values() if each.startswith(incomplete)]

    return complete


def kinds(section: str) -> Completer:
    """Offer the kinds that a section of the configuration can be of."""

    def named() -> Iterable[str]:
        from neatfool.sections import KINDS

        return KINDS[section].named

    return offering(named)


def words(field: str) -> Completer:
    """Offer the words that a setting of a network can be."""

    def named() -> Iterable[str]:
        from neatfool.sections.classifier import ClassifierSettings, VerifySettings

        fields = ClassifierSettings.model_fields | VerifySettings.model_fields
        return _texts(fields[field].annotation)

    return offering(named)


def _texts(annotation: Any) -> list[str]:
    """Read the texts among what an annotation allows."""
    return [
        text
        for each in get_args(annotation)
        for text in ([each] if isinstance(each, str) else _texts(each))
    ]


def _networks() -> Iterable[str]:
    from neatfool.classifiers.asked import LIBRARIES, NAMED

    return [*NAMED, *(f"{name}:" for name in LIBRARIES)]


def _trainable() -> Iterable[str]:
    from neatfool.classifiers.asked import NAMED, digits

    return [name for name, labels in NAMED.items() if labels is digits]


def _configs() -> Iterable[str]:
    from neatfool.stored.shipped import shipped

    return shipped()


def _of_runs() -> Iterable[str]:
    from neatfool.stored.shipped import STUDIES

    return [name for name in _configs() if not name.startswith(STUDIES)]


def _tasks_and(configs: Callable[[], Iterable[str]]) -> Completer:
    def named() -> Iterable[str]:
        from neatfool.sections.task import RUNNABLE

        return dict.fromkeys([*RUNNABLE, *configs()])

    return offering(named)


def _trackers() -> Iterable[str]:
    from neatfool.tracking.choice import TRACKERS

    return TRACKERS


def _detectors() -> Iterable[str]:
    from neatfool.sections.detector import KINDS

    return KINDS.named


devices = offering(lambda: ("auto", "cpu", "cuda"))
networks = offering(_networks)
trainable = offering(_trainable)
configs = offering(_configs)
runs = offering(_of_runs)
runnable = _tasks_and(_of_runs)
studied = _tasks_and(_configs)
trackers = offering(_trackers)
detectors = offering(_detectors)
