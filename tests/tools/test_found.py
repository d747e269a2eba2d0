"""Inputs that broke a promise once, pinned, and those that came nearest, in the fuzzers' own form.

`FOUND` holds every input of a kind that did break one; each kind is named after what came of it.
`NEAR` holds what broke nothing: where two readers of the same bytes differ, or where a limit of
Python or of a library is met. They are here since a change in either may make them matter.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tools.fuzz.targets import TARGETS

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_FACTOR = b'{"statusCode": 200, "data": {"factorId": "f", "factorType": "SMS", "profile": {}}}'


def _answered(head: bytes, body: bytes = _FACTOR, method: bytes = b"get_factor") -> bytes:
    return method + b"\n" + head + b"\r\n" + body


def _setup(uri: str) -> bytes:
    setup = {"qrCodeUri": uri, "qrCodeDataUrl": "", "recoveryCode": ""}
    return b"OTPSetup\n" + json.dumps(setup).encode()


def _steps(*steps: Any, **world: Any) -> bytes:
    return json.dumps({**world, "steps": steps}).encode()


def _kept(token: str, sort: str) -> bytes:
    """Return an input that has the sandbox keep a trigger, and then tell it."""
    methods = f'[{{"mfaPolicy": "SMS", "status": 1, "sort": {sort}}}]'
    trigger = f'{{"mfaToken": {token}, "applicationMfa": {methods}}}'
    body = f'{{"userId": "{{user_id}}", "mfaTriggerData": {trigger}}}'
    query = {"userId": "{user_id}"}
    return _steps(
        {"route": "POST /api/v3/set-mfa-status", "auth": "{admin}", "raw": body},
        {"route": "GET /api/v3/get-mfa-status", "auth": "{admin}", "query": query},
    )


FOUND: dict[str, tuple[str, bytes]] = {
    "a ValueError of a chunk of less than nothing": (
        "client",
        b"get_factor\n" + _CHUNKED + b"-5\r\n{}",
    ),
    "a ValueError, from a call that changes something": (
        "client",
        b"reset_factor\n" + _CHUNKED + b"-5\r\n{}",
    ),
    "an OverflowError of a chunk of far less than nothing": (
        "client",
        b"get_factor\n" + _CHUNKED + b"-ffffffffffffffffff\r\n{}",
    ),
    "an AttributeError of a charset without a value": (
        "client",
        _answered(b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset\r\n"),
    ),
    "an interim answer for the last one, without where": (
        "client",
        b"get_factor\nHTTP/1.1 101 Switching Protocols\r\n\r\n",
    ),
    "a body that cannot be decompressed, without HTTP status": (
        "client",
        _answered(_HEAD + b"Content-Encoding: deflate\r\n", b"nonsense"),
    ),
    "a body packed more often than anybody unpacks, without HTTP status": (
        "client",
        _answered(_HEAD + b"Content-Encoding: " + b"gzip, " * 40 + b"gzip\r\n"),
    ),
    "a line without a colon, and the query in another library's log": (
        "client",
        _answered(_HEAD + b"no colon\r\n"),
    ),
    "a line that ends twice, and the query in another library's log": (
        "client",
        _answered(b"HTTP/1.1 200 OK\r\nX: a\r\r\nContent-Length: 81\r\n"),
    ),
    "a public key that is none, and another error that hangs on ours": (
        "client",
        _answered(_HEAD, b'{"rsa": {"publicKey": "\\ud800"}}', b"sign_in, encrypted"),
    ),
    "a QR code's own error for a text that is too long": (
        "mapper",
        _setup("otpauth://totp/a?secret=" + "A" * 3000),
    ),
    "a UnicodeEncodeError that holds the URI": (
        "mapper",
        _setup("otpauth://totp/\ud800?secret=A"),
    ),
}
_LIST = "POST /api/v3/list-users"
NEAR: dict[str, tuple[str, bytes]] = {
    "one less than nothing is read to the end": (
        "client",
        b"get_factor\n" + _CHUNKED + b"-1\r\n{}",
    ),
    "a status with an underscore": ("client", _answered(b"HTTP/1.1 2_00 OK\r\n")),
    "a length with an underscore": ("client", _answered(_HEAD + b"Content-Length: 1_0\r\n")),
    "two lengths": ("client", _answered(_HEAD + b"Content-Length: 2, 3\r\n")),
    "a length of 20 digits": ("client", _answered(_HEAD + b"Content-Length: 9" + b"9" * 19)),
    "two answers in one piece": ("client", _answered(_HEAD + b"Content-Length: 2\r\n", b"{}" * 9)),
    "hints, and then nothing": ("client", b"get_factor\nHTTP/1.1 103 Hints\r\n\r\n"),
    "cookies of all sorts": (
        "client",
        _answered(_HEAD + b"Set-Cookie: a=; version=x; max-age=y; expires=Thu, 99; port\r\n"),
    ),
    "redirects to nowhere": ("client", _answered(b"HTTP/1.1 302 x\r\nLocation: http://[\r\n")),
    "seconds that never end": ("client", _answered(b"HTTP/1.1 429 x\r\nRetry-After: 1e999\r\n")),
    "a date before all dates": (
        "client",
        _answered(b"HTTP/1.1 503 x\r\nRetry-After: Thu, 01 Jan 0001 00:00:00 -2400\r\n"),
    ),
    "a compression that nobody may have": (
        "client",
        _answered(_HEAD + b"Content-Encoding: br\r\n"),
    ),
    "UTF-16, which the JSON reader would guess": (
        "envelope",
        b"200\n" + '{"statusCode": 200}'.encode("utf-16"),
    ),
    "a number that is too long to be written": (
        "envelope",
        b'200\n{"statusCode": ' + b"9" * 4301 + b"}",
    ),
    "a number that is just not too long": (
        "envelope",
        b'200\n{"statusCode": ' + b"9" * 4300 + b', "apiCode": -' + b"9" * 4300 + b"}",
    ),
    "true for 1": ("envelope", b'200\n{"statusCode": true, "code": true, "apiCode": 1.0}'),
    "words that no encoding has": (
        "envelope",
        b'200\n{"statusCode": 403, "message": "\\ud800", "requestId": "\\udfff", "apiCode": 1636}',
    ),
    "an instant that rounds into the year 10000": (
        "mapper",
        b'TokenSet\n{"access_token": "x", "expires_at": 253402300799.9999999}',
    ),
    "the first instant of all": (
        "mapper",
        b'TokenSet\n{"access_token": "x", "expires_at": -62135596800}',
    ),
    "an instant that begins before the year 1": (
        "mapper",
        b'PoolUser\n{"userId": "u", "status": "", "createdAt": "0001-01-01T00:00:00+23:59"}',
    ),
    "a list in a text in a list": (
        "mapper",
        b'MFASettings\n{"enabledFactors": "[\\"SMS\\", [\\"OTP\\"], NaN]"}',
    ),
    "an mfaToken that ends with NaN": (
        "mapper",
        b'MFATrigger\n{"mfaToken": "a.eyJleHAiOiBOYU59.c", "applicationMfa": {"mfaPolicy": "X"}}',
    ),
    "a chunk of less than nothing, asked": (
        "sandbox-bytes",
        b"POST /api/v3/signin HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}",
    ),
    "a length and chunks, asked": (
        "sandbox-bytes",
        b"POST /api/v3/signin HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n"
        b"\r\n2\r\n{}\r\n0\r\n\r\n",
    ),
    "a length that Unicode calls a digit": (
        "sandbox-bytes",
        b"POST /api/v3/signin HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n{}",
    ),
    "a body that ends early": (
        "sandbox-bytes",
        b"POST /api/v3/signin HTTP/1.1\r\nContent-Length: 99\r\n\r\n{}",
    ),
    "NaN, kept and told": ("sandbox-calls", _kept('"a"', "NaN")),
    "half a character, kept and told": ("sandbox-calls", _kept('"\\ud800"', "0")),
    "a page beyond all pages of a pool": (
        "sandbox-calls",
        _steps(
            {
                "route": _LIST,
                "auth": "{admin}",
                "json": {"options": {"pagination": {"page": 10**400, "limit": 50}}},
            },
            pool=60,
        ),
    ),
    "settings of nothing at all": (
        "sandbox-calls",
        _steps(
            {
                "route": "POST /api/v3/send-enroll-factor-request",
                "auth": "{token}",
                "json": {"factorType": "EMAIL", "profile": {"email": "ada@example.com"}},
            },
            settings={"code_length": 0, "code_lifetime": 0, "authorization_schemes": []},
        ),
    ),
}


@pytest.mark.parametrize("name", [*FOUND, *NEAR])
def test_input_keeps_the_promises(name: str) -> None:
    target, data = {**FOUND, **NEAR}[name]
    with TARGETS[target].opened() as run:
        run(data)


def test_each_name_stands_for_one_input() -> None:
    assert set(FOUND) & set(NEAR) == set()


# In a process of its own, which it ends where it reads memory that is not there.
_BROKEN_OFF = """
import socket, urllib.parse
from authing_mfa.sandbox import Sandbox
head = b"POST /api/v3/signin HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
with Sandbox() as sandbox:
    address = "127.0.0.1", urllib.parse.urlsplit(sandbox.url).port
    with socket.create_connection(address, 30) as connection:
        connection.sendall(head + b"ffffffff\\r\\n{}")
        connection.shutdown(socket.SHUT_WR)
        print(connection.makefile("rb").readline().decode().strip())
"""


@pytest.mark.slow
def test_chunk_that_breaks_off_reads_nothing_beyond_it() -> None:
    command = [sys.executable, "-c", _BROKEN_OFF]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    # 413 would say that more than a MiB was read, where two bytes were sent.
    assert (done.returncode, done.stdout) == (0, "HTTP/1.1 400 Bad Request\n"), done.stderr
