"""Runs of a study leave no memory behind in the process that makes them."""

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from neatfool.studies import make_study
from neatfool.studies.jobs import jobs_of
from neatfool.studies.measuring import evolve
from neatfool.tasks import Xor

TREE: dict[str, Any] = {
    "seeds": "1",
    "changes": ["run.generations=1", "search.batch=10"],
    "methods": [{"name": "neat", "config": "xor"}],
}


def test_a_run_is_gone_when_it_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Xor]] = []
    begin = Xor.__init__

    def noted(self: Xor, *given: Any, **more: Any) -> None:
        made.append(weakref.ref(self))
        begin(self, *given, **more)

    monkeypatch.setattr(Xor, "__init__", noted)
    study = make_study(TREE)
    [job] = jobs_of(study, tmp_path)
    gc.disable()  # it would come by itself some day
    try:
        record = evolve(job)
        assert not record.error
        assert made
        assert [each for each in made if each() is not None] == []
    finally:
        gc.enable()
