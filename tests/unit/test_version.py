"""How an extra is installed depends on how neatfool was."""

import importlib.metadata
from pathlib import Path

import pytest

from neatfool import version
from neatfool.version import installing

GIT = '"url": "https://example.org/neatfool.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b"'
CASES = {
    "an index": (None, "pip install 'neatfool[onnx]'"),
    "a folder": (
        '{"url": "file:///home/my%20own/neatfool", "dir_info": {}}',
        "pip install '/home/my own/neatfool[onnx]'",
    ),
    "a folder that is edited": (
        '{"url": "file:///work/neatfool", "dir_info": {"editable": true}}',
        "pip install -e '/work/neatfool[onnx]'",
    ),
    "a repository": (
        f"{{{GIT}}}}}",
        "pip install 'neatfool[onnx] @ git+https://example.org/neatfool.git@0a1b'",
    ),
    "a tag": (
        f'{{{GIT}, "requested_revision": "v0.1"}}}}',
        "pip install 'neatfool[onnx] @ git+https://example.org/neatfool.git@v0.1'",
    ),
    "a wheel": (
        '{"url": "file:///tmp/neatfool.whl", "archive_info": {}}',
        "pip install 'neatfool[onnx] @ file:///tmp/neatfool.whl'",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_installed_from_the_same_place(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written, command = CASES[case]

    class Installed:
        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return written

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Installed())
    assert installing("onnx") == command


def test_a_checkout_that_was_not_installed_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    assert installing("gym") == f"pip install -e '{Path(version.__file__).parents[1]}[gym]'"
