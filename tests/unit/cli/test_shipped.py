"""Configs that come with neatfool, by name."""

import configparser
from pathlib import Path

import pytest

from neatfool.cli.runs import shipped
from neatfool.cli.runs.shipped import FOLDERS, config_file, summary
from neatfool.errors import ConfigError
from neatfool.sections import load_config

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_each_needs_no_other_file_and_says_what_it_is() -> None:
    found = shipped.shipped()
    assert {file.parent.name for file in found.values()} == {*FOLDERS}
    for name, file in found.items():
        load_config(file)
        assert config_file(name) == file
        assert 10 < len(summary(file)) < 300, name
        assert summary(file).endswith("."), name


def test_a_wheel_has_them_all() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    packed = dict(settings["options.data_files"])
    assert packed == {f"share/neatfool/configs/{n}": f"configs/{n}/*.toml" for n in FOLDERS}


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
    monkeypatch.setattr(shipped, "_TOP", tmp_path)
    shipped.shipped.cache_clear()
    try:
        assert shipped.shipped() == {"mine": file}
    finally:
        shipped.shipped.cache_clear()
