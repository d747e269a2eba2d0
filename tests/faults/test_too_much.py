"""Answers that do not end, or end far beyond what a client should take."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest
import requests
from requests.adapters import HTTPAdapter

from authing_mfa import ConnectionFailedError, InvalidResponseError
from tests.support.sampling import few

from . import acts
from .conftest import Connect
from .promises import failure, get_factor
from .server import Act, Server

BODIES = {
    "without a length": acts.flood_body,
    "in chunks": acts.flood_chunks,
    "with a length": acts.oversized_body,
    "of a redirect": acts.flood_redirect("http://127.0.0.1:9/"),
}
HEADERS = {
    "one is long": acts.long_header,
    "there are many": acts.many_headers,
    "they do not end": acts.endless_headers,
}


@pytest.mark.parametrize("act", BODIES.values(), ids=BODIES)
def test_endless_body_is_refused_early(connect: Connect, server: Server, act: Act) -> None:
    server.plan(act)
    error = failure(lambda: get_factor(connect(server.url)))
    assert isinstance(error, InvalidResponseError)
    # 8 MiB are taken, and what the sockets on both sides hold beside them.
    assert server.sent < 40 * acts.MEBIBYTE


def test_body_that_inflates_beyond_the_bound_is_refused(connect: Connect, server: Server) -> None:
    server.plan(acts.bomb())
    error = failure(lambda: get_factor(connect(server.url)))
    assert isinstance(error, InvalidResponseError)
    assert error.http_status == 200


def test_body_that_inflates_takes_no_more_memory_than_the_bound_needs(
    connect: Connect, server: Server
) -> None:
    server.plan(acts.bomb())
    client = connect(server.url)
    tracemalloc.start()
    try:
        failure(lambda: get_factor(client))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * acts.MEBIBYTE


def test_large_body_within_the_bound_is_taken(connect: Connect, server: Server) -> None:
    server.plan(acts.body(b" " * (7 * acts.MEBIBYTE) + acts.envelope(acts.FACTOR)))
    assert acts.FACTOR["factorId"] == get_factor(connect(server.url)).factor_id


@pytest.mark.parametrize("act", HEADERS.values(), ids=HEADERS)
def test_headers_beyond_reason_are_refused(connect: Connect, server: Server, act: Act) -> None:
    server.plan(act)
    error = failure(lambda: get_factor(connect(server.url)))
    assert isinstance(error, InvalidResponseError | ConnectionFailedError)
    assert server.sent < 40 * acts.MEBIBYTE


def test_next_call_has_a_connection_of_its_own_after_an_endless_body(
    connect: Connect, server: Server
) -> None:
    server.plan(acts.flood_body, acts.echo)
    client = connect(server.url)
    failure(lambda: get_factor(client))
    assert client.get_factor("f_2").factor_id == "f_2"
    assert server.connections == 2


ENCODINGS = {
    "stacked": ("gzip, gzip",),
    "stacked in two headers": ("gzip", "gzip"),
    "stacked on nothing": ("identity, gzip",),
    "not asked for": ("br",),
    "not asked for either": ("zstd",),
    "unknown": ("compress",),
    "of another name": ("x-gzip",),
}


@pytest.mark.parametrize("whose", ["ours", "plain", "with an adapter of its own"])
@pytest.mark.parametrize("names", ENCODINGS.values(), ids=ENCODINGS)
def test_encoding_that_was_not_asked_for_is_refused_unread(
    connect: Connect, server: Server, names: tuple[str, ...], whose: str
) -> None:
    headers = [f"Content-Encoding: {name}" for name in names]
    body = gzip.compress(gzip.compress(b" " * acts.MEBIBYTE))
    server.plan(acts.say(acts.head(*headers), body, 3.0, body))
    with requests.Session() as session:
        if whose == "with an adapter of its own":
            session.mount("http://", HTTPAdapter(max_retries=1))
        client = connect(server.url, session=None if whose == "ours" else session)
        error = failure(lambda: get_factor(client))
    assert isinstance(error, InvalidResponseError)
    assert (error.http_status, error.where) == (200, "body")
    assert server.sent < 2 * acts.MEBIBYTE


@pytest.fixture(scope="module")
def layers() -> bytes:
    """Give 100 MiB of blanks, compressed twice."""
    return gzip.compress(gzip.compress(b" " * (100 * acts.MEBIBYTE), compresslevel=1))


@pytest.mark.parametrize("whose", few(["ours", "with an adapter of its own", "plain"], 2))
def test_layers_of_gzip_take_no_memory(
    connect: Connect, server: Server, layers: bytes, whose: str
) -> None:
    server.plan(acts.body(layers, "Content-Encoding: gzip, gzip"))
    with requests.Session() as session:
        if whose == "with an adapter of its own":
            session.mount("http://", HTTPAdapter(max_retries=1))
        client = connect(server.url, session=None if whose == "ours" else session)
        tracemalloc.start()
        try:
            failure(lambda: get_factor(client))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 4 * acts.MEBIBYTE


@pytest.mark.parametrize("name", ["gzip", "GZIP", "identity", ""])
def test_encoding_that_was_asked_for_is_read(connect: Connect, server: Server, name: str) -> None:
    good = acts.envelope(acts.FACTOR)
    body = gzip.compress(good) if "gzip" in name.lower() else good
    server.plan(acts.body(body, f"Content-Encoding: {name}"))
    assert get_factor(connect(server.url)).factor_id == acts.FACTOR["factorId"]
