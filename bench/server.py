"""A local HTTP server that answers every GET at once, in a process of its own.

It parses nothing and prepares its one answer beforehand, so that it keeps up with any client and
costs the measured process nothing.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection

FACTOR_ID = "6229ffaa0000000000001234|phone"
FACTOR = {
    "factorId": FACTOR_ID,
    "factorType": "SMS",
    "profile": {"phoneNumber": "188****8888", "phoneCountryCode": "+86"},
}
ENVELOPE = {
    "statusCode": 200,
    "message": "Success",
    "requestId": "bcfd5aad-0000-4000-8000-2f3f4e5a6b7c",
    "data": FACTOR,
}
HEADERS = (
    ("Server", "nginx"),
    ("Date", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ("Content-Type", "application/json; charset=utf-8"),
    ("Connection", "keep-alive"),
    ("Vary", "Accept-Encoding, Origin"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Cache-Control", "no-cache, no-store"),
    ("ETag", 'W/"f3-0000000000000000000000000000"'),
    ("Strict-Transport-Security", "max-age=15724800; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Request-Id", "bcfd5aad-0000-4000-8000-2f3f4e5a6b7c"),
)


@contextlib.contextmanager
def serve(body: object = ENVELOPE) -> Iterator[str]:
    """Serve `body` as JSON on the loopback interface; yields the base URL."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, _answer(body)), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _answer(body: object) -> bytes:
    payload = json.dumps(body).encode()
    lines = [f"{name}: {value}" for name, value in HEADERS]
    head = "\r\n".join(["HTTP/1.1 200 OK", *lines, f"Content-Length: {len(payload)}", "", ""])
    return head.encode() + payload


def _run(pipe: Connection, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        pipe.send(listener.getsockname()[1])
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_answer_all, args=(connection, answer), daemon=True).start()


def _answer_all(connection: socket.socket, answer: bytes) -> None:
    with connection:
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
            if received.endswith(b"\r\n\r\n"):
                connection.sendall(answer)
                received = b""
