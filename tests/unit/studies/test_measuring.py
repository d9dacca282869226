"""Runs of a study leave no memory behind, and what they warn of is kept."""

import gc
import json
import weakref
from pathlib import Path
from typing import Any

import pytest

from neatfool.reporting import Reporter, log
from neatfool.studies import make_study
from neatfool.studies.jobs import jobs_of
from neatfool.studies.measuring import evolve
from neatfool.studies.records import RunRecord
from neatfool.studies.together import TogetherReporter
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


def test_what_a_run_warns_of_is_kept_and_told_where_others_wait_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begin = Xor.__init__

    def warned(self: Xor, *given: Any, **more: Any) -> None:
        for number in (1, 2, 1, *range(3, 30)):
            log.warning("odd:\n%d", number)
        begin(self, *given, **more)

    monkeypatch.setattr(Xor, "__init__", warned)
    [job] = jobs_of(make_study(TREE), tmp_path)
    record = evolve(job)
    assert record.warnings == [f"odd: {number}" for number in range(1, 21)]
    assert RunRecord.read(json.loads(json.dumps(record.written()))).warnings == record.warnings
    caplog.clear()
    noted: list[RunRecord] = []
    TogetherReporter([job], noted.append, Reporter()).hear(record)
    assert (noted, caplog.messages) == ([record], record.warnings)


def test_what_a_run_that_fails_warns_of_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any, **__: Any) -> None:
        log.warning("odd")
        raise ValueError

    monkeypatch.setattr(Xor, "__init__", failing)
    [job] = jobs_of(make_study(TREE), tmp_path)
    record = evolve(job)
    assert (bool(record.error), record.warnings) == (True, ["odd"])
