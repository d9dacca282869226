"""What the help of commands that make runs says."""

import inspect
from typing import get_args

from neatfool.cli.runs import run
from neatfool.runs import KINDS


def test_the_help_names_every_task_that_has_a_name() -> None:
    help_text = get_args(inspect.get_annotations(run)["what"])[1].help

    assert [name for name in KINDS["task"].named if name not in help_text] == ["fitness"]
