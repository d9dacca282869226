"""A task of somebody's own, in a file that is no part of the package, is run as all others are."""

import json
import shutil
from pathlib import Path

import pytest

from neatfool import past, runs
from neatfool.errors import RunError
from neatfool.runs.build import scoring
from tests.command import Outcome, assert_refused, assert_same_run, neatfool

SPHERE = """
from pathlib import Path

import numpy as np
from pydantic import Field

from neatfool import KindSettings, Line, Task
from neatfool.reporting import Unit

Path(__file__).with_name("ran").touch()


class SphereSettings(KindSettings):
    size: int = Field(5, ge=1)
    \"\"\"Numbers in a row.\"\"\"
    centre: float = 0.5
    \"\"\"What each should be.\"\"\"


class Sphere(Task):
    Settings = SphereSettings
    niches = ("nearness", "evenness")
    unit = Unit("nearness")
    best = 0.0
    levels = (-1.0, -0.1)

    def __init__(self, settings, seed):
        self.medium, self.centre = Line(settings.size), settings.centre

    def score(self, vectors, trial=None):
        far = ((vectors - self.centre) ** 2).sum(dim=1)
        return -np.stack([far.numpy(), vectors.var(dim=1).numpy()], axis=1)
"""
SMALL = ("--set", "search.batch=12", "--set", "run.checkpoint_every=2", "--quiet")


def done(*arguments: object) -> Outcome:
    outcome = neatfool(*arguments)
    assert outcome.code == 0, outcome.err
    return outcome


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the task in it, which is the current one."""
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "sphere.py").write_text(SPHERE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of it."""
    folder = tmp_path_factory.mktemp("given") / "here"
    (folder / "tasks").mkdir(parents=True)
    (folder / "tasks" / "sphere.py").write_text(SPHERE)
    task = f"{folder / 'tasks' / 'sphere.py'}:Sphere"
    done("run", task, "--generations", 3, *SMALL, "--out", folder / "run")
    (folder / "tasks" / "ran").unlink()
    shutil.copytree(folder, folder.with_name("as it was"))
    return folder


