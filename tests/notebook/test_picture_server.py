"""The address that a picture is fetched from: who gets it, and what stays behind."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from authing_mfa._values.notebook_server import PictureServer

from .addresses import is_handed_out

pytestmark = pytest.mark.slow

_RESET = struct.pack("ii", 1, 0)
"""Close without waiting, which resets the connection."""


@pytest.fixture
def threads() -> set[threading.Thread]:
    """Return the threads that run before the server."""
    return set(threading.enumerate())


@pytest.fixture
def server(threads: set[threading.Thread]) -> Iterator[PictureServer]:
    server = PictureServer(b"example")
    yield server
    server.close()


def connected(server: PictureServer) -> socket.socket:
    address = urlsplit(server.url)
    assert address.hostname is not None
    return socket.create_connection((address.hostname, int(address.port or 0)), timeout=5)


def all_but(threads: set[threading.Thread]) -> set[threading.Thread]:
    """Wait until only these threads are left, but not for ever, and return which others are."""
    until = time.monotonic() + 10
    while (others := set(threading.enumerate()) - threads) and time.monotonic() < until:
        time.sleep(0.02)
    return others


def test_picture_is_handed_out(server: PictureServer) -> None:
    answer = requests.get(server.url, timeout=5)
    assert (answer.text, answer.headers["Content-Type"]) == ("example", "image/png")


def test_picture_is_not_kept_by_the_browser(server: PictureServer) -> None:
    assert requests.get(server.url, timeout=5).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/%C3%A9"])
def test_other_path_gets_nothing_and_takes_nothing_away(server: PictureServer, path: str) -> None:
    other = f"{server.url.rpartition('/')[0]}{path}"
    assert requests.get(other, timeout=5).status_code == 404
    assert is_handed_out(server.url)


def test_only_this_machine_can_ask(server: PictureServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_addresses_differ() -> None:
    servers = [PictureServer(b"example") for _ in range(2)]
    for server in servers:
        server.close()
    paths = {urlsplit(server.url).path for server in servers}
    assert [len(paths), {len(path) for path in paths}] == [2, {33}]


def test_one_of_many_who_ask_at_once_gets_it(server: PictureServer) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(is_handed_out, [server.url] * 16)) == 1


def test_connections_that_say_nothing_keep_nobody_waiting_and_no_thread(
    server: PictureServer, threads: set[threading.Thread]
) -> None:
    with connected(server), connected(server), connected(server):
        assert is_handed_out(server.url)
        assert set() == all_but(threads)


def test_browser_that_goes_away_is_no_news(
    server: PictureServer, threads: set[threading.Thread], capfd: pytest.CaptureFixture[str]
) -> None:
    with connected(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.sendall(b"GET")
    assert is_handed_out(server.url)
    assert set() == all_but(threads)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("said", [b"", b"GET", b"\xff\x00 nonsense\r\n\r\n", b"GET /\xe9 x\r\n"])
def test_nothing_is_printed(
    server: PictureServer,
    threads: set[threading.Thread],
    capfd: pytest.CaptureFixture[str],
    said: bytes,
) -> None:
    with connected(server) as connection:
        connection.sendall(said)
    assert is_handed_out(server.url)
    assert set() == all_but(threads)
    assert capfd.readouterr() == ("", "")


def test_closed_server_gives_nothing(server: PictureServer) -> None:
    server.close()
    assert not is_handed_out(server.url)


@pytest.mark.parametrize("end", [PictureServer.close, lambda server: is_handed_out(server.url)])
def test_no_thread_and_no_port_are_left(
    server: PictureServer, threads: set[threading.Thread], end: Callable[[PictureServer], object]
) -> None:
    end(server)
    assert set() == all_but(threads)
    with pytest.raises(ConnectionRefusedError):
        connected(server)
