"""Any bytes on a loopback socket in answer to any method, through the whole client."""

from __future__ import annotations

import contextlib
import functools
import gzip
import logging
from collections.abc import Iterator

from authing_mfa import (
    APIError,
    AuthingMFAError,
    ConfigurationError,
    InvalidResponseError,
    ServerError,
    ThirdPartyError,
    TransportError,
)
from authing_mfa._protocol import endpoints
from authing_mfa._protocol.endpoints import Endpoint
from tests.support.calls import SENT, USER_ID, Call
from tests.support.marks import KEY_SECRET, PASSWORD, REFRESH, TOKEN

from . import lines, seeds
from .answering import Answering
from .oracle import MARK, check_value, outcome, told_beside
from .target import Run, Target

METHODS = {name: call for name, call in SENT.items() if not call.before}
_SECRETS = (TOKEN, KEY_SECRET, REFRESH, PASSWORD, USER_ID)
_UNCLEAR = (TransportError, InvalidResponseError, ServerError, ThirdPartyError)
_IDEMPOTENT = {
    each.path: each.idempotent for each in vars(endpoints).values() if isinstance(each, Endpoint)
}


class _Records(logging.Handler):
    """Keeps what was logged, so that no secret is in it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextlib.contextmanager
def _opened() -> Iterator[Run]:
    logger, records = logging.getLogger("authing_mfa"), _Records()
    level = logger.level
    logging.getLogger().addHandler(records)  # what others log of a call is seen, too
    logger.setLevel(logging.DEBUG)
    try:
        with Answering() as server:
            yield functools.partial(_run, server, records)
    finally:
        logging.getLogger().removeHandler(records)
        logger.setLevel(level)


def _run(server: Answering, records: _Records, data: bytes) -> None:
    """Try the name of a method on a line of its own, and its answer below."""
    head, _, server.answer = data.partition(b"\n")
    names = list(METHODS)
    name = head.decode("latin-1")
    call = METHODS.get(name) or METHODS[names[sum(head) % len(names)]]
    records.texts.clear()
    subject = call.subject(server.url, timeout=5, deadline=5)
    found = outcome(functools.partial(call, subject))
    if isinstance(found, AuthingMFAError):
        _check_error(found)
    else:
        check_value(found, call.returns)
    assert records.texts
    assert not any(secret in text for text in records.texts for secret in (*_SECRETS, f"{MARK}-"))


def _check_error(error: AuthingMFAError) -> None:
    text = told_beside(error)
    assert MARK not in text
    assert not any(secret in text for secret in _SECRETS)
    _check_call(error)


def _check_call(error: AuthingMFAError) -> None:
    assert not isinstance(error, ConfigurationError), f"nothing was wrong here: {error}"
    assert error.method in {"GET", "POST"}
    assert error.path is not None
    # A refresh changes nothing that the call was for.
    is_idempotent = _IDEMPOTENT.get(error.path, error.method == "GET")
    is_write = not is_idempotent and error.path != "/oidc/token"
    assert error.outcome_unknown is (is_write and isinstance(error, _UNCLEAR))
    if isinstance(error, (APIError, InvalidResponseError)):
        assert error.http_status is not None


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
_HEADS = (
    _HEAD,
    b"HTTP/1.1 429 Too Many\r\nRetry-After: 3\r\nContent-Type: application/json\r\n",
    b"HTTP/1.0 502 Bad\r\nRetry-After: Thu, 01 Jan 2026 00:00:00 GMT\r\nServer: x\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/MARKED\r\nSet-Cookie: a=MARKED; Path=/\r\n",
    b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=MARKED\r\nConnection: keep-alive\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\n" + _HEAD,
)


def _seeds() -> list[bytes]:
    bodies = seeds.payloads()
    found = [_for_method(name, _HEAD + b"\r\n" + body) for name, body in bodies.items()]
    some = bodies["list_enrolled_factors"]
    found += [_for_method("get_factor", head + b"\r\n" + some) for head in _HEADS]
    found += [_for_method(name, _HEAD + b"\r\n" + body) for name in METHODS for body in _BODIES]
    for rest in (
        b"Content-Length: %d\r\n\r\n%s" % (len(some), some),
        b"Content-Length: 9999\r\n\r\n" + some,
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(some), some),
        b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\n{}   \r\n0\r\nX: y\r\n\r\n",
        b"Content-Encoding: deflate\r\n\r\nnonsense",
        b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(some, mtime=0),
        b"X: y",
    ):
        found += [_for_method(name, _HEAD + rest) for name in ("list_enrolled", "reset_factor")]
    return [*found, b"get_factor\n", b"enroll_factor\nHTTP/1.1 204 No Content\r\n\r\n"]


_BODIES = (
    b'{"statusCode": 200, "data": {"access_token": "MARKED", "expires_in": 60}}',
    b'{"statusCode": 500, "message": "", "data": "MARKED"}',
)
_CHUNKS = ("\r\n-5\r\n", "5;a=b\r\n", "\r\n0\r\n\r\n", "ffffffff\r\n")


def _for_method(payload: str, answer: bytes) -> bytes:
    """Return an input for the call whose endpoint the payload is named after, or the first one."""
    fitting = (name for name, call in METHODS.items() if payload.startswith(_payload(call)))
    return f"{next(fitting, 'get_factor')}\n".encode() + answer


def _payload(call: Call) -> str:
    if "/v2/" in call.endpoint:
        return "v2"
    return call.endpoint.rpartition("/")[2].replace("-", "_")


TARGET = Target(
    opened=_opened,
    seeds=_seeds,
    words=(MARK, *seeds.keys(), *METHODS, *_CHUNKS),
    lines=lines.COMMON + lines.OF_ANSWERS,
    head_ends=b"\r\n\r\n",
)
