"""Configs that come with neatfool, by name."""

import configparser
import re
from pathlib import Path

import pytest

from neatfool import programs
from neatfool.errors import ConfigError
from neatfool.programs import files_of, split_program, top
from neatfool.sections import file_named, look_at_config
from neatfool.stored import shipped
from neatfool.stored.shipped import FOLDERS, STUDIES, config_file, summary
from neatfool.studies import load_study

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_each_says_what_it_is_and_finds_what_it_names_from_any_folder() -> None:
    found = shipped.shipped()
    assert {file.parent.name for file in found.values()} == {*FOLDERS}
    for name, file in found.items():
        assert config_file(name) == file
        assert 10 < len(summary(file)) < 300, name
        assert summary(file).endswith((".", "?")), name
        if name.startswith(STUDIES):
            study = load_study(file, {})
            loaded = [study, *(method.load((), running=False).task for method in study.methods)]
        else:
            loaded = [look_at_config(file).task]
        programs = [program for settings in loaded for program in settings.programs()]
        assert all(file.is_file() for program in programs for file in program.files), name


def test_copies_find_what_they_name_and_keep_it_as_it_is_written() -> None:
    for name in ("islands/ring", "studies/goals"):
        Path("mine.toml").write_bytes(shipped.shipped()[name].read_bytes())
        mine = load_study(Path("mine.toml"), {}) if name.startswith(STUDIES) else None
        settings = mine or look_at_config(Path("mine.toml")).task
        assert settings.programs()[0].files[0].is_file(), name
        if mine:
            assert str(ROOT) not in mine.dump(), "so that it goes on where that is elsewhere"


def test_what_is_in_the_current_folder_comes_first() -> None:
    assert split_program("experiments/traps.py:Traps") == (f"{top()}/experiments/traps.py", "Traps")
    mine = Path("experiments/traps.py")
    mine.parent.mkdir()
    mine.write_text("")
    assert split_program("experiments/traps.py:Traps") == ("experiments/traps.py", "Traps")


def test_a_wheel_has_them_all() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    packed = dict(settings["options.data_files"])
    programs = {ROOT / file for file in packed.pop("share/neatfool/experiments").split()}
    assert packed == {f"share/neatfool/configs/{n}": f"configs/{n}/*.toml" for n in FOLDERS}
    text = "".join(file.read_text(encoding="utf-8") for file in shipped.shipped().values())
    named = {ROOT / name for name in re.findall(r"\bexperiments/\w+\.py", text)}
    assert programs == {file for each in named for file in files_of(each)}


def test_folders_may_be_left_out_where_one_has_the_name() -> None:
    found = shipped.shipped()
    assert config_file("goals") == file_named("goals") == found["studies/goals"]
    assert config_file("ring") == found["islands/ring"]
    assert config_file("boxes") == found["boxes"], "and not the study"
    assert file_named("boxes") is None, "since it is a task"
    assert file_named("hyperneat/boxes") == found["boxes"]


def test_studies_are_no_runs() -> None:
    with pytest.raises(ConfigError, match="is a study: expected settings of one run"):
        look_at_config(config_file("studies/goals"))


def test_a_file_comes_before_a_name(tmp_path: Path) -> None:
    Path("mnist_cppn").write_text("[run]\nseed = 3\n")
    assert config_file("mnist_cppn") == Path("mnist_cppn")
    Path("mnist_neat").mkdir()
    assert config_file("mnist_neat") == shipped.shipped()["mnist_neat"]
    assert config_file(str(tmp_path)) == tmp_path, "which is told when it is read"
    assert config_file("none/such.toml") == Path("none/such.toml"), "which is told when it is read"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mnist_cpn", "unknown config mnist_cpn: did you mean mnist_cppn?"),
        ("smoke/cpn", "did you mean smoke/cppn?"),
        ("zzzzzzzz", "unknown config zzzzzzzz: `neatfool configs` lists them"),
        ("configs/fooling/mnist_cppn.toml", "did you mean mnist_cppn, which comes with neatfool?"),
        ("configs/studies/xor.toml", "did you mean studies/xor, which comes with neatfool?"),
    ],
)
def test_what_is_neither_is_told_with_the_nearest(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        config_file(text)
    assert said in str(told.value)


def test_installed_they_are_found_where_the_installer_put_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "share/neatfool/configs/fooling/mine.toml"
    file.parent.mkdir(parents=True)
    file.write_text("# Mine.\n")
    monkeypatch.setattr(programs, "_OURS", tmp_path / "neatfool")
    for cached in (shipped.shipped, top):
        cached.cache_clear()
    try:
        assert shipped.shipped() == {"mine": file}
    finally:
        for cached in (shipped.shipped, top):
            cached.cache_clear()
