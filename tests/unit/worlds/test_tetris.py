"""Tetris is the game that is described: see ``tests/tetris.py``."""

import numpy as np
import pytest

from neatfool.sections.world import TetrisSettings
from neatfool.streams import stream
from neatfool.worlds import Tetris
from neatfool.worlds.tetris.board import MOST
from neatfool.worlds.tetris.pieces import NAMES
from tests.tetris import CELLS, Board, Game, afterstates, board_of, rows_of

_PIECE, _OFFERED, _RESTS = 20, 26, 27


def random_board(random: np.random.Generator) -> Board:
    """Draw a board, of which some have caves, some full lines but for a few cells, or columns."""
    top = random.integers(0, 21)
    kind = random.integers(4)
    share = random.choice([0.15, 0.4, 0.6, 0.9])
    cells = random.random((20, 10)) < share
    if kind == 1:  # shelves
        cells = np.zeros((20, 10), np.bool_)
        for row in range(0, 20, random.integers(2, 4)):
            start = random.integers(0, 10)
            cells[row, start : start + random.integers(1, 8)] = True
    if kind == 2:  # lines that lack the same
        cells = np.ones((20, 10), np.bool_)
        cells[:, random.integers(0, 10, size=random.integers(1, 5))] = False
    if kind == 3:  # columns
        cells = np.arange(20)[:, None] >= random.integers(0, 21, size=10)
    cells[:top] = False
    cells[cells.all(axis=1), random.integers(10)] = False
    return frozenset((int(x), int(y)) for y, x in np.argwhere(cells))


def options(world: Tetris, board: Board, piece: str) -> tuple[dict[Board, int], np.ndarray]:
    """Return which boards the world offers, how many actions each takes, and what is seen."""
    [state] = world.starts(np.zeros(1, np.int64))
    state[:20], state[_PIECE] = rows_of(board), NAMES.index(piece)
    observe, advance = world.compiled()
    seen = np.empty((MOST, len(world.inputs)))
    count = observe(state, seen)
    found = {}
    for option in range(count):
        after, rewards = state.copy(), np.empty(2)
        advance(after, (np.arange(count) == option).astype(float)[:, None], rewards)
        found[board_of(after)] = int(rewards[1]) - 1
    assert len(found) == count, "equal boards are one option"
    return found, seen[:count]


def assert_same_options(count: int, seed: int) -> None:
    random, world = stream(seed, "boards"), Tetris()
    largest = compared = 0
    while compared < count:
        piece, board = random.choice([*NAMES]), random_board(random)
        game = Game(board, "I").spawned(piece)
        if game.is_over:
            continue
        wanted = {after: len(actions) for after, actions in afterstates(game).items()}
        found, _ = options(world, board, piece)
        assert found == wanted
        largest, compared = max(largest, len(found)), compared + 1
    assert largest > 30


def test_options_are_those_of_a_plain_search() -> None:
    assert_same_options(60, 0)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(1, 21))
def test_options_are_those_of_a_plain_search_many_times(seed: int) -> None:
    assert_same_options(500, seed)


def test_options_of_equal_boards_are_one() -> None:
    """A bar fills one of three rows that lack the same, whichever it falls to."""
    board = frozenset((x, y) for x in range(6) for y in (15, 17, 19))
    board |= {(x, 16) for x in range(6)}
    found, _ = options(Tetris(), board, "I")
    game = Game(board, "I").spawned("I")
    assert found == {after: len(actions) for after, actions in afterstates(game).items()}


@pytest.mark.parametrize("inputs", ["features", "raw"])
@pytest.mark.parametrize("seed", range(4))
def test_whole_games_are_those_of_the_plain_game(inputs: str, seed: int) -> None:
    """Whatever is chosen, boards, scores, steps and the end are the same."""
    world, random = Tetris(TetrisSettings(inputs=inputs)), stream(seed, "play")
    [state] = world.starts(np.array([seed]))
    observe, advance = world.compiled()
    seen, rewards = np.empty((MOST, len(world.inputs))), np.empty(2)
    game = Game(frozenset(), "I").spawned(NAMES[int(state[_PIECE])])
    score = steps = total = 0
    is_over = False
    while not is_over:
        assert board_of(state) == game.board
        count = observe(state, seen)
        heights = (
            seen[:count, :10].sum(axis=1) if inputs == "features" else seen[:count].sum(axis=1)
        )
        outputs = -heights + 0.3 * random.normal(size=count)
        is_over = advance(state, outputs[:, None], rewards)
        score, total = score + rewards[0], total + rewards[1]
        actions = afterstates(game)[board_of(state)]
        for action in actions:
            following = game.after(action)
            assert following is not None
            game, steps = following, steps + 1
        assert score == game.score
        game, steps = game.spawned(NAMES[int(state[_PIECE])]), steps + 1
        assert total == steps
        assert is_over == game.is_over
    assert steps > 50


def test_what_is_seen_is_as_published() -> None:
    board = frozenset({(0, 17), (0, 19), (1, 18), (9, 12), (9, 14), (9, 19)})
    _, features = options(Tetris(), board, "O")
    _, cells = options(Tetris(TetrisSettings(inputs="raw")), board, "O")
    assert cells.shape == (len(features), 400)
    for seen, planes in zip(features, cells.reshape(-1, 2, 20, 10), strict=True):
        blocks, holes = planes[0] == 1, planes[1] == -1
        covered = np.maximum.accumulate(blocks, axis=0)
        heights = covered.sum(axis=0)
        assert {*np.unique(planes[0])} <= {0, 1}
        assert {*np.unique(planes[1])} <= {-1, 0}
        assert (holes == covered & ~blocks).all()
        wanted = [*heights / 20, *abs(np.diff(heights)) / 20, heights.max() / 20]
        wanted += [holes.sum() / 200, *holes.sum(axis=0) / 20]
        np.testing.assert_allclose(seen, wanted, atol=1e-15)


