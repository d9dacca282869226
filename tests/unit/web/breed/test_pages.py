from pathlib import Path

import pytest

from neatfool.images import Canvas
from neatfool.web.breed import pages
from neatfool.web.breed.access import begin_session
from neatfool.web.breed.breeding import Nursery, Preferences
from neatfool.web.breed.store import Store
from neatfool.web.refusal import Refusal
from neatfool.web.settings import SIZE


@pytest.fixture
def store(tmp_path: Path):
    store = Store(tmp_path / "data")
    yield store
    store.close()


def draft() -> pages.Draft:
    canvas = Canvas((1, SIZE, SIZE))
    made = Nursery(Preferences(), canvas, 1, (0, 0), (200, 1_000)).fresh(2)
    return pages.Draft(made, canvas, None, 0, "scratch", [])


def test_no_number_is_given_twice(store) -> None:
    numbers = []
    for _ in range(3):
        session, _ = begin_session(store, 1, most=1)
        pages.add_page(store, pages.read_visitor(store, session), draft())
        page = pages.read_page(store, session, 1)
        numbers.append((session, page.id, *page.ids.tolist()))
    assert all(len(set(column)) == 3 for column in zip(*numbers, strict=True))


def test_a_session_that_made_room_meanwhile_gets_no_page(store) -> None:
    session, _ = begin_session(store, 1, most=1)
    visitor = pages.read_visitor(store, session)
    begin_session(store, 1, most=1)

    with pytest.raises(Refusal, match="this session is gone"):
        pages.add_page(store, visitor, draft())
