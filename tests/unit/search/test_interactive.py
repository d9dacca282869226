import numpy as np
import pytest

from neatfool.encodings import Cppn, CppnSettings, Pixels, PixelSettings, StructureSettings
from neatfool.errors import ShapeError
from neatfool.images import Canvas
from neatfool.search import Interactive, InteractiveSettings
from tests.strategies import assert_same_arrays

KEPT = PixelSettings(mutation_rate=0.0)


def small(**settings: object) -> Interactive:
    """Make a search over two pixels that never mutate."""
    return Interactive(Pixels(KEPT, (1, 1, 2)), 1, InteractiveSettings(**settings), seed=0)


def chosen(*places: int, count: int = 15) -> np.ndarray:
    scores = np.zeros((count, 1), np.float32)
    scores[list(places)] = 1
    return scores


def test_children_descend_from_the_chosen_alone_and_parents_are_not_carried_over() -> None:
    evolution = small(batch=200)
    first = evolution.ask().genes

    evolution.tell(chosen(3, 7, count=200))
    page = evolution.page

    assert set(page.parents[:, 0].tolist()) == {3, 7}
    assert (page.parents[:, 1] == -1).all()
    share = (page.parents[:, 0] == 3).mean()
    assert 0.35 < share < 0.65, "parents are drawn uniformly"
    for child, (mother, _) in zip(page.genomes.genes, page.parents, strict=True):
        assert (child == first[mother]).all()
    assert page.keys.tolist() == list(range(200, 400))


def test_without_a_choice_all_may_be_parents() -> None:
    evolution = small(batch=300)
    evolution.ask()

    evolution.tell(np.zeros((300, 1), np.float32))

    assert len(set(evolution.page.parents[:, 0].tolist())) > 150


def test_with_crossover_two_different_parents_mix() -> None:
    evolution = small(batch=100, crossover=1.0)
    first = evolution.ask().genes

    evolution.tell(chosen(3, 7, count=100))
    page = evolution.page

    has_two = page.parents[:, 1] >= 0
    assert 0.3 < has_two.mean() < 0.7, "who is drawn twice does not mate with itself"
    assert (page.parents[has_two].sum(axis=1) == 10).all()
    low, high = first[3].minimum(first[7]), first[3].maximum(first[7])
    assert ((page.genomes.genes >= low) & (page.genomes.genes <= high)).all()


def test_a_page_of_the_past_can_be_shown_again() -> None:
    evolution = small()
    past = evolution.page
    evolution.tell(chosen(1))
    evolution.ask()
    evolution.tell(chosen(2))

    evolution.show(past)

    assert evolution.page is past
    evolution.tell(chosen(9))
    assert evolution.generation == 1
    assert set(evolution.page.parents[:, 0].tolist()) == {9}


@pytest.mark.parametrize("shape", [(15, 2), (14, 1), (15,)])
def test_scores_of_another_shape_are_an_error(shape) -> None:
    evolution = small()
    with pytest.raises(ShapeError, match="call ask"):
        evolution.tell(np.zeros(shape, np.float32))
    page = evolution.page
    with pytest.raises(ShapeError, match=r"\(15, 1\)"):
        evolution.tell(np.zeros(shape, np.float32))
    assert evolution.page is page


def test_the_start_is_mutated_as_often_as_is_said() -> None:
    cppn = Cppn(
        CppnSettings(structure=StructureSettings(add_node_rate=1.0, delete_node_rate=0.0)),
        Canvas((3, 4, 4)),
    )

    counts = [
        Interactive(cppn, 1, InteractiveSettings(start_changes=changes), 0).ask().node_counts
        for changes in (0, 4)
    ]

    assert counts[0].tolist() == [7] * 15
    assert (counts[1] > 9).any()
    again = Interactive(cppn, 1, InteractiveSettings(start_changes=4), 0).ask()
    other = Interactive(cppn, 1, InteractiveSettings(start_changes=4), 0).ask()
    assert_same_arrays(again, other)
