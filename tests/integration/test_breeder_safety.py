"""What strangers send to the breeder's server: refused in one sentence, quickly, and survived."""

import json
import re
import resource
import time
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web_server import HEADERS, Visitor, ids_of, serving

TOKEN = "a-token-of-the-test"
CHANGING = {"post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("safety")
    with serving(folder / "data.sqlite", runs=folder) as address:
        yield address


@pytest.fixture(scope="module")
def operations(address: str) -> list[tuple[str, str]]:
    """Every method and path that the server has."""
    paths = httpx.get(f"{address}/openapi.json").json()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods]


def assert_refused(response: httpx.Response, *statuses: int) -> None:
    assert response.status_code in statuses, response.text[:300]
    (message,) = response.json().values()
    assert message
    assert "Traceback" not in message
    assert "neatfool/web" not in message


def test_every_operation_that_changes_something_needs_the_header(address, operations) -> None:
    changing = [
        (m, p.replace("{picture}", "1").replace("{saved}", "1"))
        for m, p in operations
        if m in CHANGING
    ]
    assert len(changing) >= 13
    with Visitor(address) as visitor:
        visitor.session()
        for method, path in changing:
            plain = httpx.Client(base_url=address, cookies=visitor.client.cookies)
            assert_refused(plain.request(method, path, json={}), 403)
            for origin in (
                "http://evil.example",
                "null",
                "https://127.0.0.1",
                "http://[",
                "file://",
            ):
                headers = HEADERS | {"Origin": origin}
                assert_refused(plain.request(method, path, json={}, headers=headers), 403)
            plain.close()
        own = visitor.client.post("/api/session/redo", json={}, headers={"Origin": address})
        assert own.status_code == 200
        history = [step["how"] for step in visitor.session()["history"]]
        assert history == ["scratch", "scratch"], "nothing was done but what this page asked for"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("localhost.evil.example:8000", 400),
        ("", 400),
        ("localhost:8000", 200),
        ("127.0.0.1", 200),
        ("192.168.0.9:8000", 200),
        ("[::1]:80", 200),
        ("LOCALHOST", 200),
    ],
)
def test_only_known_hosts_are_served(address, host, status) -> None:
    response = httpx.get(f"{address}/api/saved", headers={"Host": host})
    assert response.status_code == status, response.text


