"""One step from an HTTP message to its neighbour, in the lines of its head."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

_END: Final = b"\r\n"
COMMON: Final = (
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: identity",
    b"Content-Length: 0",
    b"Content-Length: 2",
    b"Content-Length: -1",
    b"Content-Length: 2, 3",
    b"Content-Length: 2_0",
    b"Content-Length: 99999999999999999999",
    b"Content-Length:",
    b"Content-Type: application/json; charset",
    b"Content-Type: ;;=;charset=\"'",
    b"Content-Type: text/html; charset=martian",
    b"Content-Encoding: gzip",
    b"Content-Encoding: deflate, gzip, gzip",
    b"Content-Encoding: br",
    b"Connection: close",
    b"Connection: keep-alive, upgrade",
    b"Expect: 100-continue",
    b" folded",
    b": nameless",
    b"no colon",
    b"X-\xff: \xff\xfe",
    b"X: \x00\x0b\r",
    b"Date: Thu, 32 Jan 0000 99:99:99 -9999",
)
OF_ANSWERS: Final = (
    b"Location: http://[",
    b"Location: \xff//@:0/MARKED-",
    b"Set-Cookie: a=MARKED-; Domain=.1; Max-Age=x; Expires=Thu, 99",
    b'Set-Cookie: =;;=;version=x;port="a"',
    b"Retry-After: -1",
    b"Retry-After: 1e999",
    b"Retry-After: nan",
    b"Retry-After: Thu, 01 Jan 0001 00:00:00 -2400",
    b"WWW-Authenticate: Digest nonce=MARKED-",
    b'Link: <x>; rel="next", <',
    b"HTTP/1.1 200 OK",
    b"HTTP/1.1 103 Early",
)


def relined(data: bytes, lines: Sequence[bytes], rng: Random) -> bytes:
    """Return a message in which a line of the head came, went, or took another place."""
    head, end, body = data.partition(_END * 2)
    parts = head.split(_END)
    place = rng.randrange(len(parts))
    change = rng.randrange(4)
    if change == 0 and len(parts) > 1:
        del parts[place]
    elif change == 1:
        parts.insert(rng.randrange(len(parts) + 1), parts[place])
    elif change == 2:
        parts[place] = rng.choice(lines)
    else:
        parts.insert(place + 1, rng.choice(lines))
    return _END.join(parts) + end + body
