"""Who asks: a session, told by a secret in a cookie, of which the digest is stored."""

import hashlib
import secrets
import time
from typing import Annotated, TypeAlias

from fastapi import Depends, Request, Response

from neatfool.web.breed.breeder import Breeder
from neatfool.web.breed.breeding import Preferences
from neatfool.web.breed.store import Execute, Store
from neatfool.web.refusal import Refusal

_DAY = 86_400  # seconds


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
        response.set_cookie(name, secret, max_age=365 * _DAY, httponly=True, samesite="strict")
    return session


def find_session(store: Store, secret: str | None) -> int | None:
    """Return the session of a secret, if there is one."""
    if not secret:
        return None
    row = store.row("SELECT id, seen FROM sessions WHERE secret = ?", (_digest(secret),))
    if row is None:
        return None
    if time.time() - row["seen"] > _DAY:
        with store.changing() as change:
            change("UPDATE sessions SET seen = ? WHERE id = ?", (time.time(), row["id"]))
    return int(row["id"])


def begin_session(store: Store, seed: int | None, most: int) -> tuple[int, str]:
    """Make a session; return it and its secret.

    Args:
        store: Where it is kept.
        seed: What its pages follow from; none: it draws one.
        most: Sessions in all; where there are so many, another makes room.

    Raises:
        Refusal: None can.
    """
    secret = secrets.token_urlsafe(16)
    seed = secrets.randbits(62) if seed is None else seed
    values = (_digest(secret), seed, Preferences().model_dump_json(), time.time())
    with store.changing() as change:
        _make_room(change, most)
        insert = "INSERT INTO sessions (secret, seed, preferences, seen) VALUES (?, ?, ?, ?)"
        session = change(insert, values).lastrowid
        assert session is not None
        return session, secret


def _make_room(change: Execute, most: int) -> None:
    """Drop a session without saved pictures: those of one page first, then the longest unused."""
    (count,) = change("SELECT count(*) FROM sessions").fetchone()
    if count < most:
        return
    gone = change(
        "DELETE FROM sessions WHERE id = (SELECT id FROM sessions WHERE id NOT IN "
        "(SELECT session FROM saved) ORDER BY "
        "(SELECT count(*) FROM pages WHERE session = sessions.id AND number < 3) > 1, seen LIMIT 1)"
    )
    if not gone.rowcount:
        raise Refusal(503, f"all {count:,} sessions hold saved pictures: there is no room for more")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()


BreederHere: TypeAlias = Annotated[Breeder, Depends(breeder_of)]
SessionHere: TypeAlias = Annotated[int, Depends(give_session)]
AnySession: TypeAlias = Annotated[int | None, Depends(known_session)]
