"""The server's ledger: what arrives is counted, whole or in part, once or twice."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.chaos import good, marks
from tools.chaos.plan import planned
from tools.chaos.process import Process
from tools.chaos.server import Entry

SEED = 1
NUMBER = next(n for n in range(9999) if planned(SEED, n).acts == (good.PLAIN[0],) * 3)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    with Process(SEED, 1, tmp_path) as process:
        yield process


def request(body: bytes = b"{}", length: int = 2) -> bytes:
    head = (
        "POST /api/v3/reset-factor HTTP/1.1",
        f"Authorization: Bearer {marks.label(NUMBER)}",
        f"Content-Length: {length}",
    )
    return "\r\n".join((*head, "", "")).encode() + body


def send(port: int, raw: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(raw)
        sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def test_request_that_arrives_twice_is_counted_twice(process: Process) -> None:
    for _ in range(2):
        assert send(process.port, request()).endswith(b'"data": null}')
    assert process.settled().entries == {NUMBER: Entry(begun=2, whole=2)}


@pytest.mark.slow
def test_request_that_arrives_in_part_is_not_whole(process: Process) -> None:
    assert send(process.port, request(length=9)) == b""
    assert process.settled().entries == {NUMBER: Entry(begun=1, whole=0)}


@pytest.mark.slow
def test_request_of_nobody_is_counted(process: Process) -> None:
    send(process.port, b"GET /api/v3/get-factor HTTP/1.1\r\n\r\n")
    assert process.settled().strangers == 1


@pytest.mark.slow
def test_request_of_two_calls_is_counted(process: Process) -> None:
    body = f"{marks.label(NUMBER)} {marks.label(NUMBER + 1)}".encode()
    send(process.port, request(body, len(body)))
    assert process.settled().strangers == 1


@pytest.mark.slow
def test_connection_that_is_open_is_told(process: Process) -> None:
    with socket.create_connection(("127.0.0.1", process.port), timeout=10) as sock:
        sock.sendall(request())
        sock.recv(65536)
        assert process.ledger().open == 1
    assert process.settled().open == 0
