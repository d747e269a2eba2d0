"""Only a certificate that the caller's authorities vouch for is talked to."""

from __future__ import annotations

import pytest

from authing_mfa import ConnectionFailedError, RequestTimeoutError

from . import acts
from .conftest import Authority, Connect
from .promises import failure, get_factor
from .server import Server


def _assert_not_talked_to(server: Server, connect: Connect, **options: str) -> None:
    server.plan(acts.echo)
    error = failure(lambda: get_factor(connect(server.url, **options)))
    assert isinstance(error, ConnectionFailedError)
    assert (server.connections, server.begun) == (1, 0)


def test_unknown_authority_is_not_talked_to(connect: Connect, secure_server: Server) -> None:
    _assert_not_talked_to(secure_server, connect)


def test_self_signed_certificate_is_not_talked_to(connect: Connect, authority: Authority) -> None:
    with Server(tls=authority.self_signed_context()) as server:
        _assert_not_talked_to(server, connect)


def test_certificate_of_another_host_is_not_talked_to(
    connect: Connect, authority: Authority
) -> None:
    with Server(tls=authority.context("other.example.com")) as server:
        _assert_not_talked_to(server, connect, verify=authority.bundle)


def test_certificate_of_another_authority_is_not_talked_to(
    connect: Connect, secure_server: Server, other_authority: Authority
) -> None:
    _assert_not_talked_to(secure_server, connect, verify=other_authority.bundle)


def test_authority_of_the_caller_is_trusted(
    connect: Connect, secure_server: Server, authority: Authority
) -> None:
    secure_server.plan(acts.echo)
    client = connect(secure_server.url, verify=authority.bundle)
    assert client.get_factor("f_1").factor_id == "f_1"


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_authority_of_the_environment_is_trusted(
    connect: Connect,
    secure_server: Server,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv(name, authority.bundle)
    secure_server.plan(acts.echo)
    assert connect(secure_server.url).get_factor("f_1").factor_id == "f_1"


def test_caller_beats_the_environment(
    connect: Connect,
    secure_server: Server,
    authority: Authority,
    other_authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", other_authority.bundle)
    secure_server.plan(acts.echo)
    client = connect(secure_server.url, verify=authority.bundle)
    assert client.get_factor("f_1").factor_id == "f_1"


def test_environment_does_not_widen_what_the_caller_trusts(
    connect: Connect,
    secure_server: Server,
    authority: Authority,
    other_authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.bundle)
    _assert_not_talked_to(secure_server, connect, verify=other_authority.bundle)


def test_five_calls_take_one_handshake(
    connect: Connect, secure_server: Server, authority: Authority
) -> None:
    secure_server.plan(acts.echo)
    client = connect(secure_server.url, verify=authority.bundle)
    for _ in range(5):
        get_factor(client)
    assert (secure_server.connections, len(secure_server.arrivals)) == (1, 5)


def test_slow_body_over_tls_ends_at_the_deadline(
    connect: Connect, secure_server: Server, authority: Authority
) -> None:
    secure_server.plan(acts.drip_body)
    client = connect(secure_server.url, verify=authority.bundle, deadline=0.15)
    assert isinstance(failure(lambda: get_factor(client)), RequestTimeoutError)


def test_plain_answer_to_a_handshake_is_connection_failed(
    connect: Connect, server: Server
) -> None:
    server.plan(acts.drop_unread)
    client = connect(f"https://127.0.0.1:{server.port}")
    assert isinstance(failure(lambda: get_factor(client)), ConnectionFailedError)
