"""Pages as they are stored: a tree for each session, in which nothing is lost."""

import json
from dataclasses import dataclass
from sqlite3 import Row
from typing import Literal, TypeAlias

import numpy as np
from pydantic import TypeAdapter
from safetensors import SafetensorError
from safetensors.numpy import load, save

from neatfool.images import Canvas
from neatfool.networks import ACTIVATIONS, Graphs
from neatfool.networks.compile import is_acyclic
from neatfool.reporting import log
from neatfool.search import Page
from neatfool.types import Ints
from neatfool.web.breed.breeding import FIRST, Preferences
from neatfool.web.breed.store import Execute, Store
from neatfool.web.refusal import Refusal

How: TypeAlias = Literal[
    "scratch",
    "evolve",
    "redo",
    "towards",
    "saved",
    "run",
    "import",
    "storage",
    "bend",
    "grey",
    "colour",
    "palette",
]
"""Where a page comes from."""
_CANVAS: TypeAdapter[Canvas] = TypeAdapter(Canvas)


@dataclass(frozen=True)
class Visitor:
    """A session.

    Attributes:
        id: Number in the database.
        seed: Its pages follow from it.
        page: Number of the page that is shown; none before the first.
        last: Number of its newest page; 0 before the first.
        preferences: How pictures are to change.
        counters: The next numbers of nodes and of edges.
    """

    id: int
    seed: int
    page: int | None
    last: int
    preferences: Preferences
    counters: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Shown:
    """A page of a session.

    Attributes:
        id: Number in the database.
        number: Within its session, from 1.
        parent: Number of the page it came from.
        forward: Number of the page that was gone to from it last.
        generation: How many steps from scratch.
        how: Where it comes from.
        canvas: Of its pictures.
        genomes: ``P`` of them.
        ids: ``(P,)`` of its pictures.
        chosen: Ids of the pictures that it was made of.
    """

    id: int
    number: int
    parent: int | None
    forward: int | None
    generation: int
    how: How
    canvas: Canvas
    genomes: Graphs
    ids: Ints
    chosen: list[int]


@dataclass(frozen=True, eq=False)
class Draft:
    """A page that is not stored yet.

    Attributes:
        made: Its genomes, and who their parents are.
        canvas: Of its pictures.
        parent: Number of the page it came from.
        generation: How many steps from scratch.
        how: Where it comes from.
        chosen: Ids of the pictures that it was made of.
        mother: Id of the picture that its first one is a copy of.
    """

    made: Page
    canvas: Canvas
    parent: int | None
    generation: int
    how: How
    chosen: list[int]
    mother: int | None = None


def read_visitor(store: Store, session: int) -> Visitor:
    """Read a session."""
    last = "(SELECT coalesce(max(number), 0) FROM pages WHERE session = sessions.id) AS last"
    row = store.row(f"SELECT *, {last} FROM sessions WHERE id = ?", (session,))
    if row is None:
        raise _gone()
    preferences = Preferences.model_validate_json(row["preferences"])
    counters = row["next_node"], row["next_innovation"]
    return Visitor(row["id"], row["seed"], row["page"], row["last"], preferences, counters)


def read_page(store: Store, session: int, number: int) -> Shown:
    """Read a page of a session."""
    query = "SELECT * FROM pages WHERE session = ? AND number = ?"
    row = store.row(query, (session, number))
    if row is None:
        raise Refusal(404, f"there is no page {number} in this session: choose one of its history")
    return _shown(store, row)


def read_picture(store: Store, session: int | None, picture: int) -> tuple[Shown, int]:
    """Read the page of a picture that a session may see, and the picture's place on it."""
    query = """
        SELECT pages.*, pictures.position FROM pictures JOIN pages ON pages.id = pictures.page
        WHERE pictures.id = ? AND (pages.session = ? OR EXISTS (
            SELECT 1 FROM saved WHERE saved.picture = pictures.id AND saved.published))"""
    row = store.row(query, (picture, session))
    if row is None:
        raise Refusal(404, f"there is no picture {picture} that you can see: load the page again")
    return _shown(store, row), row["position"]


def read_parents(store: Store, picture: int) -> tuple[int, ...]:
    """Return the ids of a picture's parents."""
    row = store.row("SELECT mother, father FROM pictures WHERE id = ?", (picture,))
    return () if row is None else tuple(each for each in row if each is not None)


def read_line(
    store: Store, session: int | None, picture: int, most: int
) -> list[tuple[Shown, int]]:
    """Read the line of mothers that leads to a picture: those that a session may see.

    Returns:
        Pages and places on them, the first ancestor first; at most so many, evenly chosen.
    """
    query = """
        WITH RECURSIVE line (id, steps) AS (
            SELECT :picture, 0 UNION ALL SELECT mother, steps + 1
            FROM pictures JOIN line USING (id) WHERE mother IS NOT NULL
        ) SELECT line.id FROM line JOIN pictures USING (id) JOIN pages ON pages.id = pictures.page
        WHERE pages.session = :session OR EXISTS (
            SELECT 1 FROM saved WHERE saved.picture = line.id AND saved.published
        ) ORDER BY steps DESC"""
    found = [row["id"] for row in store.rows(query, {"picture": picture, "session": session})]
    places = np.unique(np.linspace(0, len(found) - 1, most).round().astype(int)) if found else ()
    chosen = [found[place] for place in places] or [picture]  # the last says why it is refused
    return [read_picture(store, session, each) for each in chosen]


