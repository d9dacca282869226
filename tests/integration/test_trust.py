"""Who looks at a run does not run what it names; who resumes it says so, or has run it before."""

import shutil
from pathlib import Path

import pytest

from tests.command import Outcome, assert_refused, neatfool
from tests.web_server import Visitor, serving

SIZE = ("--generations", 2, "--batch", 12, "--quiet")
FACTORY = """
from pathlib import Path
import torch

Path(__file__).with_name("ran").touch()


def build():
    torch.manual_seed(0)
    layers = torch.nn.Conv2d(1, 4, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    return torch.nn.Sequential(*layers, torch.nn.Linear(4, 10))
"""
LOOKS = {
    "show": ("show", "{run}", "--out", "{run}/net.svg"),
    "report": ("report", "{run}"),
    "plot": ("plot", "{run}"),
    "transfer": ("transfer", "{run}", "--model", "lenet5"),
}
WORKS = {
    "resume": ("resume", "{run}", "--generations", "3", "--quiet"),
    "ablate": ("show", "{run}", "--ablate", "--out", "{run}/net.svg"),
}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run against a program that lies beside its folder."""
    folder = tmp_path_factory.mktemp("given")
    (folder / "net.py").write_text(FACTORY)
    outcome = neatfool(
        *("fool", "--model", f"{folder / 'net.py'}:build", "--size", 28, "--channels", "grey"),
        *("--out", folder / "run", *SIZE),
    )
    assert outcome.code == 0, outcome.err
    (folder / "ran").unlink()
    shutil.copytree(folder, _original(folder))
    return folder


def _original(given: Path) -> Path:
    return given.with_name(f"{given.name} as it was")


@pytest.fixture
def sent(given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, as somebody else gets it: all paths fit, and nothing was run there before."""
    monkeypatch.setenv("NEATFOOL_CACHE", str(tmp_path / "cache"))
    shutil.rmtree(given)
    return Path(shutil.copytree(_original(given), given))


def _do(command: tuple[str, ...], folder: Path, *more: str) -> Outcome:
    return neatfool(*(each.format(run=folder / "run") for each in command), *more)


@pytest.mark.parametrize("look", LOOKS)
def test_looking_runs_nothing(look: str, sent: Path) -> None:
    outcome = _do(LOOKS[look], sent)

    assert outcome.code == 0, outcome.err
    assert not (sent / "ran").exists()


@pytest.mark.parametrize("look", ["show", "plot"])
def test_looking_at_half_a_folder_runs_nothing(look: str, sent: Path) -> None:
    for name in ("about.json", "report.json"):
        (sent / "run" / name).unlink()

    assert_refused(_do(LOOKS[look], sent), "expected about.json in it, got none")
    assert not (sent / "ran").exists()


def test_looking_in_the_browser_runs_nothing(sent: Path, tmp_path: Path) -> None:
    wanted = {"run": "run", "class": 3}
    with serving(tmp_path / "data.sqlite", runs=sent) as address, Visitor(address) as visitor:
        for missing in ("nothing", "report.json", "about.json"):
            (sent / "run" / missing).unlink(missing_ok=True)
            assert [row["name"] for row in visitor.ask("GET", "/api/runs").json()] == ["run"]
            for what in ("run", "elite"):
                visitor.client.get(f"/api/runs/{what}", params=wanted)
            visitor.client.post("/api/runs/replay", json={"run": "run"})
            visitor.client.post("/api/session/start", json={"run": "run", "index": 3})

    assert not (sent / "ran").exists()  # closing the server waits for replays


@pytest.mark.parametrize("work", WORKS)
def test_what_takes_the_program_takes_consent(work: str, sent: Path) -> None:
    assert_refused(_do(WORKS[work], sent), "names a program", f"{sent / 'net.py'}:build", "--trust")
    assert not (sent / "ran").exists()

    outcome = _do(WORKS[work], sent, "--trust")

    assert outcome.code == 0, outcome.err
    assert (sent / "ran").exists()


def test_a_report_of_an_unfinished_run_takes_consent(sent: Path) -> None:
    (sent / "run" / "report.json").unlink()

    assert_refused(_do(LOOKS["report"], sent), "names a program", "--trust")
    assert not (sent / "ran").exists()

    assert _do(LOOKS["report"], sent, "--trust").code == 0


def test_consent_is_remembered(sent: Path) -> None:
    assert _do(WORKS["resume"], sent, "--trust").code == 0

    assert _do(WORKS["resume"], sent).code == 0


def test_a_program_that_was_changed_is_another(sent: Path) -> None:
    assert _do(WORKS["resume"], sent, "--trust").code == 0
    (sent / "net.py").write_text(FACTORY + "\n# now with malice\n")

    assert_refused(_do(WORKS["resume"], sent), "has changed since")


def test_another_function_of_a_program_is_another(sent: Path) -> None:
    assert _do(WORKS["resume"], sent, "--trust").code == 0
    resolved = sent / "run" / "resolved.toml"
    resolved.write_text(resolved.read_text().replace("net.py:build", "net.py:Path"))

    assert_refused(_do(WORKS["resume"], sent), "net.py:Path")


def test_where_nothing_can_be_remembered_resuming_asks(
    sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEATFOOL_CACHE", "/proc/nowhere")

    assert _do(WORKS["resume"], sent, "--trust").code == 0
    assert_refused(_do(WORKS["resume"], sent), "--trust")