@pytest.fixture
def sent(given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, as somebody else gets it: all paths fit, and nothing was run there before."""
    monkeypatch.setenv("NEATFOOL_CACHE", str(tmp_path / "cache"))
    shutil.rmtree(given)
    shutil.copytree(given.with_name("as it was"), given)
    monkeypatch.chdir(given)
    return given


@pytest.mark.parametrize("encoding", ["cppn", "weights", "offset", "switch"])
@pytest.mark.parametrize("search", ["map-elites", "neat"])
def test_every_encoding_and_search_works_on_it(encoding: str, search: str, here: Path) -> None:
    kinds = (f"encoding.kind={encoding}", f"search.kind={search}", "search.batch=12")
    config = runs.load_config(None, ["task.kind=tasks/sphere.py:Sphere", "task.size=7", *kinds])

    parts = runs.complete(
        config.model_copy(update={"run": runs.RunSettings(generations=3)}), here / "run"
    )

    assert parts.search.archive is not None
    assert (parts.name, parts.task.niches) == ("Sphere", ("nearness", "evenness"))
    assert past.archive_at(here / "run").scores.tolist() == parts.search.archive.scores.tolist()


def test_it_goes_on_from_another_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "mine.toml").write_text('[task]\nkind = "./tasks/sphere.py:Sphere"\nsize = 3\n')
    for name, generations in (("whole", 5), ("run", 3)):
        done("run", "mine.toml", "--generations", generations, *SMALL, "--out", name)
    monkeypatch.chdir("/")

    done("resume", here / "run", "--generations", 5, "--quiet")

    assert_same_run(here / "run", here / "whole")
    assert f'kind = "{here}/tasks/sphere.py:Sphere"' in (here / "run/resolved.toml").read_text()
    for command in ("report",), ("plot", "--only", "curves,goals"), ("show",):
        done(*command, here / "run", "--quiet")
    assert "The best at Sphere" in (here / "run" / "report.html").read_text()


def test_the_folder_is_named_after_it(here: Path) -> None:
    done("run", "tasks/sphere.py:Sphere", "--generations", 1, *SMALL)

    (folder,) = (here / "runs").iterdir()
    assert folder.name.endswith("-Sphere-cppn-seed0")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("task.sise=3", "unknown key task.sise: did you mean task.size?"),
        ("task.size=many", "task.size: expected a whole number"),
        ("task.size=0", "task.size: expected a number of at least 1, got 0"),
        ("task.classes=[3]", "unknown key task.classes"),
        ("run.target=0.5", "run.target: expected at most 0, the best nearness there can be"),
        ("encoding.kind=pixels", "pixels makes images, and the task wants weights: choose weights"),
    ],
)
def test_its_settings_are_checked(change: str, message: str, here: Path) -> None:
    outcome = neatfool("run", "tasks/sphere.py:Sphere", "--set", change, "--out", "run")

    assert_refused(outcome, message)
    assert not (here / "run").exists()


BROKEN = {
    "missing": (None, "A", "there is no such file; check the path"),
    "not Python": ("class A(:", "A", "the file fails when it is run: SyntaxError"),
    "failing": ("1 / 0", "A", "the file fails when it is run: ZeroDivisionError: division by"),
    "that lacks another file": ("open('/none')", "A", "the file fails when it is run"),
    "that imports nothing": ("import nothing_of_this_name", "A", "ModuleNotFoundError"),
    "that exits": ("raise SystemExit(3)", "A", "the file fails when it is run: SystemExit"),
    "without the class": ("class B: pass", "A", "a class of this name in the file, got none"),
    "with something else": ("A = 3", "A", "a class of this name in the file, got int"),
    "without a name": ("class A: pass", "", "expected the name of a class, got none"),
    "with settings of another kind": (
        "import neatfool\nclass A(neatfool.Task):\n    score = print\n    class Settings: pass",
        "A",
        "expected its Settings to be derived from neatfool.KindSettings",
    ),
    "with settings that are none": (
        "import neatfool\nclass A(neatfool.Task): Settings, score = {'size': 3}, print",
        "A",
        "expected its Settings to be derived from neatfool.KindSettings",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_has_no_task_is_told_in_one_line(case: str, here: Path) -> None:
    content, name, message = BROKEN[case]
    if content is not None:
        (here / "a.py").write_text(content)

    outcome = neatfool("run", f"a.py:{name}".rstrip(":"), "--out", "run")

    assert_refused(outcome, f"{here / 'a.py'}", message)
    assert len(outcome.err.splitlines()) == 1
    assert not (here / "run").exists()


CLASSES = {
    "class A: pass": "expected a class derived from neatfool.Task, got <class",
    "class A(Task): pass": "got one without score; write what is missing",
    "class A(Task): score = print": "got one without niches and medium",
    "class A(Task): niches, score = ('a',), print": "got one without medium",
    "class A(Task): niches, medium = ('a',), Line(3)": "got one without score",
    "class A(Task): niches, medium, score = (), Line(3), print": "at least one name, got ()",
    "class A(Task): niches, medium, score = (1, 2), Line(3), print": "one name, got (1, 2)",
    "class A(Task): niches, medium, score, indices = ('a', 'b'), Line(3), print, (7,)": (
        "one of its own for each niche, got (7,)"
    ),
    "class A(Task): niches, medium, score, indices = ('a', 'b'), Line(3), print, (7, 7)": (
        "one of its own for each niche, got (7, 7)"
    ),
}


@pytest.mark.parametrize("source", CLASSES)
def test_a_class_that_is_no_task_is_told_in_one_line(source: str, here: Path) -> None:
    (here / "a.py").write_text(f"from neatfool import Line, Task\n\n{source}\n")

    outcome = neatfool("run", "a.py:A", "--out", "run")

    assert_refused(outcome, f"task.kind {here / 'a.py'}:A: expected", CLASSES[source])
    assert len(outcome.err.splitlines()) == 1
    assert not (here / "run").exists()


def test_niches_medium_and_score_are_all_that_a_task_needs(here: Path) -> None:
    (here / "a.py").write_text(
        "from neatfool import Line, Task\n\n\nclass A(Task):\n"
        "    niches, medium = ('a',), Line(3)\n\n"
        "    def score(self, vectors, trial):\n        return vectors[:, :1].numpy()\n"
    )
    done("run", "a.py:A", "--generations", 2, *SMALL, "--out", "run")


COMMANDS = {
    "resume": ("resume", "run", "--generations", "4", "--quiet"),
    "plot": ("plot", "run", "--only", "lineage", "--quiet"),
    "show": ("show", "run", "--quiet"),
    "ablate": ("show", "run", "--ablate", "--quiet"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_what_takes_the_task_takes_consent(command: str, sent: Path) -> None:
    named = f"{sent}/tasks/sphere.py:Sphere"
    assert_refused(neatfool(*COMMANDS[command]), "names a program", named, "--trust")
    assert not (sent / "tasks" / "ran").exists()

    outcome = neatfool(*COMMANDS[command], "--trust")

    assert (sent / "tasks" / "ran").exists()
    assert outcome.code == 0 or "shows pictures" in outcome.err


def test_a_report_of_a_finished_run_does_without_it(sent: Path) -> None:
    done("report", "run")
    assert not (sent / "tasks" / "ran").exists()
    (sent / "run" / "report.json").unlink()

    assert_refused(neatfool("report", "run"), "names a program", "--trust")
    assert not (sent / "tasks" / "ran").exists()

    done("report", "run", "--trust")
    assert (sent / "run" / "report.json").exists()


def test_consent_is_remembered_until_the_file_changes(sent: Path) -> None:
    done(*COMMANDS["resume"], "--trust")
    done("resume", "run", "--generations", 5, "--quiet")
    (sent / "tasks" / "sphere.py").write_text(f"{SPHERE}\n# now with malice\n")

    assert_refused(neatfool(*COMMANDS["plot"]), "names a program", "has changed since")


def test_a_run_goes_on_with_what_the_file_held_as_it_began(sent: Path) -> None:
    file = sent / "tasks" / "sphere.py"
    file.write_text(SPHERE.replace("** 2", "** 4"))
    resume = (*COMMANDS["resume"], "--trust")
    assert_refused(
        neatfool(*resume), "the task.kind.file.sphere.py that it was begun with", "put it back"
    )

    file.write_text(SPHERE)

    done(*resume)


def test_a_process_scores_with_what_the_file_held_as_the_run_began(here: Path) -> None:
    file = here / "tasks" / "sphere.py"
    config = runs.load_config(None, [f"task.kind={file}:Sphere", "encoding.kind=weights"])
    given = runs.dump_config(config), config.binding()
    assert scoring(*given)[1].niches == ("nearness", "evenness")

    file.write_text(SPHERE.replace("** 2", "** 4"))

    with pytest.raises(RunError, match=r"changed since it began, by task.kind.file.sphere.py"):
        scoring(*given)


BOTH = """
from neatfool import Line, Task
from neatfool.encodings import Weights, WeightSettings


class Kit:
    pass


class Equipped(Weights):
    Settings = WeightSettings
    def express(self, genomes):
        vectors = super().express(genomes)
        vectors.kit = Kit()
        return vectors


class Judge(Task):
    niches = ("judged",)
    medium = Line(3)

    def score(self, vectors, trial):
        assert isinstance(vectors.kit, Kit)
        return -vectors.abs().sum(dim=1, keepdims=True).numpy()

    def facts(self):
        return {"terrain": "flat", "seed": "none of its business"}
"""


def test_a_task_and_an_encoding_of_one_file_share_its_classes(here: Path) -> None:
    (here / "both.py").write_text(BOTH)
    parts = ("both.py:Judge", "--set", "encoding.kind=both.py:Equipped")

    done("run", *parts, "--generations", 2, *SMALL, "--out", "run")
    done("resume", "run", "--generations", 3, "--quiet")

    report = json.loads((here / "run" / "report.json").read_text())
    assert (report["encoding"], report["seed"], report["terrain"]) == ("Equipped", 0, "flat")


def test_another_class_of_the_file_is_another(sent: Path) -> None:
    done(*COMMANDS["resume"], "--trust")
    resolved = sent / "run" / "resolved.toml"
    resolved.write_text(resolved.read_text().replace("sphere.py:Sphere", "sphere.py:Path"))

    assert_refused(neatfool("resume", "run"), "sphere.py:Path", "--trust")


def test_a_task_that_is_gone_is_told(sent: Path) -> None:
    (sent / "tasks" / "sphere.py").unlink()

    for arguments in ((*COMMANDS["resume"], "--trust"), COMMANDS["plot"]):
        assert_refused(neatfool(*arguments), "sphere.py:Sphere: there is no such file")


PARTS = {
    "encoding": """
from pathlib import Path

from neatfool.encodings import Weights, WeightSettings

Path(__file__).with_name("ran").touch()


class OwnSettings(WeightSettings):
    step: float = 0.5


class Own(Weights):
    Settings = OwnSettings

    def express(self, genomes):
        return (super().express(genomes) / self.settings.step).round() * self.settings.step
""",
    "search": """
from pathlib import Path

from neatfool import MapElites, MapElitesSettings

Path(__file__).with_name("ran").touch()


class OwnSettings(MapElitesSettings):
    step: float = 0.5


class Own(MapElites):
    Settings = OwnSettings

    def tell(self, scores):
        super().tell((scores / self.settings.step).round() * self.settings.step)
""",
}


@pytest.mark.parametrize("part", PARTS)
def test_an_encoding_or_a_search_may_be_ones_own_as_well(
    part: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "own.py").write_text(PARTS[part])
    own = ("--set", f"{part}.kind=own.py:Own")
    for name, generations in (("whole", 4), ("run", 3)):
        done("run", "boxes", *own, "--generations", generations, *SMALL, "--out", name)
    wrong = neatfool("run", "boxes", *own, "--set", f"{part}.stepp=1", "--out", "other")
    assert_refused(wrong, f"unknown key {part}.stepp: did you mean {part}.step?")
    monkeypatch.chdir("/")

    done("resume", here / "run", "--generations", 4, "--quiet")

    assert_same_run(here / "run", here / "whole")
    score = past.archive_at(here / "run").scores[0]
    assert part == "encoding" or score % 0.5 == 0
    assert f'kind = "{here}/own.py:Own"' in (here / "run" / "resolved.toml").read_text()
    monkeypatch.setenv("NEATFOOL_CACHE", str(here / "other cache"))
    (here / "own.py").write_text(f"{PARTS[part]}\n# now with malice\n")
    (here / "ran").unlink()
    for command in ("resume", "plot", "show"):
        assert_refused(neatfool(command, here / "run"), "own.py:Own", "--trust")
    done("report", here / "run")
    assert not (here / "ran").exists()
    done("plot", here / "run", "--only", "curves", "--trust", "--quiet")
    assert (here / "ran").exists()


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("case", ["missing", "failing", "that exits", "without the class"])
def test_a_file_without_them_is_told_in_one_line(part: str, case: str, here: Path) -> None:
    content, name, message = BROKEN[case]
    if content is not None:
        (here / "a.py").write_text(content)

    outcome = neatfool("run", "boxes", "--set", f"{part}.kind=a.py:{name}", "--out", "run")

    assert_refused(outcome, f"{part}.kind {here / 'a.py'}", message)
    assert not (here / "run").exists()
