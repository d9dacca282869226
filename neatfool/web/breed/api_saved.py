"""Requests about saved pictures, and about the elites of runs."""

import json
from datetime import datetime, timezone
from sqlite3 import Row
from typing import Annotated

from fastapi import APIRouter, Query, Response

from neatfool.web.breed import bodies, gallery
from neatfool.web.breed.access import AnySession, BreederHere, SessionHere
from neatfool.web.breed.answers import data_url
from neatfool.web.breed.breedable import list_runs
from neatfool.web.breed.breeder import Breeder
from neatfool.web.breed.pages import Shown, read_picture
from neatfool.web.refusal import REFUSED

router = APIRouter(prefix="/api", tags=["saved"], responses=REFUSED)


@router.post("/saved")
def save(body: bodies.Keepsake, breeder: BreederHere, session: SessionHere) -> bodies.Saved:
    """Save a picture, or give a saved one another name and tags."""
    page, position = read_picture(breeder.store, session, body.picture)
    entry = body.model_dump() | {"image": breeder.images(page)[position]}
    saved = gallery.save(breeder.store, session, breeder.settings.most_saved, entry)
    return _saved(gallery.find(breeder.store, session, saved))


@router.get("/saved")
def listed(
    breeder: BreederHere,
    session: AnySession,
    query: Annotated[bodies.GalleryQuery, Query()],
) -> list[bodies.Saved]:
    """List the saved pictures of this session and the published ones of all, a hundred at once."""
    wanted = gallery.Query(**query.model_dump())
    return [_saved(row) for row in gallery.listed(breeder.store, session, wanted)]


@router.patch("/saved/{saved}")
def change(
    saved: bodies.IdInPath, body: bodies.Change, breeder: BreederHere, session: SessionHere
) -> bodies.Saved:
    """Change name, tags, or whether others see a picture."""
    changes = {n: v for n, v in body.model_dump(exclude_unset=True).items() if v is not None}
    gallery.change_saved(breeder.store, session, saved, changes)
    return _saved(gallery.find(breeder.store, session, saved))


@router.delete("/saved/{saved}", status_code=204, response_class=Response)
def forget(saved: bodies.IdInPath, breeder: BreederHere, session: SessionHere) -> Response:
    """Delete a saved picture; its page stays in the history."""
    gallery.forget(breeder.store, session, saved)
    return Response(status_code=204)


@router.get("/saved/{saved}/family")
def family(saved: bodies.IdInPath, breeder: BreederHere, session: AnySession) -> bodies.FamilyTree:
    """Show what a saved picture descends from, and what branches from it."""
    relatives = gallery.family(breeder.store, session, saved)
    return bodies.FamilyTree(
        nodes=tuple(
            bodies.Relative(
                id=row["id"], name=row["name"], image=data_url(row["image"]), parent=parent
            )
            for row, parent in relatives
        )
    )


@router.get("/runs/breedable")
def runs(breeder: BreederHere) -> list[bodies.RunOfFolder]:
    """List the runs whose elites can be bred from."""
    return list_runs(breeder.settings.runs)


def find_saved(breeder: Breeder, session: int, saved: int) -> int:
    """Return the picture of a saved one that a session may see."""
    return int(gallery.find(breeder.store, session, saved)["picture"])


def save_all(breeder: Breeder, session: int, page: Shown) -> None:
    """Save all pictures of a page."""
    pairs = zip(page.ids.tolist(), breeder.images(page), strict=True)
    for place, (picture, image) in enumerate(pairs, 1):
        name = f"page {page.number}, picture {place}"
        entry = {"picture": picture, "name": name, "tags": ["from a file"], "image": image}
        gallery.save(breeder.store, session, breeder.settings.most_saved, entry)


def _saved(row: Row) -> bodies.Saved:
    created = datetime.fromtimestamp(row["created"], timezone.utc)
    return bodies.Saved(
        id=row["id"],
        picture=row["picture"],
        name=row["name"],
        tags=tuple(json.loads(row["tags"])),
        published=bool(row["published"]),
        mine=bool(row["mine"]),
        created=created.isoformat(timespec="seconds"),
        image=data_url(row["image"]),
        branches=row["branches"],
        parent=row["seen_parent"],
    )
