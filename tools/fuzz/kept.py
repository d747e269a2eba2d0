"""Any bytes in answer to one call, and then a second call: what it gets is its own answer.

The connection is kept, and the second call may be another user's.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator

from authing_mfa import Factor, FactorType, TransportError
from authing_mfa._values.factors import FactorProfile
from tests.support import calls

from . import client
from .answering import Answering
from .oracle import outcome
from .target import Run, Target

_OWN = Factor(factor_id="f_own", factor_type=FactorType.FACE, profile=FactorProfile())
_BODY = json.dumps({"statusCode": 200, "data": _OWN.to_dict()}).encode()
THEN = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)


def run(server: Answering, data: bytes) -> None:
    """Try the answer to the first call; `Content-Length: *` stands for the length of its body."""
    head, end, body = data.partition(b"\r\n\r\n")
    head = head.replace(b"Content-Length: *", b"Content-Length: %d" % len(body))
    with calls.client(server.url, timeout=5, deadline=5) as user:
        server.answer = head + end + body
        outcome(user.list_enrolled_factors)
        # The server may have given the connection up just now.
        own = outcome(functools.partial(user.as_user("example").get_factor, "f_own"))
        assert own == _OWN or isinstance(own, TransportError), own


@contextlib.contextmanager
def _opened() -> Iterator[Run]:
    with Answering(THEN) as server:
        yield functools.partial(run, server)


def _seeds() -> list[bytes]:
    answers = [data.partition(b"\n")[2] for data in client.TARGET.seeds()]
    other = _BODY.replace(b"f_own", b"f_alien")
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: *\r\n\r\n"
    alien = whole.replace(b"*", b"%d" % len(other)) + other
    return [
        *(whole + answer.partition(b"\r\n\r\n")[2] for answer in answers[::7]),
        *answers[::11],
        b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n{}" + alien,
        b"HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + alien,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + alien,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" + alien,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}" + alien,
        b"HTTP/1.1 103 Hints\r\n\r\n" + alien + alien,
        b"HTTP/1.1 101 Switching\r\n\r\n" + alien,
    ]


TARGET = Target(
    opened=_opened,
    seeds=_seeds,
    words=client.TARGET.words,
    lines=(*client.TARGET.lines, b"Content-Length: *"),
    head_ends=b"\r\n\r\n",
)
