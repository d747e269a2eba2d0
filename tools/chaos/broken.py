"""Acts that drop, reset, cut, garble or stall an answer."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Final

from . import marks
from .acts import (
    BROKEN,
    CHUNKED,
    INVALID,
    LAST_CHUNK,
    TIMED_OUT,
    TOO_LATE,
    Act,
    Raw,
    Scene,
    Steps,
    chunks,
    head,
    nothing,
    say,
    sized,
)


def _half_body(scene: Scene) -> Steps:
    return (sized(scene.body)[: -len(scene.body) // 2],)


def _half_chunks(scene: Scene) -> Steps:
    return head(CHUNKED), b"".join(chunks(scene.body))[: len(scene.body) // 2]


def _no_last_chunk(scene: Scene) -> Steps:
    return (head(CHUNKED), *chunks(scene.body))


def _head_only(scene: Scene) -> Steps:
    return (head(f"Content-Length: {len(scene.body)}"),)


def _half_head(scene: Scene) -> Steps:
    return (sized(scene.body)[:40],)


def _half_zip(scene: Scene) -> Steps:
    return (sized(gzip.compress(scene.body, 1), "Content-Encoding: gzip")[:-20],)


def _half_until_close(scene: Scene) -> Steps:
    return head(), scene.body[: len(scene.body) // 2]


DROP: Final = (
    Act("drop", "before the body is read", BROKEN, nothing, "close", reads=False),
    Act("drop", "after reading", BROKEN, nothing, "close"),
    Act("drop", "a moment after reading", BROKEN, say(0.02), "close"),
)
RESET: Final = (
    Act("reset", "before the body is read", BROKEN, nothing, "reset", reads=False),
    Act("reset", "after reading", BROKEN, nothing, "reset"),
    Act("reset", "within the head", BROKEN, _half_head, "reset"),
    Act("reset", "within the body", BROKEN, _half_body, "reset"),
    Act("reset", "within chunks", BROKEN, _half_chunks, "reset"),
)
CUT: Final = (
    Act("cut", "the status line", BROKEN, say(b"HTTP/1.1 20"), "close"),
    Act("cut", "the head", BROKEN, _half_head, "close"),
    Act("cut", "the body", BROKEN, _half_body, "close"),
    Act("cut", "all of the body", BROKEN, _head_only, "close"),
    Act("cut", "a chunk", BROKEN, _half_chunks, "close"),
    Act("cut", "the last chunk", BROKEN, _no_last_chunk, "close"),
    Act("cut", "a zipped body", BROKEN, _half_zip, "close"),
    Act("cut", "a body without a length", INVALID, _half_until_close, "close"),
)


def _body(change: Callable[[bytes], bytes], *headers: str) -> Callable[[Scene], Steps]:
    """Answer with a changed body, framed as HTTP wants it."""
    return lambda scene: (sized(change(scene.body), *headers),)


def _bad_sum(body: bytes) -> bytes:
    return gzip.compress(body, 1)[:-8] + bytes(8)


def _bad_middle(body: bytes) -> bytes:
    return gzip.compress(body, 1)[:20] + b"\xff" * 90


def _chunk_size(size: bytes) -> Callable[[Scene], Steps]:
    return lambda scene: (head(CHUNKED), size + b"\r\n" + scene.body + b"\r\n", LAST_CHUNK)


def _status_line(line: bytes) -> Callable[[Scene], Steps]:
    return lambda scene: (line + b"\r\n" + sized(scene.body).partition(b"\r\n")[2],)


def _data(data: object) -> Callable[[Scene], Steps]:
    return say(sized(json.dumps({"statusCode": 200, "message": "", "data": data}).encode()))


def _odd_line(scene: Scene) -> Steps:
    return (head(f"Content-Length: {len(scene.body)}", "no header") + scene.body,)


_GZIP: Final = "Content-Encoding: gzip"
_BOMB: Final = gzip.compress(b" " * (9 << 20) + b"{}")
_ODD_FIELDS: Final = {
    "factorId": [marks.ANSWER],
    "factorType": {"note": marks.ANSWER},
    "profile": marks.ANSWER,
    "enrollmentToken": None,
    "verified": marks.ANSWER,
}
_PAGE: Final = f"<html><body>{marks.ANSWER}</body></html>".encode()
CORRUPT: Final = (
    Act("corrupt", "JSON", INVALID, _body(lambda body: body.replace(b":", b";", 1))),
    Act("corrupt", "JSON and more", INVALID, _body(lambda body: body + b"}")),
    Act("corrupt", "text", INVALID, _body(lambda body: body.replace(b"s", b"\xff", 1))),
    Act("corrupt", "JSON cut in its frame", INVALID, _body(lambda body: body[:-9])),
    Act("corrupt", "data of another type", INVALID, _data(marks.ANSWER), in_data=True),
    Act("corrupt", "fields of another type", INVALID, _data(_ODD_FIELDS), in_data=True),
    Act("corrupt", "a bomb", INVALID, say(sized(_BOMB, _GZIP))),
    Act("corrupt", "a length too short", INVALID, lambda scene: (_short(scene),)),
    Act("corrupt", "a page", INVALID, _body(lambda _: _PAGE)),
    Act("corrupt", "no body", INVALID, _body(lambda _: b"")),
    Act("corrupt", "no content", INVALID, say(b"HTTP/1.1 204 No Content\r\n\r\n")),
    Act("corrupt", "a list", INVALID, _body(lambda body: b"[" + body + b"]")),
    Act("corrupt", "a gzip's sum", INVALID, _body(_bad_sum, _GZIP)),
    Act("corrupt", "a gzip's middle", INVALID, _body(_bad_middle, _GZIP)),
    Act("corrupt", "no gzip", INVALID, _body(lambda body: body, _GZIP)),
    Act("corrupt", "the protocol", BROKEN, _status_line(b"HTTQ/1.1 200 OK"), "close"),
    Act("corrupt", "the status", BROKEN, _status_line(b"HTTP/1.1 2x0 OK"), "close"),
    Act("corrupt", "a status too long", BROKEN, _status_line(b"HTTP/1.1 2000 OK"), "close"),
    Act("corrupt", "the version", BROKEN, _status_line(b"HTTP/7.1 200 OK"), "close"),
    Act("corrupt", "noise", BROKEN, say(b"\x00\x01\xff\xfe\r\n\r\n"), "close"),
    Act("corrupt", "a line of the head", BROKEN, _odd_line),
    Act("corrupt", "a chunk's size", BROKEN, _chunk_size(b"xyz"), "close"),
    Act("corrupt", "a chunk's sign", BROKEN, _chunk_size(b"-5"), "close"),
    Act("corrupt", "a chunk too long", BROKEN, _chunk_size(b"ffff"), "close"),
)


def _short(scene: Scene) -> bytes:
    return head(f"Content-Length: {len(scene.body) - 4}") + scene.body


REDIRECT: Final = tuple(
    Act(
        "redirect",
        f"{status} {'with' if with_body else 'without'} an answer",
        INVALID,
        lambda scene, status=status, with_body=with_body: (  # type: ignore[misc]
            sized(scene.body if with_body else b"", f"Location: {scene.trap}", status=status),
        ),
    )
    for status in ("301 Moved", "302 Found", "303 See Other", "307 Moved", "308 Moved")
    for with_body in (False, True)
)
# Without TLS, these break off a body.
_BEGUN: Final = head("Content-Length: 500")
_NOISE: Final = Raw(b"noise within TLS " * 9)
_HALF_RECORD: Final = Raw(b"\x17\x03\x03\x01\x00" + bytes(99))
_ALERT: Final = Raw(b"\x15\x03\x03\x00\x02\x02\x14")
RECORD: Final = (
    Act("record", "noise in place of the answer", BROKEN, say(_NOISE), "close"),
    Act("record", "noise within the answer", BROKEN, say(_BEGUN, _NOISE), "close"),
    Act("record", "an alert", BROKEN, say(_BEGUN, _ALERT), "close"),
    Act("record", "half, then closed", BROKEN, say(_BEGUN, _HALF_RECORD), "close"),
    Act("record", "half, then reset", BROKEN, say(_BEGUN, _HALF_RECORD), "reset"),
)
STALL: Final = (
    Act("stall", "before the answer", TIMED_OUT, nothing, "hold"),
    Act("stall", "within the head", TIMED_OUT, _half_head, "hold"),
    Act("stall", "before the body", TIMED_OUT, _head_only, "hold"),
    Act("stall", "within the body", TIMED_OUT, _half_body, "hold"),
    Act("stall", "within chunks", TIMED_OUT, _half_chunks, "hold"),
    Act("stall", "before the last chunk", TIMED_OUT, _no_last_chunk, "hold"),
    Act("stall", "within a record", TIMED_OUT, say(_BEGUN, _HALF_RECORD), "hold"),
    Act("stall", "after 100", TIMED_OUT, say(b"HTTP/1.1 100 Continue\r\n\r\n"), "hold"),
)


def _drip(start: bytes, drop: bytes) -> Callable[[Scene], Steps]:
    """Go on, a drop at a time, for four seconds: far beyond the short deadline."""
    return say(start, *(0.05, drop) * 80)


LATE: Final = (
    Act("drip", "nothing", TOO_LATE, nothing, "hold"),
    Act("drip", "a status line", TOO_LATE, _drip(b"", b" "), "hold"),
    Act("drip", "a header", TOO_LATE, _drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"), "hold"),
    Act("drip", "headers", TOO_LATE, _drip(b"HTTP/1.1 200 OK\r\n", b"X-Slow: a\r\n"), "hold"),
    Act("drip", "interim answers", TOO_LATE, _drip(b"", b"HTTP/1.1 102 Wait\r\n\r\n"), "hold"),
    Act("drip", "a body", TOO_LATE, _drip(head("Content-Length: 5000"), b" "), "hold"),
    Act("drip", "a body without a length", TOO_LATE, _drip(head(), b" "), "hold"),
    Act("drip", "chunks", TOO_LATE, _drip(head(CHUNKED), b"1\r\n \r\n"), "hold"),
    Act("drip", "trailers", TOO_LATE, _drip(head(CHUNKED) + b"0\r\n", b"X-A: b\r\n"), "hold"),
)
