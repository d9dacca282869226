from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field

from neatfool.errors import ConfigError
from neatfool.settings import FullPath, Settings


class _Paths(Settings):
    path: FullPath


def test_paths_mean_the_same_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")

    assert _Paths(path=Path("a/b")).path == tmp_path / "a/b"
    assert _Paths(path=Path("~/b")).path == Path("/home/someone/b")
    assert _Paths(path=Path("/b")).path == Path("/b")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("~nosuchuser/x", "expected a path of a known user; write it out"),
        ("a\0b", "expected a path that is text"),
        ("a\udcffb", "expected a path that is text"),
    ],
)
def test_paths_that_mean_nothing_are_refused(path: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _Paths(path=Path(path))


class _Inner(Settings):
    rate: float = Field(default=0.5, ge=0, lt=1)


class _Many(Settings):
    above: float = Field(default=1.0, gt=0)
    most: int = Field(default=1, le=1_000_000)
    real: float = Field(default=1.0, le=1e-9 + 1)
    word: Literal["a", "b"] = "a"
    text: str = ""
    truth: bool = True
    some: tuple[int, ...] = Field(default=(1,), min_length=1, max_length=2)
    inner: _Inner = _Inner()
    each: tuple[_Inner, ...] = ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"above": -1}, "above: expected a number above 0, got -1"),
        ({"above": "-1"}, "above: expected a number above 0, got -1"),
        ({"most": 2_000_000}, "most: expected a number of at most 1,000,000, got 2000000"),
        ({"real": 2}, "real: expected a number of at most 1.000000001, got 2"),
        ({"real": float("nan")}, "real: expected a finite number, got nan"),
        ({"most": "x"}, "most: expected a whole number, got 'x'"),
        ({"most": 1.5}, "most: expected a whole number, got 1.5"),
        ({"above": [1]}, "above: expected a number, got [1]"),
        ({"word": "c"}, "word: expected 'a' or 'b', got 'c'"),
        ({"text": 3}, "text: expected text, got 3"),
        ({"truth": 3}, "truth: expected true or false, got 3"),
        ({"some": ()}, "some: expected a list of at least 1, got ()"),
        ({"some": (1, 2, 3)}, "some: expected a list of at most 2, got (1, 2, 3)"),
        ({"some": 3}, "some: expected a list, got 3"),
        ({"inner": 3}, "inner: expected keys with values, got 3"),
        ({"inner": {"rate": 1}}, "inner.rate: expected a number below 1, got 1"),
        ({"inner": {"rat": 1}}, "unknown key inner.rat: did you mean inner.rate?"),
        ({"each": ({"rate": -1},)}, "each.0.rate: expected a number of at least 0, got -1"),
        ({"each": ({"rat": -1},)}, "unknown key each.0.rat: did you mean each.0.rate?"),
    ],
)
def test_wrong_values_are_told_in_words(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as told:
        _Many(**given)
    assert str(told.value) == f"_Many: {message}"
