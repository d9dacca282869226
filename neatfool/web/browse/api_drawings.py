"""Requests for what is drawn of runs: pictures, films and posters."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from neatfool.reports.plot import Wanted
from neatfool.settings import Settings
from neatfool.web.breed.access import BreederHere
from neatfool.web.browse import bodies
from neatfool.web.browse.api_runs import BrowserHere
from neatfool.web.patience import unless_left
from neatfool.web.refusal import REFUSED, Refusal
from neatfool.web.safety import DRAWING_POLICY

router = APIRouter(prefix="/api/runs", tags=["drawings"], responses=REFUSED)
_PICTURE: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"content": {"image/png": {}}}},
}


class AskedDrawing(Settings):
    """A picture that ``neatfool plot`` draws, or a film of how an elite came about.

    Attributes:
        niche: Whose ancestors are shown; none: the best.
        film: Its format; then ``picture`` must be the lineage.
        size: Pixels of a side of the film.
        per_second: Its pictures.
        ending: Of a picture; the inks of an SVG file follow a dark page, and leave images alone.
    """

    run: str = Field(min_length=1, max_length=1_000)
    picture: str = Field(default="lineage", max_length=100)
    niche: int | None = Field(default=None, ge=0, lt=1 << 31)
    film: Literal["webp", "gif", "mp4"] | None = None
    size: int = Field(default=512, ge=64, le=1080)
    per_second: int = Field(default=15, ge=1, le=30)
    ending: Literal["png", "svg"] = "png"

    def wanted(self) -> Wanted:
        """Say it as ``plot`` is asked.

        Raises:
            NeatfoolError: It takes a library that is not there.
        """
        elite = None if self.niche is None else str(self.niche)
        if self.film is None:
            return Wanted(pictures=(self.picture,), elite=elite, ending=self.ending)
        film = f"lineage.{self.film}"
        return Wanted(films=(film,), elite=elite, size=self.size, per_second=self.per_second)


DrawingHere = Annotated[AskedDrawing, Query()]


@router.post("/drawing")
def draw(body: AskedDrawing, browser: BrowserHere) -> bodies.DrawingProgress:
    """Begin to draw something, in the background, or tell how far it is."""
    found = browser.drawings.ask(browser.folder(body.run), body.wanted())
    return bodies.DrawingProgress(
        phase=found.phase, done=found.done, total=found.total, message=found.message
    )


@router.get("/drawing", **_PICTURE)
def drawing(asked: DrawingHere, browser: BrowserHere) -> Response:
    """Show what was drawn; nothing is begun."""
    found = browser.drawings.look_up((browser.folder(asked.run), asked.wanted()))
    if found is None or found.phase != "done":
        raise Refusal(404, "it is not drawn yet: ask for it, and wait")
    kind = {"mp4": "video/mp4", "svg": "image/svg+xml"}.get(found.ending, f"image/{found.ending}")
    headers = {"Content-Security-Policy": DRAWING_POLICY} if found.ending == "svg" else None
    return Response(found.content, media_type=kind, headers=headers)


@router.get("/poster", **_PICTURE)
async def poster(
    request: Request,
    name: bodies.RunName,
    breeder: BreederHere,
    browser: BrowserHere,
    niche: Annotated[int | None, Query(ge=0, lt=1 << 31)] = None,
    size: Annotated[int, Query(ge=16, le=4096)] = 1024,
) -> Response:
    """Paint an elite at any size, or all on a sheet, one after the other."""
    painted = await unless_left(
        request,
        lambda has_left: browser.poster(name, niche, size, has_left),
        breeder.painter.one_at_a_time,
    )
    return Response(painted, media_type="image/png")
