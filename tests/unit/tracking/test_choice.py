import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from neatfool.errors import ConfigError
from neatfool.tracking import TrackerNames, require_installed
from neatfool.tracking.choice import TRACKERS


@pytest.mark.parametrize("names", [[], ["wandb"], ["mlflow", "tensorboard"]])
def test_trackers_are_named_in_a_list(names: list[str]) -> None:
    assert TypeAdapter(TrackerNames).validate_python(names) == tuple(names)


@pytest.mark.parametrize("names", ["wandb", ["wandb", "wandb"], ["neptune"], [["wandb"]], 3])
def test_others_are_refused(names: Any) -> None:
    with pytest.raises(ValidationError, match="a list of some of tensorboard, wandb, mlflow, each"):
        TypeAdapter(TrackerNames).validate_python(names)


@pytest.mark.parametrize("name", TRACKERS)
def test_a_package_that_is_not_there_is_told_before_anything_begins(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).mkdir()  # such as trackers leave behind
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, name, raising=False)

    with pytest.raises(ConfigError, match=rf"install it by: pip install .*\[{name}\]'"):
        require_installed([name])


def test_looking_for_packages_imports_none() -> None:
    before = set(sys.modules)
    require_installed(["tensorboard"])

    assert set(sys.modules) == before
