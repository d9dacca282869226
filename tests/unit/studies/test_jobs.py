"""Which runs a study takes, what they are called, and what their numbers depend on."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from neatfool.errors import ConfigError
from neatfool.studies import make_study
from neatfool.studies.jobs import contenders_of, jobs_of, plain_name, treatments_of

XOR = {"name": "xor", "config": "xor"}


def study(**given: Any) -> Any:
    return make_study({"methods": [XOR], "seeds": "0-1", **given})


def test_numbers_are_treatments_and_words_are_compared() -> None:
    given = study(vary={"search.kind": ["neat", "map-elites"], "search.batch": [10, 20, 30]})
    assert [each.name for each in contenders_of(given)] == [
        "xor, kind=neat",
        "xor, kind=map-elites",
    ]
    assert [each.number for each in treatments_of(given)] == [10, 20, 30]
    jobs = jobs_of(given, Path("runs"))
    assert len({job.name for job in jobs}) == 2 * 3 * 2
    job = jobs[-1]
    assert job.name == "xor,_kind=map-elites,batch=30/seed-1"
    assert job.varied == {"search.kind": "map-elites", "search.batch": 30}
    assert job.load().batch == 30
    assert job.load().run.seed == 1


def test_methods_keep_their_names_beside_what_is_chosen() -> None:
    methods = [XOR, {**XOR, "name": "small", "changes": ["search.batch=20"]}]
    given = study(methods=methods, vary={"task.flag": [True, False]})
    names = ["xor, flag=true", "xor, flag=false", "small, flag=true", "small, flag=false"]
    assert [each.name for each in contenders_of(given)] == names


def test_settings_of_methods_stand_above_those_of_all() -> None:
    methods = [{**XOR, "changes": ["search.batch=20"]}]
    (job, *_) = jobs_of(study(methods=methods, changes=["search.batch=10"]), Path())
    assert job.load().batch == 20


def test_two_runs_of_one_name_are_told() -> None:
    methods = [{**XOR, "name": "a b"}, {**XOR, "name": "a/b"}]
    with pytest.raises(ConfigError, match="two runs of the study would have the name"):
        jobs_of(study(methods=methods), Path())
    with pytest.raises(ConfigError, match="reference: expected one of xor; got 'neat'"):
        jobs_of(study(reference="neat"), Path())


@pytest.mark.parametrize(
    ("one", "other"),
    [("★", "☆"), ("+", "-"), ("😀", "😁"), ("a ★", "a ☆"), ("?", "*"), ("方" * 90, "方" * 91)],
)
def test_names_of_symbols_and_long_ones_are_told_apart(one: str, other: str) -> None:
    names = [plain_name(one), plain_name(other), plain_name(one)]
    assert names[0] == names[2] != names[1]
    assert all(re.fullmatch(r"[\w.=,+-]{1,200}", name) for name in names)
    assert all(len(name.encode()) < 200 for name in names)


def test_usual_names_are_as_they_were() -> None:
    given = ["FT-NEAT", "Offset, 0.005", "方法 一", "gym:CartPole-v1", "a, b=[0.5]", "x.y"]
    expected = ["FT-NEAT", "Offset,_0.005", "方法_一", "gym_CartPole-v1", "a,_b=_0.5_", "x.y"]
    assert list(map(plain_name, given)) == expected


def test_a_wrong_value_is_told_with_the_run_it_is_of() -> None:
    job = jobs_of(study(vary={"search.batch": [10, -1]}), Path())[-1]
    with pytest.raises(ConfigError, match=r"xor,batch=-1/seed-1: .*batch"):
        job.load()


def test_numbers_depend_on_the_file_the_changes_and_the_program(tmp_path: Path) -> None:
    config, program = tmp_path / "a.toml", tmp_path / "p.py"
    config.write_text('[task]\nkind = "xor"\n')
    program.write_text("def size(folder): return {}\n")
    methods = [{"name": "a", "config": str(config)}]

    def digests(**given: Any) -> list[str]:
        return [job.digest for job in jobs_of(study(methods=methods, **given), tmp_path)]

    plain = digests()
    assert len(set(plain)) == 2
    assert digests() == plain
    assert jobs_of(study(methods=methods), tmp_path / "elsewhere")[0].digest == plain[0]
    measured = digests(program=f"{program}:size")
    program.write_text("def size(folder): return {'size': 1}\n")
    others = [digests(program=f"{program}:size"), digests(changes=["search.batch=7"])]
    config.write_text('[task]\nkind = "xor"\n[run]\ngenerations = 3\n')
    assert len({*plain, *measured, *others[0], *others[1], *digests()}) == 10
    assert not {*digests(niche="0")} & {*digests()}


def test_numbers_depend_on_files_that_settings_name_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = Path("net.onnx")
    model.write_bytes(b"one network")
    methods = [{"name": "a", "config": "fooling", "changes": ["task.classifier.model=net.onnx"]}]
    (before, _) = (job.digest for job in jobs_of(study(methods=methods), tmp_path))
    model.write_bytes(b"another one")
    os.utime(model, ns=(1, 1))
    (after, _) = (job.digest for job in jobs_of(study(methods=methods), tmp_path))
    assert before != after


def test_tables_vary_too() -> None:
    within = [{"kind": "neat", "species": 5}, {"kind": "map-elites"}]
    given = study(changes=["search.kind=islands"], vary={"search.within": within})
    assert [job.load().search.within.kind for job in jobs_of(given, Path())][::2] == [
        "neat",
        "map-elites",
    ]
