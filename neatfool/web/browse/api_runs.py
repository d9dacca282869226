"""Requests about the runs in a folder: numbers, pictures, and how they came about."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from neatfool.web.browse import bodies
from neatfool.web.browse.browser import Browser
from neatfool.web.browse.frames import media_type
from neatfool.web.browse.replays import Film, Frame
from neatfool.web.refusal import REFUSED, Refusal

router = APIRouter(prefix="/api/runs", tags=["runs"], responses=REFUSED)
_PICTURE: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"content": {"image/png": {}, "image/jpeg": {}}}},
}
_KEEP = {"Cache-Control": "private, max-age=3600"}  # addresses change with what they show
_KINDS = {"json": "application/json", "csv": "text/csv", "png": "image/png"}


def browser_of(request: Request) -> Browser:
    """Return what reads the runs."""
    browser: Browser = request.app.state.browser
    return browser


BrowserHere = Annotated[Browser, Depends(browser_of)]
GenerationNumber = Annotated[int | None, Query(ge=1, lt=1 << 31)]


@router.get("")
def listed(browser: BrowserHere) -> list[bodies.ListedRun]:
    """List the runs, the newest first."""
    return browser.listed()


@router.get("/run")
def run(name: bodies.RunName, browser: BrowserHere) -> bodies.ShownRun:
    """Tell all about a run."""
    return browser.run(name)


@router.get("/curve")
def curve(name: bodies.RunName, browser: BrowserHere) -> bodies.RunCurve:
    """Tell of a run what it is as a line among others."""
    return browser.curve(name)


@router.get("/notes")
def notes(browser: BrowserHere) -> list[bodies.RunNote]:
    """Tell what people noted of the runs."""
    return browser.notes()


@router.put("/notes")
def note(body: bodies.RunNote, browser: BrowserHere) -> bodies.RunNote:
    """Note something of a run, unless somebody else did meanwhile."""
    return browser.note(body)


@router.get("/elite", **_PICTURE)
def elite(
    name: bodies.RunName,
    index: bodies.NicheIndex,
    browser: BrowserHere,
    generation: GenerationNumber = None,
    size: Literal["small", "large"] = "small",
) -> Response:
    """Show the elite of a niche, as it is or, small, as it was after a generation."""
    if generation is None:
        content = browser.picture(name, index, size == "small")
    else:
        film, frame = _frame(browser, name, generation)
        if index not in film.indices:
            raise Refusal(404, f"this run has no niche {index}: load the page again")
        if not frame.pictures:
            raise Refusal(404, "this run evolves no images: its past has numbers alone")
        content = frame.pictures[film.indices.index(index)]
    return Response(content, media_type=media_type(content), headers=_KEEP)


@router.get("/grid", **_PICTURE)
def grid(name: bodies.RunName, browser: BrowserHere) -> Response:
    """Show the grid over what a task measures, with the score in each cell."""
    content = browser.grid(name)
    return Response(content, media_type=media_type(content), headers=_KEEP)


@router.get("/file", response_class=Response)
def file(name: bodies.RunName, file: bodies.FileName, browser: BrowserHere) -> Response:
    """Download a file of a run."""
    kind = _KINDS.get(file.rpartition(".")[2], "text/plain")
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(browser.file(name, file), media_type=kind, headers=headers)


@router.get("/replay")
def progress(name: bodies.RunName, browser: BrowserHere) -> bodies.ReplayProgress:
    """Tell how far a run has been gone through again."""
    return _progress(browser.replays.keep_going(browser.folder(name)))


@router.post("/replay")
def replay(body: bodies.ReplayRequest, browser: BrowserHere) -> bodies.ReplayProgress:
    """Go through a run again, in the background, to see its pictures as they were."""
    return _progress(browser.replays.start(browser.folder(body.run)))


@router.get("/frame")
def frame(
    name: bodies.RunName, generation: Annotated[int, Query(ge=1, lt=1 << 31)], browser: BrowserHere
) -> bodies.FrameOfRun:
    """Show the archive of a run as it was after a generation."""
    _, found = _frame(browser, name, generation)
    return bodies.FrameOfRun(
        generation=found.generation,
        keys=found.keys,
        scores=found.scores,
        found_at=found.found_at,
    )


def _frame(browser: Browser, name: str, generation: int) -> tuple[Film, Frame]:
    film = browser.replays.keep_going(browser.folder(name))
    if film is None or generation not in film.frames:
        raise Refusal(404, f"generation {generation} is not at hand: replay the run again")
    return film, film.frames[generation]


def _progress(film: Film | None) -> bodies.ReplayProgress:
    if film is None:
        return bodies.ReplayProgress(phase="none")
    return bodies.ReplayProgress(
        phase=film.phase,
        done=film.done,
        total=film.total,
        message=film.message,
        frames=tuple(film.frames),
    )
