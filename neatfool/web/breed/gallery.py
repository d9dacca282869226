"""Saved pictures: names, tags, who may see them, and the tree of what branched from what."""

import json
import time
from dataclasses import dataclass
from sqlite3 import Row

from neatfool.types import Json
from neatfool.web.breed.store import Store
from neatfool.web.refusal import Refusal

_VISIBLE = "(saved.published OR saved.session = :session)"
_SEEN = f"""
    SELECT saved.*, saved.session = :session AS mine, (
        SELECT count(*) FROM saved AS branch WHERE branch.parent = saved.id
        AND (branch.published OR branch.session = :session)
    ) AS branches, (
        SELECT mother.id FROM saved AS mother WHERE mother.id = saved.parent
        AND (mother.published OR mother.session = :session)
    ) AS seen_parent
    FROM saved WHERE {_VISIBLE}"""
_ORDERS = {
    "new": "created DESC, id DESC",
    "name": "casefold(name), id",
    "branched": "branches DESC, created DESC, id DESC",
}
_ANCESTOR = """
    WITH RECURSIVE line (id, steps) AS (
        SELECT mother, 1 FROM pictures WHERE id = :picture
        UNION ALL SELECT mother, steps + 1 FROM pictures JOIN line USING (id)
        WHERE mother IS NOT NULL
    ) SELECT saved.id FROM line JOIN saved ON saved.picture = line.id ORDER BY steps LIMIT 1"""
_DESCENDANTS = """
    WITH RECURSIVE below (id) AS (
        SELECT :picture
        UNION SELECT pictures.id FROM pictures JOIN below ON pictures.mother = below.id
    ) SELECT id FROM below"""
_FAMILY = """
    WITH RECURSIVE above (id, parent) AS (
        SELECT id, parent FROM saved WHERE id = :id
        UNION SELECT saved.id, saved.parent FROM saved JOIN above ON saved.id = above.parent
    ), below (id) AS (
        SELECT :id
        UNION SELECT saved.id FROM saved JOIN below ON saved.parent = below.id
    ) SELECT saved.*, saved.session = :session AS mine FROM saved
    WHERE id IN (SELECT id FROM above) OR id IN (SELECT id FROM below) ORDER BY id LIMIT :most"""
_AT_ONCE = 100
_MOST_RELATIVES = 500


@dataclass(frozen=True)
class Query:
    """Which saved pictures to list.

    Attributes:
        search: Text within names or tags; empty: all.
        tag: A whole tag; empty: any.
        order: A key of the orders: new, name, branched.
        published: Only those that are, or that are not; none: all.
        mine: Only those of the session that asks.
        skipped: How many to leave out at the beginning.
    """

    search: str
    tag: str
    order: str
    published: bool | None
    mine: bool
    skipped: int


def save(store: Store, session: int, most: int, entry: Json) -> int:
    """Save a picture of a session, or give a saved one another name and tags.

    Args:
        store: Where.
        session: Whose.
        most: Pictures that a session may save.
        entry: ``picture`` (its id), ``name``, ``tags``, ``image`` (a PNG file).

    Returns:
        The id of what was saved.

    Raises:
        Refusal: The picture is not the session's own, or there are too many.
    """
    values = entry | {"session": session, "now": time.time(), "tags": json.dumps(entry["tags"])}
    with store.changing() as change:
        owner = change(
            "SELECT session FROM pages JOIN pictures ON pictures.page = pages.id "
            "WHERE pictures.id = :picture",
            values,
        ).fetchone()
        if owner is None or owner["session"] != session:
            raise Refusal(404, "this picture is not yours: branch from it first, then save yours")
        (count,) = change("SELECT count(*) FROM saved WHERE session = :session", values).fetchone()
        known = change("SELECT id FROM saved WHERE picture = :picture", values).fetchone()
        if known is None and count >= most:
            raise Refusal(409, f"you saved {count:,} pictures, as many as fit: delete some first")
        if known is not None:
            update = "UPDATE saved SET name = :name, tags = :tags WHERE picture = :picture"
            change(update, values)
            return int(known["id"])
        ancestor = change(_ANCESTOR, values).fetchone()
        values["parent"] = None if ancestor is None else ancestor["id"]
        values["id"] = change(
            "INSERT INTO saved (picture, session, name, tags, created, image, parent) "
            "VALUES (:picture, :session, :name, :tags, :now, :image, :parent)",
            values,
        ).lastrowid
        change(  # what descends from it, and was saved before it
            "UPDATE saved SET parent = :id WHERE parent IS :parent AND id != :id "
            f"AND picture IN ({_DESCENDANTS})",
            values,
        )
        return int(values["id"])


