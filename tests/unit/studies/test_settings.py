"""What a study is asked for, on the command line and in files."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neatfool.errors import ConfigError
from neatfool.sections.settings_page import meanings
from neatfool.studies import StudySettings, load_study, make_study, parse_seeds, parse_vary
from neatfool.studies.settings import written_seeds

XOR = {"name": "xor", "config": "xor"}


@given(st.sets(st.integers(0, 40), min_size=1))
def test_seeds_are_read_as_they_were_written(seeds: set[int]) -> None:
    assert parse_seeds(written_seeds(seeds)) == sorted(seeds)


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("0-2", [0, 1, 2]), ("3", [0, 1, 2]), ("7-7", [7]), ("5,1", [1, 5]), ("0-1,1-2", [0, 1, 2])],
)
def test_seeds_are_a_list_or_a_count(text: str, seeds: list[int]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "a", "3-1", "-1", "1-", "0", "1,,2", "0-999999999", "1.5"])
def test_what_names_no_seeds_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="expected seeds such as 0-29"):
        parse_seeds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("task.regularity=0,50", ("task.regularity", (0, 50))),
        ("encoding.kind=cppn,weights", ("encoding.kind", ("cppn", "weights"))),
        ("search.mean=[[0.5],[0.1]]", ("search.mean", ([0.5], [0.1]))),
        ("task.flag=true,false", ("task.flag", (True, False))),
    ],
)
def test_values_are_those_of_toml_or_words(text: str, expected: object) -> None:
    assert parse_vary(text) == expected


@pytest.mark.parametrize("text", ["", "seed", "run.seed", "kind=1,2", "a.b=", "a.b=1,,2", "a.b=[]"])
def test_what_varies_nothing_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match=r"expected section\.key=VALUE,VALUE"):
        parse_vary(text)


def test_a_study_is_read_as_it_was_written(tmp_path: Path) -> None:
    study = make_study(
        {
            "title": "A 'study'",
            "methods": [XOR, {**XOR, "name": "small", "changes": ["search.batch=50"]}],
            "seeds": "0-4,9",
            "vary": {"search.batch": [10, 20], "search.kind": ["neat"]},
            "measures": ["score", "solved_after"],
            "at": [5],
        }
    )
    path = tmp_path / "study.toml"
    path.write_text(study.dump(), encoding="utf-8")
    assert load_study(path, {}) == study
    assert load_study(path, {"title": "B"}).title == "B"


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"methods": []}, "methods"),
        ({"methods": [XOR], "seed": "0-2"}, "unknown key seed: did you mean seeds?"),
        ({"methods": [{**XOR, "confg": "a"}]}, "did you mean methods.0.config?"),
        ({"methods": [XOR, XOR]}, "two methods have one name"),
        ({"methods": [XOR], "seeds": "none"}, "seeds: expected seeds such as 0-29"),
        ({"methods": [XOR], "at": ["x"]}, "at.0"),
        ({"methods": [XOR], "vary": {"a.b": [1, 1.0]}}, "a.b: expected each value once"),
        ({"methods": [XOR], "at": [0]}, "at.0: expected a number "),
        ({"methods": [XOR], "seeds": []}, "seeds"),
        ({"methods": [XOR], "measures": []}, "measures"),
        ({"methods": [XOR], "measures": ["score", "reached"]}, "no measure 'reached': expected sc"),
        ({"methods": [{**XOR, "published": {"scor": "5"}}]}, "there is no measure 'scor'"),
        ({"methods": [XOR], "vary": {"search.batch": []}}, "vary.search.batch"),
        ({"methods": [XOR], "vary": {"run.seed": [1, 2]}}, "run.seed: expected seeds of a study"),
        ({"methods": [XOR], "changes": ["run.seed = 3"]}, "run.seed: expected seeds of a study"),
    ],
)
def test_wrong_studies_are_told(tree: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said.replace("?", r"\?")):
        make_study(tree)


def test_measures_are_known_or_of_a_program() -> None:
    known = ["reached_0.99", "reached_1e+06", "test_reward", "spectral_slope", "solved_after"]
    assert make_study({"methods": [XOR], "measures": known}).measures == (*known,)
    own = {"methods": [XOR], "measures": ["hidden"]}
    assert make_study({**own, "program": "own.py:size"}).measures == ("hidden",)
    with pytest.raises(ConfigError, match="or one that a program of yours returns"):
        make_study(own)


def test_files_that_are_no_studies_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the study"):
        load_study(tmp_path / "missing.toml", {})
    (tmp_path / "odd.toml").write_text("a = = 1")
    with pytest.raises(ConfigError, match="is not TOML"):
        load_study(tmp_path / "odd.toml", {})


def test_every_key_is_explained() -> None:
    assert meanings(StudySettings).keys() == StudySettings.model_fields.keys()
