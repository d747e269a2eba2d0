"""Any bytes, with any HTTP status, through everything that opens an answer."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable

from authing_mfa import APIError, InvalidResponseError, MFARequiredError, ThrottleError
from authing_mfa._protocol.envelope import (
    Envelope,
    unwrap,
    unwrap_bare,
    unwrap_nothing,
    unwrap_recovery,
)
from authing_mfa._protocol.response import Response
from authing_mfa._values.signin import MFATrigger

from . import seeds
from .invariants import strict_json
from .oracle import MARK, check_value, fits, outcome, told_beside
from .target import Target, holding_nothing

_OPENERS: tuple[Callable[[Response], Envelope], ...] = (
    unwrap,
    unwrap_bare,
    unwrap_nothing,
    unwrap_recovery,
)
_TOLD = ("message", "error", "error_description")
_LONGEST = 500


def _run(data: bytes) -> None:
    """Try `<HTTP status>[ <seconds>]` on a line of its own, and a body below it."""
    head, _, body = data.partition(b"\n")
    status, retry_after = _read_head(head)
    answer = Response(http_status=status, body=body, retry_after=retry_after)
    for opened in _OPENERS:
        found = outcome(functools.partial(opened, answer))
        if isinstance(found, Envelope):
            _check_success(found, answer)
        elif isinstance(found, APIError):
            _check_refusal(found, answer)
        else:
            assert type(found) is InvalidResponseError
            assert answer.http_status < 400 or found.where == "HTTP status"


def _read_head(head: bytes) -> tuple[int, float | None]:
    words = head.split()
    status = int(words[0]) if words and words[0].isdigit() and len(words[0]) == 3 else 200
    seconds = float(words[1]) if len(words) > 1 and words[1].isdigit() else None
    return max(100, status), seconds


def _check_success(envelope: Envelope, answer: Response) -> None:
    check_value(envelope, Envelope)
    if answer.body.strip():
        strict_json(answer.body)
    assert envelope.status_code == 200
    assert 200 <= answer.http_status < 300
    assert max(len(envelope.message), len(envelope.request_id or "")) <= _LONGEST
    assert repr(envelope.data) not in repr(envelope) or len(repr(envelope.data)) < 9


def _check_refusal(error: APIError, answer: Response) -> None:
    assert MARK not in told_beside(error)
    assert answer.http_status == error.http_status
    assert error.message in {"the answer is not an envelope", type(error).__name__} | _told(answer)
    assert not isinstance(error, ThrottleError) or error.retry_after == answer.retry_after
    if isinstance(error, MFARequiredError):
        assert fits(error.trigger, MFATrigger | None)


def _told(answer: Response) -> set[str]:
    try:
        body = json.loads(answer.body.decode())
    except (ValueError, RecursionError):
        return set()
    told = (str(body.get(name)) for name in _TOLD) if isinstance(body, dict) else ()
    return {"".join(map(_shown, text))[:_LONGEST] for text in told}


def _shown(char: str) -> str:
    if char.isprintable() or char in "\u200c\u200d":
        return char
    return " " if char.isspace() else "\ufffd"


def _seeds() -> list[bytes]:
    bodies = list(seeds.payloads().values())
    return [
        *(b"200\n" + body for body in bodies),
        *(b"%d 3\n%s" % (status, bodies[status % len(bodies)]) for status in range(200, 600, 37)),
        *(b"%d\n" % status for status in (200, 204, 302, 404, 429, 502)),
        b"200\n<html>" + MARK.encode(),
        b'200\n{"statusCode": 200, "data": NaN}',
        b"200\n" + b"[" * 2000,
    ]


TARGET = Target(
    opened=functools.partial(holding_nothing, _run), seeds=_seeds, words=(MARK, *seeds.keys())
)
