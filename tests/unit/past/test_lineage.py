"""Who descends from whom, and which niches they had won."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neatfool import encodings, search
from neatfool.errors import RunError
from neatfool.past import Replay, ancestors
from neatfool.past.lineage import Born, Family, chosen, family_of, switches
from tests.evolving import CLASSES, configured, evolve
from tests.strategies import assert_same_arrays

GENERATIONS = 12


ISLANDS = 3


def islands(within: search.SearchSettings) -> search.IslandsSettings:
    return search.IslandsSettings(
        batch=12, islands=ISLANDS, every=1, migrants=1, topology="all", within=within
    )


SEARCHES = {
    "map-elites": search.MapElitesSettings(batch=10, crossover=0.5),
    "map-elites pipelined": search.MapElitesSettings(batch=10, pipelined=True),
    "neat": search.NeatSettings(batch=10),
    "islands": islands(search.MapElitesSettings(pipelined=True)),
}


@pytest.fixture(scope="module", params=SEARCHES)
def run(request, tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = SEARCHES[request.param]
    folder = tmp_path_factory.mktemp("lineage") / "run"
    evolve(folder, configured(encodings.CppnSettings(), settings), (1, 6, 5), GENERATIONS)
    return folder


def test_everyone_who_won_is_in_the_family(run: Path) -> None:
    family, archive = family_of(Replay(run))
    for line in map(json.loads, (run / "lineage.jsonl").read_text().splitlines()):
        born = family.born[line["key"]]
        assert list(born.parents) == line["parents"]
        assert (born.generation, list(born.niches)) == (line["generation"], line["niches"])
        assert list(born.scores) == line["scores"]
    counts, totals = family.held_by_ancestors(archive.keys)
    for niche, key in enumerate(archive.keys.tolist()):  # one elite at a time
        found = family.ancestors([key]) - {key}
        held = [niche for each in found for niche in family.born[each].niches]
        assert totals[niche] == len(found)
        assert counts[niche].tolist() == [held.count(one) for one in range(CLASSES)]
    assert family.wins == family.inherited + family.switched


def test_the_line_to_an_elite_begins_at_random_and_ends_at_it(run: Path) -> None:
    _, archive = family_of(Replay(run))
    for niche in range(CLASSES):
        line = ancestors(run, niche)
        assert (line[0].generation, line[0].parents) == (1, ())
        for parent, child in itertools.pairwise(line):
            assert child.parents[0] == parent.key
            assert child.generation > parent.generation
        last = line[-1]
        assert (last.key, last.goal) == (archive.keys[niche], niche)
        assert_same_arrays(last.genome, archive.genomes.select([niche]))
        assert last.scores[last.niches.index(niche)] == archive.scores[niche]


def test_a_niche_that_is_not_there_is_refused(run: Path) -> None:
    with pytest.raises(RunError, match="niche from 0 to 4, got 5"):
        ancestors(run, CLASSES)


def test_lines_cross_from_island_to_island(run: Path) -> None:
    again = Replay(run)
    family, archive = family_of(again)
    lines = [family.line(key) for key in archive.keys.tolist()]
    homes = [[key % ISLANDS for key in line] for line in lines]
    if isinstance(again.config.search, search.IslandsSettings):
        assert any(switches(home) for home in homes)
        assert set(itertools.chain(*homes)) == set(range(ISLANDS))


@pytest.mark.parametrize("is_alone", [True, False])
def test_pruning_loses_no_parent_that_was_not_scored_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_alone: bool
) -> None:
    parents = search.Nsga2Settings(batch=12, rescored=False)
    settings = parents if is_alone else islands(search.Nsga2Settings(rescored=False))
    folder = tmp_path / "run"
    evolve(folder, configured(encodings.CppnSettings(), settings), (1, 3, 3), 8)
    test_pruning_loses_no_ancestor(folder, monkeypatch)


def test_pruning_loses_no_ancestor(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, archive = family_of(Replay(run))
    monkeypatch.setattr("neatfool.past.lineage._PRUNED", 1)
    pruned, _ = family_of(Replay(run))
    kept = whole.ancestors(archive.keys.tolist())
    assert {key: pruned.born[key] for key in kept} == {key: whole.born[key] for key in kept}
    assert len(pruned.born) <= len(whole.born)


def family(*won: set[int]) -> tuple[Family, list[int]]:
    """A line of members that won these niches, one after the other."""
    found = Family()
    for key, niches in enumerate(won):
        scores = tuple(0.5 for _ in niches)
        parents = (key - 1,) if key else ()
        found.born[key] = Born(key + 1, parents, tuple(sorted(niches)), scores)
    return found, list(range(len(won)))


def test_goals_change_as_seldom_as_they_can() -> None:
    one, line = family({4}, {1, 2}, {2, 3}, {3}, set(), {0, 3}, {0})
    assert one.goals(line, 0) == [4, 1, 3, 3, 0, 0, 0]
    assert switches(one.goals(line, 0)) == 3
    assert one.line(6) == line


def fewest(won: list[set[int]], niche: int) -> int:
    """Try every way to name one niche for each member."""
    costs = {niche: 0}
    for held in reversed([each for each in won if each]):
        costs = {now: min(cost + (now != later) for later, cost in costs.items()) for now in held}
    return min(costs.values())


@given(st.lists(st.sets(st.integers(0, 4), max_size=3), max_size=8), st.integers(0, 4))
def test_no_way_to_name_goals_has_fewer_changes(won: list[set[int]], niche: int) -> None:
    won = [*won, {niche}]
    one, line = family(*won)
    goals = one.goals(line, niche)
    assert len(goals) == len(line)
    assert all(goal in held for goal, held in zip(goals, won, strict=True) if held)
    assert switches(goals) == fewest(won, niche)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(2, 20))
def test_chosen_members_are_few_and_tell_of_changes(goals: list[int], most: int) -> None:
    places = chosen(goals, most)
    assert places == sorted(set(places))
    assert len(places) == min(most, len(goals))
    assert {places[0], places[-1]} == {0, len(goals) - 1}
    changes = {place for place in range(1, len(goals)) if goals[place] != goals[place - 1]}
    assert changes <= set(places) or len(changes) > most - 2
    assert np.all(np.diff(places) > 0)
