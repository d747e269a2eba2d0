"""The token goes to the service, and nothing else goes in its place."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from . import acts, marks
from .conftest import Connect, Write
from .promises import failure, get_factor
from .server import Server

BEARER = f"Bearer {marks.TOKEN}"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 T", "308 P"])
def test_redirect_to_another_host_is_not_followed(
    connect: Connect, server: Server, other: Server, status: str
) -> None:
    other.plan(acts.echo)
    server.plan(acts.body(b"", f"Location: {other.url}/{marks.ANSWER_MARK}", http=status))
    failure(lambda: get_factor(connect(server.url, max_retries=2)))
    assert (len(server.arrivals), other.connections) == (1, 0)


def test_redirect_of_a_write_is_not_followed(
    connect: Connect, server: Server, other: Server, write: Write
) -> None:
    other.plan(write.done)
    server.plan(acts.redirect(f"{other.url}/"), write.done)
    client = connect(server.url, max_retries=2)
    assert failure(lambda: write(client)).outcome_unknown
    assert (len(server.arrivals), other.connections) == (1, 0)


def test_token_is_sent_as_bearer(connect: Connect, server: Server) -> None:
    server.plan(acts.echo)
    get_factor(connect(server.url))
    assert [arrival.token for arrival in server.arrivals] == [BEARER]


def test_cookie_is_never_sent_back(connect: Connect, server: Server) -> None:
    server.plan(acts.answer(acts.FACTOR, "Set-Cookie: session=of-another-user; Path=/"))
    client = connect(server.url)
    get_factor(client)
    get_factor(client)
    assert [arrival.headers["Cookie"] for arrival in server.arrivals] == [None, None]


def test_cookie_is_not_sent_back_on_another_try(connect: Connect, server: Server) -> None:
    cookie = "Set-Cookie: session=of-another-user; Path=/"
    busy = acts.answer(None, cookie, status_code=503, http="503 Service Unavailable")
    server.plan(busy, acts.echo)
    get_factor(connect(server.url, deadline=20, max_retries=1))
    assert [arrival.headers["Cookie"] for arrival in server.arrivals] == [None, None]


def test_cookie_is_not_left_in_the_session_of_the_caller(connect: Connect, server: Server) -> None:
    server.plan(acts.answer(acts.FACTOR, "Set-Cookie: session=of-another-user; Path=/"))
    with requests.Session() as session:
        get_factor(connect(server.url, session=session))
        assert session.cookies.get_dict() == {}


@pytest.mark.parametrize(("name", "place"), [("NETRC", ".netrc"), ("HOME", "")])
def test_netrc_does_not_replace_the_token(
    connect: Connect,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    place: str,
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password example\n")
    netrc.chmod(0o600)
    monkeypatch.setenv(name, str(tmp_path / place))
    server.plan(acts.echo)
    get_factor(connect(server.url))
    assert [arrival.token for arrival in server.arrivals] == [BEARER]


def test_netrc_adds_nothing_where_no_token_is_due(
    connect: Connect, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login someone password example\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.plan(acts.body(b'{"active": false}'))
    connect(server.url).introspect_mfa_token(marks.ENROLLMENT_TOKEN)
    assert "Basic" not in (server.arrivals[0].token or "")
