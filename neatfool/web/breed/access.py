"""Who asks: the session of a request, by its cookie."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Request, Response

from neatfool.web.breed.breeder import Breeder
from neatfool.web.breed.visitors import begin_session, find_session

_LONG = 365 * 86_400  # seconds


def breeder_of(request: Request) -> Breeder:
    """Return what serves this application."""
    breeder: Breeder = request.app.state.breeder
    return breeder


def cookie_of(request: Request) -> str:
    """Name the cookie of a session; cookies do not tell ports, so each data file has its own."""
    return f"neatfool_{breeder_of(request).store.mark:x}"


def known_session(request: Request) -> int | None:
    """Return the session of a request, if it has one."""
    return find_session(breeder_of(request).store, request.cookies.get(cookie_of(request)))


def give_session(request: Request, response: Response) -> int:
    """Return the session of a request; one that has none gets a new one, and its cookie."""
    session = known_session(request)
    if session is None:
        breeder = breeder_of(request)
        settings = breeder.settings
        session, secret = begin_session(breeder.store, settings.seed, settings.most_sessions)
        name = cookie_of(request)
        response.set_cookie(name, secret, max_age=_LONG, httponly=True, samesite="strict")
    return session


BreederHere: TypeAlias = Annotated[Breeder, Depends(breeder_of)]
SessionHere: TypeAlias = Annotated[int, Depends(give_session)]
AnySession: TypeAlias = Annotated[int | None, Depends(known_session)]
