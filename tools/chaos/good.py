"""Acts that are good answers in odd clothes: a call that meets one gets its value."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from typing import Final

from .acts import CHUNKED, LAST_CHUNK, VALUE, Act, Scene, Steps, chunks, head, sized


def _framed(*headers: str, status: str = "200 OK") -> Callable[[Scene], Steps]:
    return lambda scene: (sized(scene.body, *headers, status=status),)


def _in_two(place: int) -> Callable[[Scene], Steps]:
    return lambda scene: (sized(scene.body)[:place], 0.05, sized(scene.body)[place:])


def _late(scene: Scene) -> Steps:
    return 0.08, sized(scene.body)


def _late_body(scene: Scene) -> Steps:
    return head(f"Content-Length: {len(scene.body)}"), 0.05, scene.body


def _late_chunks(scene: Scene) -> Steps:
    yield head(CHUNKED)
    for chunk in chunks(scene.body, 100):
        yield chunk
        yield 0.02
    yield LAST_CHUNK


def _in_chunks(
    *headers: str, size: int = 64, extension: str = "", trailers: str = ""
) -> Callable[[Scene], Steps]:
    last = f"0\r\n{trailers}\r\n".encode()
    return lambda scene: (
        b"".join([head(CHUNKED, *headers), *chunks(scene.body, size, extension), last]),
    )


def _zipped(scene: Scene) -> Steps:
    return (sized(gzip.compress(scene.body, 1), "Content-Encoding: gzip"),)


def _zipped_chunks(scene: Scene) -> Steps:
    small = gzip.compress(scene.body, 1)
    return (head(CHUNKED, "Content-Encoding: gzip"), *chunks(small, 20), LAST_CHUNK)


def _deflated(scene: Scene) -> Steps:
    return (sized(zlib.compress(scene.body), "Content-Encoding: deflate"),)


def _until_close(scene: Scene) -> Steps:
    return head(), scene.body


def _old(scene: Scene) -> Steps:
    return head(version="HTTP/1.0"), scene.body


def _old_with_length(scene: Scene) -> Steps:
    return head(f"Content-Length: {len(scene.body)}", version="HTTP/1.0"), scene.body


def _long(scene: Scene) -> Steps:
    return (sized(b" " * 100_000 + scene.body),)


def _bare_line_feeds(scene: Scene) -> Steps:
    return (head(f"Content-Length: {len(scene.body)}").replace(b"\r\n", b"\n") + scene.body,)


def _twice(scene: Scene) -> Steps:
    return (sized(scene.body) * 2,)


PLAIN: Final = (
    Act("plain", "content-length", VALUE, _framed()),
    Act("plain", "chunked", VALUE, _in_chunks()),
    Act("plain", "gzip", VALUE, _zipped),
)
DELAY: Final = (
    Act("delay", "before the head", VALUE, _late),
    Act("delay", "within the head", VALUE, _in_two(30)),
    Act("delay", "before the body", VALUE, _late_body),
    Act("delay", "within the body", VALUE, _in_two(-9)),
    Act("delay", "between chunks", VALUE, _late_chunks),
)
FRAMING: Final = (
    Act("framing", "until close", VALUE, _until_close, "close"),
    Act("framing", "HTTP/1.0 until close", VALUE, _old, "close"),
    Act("framing", "HTTP/1.0 with a length", VALUE, _old_with_length, "close"),
    Act("framing", "connection: close", VALUE, _framed("Connection: close"), "close"),
    Act("framing", "chunk extensions", VALUE, _in_chunks(extension=';name="a b"')),
    Act("framing", "chunks of one byte", VALUE, _in_chunks(size=1)),
    Act("framing", "chunked beside a wrong length", VALUE, _in_chunks("Content-Length: 3")),
    Act("framing", "zipped chunks", VALUE, _zipped_chunks),
    Act("framing", "deflate", VALUE, _deflated),
    Act("framing", "a long body", VALUE, _long),
    Act("framing", "bare line feeds", VALUE, _bare_line_feeds),
    Act("framing", "no reason", VALUE, _framed(status="200")),
    Act("framing", "201", VALUE, _framed(status="201 Created")),
    Act("framing", "a folded header", VALUE, _framed("X-Folded: a\r\n b")),
    Act("framing", "the answer twice", VALUE, _twice),
)
_WEIGHTY: Final = "Content-Length: 5\r\nSet-Cookie: a=1\r\nRetry-After: 9\r\n"
TRAILER: Final = (
    Act("trailer", "one", VALUE, _in_chunks(trailers="X-Trailer: a\r\n")),
    Act("trailer", "those that mean something in a head", VALUE, _in_chunks(trailers=_WEIGHTY)),
)