def find(store: Store, session: int | None, saved: int) -> Row:
    """Return a saved picture that a session may see."""
    found = store.row(f"{_SEEN} AND saved.id = :id", {"session": session, "id": saved})
    if found is None:
        raise Refusal(404, f"there is no saved picture {saved} that you can see: load the gallery")
    return found


def listed(store: Store, session: int | None, query: Query) -> list[Row]:
    """List saved pictures, at most a hundred."""
    conditions = ""
    if query.search:
        conditions += (
            " AND (instr(casefold(name), casefold(:search)) OR EXISTS (SELECT 1 FROM "
            "json_each(saved.tags) WHERE instr(casefold(value), casefold(:search))))"
        )
    if query.tag:
        conditions += (
            " AND EXISTS (SELECT 1 FROM json_each(saved.tags) "
            "WHERE casefold(value) = casefold(:tag))"
        )
    if query.published is not None:
        conditions += " AND saved.published = :published"
    if query.mine:
        conditions += " AND saved.session = :session"
    values = {**vars(query), "session": session, "limit": _AT_ONCE}
    order = f" ORDER BY {_ORDERS[query.order]} LIMIT :limit OFFSET :skipped"
    return store.rows(_SEEN + conditions + order, values)


def change_saved(store: Store, session: int, saved: int, changes: Json) -> None:
    """Change name, tags, or whether others see it, of a saved picture of a session."""
    _own(store, session, saved)
    if "tags" in changes:
        changes = changes | {"tags": json.dumps(changes["tags"])}
    with store.changing() as change:
        for column in changes.keys() & {"name", "tags", "published"}:
            change(f"UPDATE saved SET {column} = ? WHERE id = ?", (changes[column], saved))


def forget(store: Store, session: int, saved: int) -> None:
    """Delete a saved picture; what branched from it branches from what it branched from."""
    _own(store, session, saved)
    with store.changing() as change:
        mother = "(SELECT parent FROM saved WHERE id = :id)"
        change(f"UPDATE saved SET parent = {mother} WHERE parent = :id", {"id": saved})
        change("DELETE FROM saved WHERE id = :id", {"id": saved})


def family(store: Store, session: int | None, saved: int) -> list[tuple[Row, int | None]]:
    """Return what a saved picture descends from and what branches from it, each with its parent.

    What the session may not see is left out; its branches hang on what it hangs on.
    """
    find(store, session, saved)
    values = {"id": saved, "session": session, "most": _MOST_RELATIVES}
    relatives = {row["id"]: row for row in store.rows(_FAMILY, values)}

    def seen_parent(row: Row) -> int | None:
        parent = relatives.get(row["parent"])
        while parent is not None and not (parent["published"] or parent["mine"]):
            parent = relatives.get(parent["parent"])
        return None if parent is None else int(parent["id"])

    shown = (row for row in relatives.values() if row["published"] or row["mine"])
    return [(row, seen_parent(row)) for row in shown]


def _own(store: Store, session: int, saved: int) -> None:
    if not find(store, session, saved)["mine"]:
        raise Refusal(403, "this picture is not yours: branch from it, and save yours")
