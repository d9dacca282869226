import json
from pathlib import Path

import pytest
from rich.table import Table

from neatfool import classifiers, exams
from neatfool.cli.console import STDOUT, tell, warnings_shown
from neatfool.errors import RunError
from neatfool.reporting import log
from tests.command import neatfool


def test_what_is_warned_of_again_and_again_is_said_once_with_its_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(KeyboardInterrupt), warnings_shown():  # noqa: PT012
        for name in ("a", "b", "a", "a"):
            log.warning("there is no %s", name)
        raise KeyboardInterrupt
    log.warning("nobody shows this")
    said = ["there is no a", "there is no b", "3 times: there is no a"]
    assert capsys.readouterr().err.splitlines() == [f"warning: {each}" for each in said]


FOUND = {"name": "[bold]ä", "score": None, "long": "x" * 200}


def test_people_read_tables_and_lines_and_programs_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "new" / "found.json"
    tell(FOUND, file, False, Table("a [1]"), FOUND["long"], "[bold]")
    lines = capsys.readouterr().out.rstrip().splitlines()[-5:]
    assert json.loads(file.read_text(encoding="utf-8")) == FOUND
    assert lines[-3:] == [FOUND["long"], "[bold]", str(file)]
    tell(FOUND, file, True, "nobody reads this")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("quiet", [False, True])
def test_programs_read_standard_output_without_anything_else(
    quiet: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(FOUND, STDOUT, quiet, "nobody reads this")
    assert json.loads(capsys.readouterr().out) == FOUND


def test_what_was_measured_is_kept_where_its_picture_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> bytes:
        raise RunError("a run is gone")

    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "resolved.toml").touch()
    monkeypatch.setattr(classifiers, "build", lambda *_: None)
    monkeypatch.setattr(exams, "transfer", lambda *_: FOUND)
    monkeypatch.setattr(exams, "transfer_picture", refuse)
    files = ("--json", tmp_path / "found.json", "--picture", tmp_path / "found.png")

    outcome = neatfool("transfer", tmp_path / "run", "--model", "lenet5", "--device", "cpu", *files)

    assert (outcome.code, outcome.out) == (2, "")
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8")) == FOUND
