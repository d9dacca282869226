"""What every request goes through before anything is done, and every answer before it leaves."""

import hashlib
import hmac
import ipaddress
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from neatfool.encodings.interchange.picture import MOST_BYTES
from neatfool.reporting import log
from neatfool.web.settings import ServerSettings

_YEAR = 365 * 86_400
_MOST_JSON = 1 << 19
_PAGES = ("/", "/browse", "/rate")
_ELSEWHERE = ("cross-site", "same-site")  # another port of this machine is the same site
_IMPORT = "/api/session/import"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
DRAWING_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
)
"""The content security policy of SVG files: what they may hold, beside themselves."""


class Guard:
    """Refuse what no page of this server sends; give every answer the headers of safety.

    - Host must be an address or a known name: no name of a stranger leads here (DNS rebinding).
    - What changes anything needs the header ``X-Neatfool``, which forms cannot send, and Origin, if
      there is one, must be this server (CSRF).
    - Pages of other sites may lead here, but ask for nothing else.
    - With a token, it must be in the cookie, or in the address once.
    - Bodies are bounded, also those that do not say how long they are.
    - What goes wrong otherwise is logged, and told in one sentence.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_begun = False

        async def guarded(message: Message) -> None:
            nonlocal is_begun
            if message["type"] == "http.response.start":
                is_begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            refused = self._refusal(scope)
            if refused is None:
                await self._app(scope, _bounded(scope, receive), guarded)
            else:
                await refused(scope, receive, guarded)
        except ClientDisconnect:
            pass  # there is nobody to answer
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if not is_begun:
                message = "something went wrong on the server: its log says what"
                await _problem(500, message)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        """Say why a request is not served, if it is not."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_known(host):
            return _problem(
                400, f"this server is not called {host:.50}: use the address it printed"
            )
        if headers.get("sec-fetch-site") in _ELSEWHERE and not _leads_here(scope, headers):
            return _problem(403, "this request comes from another site: use this server's page")
        if self._settings.token is not None:
            refused = self._without_token(scope, headers, self._settings.token)
            if refused is not None:
                return refused
        if scope["method"] not in ("GET", "HEAD"):
            origin = headers.get("origin")
            if headers.get("x-neatfool") != "1":
                return _problem(403, "expected the header X-Neatfool: 1, which this page sends")
            if origin is not None and _netloc(origin) != host.lower():
                return _problem(403, "this request comes from another site: use this server's page")
        length = headers.get("content-length", "0")
        if not re.fullmatch("[0-9]{1,18}", length) or int(length) > _most(scope):
            return _problem(413, f"expected at most {_most(scope):,} bytes: send less")
        return None

    def _is_known(self, host: str) -> bool:
        name = re.sub(r":[0-9]{1,5}$", "", host.lower())
        name = name[1:-1] if name.startswith("[") and name.endswith("]") else name
        if name in self._settings.hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _without_token(self, scope: Scope, headers: Headers, token: str) -> Response | None:
        """Let a browser in that has the token; one that brings it is given a cookie."""
        cookies = cookie_parser(headers.get("cookie", ""))
        cookie = f"neatfool_token_{hashlib.sha256(token.encode()).hexdigest()[:8]}"
        if _equal(cookies.get(cookie, ""), token):
            return None
        query = QueryParams(scope["query_string"])
        if scope["path"] in _PAGES and _equal(query.get("token", ""), token):
            response = RedirectResponse(scope["path"], 303)
            response.set_cookie(cookie, token, max_age=_YEAR, httponly=True, samesite="strict")
            return response
        return _problem(401, "a token is needed: open the address that the server printed")


def _leads_here(scope: Scope, headers: Headers) -> bool:
    """Say whether a browser follows a link to a page."""
    is_followed = headers.get("sec-fetch-mode") == "navigate" and scope["method"] == "GET"
    return is_followed and scope["path"] in _PAGES


def _equal(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), token.encode())


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _most(scope: Scope) -> int:
    return MOST_BYTES if scope["path"] == _IMPORT else _MOST_JSON


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Count the bytes of a body as they come."""
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > _most(scope):
            raise HTTPException(413, f"expected at most {_most(scope):,} bytes: send less")
        return message

    return counted


def _problem(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status)
