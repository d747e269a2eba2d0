"""Any bytes into the sandbox's socket: it answers with HTTP or closes, and lives on."""

from __future__ import annotations

import contextlib
import functools
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from authing_mfa.sandbox import Sandbox

from . import lines
from .invariants import strict_json
from .sandbox_seeds import WORDS
from .target import Run, Target
from .world import ADMIN, ROUTE_NAMES, SEED, TOKEN, Complaints

_PATIENCE = 10
_BREAK = b"\r\n\r\n"
_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [ -~]*\r\n((?:[A-Za-z-]+: [ -~]*\r\n)*)\r\n")
_LENGTH = re.compile(rb"Content-Length: (\d+)\r\n")
_TOO_LONG = re.compile(rb"(?i)content-length:[ \t]*\d{7}")
_HEALTHY: Final = b"GET /api/v3/system HTTP/1.1\r\nConnection: close\r\n\r\n"


def _run(sandbox: Sandbox, complaints: Complaints, data: bytes) -> None:
    """Try bytes; `Content-Length: *` stands for the length of what follows its head."""
    before = _serving()
    sandbox.reset()
    raw = _exchange(sandbox, _with_length(data))
    complaints.check()
    # The page can arm faults, which are meant to break the rules.
    if not any(entry.fault for entry in sandbox.journal):
        assert 413 not in _check_answers(raw) or _TOO_LONG.search(data)
    sandbox.faults.clear()
    assert _check_answers(_exchange(sandbox, _HEALTHY)) == [200]
    _wait_for_end(before)
    complaints.check()


def _with_length(data: bytes) -> bytes:
    head, end, body = data.partition(_BREAK)
    return head.replace(b"Content-Length: *", b"Content-Length: %d" % len(body)) + end + body


def _exchange(sandbox: Sandbox, request: bytes) -> bytes:
    parts = urlsplit(sandbox.url)
    pieces = []
    with (
        socket.create_connection(("127.0.0.1", parts.port or 0), _PATIENCE) as connection,
        contextlib.suppress(ConnectionError),  # it may close at any byte
    ):
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    return b"".join(pieces)


def _check_answers(raw: bytes) -> list[int]:
    """Hold every answer on a connection to HTTP and to JSON; return their statuses."""
    statuses = []
    while raw:
        head = _HEAD.match(raw)
        assert head, raw[:200]
        raw = raw[head.end() :]
        status, fields = int(head[1]), head[2]
        assert status != 500
        if status == 100:
            continue
        statuses.append(status)
        assert b"X-Authing-Sandbox: 1\r\n" in fields
        raw = _take_body(raw, fields)
    return statuses


def _take_body(raw: bytes, fields: bytes) -> bytes:
    """Check the body that begins here, unless it was a HEAD's; return what follows it."""
    stated = _LENGTH.search(fields)
    assert stated
    length = int(stated[1])
    if raw.startswith(b"HTTP/1.1 ") or (not raw and length):
        return raw  # the answer to a HEAD
    body, rest = raw[:length], raw[length:]
    assert len(body) == length
    if b"application/json" in fields and body:
        assert isinstance(strict_json(body), dict)
    return rest


def _serving() -> set[threading.Thread]:
    """Return the threads that serve a connection, of any sandbox of this process."""
    return {each for each in threading.enumerate() if "process_request" in each.name}


def _wait_for_end(before: set[threading.Thread]) -> None:
    """Wait until every further connection's thread has ended."""
    end = time.monotonic() + _PATIENCE
    while _serving() - before:
        assert time.monotonic() < end, "a connection's thread lives on"
        time.sleep(0.001)


@contextlib.contextmanager
def _opened() -> Iterator[Run]:
    with Complaints.heard() as complaints, Sandbox(seed=SEED) as sandbox:
        yield functools.partial(_run, sandbox, complaints)


def _seeds() -> list[bytes]:
    lines = [name.encode() + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" for name in ROUTE_NAMES]
    bearer = b"Authorization: Bearer %s\r\nX-Authing-App-Id: %s\r\n" % (TOKEN.encode(), b"a" * 24)
    admin = b"authorization: %s\r\nx-genauth-lang: en-US\r\n" % ADMIN.encode()
    length = b"Content-Type: application/json\r\nContent-Length: *\r\n\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: *\r\n\r\n"
    return [
        *(line + bearer + length + b'{"factorType": "SMS", "totp": "123456"}' for line in lines),
        *(line + admin + length + b'{"list": [], "options": {}}' for line in lines),
        *(line + form + b"token=example&grant_type=refresh_token" for line in lines[-9:]),
        *_ODD,
    ]


_LINES: Final = (
    b"Content-Length: *",
    b"Authorization: Basic :",
    b"Authorization: authing key:\xff",
    b"Host: [",
    b"Host: localhost",
    b"Origin: http://example.com",
    b"Sec-Fetch-Site: cross-site",
    b"Content-Type: application/json",
    b"Content-Type: application/x-www-form-urlencoded",
    b"x-authing-app-id: x",
    b"x-authing-signature-method: HMAC-SHA1",
    b"x-authing-signature-version: 1.0",
    b"GET / HTTP/1.1",
    b"HEAD /sandbox/state HTTP/1.1",
    b"DELETE /api/v2/mfa/totp/associate HTTP/1.0",
)
_OF_THE_PAGE: Final = (
    b"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: *\r\n\r\n"
)
_ODD: Final = (
    b"",
    b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 3,
    b"HEAD / HTTP/1.1\r\nHost: [::1]\r\n\r\nGET /sandbox/state HTTP/1.1\r\nHost: [::1]\r\n\r\n",
    b"GET /api/v3/system HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    b"GET /\r\n",
    b"GET /api/v3/system HTTP/2.0\r\n\r\n",
    b"GET http://127.0.0.1/api/v3/system?a=%ff;b#c HTTP/1.1\r\n\r\n",
    b"GET //api//v3/%2e%2e/system HTTP/1.1\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nOrigin: http://example.com\r\n\r\n",
    b"BREW /api/v3/system HTTP/1.1\r\n\r\n",
    b"POST /api/v3/signin HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /api/v3/signin HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"POST /api/v3/signin HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    b"POST /api/v3/signin HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\nzz\r\n",
    b"POST /api/v3/signin HTTP/1.1\r\nContent-Length: 99\r\n\r\n{}",
    b"POST /api/v3/signin HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n{}",
    b"POST /api/v3/signin HTTP/1.1\r\nContent-Length: -1\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /api/v3/signin HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    b"POST /sandbox/clock/advance HTTP/1.1\r\n" + _OF_THE_PAGE + b'{"seconds": 60}',
    b"POST /sandbox/faults/arm HTTP/1.1\r\n" + _OF_THE_PAGE + b'{"kind": "truncate"}',
    b"GET /api/v3/get-factor?factorId=%F0%9F%98%80&\xff HTTP/1.1\r\nAuthorization: \xff\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 120 + b"\r\n",
    b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\nHost : x\r\n folded\r\n\r\n",
)
TARGET = Target(
    opened=_opened,
    seeds=_seeds,
    words=(*WORDS, "Transfer-Encoding: chunked", "Content-Length: *", "HTTP/1.1", *ROUTE_NAMES),
    lines=(*lines.COMMON, *_LINES),
    head_ends=_BREAK,
)
