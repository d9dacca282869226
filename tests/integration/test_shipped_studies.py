"""Shipped studies load, their parts are what their comments say, and what measures runs works."""

import re
from pathlib import Path

import pytest

from neatfool.encodings import OffsetSettings, SwitchSettings, WeightSettings
from neatfool.studies import StudySettings, conduct, load_study
from neatfool.studies.jobs import Job, jobs_of
from neatfool.studies.measuring import own_measure
from neatfool.studies.records import read_records

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "configs" / "studies").glob("*.toml"))
PAGES = sorted((ROOT / "docs" / "results").glob("*/study.toml"))


@pytest.fixture(autouse=True)
def _at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def settings_of(name: str) -> StudySettings:
    return load_study(ROOT / "configs" / "studies" / f"{name}.toml", {})


def of_first_seed(study: StudySettings) -> list[Job]:
    return [job for job in jobs_of(study, Path("runs")) if job.seed == study.seeds[0]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_study_loads(path: Path) -> None:
    study = load_study(path, {})
    own_measure(study.program)
    assert all(job.load() for job in of_first_seed(study))
    for method in study.methods:
        assert set(method.published) <= set(study.measures)


def test_make_knows_every_study() -> None:
    text = (ROOT / "Makefile").read_text()
    listed = " ".join(re.findall(r"^(?:STUDIES|LONG) := ((?:.*\\\n)*.*)", text, re.M))
    known = [*listed.replace("\\", "").split(), "imagenet", "imagenet_long"]  # these need a network
    assert sorted(known) == [each.stem for each in FILES]


def test_parts_of_hybrids_are_those_that_evolve_alone() -> None:
    for name in ("target_weights", "bit_mirroring"):
        jobs = of_first_seed(settings_of(name))
        found = {job.contender.name: job.load().encoding for job in jobs}
        cppn, direct = found["HyperNEAT"], WeightSettings()
        at = {"target_weights": 100, "bit_mirroring": 250}[name]
        assert found == {
            "FT-NEAT": direct,
            "HyperNEAT": cppn,
            "Switch": SwitchSettings(indirect=cppn, direct=direct, at=at),
            "Auto-Switch": SwitchSettings(indirect=cppn, direct=direct, stagnation=20),
            "Offset, 0.005": OffsetSettings(indirect=cppn, offset_rate=0.005),
            "Offset, 0.0005": OffsetSettings(indirect=cppn, offset_rate=0.0005),
        }


def test_offsets_apart_have_the_networks_that_evolve_alone() -> None:
    for name in ("offsets_weights", "offsets_bits"):
        found = {
            job.contender.name: job.load().encoding for job in of_first_seed(settings_of(name))
        }
        cppn, apart = found["HyperNEAT"], {"apart": True, "offset_changes": 1.0}
        more = {**apart, "offset_zero_rate": 0.3, "clear_rate": 0.05}
        assert found == {
            "FT-NEAT": WeightSettings(),
            "HyperNEAT": cppn,
            "Offset, 0.005": OffsetSettings(indirect=cppn, offset_rate=0.005),
            "Offset, apart": OffsetSettings(indirect=cppn, **more),
        }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.parent.name)
def test_pages_are_of_the_studies_that_are_shipped(path: Path) -> None:
    shown, shipped = load_study(path, {}), settings_of(path.parent.name)
    assert set(shown.seeds) <= set(shipped.seeds)
    mine = {"seeds": shipped.seeds, "runs": shipped.runs, "commands": shipped.commands}
    assert shown.model_copy(update=mine) == shipped
    page = (path.parent / "study.md").read_text(encoding="utf-8")
    assert f"neatfool study configs/studies/{path.parent.name}.toml" in page
    assert "are done." in page, "and none failed"


@pytest.mark.proof
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.parent.name)
def test_shipped_records_are_those_that_a_study_goes_on_from(path: Path) -> None:
    if path.parent.name.startswith("imagenet"):
        pytest.skip("needs a network that is not shipped")
    known = {job.digest for job in jobs_of(load_study(path, {}), Path("runs"))}
    assert read_records(path.parent).keys() <= known, "a file that they depend on has changed"


@pytest.mark.parametrize(
    ("name", "given", "measured"),
    [
        ("xor", (), {"hidden", "links"}),
        pytest.param(
            *("boxes", ("search.batch=10", "run.generations=2"), {"kept_at_33_nodes"}),
            marks=pytest.mark.proof,
        ),
    ],
)
def test_functions_of_studies_measure(
    name: str, given: tuple[str, ...], measured: set[str], tmp_path: Path
) -> None:
    study = settings_of(name)
    one = {"seeds": (1,), "methods": study.methods[:1], "changes": (*study.changes, *given)}
    small = study.model_copy(update=one)
    (record,) = conduct(small, tmp_path, on="threads").records.values()
    assert not record.error
    assert measured <= record.numbers.keys()