def test_every_answer_has_the_headers_of_safety(address) -> None:
    for path in ("/", "/api/saved", "/api/none", "/static/app.js", "/static/../app.py", "/docs"):
        headers = httpx.get(address + path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers
    refused = httpx.get(address, headers={"Host": "evil.example"})
    assert "content-security-policy" in refused.headers


def test_the_cookie_is_for_this_server_alone_and_not_for_scripts(address) -> None:
    cookie = httpx.get(f"{address}/api/session").headers["set-cookie"].lower()
    assert re.match("neatfool_[0-9a-f]+=", cookie)
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    again = httpx.get(f"{address}/api/session", cookies={cookie.split("=")[0]: "guess' OR 1=1 --"})
    assert "set-cookie" in again.headers, "an unknown secret is replaced"


def test_servers_with_other_files_leave_the_session_of_this_one_alone(address, tmp_path) -> None:
    with Visitor(address) as visitor, serving(tmp_path / "other.sqlite") as other:
        ours = visitor.session()
        theirs = visitor.client.get(f"{other}/api/session").json()
        assert theirs["pictures"] != ours["pictures"]
        assert visitor.session()["pictures"] == ours["pictures"], "cookies do not tell ports"
        assert visitor.client.get(f"{other}/api/session").json()["pictures"] == theirs["pictures"]


def test_with_a_token_nothing_is_served_without_it(tmp_path: Path) -> None:
    with serving(tmp_path / "data", token=TOKEN) as address:
        for path in (
            "/",
            "/api/session",
            "/static/app.js",
            "/openapi.json",
            "/?token=wrong",
            "/?token=",
            "/api/session?token=" + TOKEN,
        ):
            assert_refused(httpx.get(address + path), 401)
        odd = {"Cookie": "neatfool_token_0=äää; neatfool_1=äää".encode()}
        assert_refused(httpx.get(address, headers=odd), 401)
        with httpx.Client(base_url=address, headers=HEADERS) as client:
            entered = client.get("/", params={"token": TOKEN})
            assert (entered.status_code, entered.headers["location"]) == (303, "/")
            assert "httponly" in entered.headers["set-cookie"].lower()
            assert client.get("/").status_code == 200
            assert client.get("/api/session").status_code == 200
            plain = {"X-Neatfool": "0"}
            assert client.post("/api/session/redo", json={}, headers=plain).status_code == 403


def bomb(size: int) -> bytes:
    """Make a PNG whose text is long once it is unpacked."""
    packed = b"neatfool\0\0" + zlib.compress(b"{" + b" " * size, 9)
    chunk = b"zTXt" + packed
    header = b"\x89PNG\r\n\x1a\n"
    return header + len(packed).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")


def wide(nodes: int) -> bytes:
    """Write a network of many nodes."""
    hidden = [{"id": 5 + n, "activation": "sine"} for n in range(nodes)]
    network = {
        "format": "neatfool network",
        "version": 1,
        "precision": "float32",
        "inputs": 4,
        "outputs": 1,
        "nodes": [{"id": 4, "activation": "sine"}, *hidden],
        "edges": [],
    }
    return json.dumps(network).encode()


BOMBS = {
    "bomb": bomb(200 << 20),
    "too long": b"{" + b" " * (5 << 20),
    "deep": b"[" * 500_000,
    "deep object": b'{"format":' * 100_000,
    "too many nodes": wide(3_000),
    "entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]>'
    b"<genome>&c;</genome>",
    "outside entity": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><genome>&b;</genome>',
    "pickle": b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93.",
    "nothing": b"",
    "nan": b'{"format": "neatfool network", "version": NaN}',
    "surrogate": b'{"format": "\\ud800"}',
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused(address, content) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Visitor(address) as visitor:
        start = time.monotonic()
        response = visitor.client.post("/api/session/import", content=content)
        assert time.monotonic() - start < 2
        assert_refused(response, 400, 413, 422)
        assert visitor.session()["page"] == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # KiB


@pytest.mark.parametrize("path", ["/api/session/import", "/api/session/evolve"])
def test_bodies_that_do_not_say_how_long_they_are_are_bounded(address, path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    endless = (b" " * (1 << 16) for _ in range(1 << 11))
    headers = HEADERS | {"Content-Type": "application/json"}

    response = httpx.post(address + path, content=endless, headers=headers)

    assert_refused(response, 413)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # KiB


def test_failures_of_the_server_are_logged_and_not_told(address, monkeypatch, caplog) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret of the server")

    monkeypatch.setattr("neatfool.web.breed.api_session.answer", fail)

    response = httpx.get(f"{address}/api/session")

    assert response.status_code == 500
    assert "log" in response.json()["error"]
    assert "secret" not in response.text
    assert "a secret of the server" in caplog.text
    assert "content-security-policy" in response.headers


NUMBERS = st.sampled_from(
    [0, 1, 7, -1, 16, 2**31, 2**53, 2**63, -(2**64), 10**40, 0.5, 1e308, float("nan"), True]
)
TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "..",
            "../../etc/passwd",
            "%2e%2e%2f",
            "\x00",
            "\ud800",
            "a" * 10_000,
            "' OR 1=1 --",
            "lenet5",
            "/etc/passwd",
            "sine",
            "both",
            "NaN",
            "1e999",
            "<script>",
            "٣",
            "neat\u202efool",
        ]
    ),
    st.text(max_size=20),
)
VALUES = st.recursive(
    st.one_of(NUMBERS, TEXTS, st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
FIELDS = (
    "selected",
    "class",
    "page",
    "changes",
    "focus",
    "colour",
    "crossover",
    "activations",
    "model",
    "saved",
    "run",
    "picture",
    "weights",
    "name",
    "tags",
    "published",
    "size",
)
BODIES = st.one_of(
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5).map(json.dumps).map(str.encode),
    VALUES.map(json.dumps).map(str.encode),
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"[" * 100_000,
            b"{" * 1000,
            b"9" * 400_000,
            b'{"page":' + b"9" * 5000 + b"}",
            b'{"weights": {"1": 1e999}}',
            b'{"selected": [' + b"1," * 50_000 + b"1]}",
        ]
    ),
    st.sampled_from(list(BOMBS.values())),
)
QUERIES = st.dictionaries(
    st.sampled_from(["size", "genome", "search", "tag", "order", "published", "nodes", "skipped"]),
    st.one_of(
        st.sampled_from(["4097", "0", "-1", "1e9", "64", "images", "symbols", "true"]),
        TEXTS.map(lambda text: text.encode(errors="replace").decode()),
    ),
    max_size=3,
)
ODD_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "X-Neatfool": st.sampled_from(["1", "1", "1", "0", ""]),
        "Origin": st.sampled_from(["http://evil.example", "null", "\x7f", "http://[::1"]),
        "Host": st.sampled_from(["evil.example", "localhost", "127.0.0.1:99999", "[", ":::"]),
        "Cookie": st.sampled_from(["neatfool=x", "neatfool=", ";;;=", "neatfool=\xff", "a" * 5000]),
        "Content-Type": st.sampled_from(
            [
                "application/json",
                "text/plain",
                "multipart/form-data",
                "application/json; charset=utf-7",
                "\xff",
            ]
        ),
        "Range": st.sampled_from(["bytes=0-", "bytes=-1", "bytes=9999999999-1"]),
        "Content-Encoding": st.just("gzip"),
    },
)


