"""Lines of ancestors that are read from records are those of the run gone through again."""

import json
from pathlib import Path

import pytest

from neatfool import encodings, search
from neatfool.past import ancestors
from neatfool.past.descent import Descent, descents
from neatfool.reports.behind import behind
from neatfool.tasks import Fooling
from tests.evolving import CLASSES, configured, evolve

GENERATIONS, MOST = 9, 6
SEARCHES = {
    "map-elites": search.MapElitesSettings(batch=10),
    "population": search.NeatSettings(batch=10),
    "rescored": search.Nsga2Settings(batch=12),
}


class Lucky(Fooling):
    def score(self, images, trial=None):
        luck = [[random.uniform(0.2, 1)] for random in trial.streams("luck")]
        return super().score(images, trial) * luck


def is_told(found: dict[int, Descent], folder: Path, niche: int) -> bool:
    """Say whether there is a line, after making sure that it is the one of the run."""
    if niche not in found:
        return False
    line, members = ancestors(folder, niche, MOST), found[niche].members
    assert [(*born[1:], goal) for born, goal in members] == [
        (each.parents, each.niches, each.scores, each.goal) for each in line
    ]
    for (born, _), ancestor in zip(members, line, strict=True):
        luck = born.generation - ancestor.generation  # it won first when it was scored again
        assert luck >= 0 if folder.name == "rescored" else luck == 0
    return True


@pytest.fixture(scope="module", params=SEARCHES)
def run(request, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("descent") / request.param
    config = configured(encodings.CppnSettings(), SEARCHES[request.param])
    evolve(folder, config, (1, 6, 5), GENERATIONS, kind=Lucky)
    return folder


def test_records_tell_the_lines_that_a_replay_finds(run: Path) -> None:
    found = descents(run, CLASSES, GENERATIONS, MOST)
    are_told = [is_told(found, run, niche) for niche in range(CLASSES)]
    assert all(are_told) if run.name == "map-elites" else any(are_told)
    names = [{"index": 7 + k, "name": f"n{k}", "score": 0.5} for k in range(CLASSES)]
    report = {"niches": names, "task": {"images": True}, "generations": GENERATIONS}
    said = behind(run, report, None, None)
    for niche, (born, goal) in ((k, each.members[0]) for k, each in found.items()):
        assert said[7 + niche].line[0][:2] == (born.generation, f"n{goal}")
        assert said[7 + niche].ancestors == found[niche].length


def test_a_run_that_went_on_is_told_as_it_was(tmp_path: Path) -> None:
    config = configured(encodings.CppnSettings(), SEARCHES["map-elites"])
    evolve(tmp_path / "run", config, (1, 6, 5), GENERATIONS)
    before = descents(tmp_path / "run", CLASSES, GENERATIONS, MOST)
    evolve(tmp_path / "run", config, (1, 6, 5), GENERATIONS + 6, resume=True)
    assert descents(tmp_path / "run", CLASSES, GENERATIONS, MOST) == before
    assert descents(tmp_path / "run", CLASSES, GENERATIONS + 6, MOST) != before


def write(folder: Path, *winners: tuple[int, list[int], int, list[int]]) -> None:
    """Write who won: key, parents, generation and niches."""
    names = ("key", "parents", "generation", "niches")
    entries = (dict(zip(names, each, strict=True)) for each in winners)
    entries = (
        each | {"scores": [0.1 * each["generation"]] * len(each["niches"])} for each in entries
    )
    (folder / "lineage.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in entries))


def test_who_wins_again_holds_no_more_than_it_won_then(tmp_path: Path) -> None:
    write(tmp_path, (0, [], 1, [0, 1]), (1, [0], 2, [0]), (0, [], 3, [1]), (0, [], 4, [2, 1]))
    found = descents(tmp_path, 3, 9, MOST)
    ((first, _), (second, _)) = found[0].members
    assert (second.generation, found[0].length, found[1].length) == (2, 1, 0)
    assert first == (1, (), (0, 1, 2), (0.1, 0.1, 0.4))


def test_damaged_records_are_told_as_far_as_they_fit(tmp_path: Path) -> None:
    write(tmp_path, (0, [], 1, [0, 1]), (1, [0], 2, [1, 9]), (2, [0], 2, [1]))
    assert {niche: each.length for niche, each in descents(tmp_path, 2, 9, MOST).items()} == {
        0: 0,
        1: 0,
    }
