"""Who asks: the session of a request, by its cookie."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Request, Response

from neatfool.web.breeder import Breeder
from neatfool.web.visitors import begin_session, find_session

COOKIE = "neatfool"
_LONG = 365 * 86_400  # seconds


def breeder_of(request: Request) -> Breeder:
    """Return what serves this application."""
    breeder: Breeder = request.app.state.breeder
    return breeder


def known_session(request: Request) -> int | None:
    """Return the session of a request, if it has one."""
    return find_session(breeder_of(request).store, request.cookies.get(COOKIE))


def give_session(request: Request, response: Response) -> int:
    """Return the session of a request; one that has none gets a new one, and its cookie."""
    session = known_session(request)
    if session is None:
        breeder = breeder_of(request)
        settings = breeder.settings
        session, secret = begin_session(breeder.store, settings.seed, settings.most_sessions)
        response.set_cookie(COOKIE, secret, max_age=_LONG, httponly=True, samesite="strict")
    return session


BreederHere: TypeAlias = Annotated[Breeder, Depends(breeder_of)]
SessionHere: TypeAlias = Annotated[int, Depends(give_session)]
AnySession: TypeAlias = Annotated[int | None, Depends(known_session)]
