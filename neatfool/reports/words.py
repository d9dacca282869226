"""What a report says in sentences: a title, and what came of a run."""

from neatfool.reporting import Unit, percent
from neatfool.types import Json
from neatfool.viz.figures import shorten

_NETWORKS = {
    "lenet5": "LeNet-5",
    "lenet-rbf": "LeNet-5 with an RBF layer",
    "lenet-caffe": "LeNet of Caffe",
    "mlp": "a multilayer perceptron",
    "alexnet": "AlexNet",
    "caffenet": "CaffeNet",
}
_MADE = {"cppn": "Patterns", "pixels": "Noise"}
_LOW = 0.5
"""Of a median below this nobody says that a network takes pictures for something."""
_LETTERS = 60


def unit_of(report: Json) -> Unit:
    """Return the unit of the scores."""
    return Unit(**report["task"]["unit"])


def title(report: Json) -> str:
    """Say above pictures what they show."""
    name = shorten(_NETWORKS.get(report["task"]["name"], report["task"]["name"]), _LETTERS)
    if not unit_of(report).is_confidence:
        return f"The best at {name}"
    made = _MADE.get(report["encoding"], "Images")
    if (report["median_score"] or 0.0) < _LOW:
        return f"{made} made to fool {name}"
    names = [entry["name"] for entry in report["niches"]]
    if all(len(each) == 1 and each.isdigit() for each in names):
        what = "digits" if len(names) > 1 else f"a {names[0]}"
    else:
        what = f"{len(names):,} classes" if len(names) > 1 else first_name(names[0])
    return f"{made} that {name} takes for {what}"


def first_name(name: str) -> str:
    """Shorten the name of a class to the first of its synonyms: of "robin, American robin"."""
    return name.partition(",")[0]


def verdict(report: Json) -> list[str]:
    """Say what came of a run, in a few sentences."""
    unit, niches = unit_of(report), report["niches"]
    known = sorted((each for each in niches if each["score"] is not None), key=_score)
    if not known:
        return ["Nothing has a score yet."]
    if len(niches) == 1:
        (entry,) = known
        best = report["task"]["best"]
        most = "" if best is None or unit.is_share else f" of at most {unit.write(best)}"
        found = f"It was found in generation {entry['found_at_generation']:,}."
        return [f"The best {unit.noun} is {unit.write(entry['score'])}{most}.", found]
    counted = [_counted(report)] if report["reached"] else []
    said = counted if report["grid"] is None else [_covered(report)]
    most, least, median = known[-1], known[0], unit.write(report["median_score"])
    if unit.is_confidence:
        said.append(
            f"The median confidence is {median}; most fooled is {_named(most, unit)}, least "
            f"{_named(least, unit)}."
        )
    else:
        said.append(
            f"The median {unit.noun} is {median}; best is {_named(most, unit)}, least "
            f"{_named(least, unit)}."
        )
    return said + _beyond_nothing(report)


def _score(entry: Json) -> float:
    return float(entry["score"])


def _named(entry: Json, unit: Unit) -> str:
    return f"“{shorten(first_name(entry['name']), _LETTERS)}” ({unit.write(entry['score'])})"


def _counted(report: Json) -> str:
    """Say how many niches reach the highest level that half of them do, or else the lowest."""
    unit, count, reached = unit_of(report), len(report["niches"]), report["reached"]
    levels = sorted(reached, key=float)
    level = max((each for each in levels if reached[each] >= _LOW), key=float, default=levels[0])
    number = round(reached[level] * count)
    some = "None" if not number else "All" if number == count else f"{number:,}"
    of = f" {count:,} " if number == count else f" of {count:,} "
    if not unit.is_confidence:
        reach = "reach" if number != 1 else "reaches"
        return f"{some}{of}niches {reach} {unit.one} of {unit.round(float(level))} or more."
    are = "are" if number != 1 else "is"
    return f"{some}{of}classes {are} fooled with {unit.round(float(level))} confidence or more."


def _covered(report: Json) -> str:
    filled = round(report["coverage"] * len(report["niches"]))
    return f"{filled:,} of {len(report['niches']):,} cells of the grid are filled."


def _beyond_nothing(report: Json) -> list[str]:
    """Say what the network makes of images without content, since fooling begins there."""
    baselines = [(each, name) for name, each in report.get("baselines", {}).items() if each]
    if not baselines:
        return []
    highest, name = max(baselines, key=lambda each: each[0]["confidence"])
    above = sum((each["score"] or 0) > highest["confidence"] for each in report["niches"])
    count = len(report["niches"])
    some = "all" if above == count else "none" if not above else f"{above:,}"
    of = f" {count:,}" if above == count else f" of {count:,}"
    return [
        f"Shown nothing ({name}), the network is {percent(highest['confidence'])} sure of "
        f"“{shorten(first_name(highest['name']), _LETTERS)}”; {some}{of} images exceed that."
    ]
