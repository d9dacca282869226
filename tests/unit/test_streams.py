import itertools

import pytest

from neatfool.streams import stream

PATHS = [(), (0,), (1,), (0, 0), (0, 1), (1, 0), ("a",), ("b",), ("a", 1), ("b", 1), (1, "a")]
PATHS += [("ab",), ("a", "b"), ("b", "a"), ("a", 1, 2), ("a", 2, 1), ("a", 12)]


def draws(seed: int, *path: str | int) -> tuple[int, ...]:
    return tuple(stream(seed, *path).integers(2**63, size=4).tolist())


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_equal_paths_give_equal_streams(path) -> None:
    assert draws(7, *path) == draws(7, *path)


def test_other_paths_and_other_seeds_give_other_streams() -> None:
    keys = [(seed, *path) for seed, path in itertools.product((0, 1, 2**40), PATHS)]

    assert len({draws(*key) for key in keys}) == len(keys)


def test_a_stream_stays_what_it_was() -> None:
    assert stream(0, "children", 3).bit_generator.random_raw() == 15297168177840474614


def test_drawing_from_one_stream_leaves_the_others_alone() -> None:
    first, second = stream(0, "a"), stream(0, "a")
    first.random(1000)

    assert second.integers(2**63) == stream(0, "a").integers(2**63)


@pytest.mark.parametrize(("seed", "path"), [(-1, ()), (0, (-1,)), (0, ("a", -3))])
def test_negative_numbers_are_refused(seed, path) -> None:
    with pytest.raises(ValueError, match=r"non-negative"):
        stream(seed, *path)
