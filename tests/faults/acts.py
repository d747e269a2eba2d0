"""The vocabulary of plans: how an answer can be good, slow, cut, endless or nonsense."""

from __future__ import annotations

import functools
import gzip
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .marks import ANSWER_MARK, FACTOR_ID
from .server import Act, Arrival, Steps, close, hold, keep, reset

MEBIBYTE = 1 << 20
FACTOR = {
    "factorId": FACTOR_ID,
    "factorType": "SMS",
    "profile": {"phoneNumber": "188xxxx8888", "phoneCountryCode": "+86"},
}


def say(*steps: bytes | float, end: Any = close) -> Act:
    """Send bytes and wait seconds, whatever the request was; close at the end."""
    return Act(steps=lambda _: steps, end=end)


def head(*headers: str, status: str = "200 OK") -> bytes:
    """Write a status line and headers, with the empty line after them."""
    lines = (f"HTTP/1.1 {status}", "Content-Type: application/json", *headers, "", "")
    return "\r\n".join(lines).encode("ascii")


def whole(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Write a complete answer with the right content-length."""
    return head(f"Content-Length: {len(body)}", *headers, status=status) + body


def envelope(data: Any = None, *, status_code: int = 200) -> bytes:
    """Write the service's envelope around `data`."""
    return json.dumps({"statusCode": status_code, "message": "", "data": data}).encode()


def answer(
    data: Any = None, *headers: str, status_code: int = 200, http: str = "200 OK", end: Any = keep
) -> Act:
    """Answer with an envelope, in one write, and keep the connection."""
    return say(whole(envelope(data, status_code=status_code), *headers, status=http), end=end)


def body(content: bytes, *headers: str, http: str = "200 OK") -> Act:
    """Answer with any bytes as the body, framed as HTTP wants it."""
    return say(whole(content, *headers, status=http), end=keep)


def page(http: str) -> Act:
    """Answer with a page of HTML, as gateways do."""
    return body(f"<html><body>{ANSWER_MARK}</body></html>".encode(), http=http)


def _echo(arrival: Arrival) -> Steps:
    factor_id = parse_qs(urlsplit(arrival.target).query)["factorId"][0]
    return (whole(envelope({**FACTOR, "factorId": factor_id})),)


echo = Act(steps=_echo)
"""Answer get-factor with the factor that was asked for."""

drop_unread = Act(end=close, reads=False)
drop_after_reading = Act(end=close)
reset_after_reading = Act(end=reset)
never_answer = Act(end=hold)
stall_unread = Act(end=hold, reads=False)

# Each goes on for ten seconds, far beyond any deadline in the tests: a client that hangs fails.
_SLOWLY = (0.05, b" ") * 200
drip_headers = say(b"HTTP/1.1 200 OK\r\nX-Slow: ", *_SLOWLY)
drip_status_line = say(*_SLOWLY)
drip_interim_answers = say(*(0.05, b"HTTP/1.1 100 Continue\r\n\r\n") * 200)
drip_body = say(head("Content-Length: 5000"), *_SLOWLY)
drip_chunks = say(head("Transfer-Encoding: chunked"), *(0.05, b"1\r\n \r\n") * 200)
drip_gzip = say(head("Content-Length: 5000", "Content-Encoding: gzip"), *(0.05, b"\x1f") * 200)
drip_trailers = say(
    head("Transfer-Encoding: chunked"), b"0\r\n", *(0.05, b"X-Trailer: a\r\n") * 200
)
stop_late_in_body = say(head("Content-Length: 5000"), *(0.05, b" ") * 5, end=hold)
stop_in_body = say(head("Content-Length: 5000"), b'{"statusCode": ', end=hold)

cut_json = body(b'{"statusCode": 200, "data": {"factorId": "%b' % ANSWER_MARK.encode())
cut_body = say(head("Content-Length: 5000"), envelope(FACTOR))
cut_chunks = say(head("Transfer-Encoding: chunked"), b"1000\r\n", envelope(FACTOR))
reset_in_body = say(head("Content-Length: 5000"), envelope(FACTOR), 0.05, end=reset)

# A gibibyte, were it ever taken; blanks, since JSON may begin with any number of them.
_BLANKS = b" " * 65536
_FLOOD = (_BLANKS,) * 16384
flood_body = say(head(), *_FLOOD)
flood_chunks = say(head("Transfer-Encoding: chunked"), *(b"10000\r\n", _BLANKS, b"\r\n") * 16384)
flood_trailers = say(
    head("Transfer-Encoding: chunked"), b"0\r\n", *(b"X-Trailer: a\r\n" * 4096,) * 16384
)
# Empty blocks, after the header of a gzip: they inflate to nothing, for ever.
flood_nothing = say(
    head("Content-Encoding: gzip"),
    b"\x1f\x8b\x08" + b"\x00" * 6 + b"\x03",
    *(b"\x00\x00\x00\xff\xff" * 13107,) * 16384,
)
oversized_body = body(b" " * (9 * MEBIBYTE) + envelope(FACTOR))
long_header = say(head("X-Long: " + "a" * 200_000), envelope(FACTOR))
many_headers = say(head(*(f"X-Many-{n}: a" for n in range(5000))), envelope(FACTOR))
endless_headers = say(b"HTTP/1.1 200 OK\r\n", *(b"X-Long: " + b"a" * 60_000 + b"\r\n",) * 5000)


@functools.cache
def bomb() -> Act:
    """Answer with half a mebibyte that inflates to a good answer after 100 MiB of blanks."""
    small = gzip.compress(b" " * (100 * MEBIBYTE) + envelope(FACTOR), compresslevel=1)
    return body(small, "Content-Encoding: gzip")


def redirect(location: str, *headers: str) -> Act:
    """Point elsewhere with a 302 and no body."""
    return body(b"", f"Location: {location}", *headers, http="302 Found")


def flood_redirect(location: str) -> Act:
    """Point elsewhere with a 302 whose body does not end."""
    return say(head(f"Location: {location}", status="302 Found"), *_FLOOD)


def throttle(*headers: str) -> Act:
    """Refuse with 429 as the rate limiter does."""
    return answer(None, *headers, status_code=429, http="429 Too Many Requests")


unavailable = answer(None, "Retry-After: 0", status_code=503, http="503 Service Unavailable")
"""Refuse with 503 in the envelope and in HTTP; the next attempt need not wait."""

established = Act(steps=lambda _: (b"HTTP/1.1 200 Connection established\r\n\r\n",), encrypts=True)
"""Let a CONNECT through."""

NONSENSE = {
    "not HTTP at all": say(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "a status line of noise": say(b"\x00\x01\x02\xff\xfe\r\n\r\n"),
    "a status that is no number": say(b"HTTP/1.1 OK fine\r\n\r\n{}"),
    "an empty line": say(b"\r\n"),
    "a chunk size that is no number": say(
        head("Transfer-Encoding: chunked"), b"zz\r\n{}\r\n0\r\n\r\n"
    ),
    "two content lengths": say(head("Content-Length: 5", "Content-Length: 7"), envelope(FACTOR)),
    "a negative content length": say(head("Content-Length: -5"), b"{"),
    "a content length that is no number": say(head("Content-Length: many"), b"{"),
    "plain text that says it is gzip": body(envelope(FACTOR), "Content-Encoding: gzip"),
    "a gzip that is cut": body(gzip.compress(envelope(FACTOR))[:-12], "Content-Encoding: gzip"),
    "a gzip that is corrupt": body(
        gzip.compress(envelope(FACTOR))[:20] + b"\xff" * 90, "Content-Encoding: gzip"
    ),
    "no body": body(b""),
    "no content": say(b"HTTP/1.1 204 No Content\r\n\r\n", end=keep),
    "JSON that is no object": body(json.dumps([ANSWER_MARK]).encode()),
    "JSON that is only a number": body(b"200"),
    "an object without a statusCode": body(json.dumps({"data": ANSWER_MARK}).encode()),
    "a statusCode that is a string": body(b'{"statusCode": "200", "message": "", "data": {}}'),
    "a statusCode that is true": body(b'{"statusCode": true, "message": "", "data": {}}'),
    "bytes that are no text": body(b'{"statusCode": 200, "message": "\xff\xfe"}'),
    "JSON nested too deep": body(b'{"statusCode": 200, "data": ' + b"[" * 200_000),
    "a number too long to read": body(b'{"statusCode": ' + b"2" * 10_000 + b"}"),
    "a value that is no JSON": body(b'{"statusCode": NaN, "message": ""}'),
    "a charset that nobody has": say(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=martian\r\n\r\n<>"
    ),
    "data without the wanted field": answer({"profile": ANSWER_MARK}),
    "data of the wrong type": answer(ANSWER_MARK),
    "no data": answer(None),
}
