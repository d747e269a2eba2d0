"""The words of a plan: what is done to one request, and how a call must end that met it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import attrs

Steps: TypeAlias = Iterable["bytes | float"]

CONNECT_SECONDS: Final = 1.0
READ_SECONDS: Final = 1.0
DEADLINE: Final = 3.0
SHORT_DEADLINE: Final = 0.5
MAX_RETRIES: Final = 2


@attrs.frozen
class Outcome:
    """How a try ends.

    Attributes:
        end: "value", or the name of the error's class.
        again: Whether a read is tried once more.
        status: The ``status_code`` of a refusal.
        retry_after: What the refusal says of the time to wait.
        seconds: How long it takes at least.
        left: Whether the request may have left; where not, a write is tried again as well.
    """

    end: str
    again: bool = False
    status: int | None = None
    retry_after: float | None = None
    seconds: float = 0.0
    left: bool = True


VALUE: Final = Outcome("value")
BROKEN: Final = Outcome("ConnectionFailedError", again=True)
INVALID: Final = Outcome("InvalidResponseError")
TIMED_OUT: Final = Outcome("RequestTimeoutError", again=True, seconds=READ_SECONDS)
TOO_LATE: Final = Outcome("RequestTimeoutError", seconds=SHORT_DEADLINE)
"""The deadline passed within the try: there is no time for another."""


@attrs.frozen
class Scene:
    """What an act is played with.

    Attributes:
        body: The good answer to the request.
        trap: An address of the server's that nobody is to call.
    """

    body: bytes
    trap: str = ""


@attrs.frozen
class Act:
    """What happens to one request: bytes to send and seconds to wait, then an end.

    Attributes:
        family: The row of the report.
        finish: "keep" the connection, "close" it, "reset" it, or "hold" it and say nothing more.
        reads: False: the end is played as soon as the head has come, the body unread.
        in_data: Whether only the answer's data is odd; calls that read none have their value.
    """

    family: str
    name: str
    outcome: Outcome
    steps: Callable[[Scene], Steps]
    finish: str = "keep"
    reads: bool = True
    in_data: bool = False

    def __str__(self) -> str:
        return f"{self.family}: {self.name}"


class Raw(bytes):
    """Bytes that are sent beneath TLS."""


def nothing(_: Scene) -> Steps:
    return ()


def say(*steps: bytes | float) -> Callable[[Scene], Steps]:
    """Say the same to everybody."""
    return lambda _: steps


def head(*headers: str, status: str = "200 OK", version: str = "HTTP/1.1") -> bytes:
    """Write a status line and headers, with the empty line after them."""
    lines = (f"{version} {status}", "Content-Type: application/json", *headers, "", "")
    return "\r\n".join(lines).encode("ascii")


def sized(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Write a whole answer with its content-length."""
    return head(f"Content-Length: {len(body)}", *headers, status=status) + body


def chunks(body: bytes, size: int = 64, extension: str = "") -> list[bytes]:
    """Cut a body into chunks, the last one left out."""
    parts = (body[i : i + size] for i in range(0, len(body), size))
    return [b"%x%b\r\n%b\r\n" % (len(part), extension.encode(), part) for part in parts]


CHUNKED: Final = "Transfer-Encoding: chunked"
LAST_CHUNK: Final = b"0\r\n\r\n"