def read_history(store: Store, session: int) -> list[Row]:
    """Read all pages of a session without their genomes, each with the picture it is known by.

    That is the first that was chosen when the page was left last, or the first.
    """
    query = """
        SELECT pages.number, pages.parent, pages.generation, pages.how, coalesce((
            SELECT id FROM pictures WHERE pictures.page = pages.id AND pictures.id =
            CASE WHEN json_valid(next.chosen) THEN json_extract(next.chosen, '$[0]') END
        ), (
            SELECT id FROM pictures WHERE pictures.page = pages.id ORDER BY position LIMIT 1
        )) AS face
        FROM pages LEFT JOIN pages AS next
        ON next.session = pages.session AND next.number = pages.forward
        WHERE pages.session = ? ORDER BY pages.number"""
    return store.rows(query, (session,))


def selected_on(store: Store, session: int, page: Shown) -> list[int]:
    """Return which pictures of a page were chosen when it was left forwards last."""
    if page.forward is None:
        return []
    query = "SELECT chosen FROM pages WHERE session = ? AND number = ?"
    row = store.row(query, (session, page.forward))
    try:
        chosen = [] if row is None else json.loads(row["chosen"])
    except ValueError:  # a damaged page is told when it is gone to
        return []
    on_page = set(page.ids.tolist())
    return [id for id in chosen if id in on_page]


def add_page(store: Store, visitor: Visitor, draft: Draft) -> None:
    """Store a page as the newest of its session, and show it.

    Raises:
        Refusal: The session made room for another one meanwhile.
    """
    made, number = draft.made, visitor.last + 1
    genomes = {name: np.asarray(a, order="C") for name, a in made.genomes.arrays().items()}
    values = (
        *(visitor.id, number, draft.parent, draft.generation, draft.how),
        *(_CANVAS.dump_json(draft.canvas), save(genomes), json.dumps(draft.chosen)),
    )
    birth = made.birth
    with store.changing() as change:
        updated = change(
            "UPDATE sessions SET next_node = ?, next_innovation = ? WHERE id = ?",
            (birth.next_node, birth.next_innovation, visitor.id),
        )
        if not updated.rowcount:
            raise _gone()
        page = change(
            "INSERT INTO pages (session, number, parent, generation, how, canvas, genomes, chosen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
        pairs = made.parents.tolist()
        known: dict[int, int | None] = {-1: None}
        for position, (mother, father) in enumerate(pairs):
            entry = (page, position, known.get(mother, mother), known.get(father, father))
            insert = "INSERT INTO pictures (page, position, mother, father) VALUES (?, ?, ?, ?)"
            picture = change(insert, entry).lastrowid
            known.setdefault(FIRST, picture)
        if draft.mother is not None:
            update = "UPDATE pictures SET mother = ? WHERE id = ?"
            change(update, (draft.mother, known[FIRST]))
        _show(change, visitor.id, number, draft.parent)


def show_page(store: Store, session: int, page: Shown) -> None:
    """Show a page of the past, or of the future."""
    with store.changing() as change:
        _show(change, session, page.number, page.parent)


def _show(change: Execute, session: int, number: int, parent: int | None) -> None:
    change("UPDATE sessions SET page = ? WHERE id = ?", (number, session))
    change(
        "UPDATE pages SET forward = ? WHERE session = ? AND number = ?", (number, session, parent)
    )


def _gone() -> Refusal:
    return Refusal(404, "this session is gone: load the page again to begin another")


def _shown(store: Store, row: Row) -> Shown:
    """Read a page from its row.

    Raises:
        Refusal: The row is damaged.
    """
    query = "SELECT id FROM pictures WHERE page = ? ORDER BY position"
    ids = [picture["id"] for picture in store.rows(query, (row["id"],))]
    try:
        return _read(row, np.array(ids))
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        log.warning("page %s is damaged: %s", row["id"], error)
        raise Refusal(
            503,
            f"page {row['number']} is damaged in the file of sessions: choose another one of the "
            "history",
        ) from None


def _read(row: Row, ids: Ints) -> Shown:
    genomes = Graphs.from_arrays(load(row["genomes"]))
    if not _is_whole(genomes, len(ids)):
        raise ValueError("its networks are not whole")
    return Shown(
        id=row["id"],
        number=row["number"],
        parent=row["parent"],
        forward=row["forward"],
        generation=row["generation"],
        how=row["how"],
        canvas=_CANVAS.validate_json(row["canvas"]),
        genomes=genomes,
        ids=ids,
        chosen=json.loads(row["chosen"]),
    )


def _is_whole(graphs: Graphs, count: int) -> bool:
    """Say whether all that compiled code takes for granted holds: the file has no checksums."""
    nodes, edges = graphs.node_counts, graphs.edge_counts
    if len(nodes) != count or len(edges) != count:
        return False
    for offsets, counts, arrays in (
        (graphs.node_offsets, nodes, graphs.node_arrays()),
        (graphs.edge_offsets, edges, graphs.edge_arrays()),
    ):
        lengths = {len(array) for array in arrays.values()}
        if offsets[0] != 0 or (counts < 0).any() or lengths != {int(offsets[-1])}:
            return False
    most, known = np.repeat(nodes, edges), range(len(ACTIVATIONS))
    return bool(
        min(graphs.inputs, graphs.outputs) > 0
        and (nodes >= graphs.inputs + graphs.outputs).all()
        and np.isin(graphs.activations, known).all()
        and ((graphs.sources >= 0) & (graphs.sources < most)).all()
        and ((graphs.targets >= graphs.inputs) & (graphs.targets < most)).all()
        and is_acyclic(graphs)
    )