def test_what_is_seen_of_a_piece_is_as_dellacherie_has_it() -> None:
    """A bar that stands in the one gap of two lines takes out two of its own cells."""
    board = frozenset((x, y) for x in range(1, 10) for y in (18, 19))
    _, seen = options(Tetris(TetrisSettings(inputs="dellacherie")), board, "I")
    standing = seen[seen[:, 0] == 2]  # its middle is two cells above the ground
    assert standing[:, 1].tolist() == [2 * 2]
    assert sorted({*seen[:, 0].tolist()}) == [2, 2.5, 4]
    assert seen[:, 1].sum() == 4


@pytest.mark.parametrize("seed", range(30))
def test_features_of_dellacherie_are_those_of_a_plain_count(seed: int) -> None:
    random, world = stream(seed, "dellacherie"), Tetris(TetrisSettings(inputs="dellacherie"))
    piece, board = random.choice([*NAMES]), random_board(random)
    game = Game(board, "I").spawned(piece)
    if game.is_over:
        return
    found, seen = options(world, board, piece)
    for after, features in zip(found, seen, strict=True):
        walled = np.ones((21, 12), np.bool_)
        walled[:20, 1:-1] = False
        for x, y in after:
            walled[y, x + 1] = True
        inner = walled[:20, 1:-1]
        covered = np.maximum.accumulate(inner, axis=0)
        wells = ~inner & walled[:20, :-2] & walled[:20, 2:]
        runs = ["".join("01"[int(cell)] for cell in column).split("0") for column in wells.T]
        depths = [len(run) for column in runs for run in column]
        assert features[2] == (walled[:20, 1:] != walled[:20, :-1]).sum()
        assert features[3] == (walled[1:, 1:-1] != walled[:-1, 1:-1]).sum()
        assert features[4] == (covered & ~inner).sum()
        assert features[5] == sum(depth * (depth + 1) // 2 for depth in depths)


def test_pieces_are_those_that_are_drawn_here() -> None:
    assert "".join(CELLS) == NAMES


def test_pieces_follow_from_the_seed_alone_and_are_drawn_evenly() -> None:
    world = Tetris()
    pieces = world.starts(np.arange(7000))[:, _PIECE].astype(int)
    counts = np.bincount(pieces, minlength=7)
    assert ((counts - 1000) ** 2 / 1000).sum() < 22.5  # chi square, p = 0.001
    assert (world.starts(np.arange(7000))[:, _PIECE] == pieces).all()


def played(world: Tetris, seed: int, choose) -> list[int]:
    """Play ten pieces; return them."""
    [state] = world.starts(np.array([seed]))
    observe, advance = world.compiled()
    seen, rewards, pieces = np.empty((MOST, 31)), np.empty(2), []
    for _ in range(10):
        pieces.append(int(state[_PIECE]))
        advance(state, choose(observe(state, seen))[:, None], rewards)
    return pieces


def test_the_pieces_do_not_depend_on_what_is_played() -> None:
    world = Tetris()
    first = played(world, 5, lambda count: np.arange(count) * 1.0)
    assert first == played(world, 5, np.zeros)
    assert first != played(world, 6, np.zeros)


def test_ties_are_broken_evenly_and_nan_is_never_chosen() -> None:
    world, chosen = Tetris(), []
    observe, advance = world.compiled()
    seen = np.empty((MOST, 31))
    for state in world.starts(np.arange(1000)):
        state[_PIECE] = 1
        count = observe(state, seen)
        outputs = np.full((count, 1), np.nan)
        outputs[:4] = 1.0
        boards = board_of_options(world, state, count)
        advance(state, outputs, np.empty(2))
        chosen.append(boards.index(board_of(state)))
    counts = np.bincount(chosen, minlength=4)
    assert len(counts) == 4
    assert ((counts - 250) ** 2 / 250).sum() < 16.3  # p = 0.001


def board_of_options(world: Tetris, state: np.ndarray, count: int) -> list[Board]:
    _, advance = world.compiled()
    boards = []
    for option in range(4):
        after = state.copy()
        advance(after, (np.arange(count) == option).astype(float)[:, None], np.empty(2))
        boards.append(board_of(after))
    return boards


def test_a_game_ends_after_so_many_steps() -> None:
    world = Tetris(TetrisSettings(most_steps=7))
    [state] = world.starts(np.zeros(1, np.int64))
    observe, advance = world.compiled()
    seen, rewards, total = np.empty((MOST, 31)), np.empty(2), 0.0
    is_over = False
    while not is_over:
        count = observe(state, seen)
        is_over = advance(state, np.zeros((count, 1)), rewards)
        total += rewards[1]
    assert total == 7


def test_a_picture_shows_the_board_and_the_choice() -> None:
    """Beside each cell of the piece that rests, nothing is red."""
    world = Tetris()
    world.starts(np.array([3]))
    frames = list(world.frames(lambda seen: -seen[:, 19:20] - seen[:, 20:21], 3))
    assert len(frames) > 5
    assert {(frame.shape, frame.dtype) for frame in frames} == {(frames[0].shape, np.dtype("u1"))}
    board = np.s_[20:332:16, 20:172:16]
    red = [(frame[board] == (196, 78, 82)).all(axis=2) for frame in frames]
    grey = [(frame[board] == (90, 90, 96)).all(axis=2) for frame in frames]
    assert [int(each.sum()) for each in red] == [4] * (len(frames) - 1) + [0]
    assert (grey[1] == red[0]).all()
