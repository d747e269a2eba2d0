"""A local HTTP server that answers every GET alike, in a process of its own.

It parses nothing and prepares its one answer beforehand, so that it keeps up with any client and
costs the measured process nothing.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import trustme

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


@attrs.frozen
class Serving:
    """A server that runs: its address, and the CA bundle that a client needs for it, if any."""

    host: str
    ca_bundle: str | None = None


@contextlib.contextmanager
def serve(*, tls: bool = False, seconds: float = 0) -> Iterator[Serving]:
    """Serve the envelope on the loopback interface, each answer after so many seconds."""
    with TemporaryDirectory() as folder:
        certificate, ca_bundle = _certify(Path(folder)) if tls else (None, None)
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_run, args=(theirs, certificate, seconds), daemon=True)
        process.start()
        try:
            scheme = "https" if tls else "http"
            yield Serving(f"{scheme}://127.0.0.1:{ours.recv()}", ca_bundle)
        finally:
            process.terminate()
            process.join()


def _certify(folder: Path) -> tuple[str, str]:
    """Return the paths of a certificate with its key, and of the bundle that vouches for it."""
    authority = trustme.CA()
    certificate, ca_bundle = folder / "certificate.pem", folder / "ca.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    authority.cert_pem.write_to_path(ca_bundle)
    return str(certificate), str(ca_bundle)


def _answer() -> bytes:
    payload = json.dumps(ENVELOPE).encode()
    lines = [f"{name}: {value}" for name, value in HEADERS]
    head = "\r\n".join(["HTTP/1.1 200 OK", *lines, f"Content-Length: {len(payload)}", "", ""])
    return head.encode() + payload


def _run(pipe: Connection, certificate: str | None, seconds: float) -> None:
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        pipe.send(listener.getsockname()[1])
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            arguments = (connection, context, seconds)
            threading.Thread(target=_answer_all, args=arguments, daemon=True).start()


def _answer_all(connection: socket.socket, context: ssl.SSLContext | None, seconds: float) -> None:
    answer = _answer()
    with context.wrap_socket(connection, server_side=True) if context else connection as talk:
        received = b""
        while chunk := talk.recv(65536):
            received += chunk
            if received.endswith(b"\r\n\r\n"):
                time.sleep(seconds)
                talk.sendall(answer)
                received = b""
