"""Requests about the page of pictures that a visitor sees."""

from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query, Request

from neatfool.encodings.interchange import read_picture, read_pictures
from neatfool.web.breed import bodies
from neatfool.web.breed.access import BreederHere, SessionHere
from neatfool.web.breed.answers import answer
from neatfool.web.breed.api_pictures import bent, find
from neatfool.web.breed.api_saved import find_saved, save_all
from neatfool.web.breed.breedable import read_elite
from neatfool.web.breed.breeder import Breeder
from neatfool.web.refusal import REFUSED, Refusal

router = APIRouter(prefix="/api/session", tags=["session"], responses=REFUSED)
_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("")
def show(breeder: BreederHere, session: SessionHere) -> bodies.Session:
    """Show the page."""
    return answer(breeder, session)


@router.post("/evolve")
def evolve(body: bodies.Selection, breeder: BreederHere, session: SessionHere) -> bodies.Session:
    """Make children of the pictures that are selected."""
    breeder.evolve(session, list(body.selected))
    return answer(breeder, session)


@router.post("/redo")
def redo(breeder: BreederHere, session: SessionHere, body: bodies.Nothing) -> bodies.Session:
    """Make other children of the same parents."""
    breeder.redo(session)
    return answer(breeder, session)


@router.post("/towards")
def towards(body: bodies.Goal, breeder: BreederHere, session: SessionHere) -> bodies.Session:
    """Evolve one generation towards a class of the chosen network."""
    breeder.towards(session, body.index)
    return answer(breeder, session)


@router.post("/go")
def go(body: bodies.Place, breeder: BreederHere, session: SessionHere) -> bodies.Session:
    """Show another page of the history."""
    breeder.go(session, body.page)
    return answer(breeder, session)


@router.post("/restart")
def restart(breeder: BreederHere, session: SessionHere, body: bodies.Nothing) -> bodies.Session:
    """Begin from scratch."""
    breeder.restart(session)
    return answer(breeder, session)


@router.put("/settings")
def settings(body: bodies.Wishes, breeder: BreederHere, session: SessionHere) -> bodies.Session:
    """Change some settings."""
    breeder.prefer(session, body.model_dump(exclude_unset=True))
    return answer(breeder, session)


@router.post("/import", openapi_extra=_FILE)
async def import_(
    request: Request,
    breeder: BreederHere,
    session: SessionHere,
    genome: Annotated[int | None, Query(ge=1, lt=1 << 31)] = None,
) -> bodies.Session:
    """Go on with the picture in a file; several get pages of their own, and are saved."""
    content = await request.body()
    return await anyio.to_thread.run_sync(_imported, breeder, session, content, genome)


@router.post("/adopt")
def adopt(body: bodies.Adoption, breeder: BreederHere, session: SessionHere) -> bodies.Session:
    """Go on with a picture whose weights were bent."""
    found = bent(find(breeder, session, body.picture), body.weights)
    breeder.start(session, found, "bend", body.picture)
    return answer(breeder, session)


@router.post("/start")
def start(body: bodies.Beginning, breeder: BreederHere, session: SessionHere) -> bodies.Session:
    """Go on with a saved picture, or with an elite of a run."""
    if body.saved is not None:
        picture = find_saved(breeder, session, body.saved)
        breeder.start(session, find(breeder, session, picture), "saved", picture)
    elif body.run is not None and body.index is not None:
        found = read_elite(breeder.settings.runs, body.run, body.index)
        breeder.start(session, found, "run")
    else:
        raise Refusal(422, "expected a saved picture, or a run and a class of it: choose one")
    return answer(breeder, session)


def _imported(breeder: Breeder, session: int, content: bytes, genome: int | None) -> bodies.Session:
    pictures = read_pictures(content) if genome is None else [read_picture(content, genome)]
    if len(pictures) == 1:
        breeder.start(session, pictures[0], "import")
    else:
        for page in breeder.bring(session, pictures):
            save_all(breeder, session, page)
    return answer(breeder, session)
