"""Many calls at once, and how many round trips the sandbox gets through."""

from __future__ import annotations

import contextlib
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import quote, urlsplit

from werkzeug import Response
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from authing_mfa.sandbox import Sandbox
from bench.calls import PATH, by_us
from bench.server import serve

THREADS = 64
SECONDS = 0.05


def of_ideal(rounds: int) -> float:
    """Return how much of what waiting alone allows is reached by 64 threads on one client."""
    calls = 10 * rounds + 10
    together = threading.Barrier(THREADS + 1)

    with serve(seconds=SECONDS) as serving, by_us(serving) as call:

        def work() -> None:
            call()  # connects
            together.wait()
            for _ in range(calls):
                call()

        with ThreadPoolExecutor(THREADS) as pool:
            done = [pool.submit(work) for _ in range(THREADS)]
            together.wait()
            start = time.perf_counter()
            for one in done:
                one.result()
            return calls * SECONDS / (time.perf_counter() - start)


def sandbox_beside_hello(rounds: int) -> float:
    """Return the sandbox's round trips a second by those of "hello", on one kept connection each.

    Werkzeug by itself closes each connection and waits a hundredth of a second before; a hello of
    that kind would be easy to beat.
    """
    with _process(_sandbox) as ours, _process(_hello) as hello:
        ratios = [_rate(*ours) / _rate(*hello) for _ in range(rounds * 2 + 1)]
    return statistics.median(ratios[1:])


def _rate(port: int, request: bytes, trips: int = 2000) -> float:
    with socket.create_connection(("127.0.0.1", port)) as talk:
        talk.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start = time.perf_counter()
        for _ in range(trips):
            talk.sendall(request)
            if not talk.recv(65536).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("the server refused")
        return trips / (time.perf_counter() - start)


@contextlib.contextmanager
def _process(target: Callable[[Connection], None]) -> Iterator[tuple[int, bytes]]:
    """Run a server in a process of its own; yields its port and what to ask it."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _sandbox(pipe: Connection) -> None:
    with Sandbox() as sandbox:
        user = sandbox.add_user(phone="13800000000", factors=["SMS"])
        target = f"{PATH}?factorId={quote(user.user_id)}%7Cphone"
        port = urlsplit(sandbox.url).port
        pipe.send((port, _request(target, sandbox.app_id, user.access_token)))
        threading.Event().wait()


def _hello(pipe: Connection) -> None:
    server = ThreadedWSGIServer("127.0.0.1", 0, Response("hello"), _Kept)
    pipe.send((server.port, _request(PATH, "hello", "hello")))
    server.serve_forever()


def _request(target: str, app_id: str, token: str) -> bytes:
    lines = (
        f"GET {target} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept: application/json",
        f"Authorization: Bearer {token}",
        f"x-authing-app-id: {app_id}",
        "User-Agent: bench",
    )
    return "\r\n".join([*lines, "", ""]).encode()


class _Kept(WSGIRequestHandler):
    """Calls the application on a kept connection, as the sandbox's handler does its service."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        lines = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            lines.append(f"HTTP/1.1 {status}")
            lines.extend(f"{name}: {value}" for name, value in headers)

        body = b"".join(self.server.app(self.make_environ(), start_response))  # type: ignore[arg-type]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)
