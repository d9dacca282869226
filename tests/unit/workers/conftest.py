from pathlib import Path

import pytest

from neatfool.workers import chunks
from tests import in_processes as fakes
from tests.conftest import ENCODINGS
from tests.in_processes import Doing, Together


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("marks")


@pytest.fixture(scope="module")
def parts(marks: Path) -> tuple[Together, Doing]:
    return fakes.built(ENCODINGS, marks)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_IMAGES_PER_CHUNK", 6)
