"""The server as an application of FastAPI."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from neatfool.errors import NeatfoolError
from neatfool.reporting import Reporter
from neatfool.settings import expected
from neatfool.version import __version__
from neatfool.web.breed import api_pictures, api_saved, api_session
from neatfool.web.breed.breeder import Breeder
from neatfool.web.breed.naming import Models
from neatfool.web.breed.store import Store
from neatfool.web.browse import api_drawings, api_rate, api_runs
from neatfool.web.browse.browser import Browser
from neatfool.web.painting import Painter
from neatfool.web.refusal import Refusal
from neatfool.web.safety import Guard
from neatfool.web.settings import ServerSettings

_STATIC = Path(str(resources.files("neatfool.web") / "static"))


def create_app(settings: ServerSettings, reporter: Reporter | None = None) -> FastAPI:
    """Build the server; it holds its file until it is shut down.

    Args:
        settings: Where it keeps what, and how much.
        reporter: Hears of progress where weights of a network are fetched.

    Raises:
        NeatfoolError: The file cannot be used, or the network cannot be loaded.
    """
    models = Models(settings.model, reporter)
    breeder = Breeder(Store(settings.data), settings, models, Painter())
    browser, rater = Browser(settings.runs), api_rate.Rater(settings.ratings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        browser.close()
        breeder.painter.close()
        breeder.store.close()

    app = FastAPI(
        title="neatfool breed",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.breeder, app.state.browser, app.state.rater = breeder, browser, rater
    app.add_middleware(Guard, settings=settings)
    for kind in (HTTPException, RequestValidationError, Refusal, NeatfoolError):
        app.add_exception_handler(kind, _explain)
    for routes in (api_session, api_pictures, api_saved, api_runs, api_drawings, api_rate):
        app.include_router(routes.router)
    app.add_api_route("/", _page, include_in_schema=False)
    app.add_api_route("/browse", _browse, include_in_schema=False)
    app.add_api_route("/rate", _rate, include_in_schema=False)
    files = StaticFiles(directory=_STATIC, packages=[("neatfool.reports.pages", "static")])
    app.mount("/static", files, name="static")
    return app


def _page() -> Response:
    """Show the page, which asks for a session; a link from elsewhere brings no cookie."""
    return FileResponse(_STATIC / "index.html", headers={"Cache-Control": "no-cache"})


def _browse() -> Response:
    """Show the page of the runs."""
    return FileResponse(_STATIC / "browse.html", headers={"Cache-Control": "no-cache"})


def _rate() -> Response:
    """Show the page on which pictures are named."""
    return FileResponse(_STATIC / "rate.html", headers={"Cache-Control": "no-cache"})


def _explain(request: Request, error: Exception) -> JSONResponse:
    """Tell in one sentence why a request was refused."""
    status, headers = 400, None
    message = str(error)
    if isinstance(error, RequestValidationError):
        status, message = 422, _first(list(error.errors()))
    elif isinstance(error, HTTPException):
        status, message, headers = error.status_code, error.detail, error.headers
    elif isinstance(error, Refusal):
        status = error.status
    return JSONResponse({"error": message}, status, headers)


def _first(errors: list[dict[str, Any]]) -> str:
    """Say what is wrong, and where, without what came."""
    where = ".".join(str(part) for part in errors[0]["loc"])
    message = re.sub(r"\s+", " ", expected(errors[0]))
    return f"{where}: {message}".encode(errors="replace").decode()[:300]