@pytest.mark.parametrize("count", [100, pytest.param(500, marks=pytest.mark.proof)])
def test_bad_requests_are_refused_quickly_and_leave_no_mark(address, operations, count) -> None:
    with Visitor(address) as visitor:
        visitor.prefer(model="lenet5")
        ids = [str(id) for id in ids_of(visitor.evolve(0))[:2]]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        statuses: dict[int, int] = {}
        cookies = dict(visitor.client.cookies)
        headers = HEADERS | {"Content-Type": "application/json"}
        wrong_ids = st.sampled_from(
            [
                *ids,
                "1",
                "0",
                "-1",
                "..",
                "%2e%2e%2f%2e%2e",
                "9" * 19,
                "9" * 5000,
                "1.5",
                "nan",
                "%00",
            ]
        )

        @settings(max_examples=count, suppress_health_check=list(HealthCheck))
        @given(st.sampled_from(operations), wrong_ids, QUERIES, ODD_HEADERS, BODIES)
        def send(
            operation: tuple[str, str], id: str, query: dict[str, str], odd: Any, body: bytes
        ) -> None:
            method, path = operation
            path = path.replace("{picture}", id).replace("{saved}", id)
            given = {"params": query, "headers": _bytes(headers | odd)}
            if method not in ("get", "delete"):
                given["content"] = body
            visitor.client.cookies = httpx.Cookies(cookies)
            start = time.monotonic()
            response = visitor.client.request(method, path, **given)
            assert response.status_code < 500, response.text
            assert time.monotonic() - start < 2
            if response.status_code >= 400:
                assert_refused(response, response.status_code)
            statuses[response.status_code // 100] = statuses.get(response.status_code // 100, 0) + 1

        send()

        assert sum(statuses.values()) >= count
        assert statuses[4] > 0.4 * count
        assert statuses.get(2, 0) > 0.04 * count, (
            "some requests must come through, or nothing was tried"
        )
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 << 10  # KiB
        visitor.client.cookies = httpx.Cookies(cookies)
        assert visitor.post("go", page=2)["page"] == 2


def _bytes(headers: dict[str, str]) -> dict[str, bytes]:
    return {name: value.encode("latin-1") for name, value in headers.items()}
