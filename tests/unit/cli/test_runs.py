"""What the help of commands that make runs says."""

from typer.testing import CliRunner

from neatfool.cli.together import app
from neatfool.runs import KINDS


def test_the_help_names_every_task_that_has_a_name() -> None:
    said = CliRunner().invoke(app, ["run", "--help"], env={"COLUMNS": "100"}).output
    tasks = said.partition("a task:")[2].partition("a class of your own")[0]

    assert [name for name in KINDS["task"].named if f"{name}," not in tasks] == ["fitness"]
