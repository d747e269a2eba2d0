"""A CA bundle that cannot be read is refused at once, by the name under which it came."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from authing_mfa import ConfigurationError, ConnectionFailedError, ManagementClient

from . import acts
from .conftest import Authority, Connect
from .promises import WRITES, failure, get_factor
from .server import Server, close

USELESS = {
    "empty": b"",
    "garbage": b"\x00\xff garbage " * 100,
    "cut": b"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIU\n",
    "no base64": b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
    "no certificate": b"-----BEGIN CERTIFICATE-----\nZXhhbXBsZQ==\n-----END CERTIFICATE-----\n",
    "a page": b"<html><body>Please sign in to the network</body></html>",
}


@pytest.fixture(params=[*USELESS, "missing"])
def useless(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the path of a bundle from which nothing can be read."""
    bundle = tmp_path / "bundle.pem"
    if request.param != "missing":
        bundle.write_bytes(USELESS[request.param])
    return str(bundle)


def test_bundle_of_the_caller_is_refused_at_once(
    connect: Connect, secure_server: Server, useless: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"^verify: .*CA bundle") as caught:
        connect(secure_server.url, verify=useless)
    assert useless not in str(caught.value)
    assert secure_server.connections == 0


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_bundle_of_the_environment_is_refused_by_its_name(
    connect: Connect,
    secure_server: Server,
    useless: str,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv(name, useless)
    with pytest.raises(ConfigurationError, match=rf"^{name}: .*CA bundle"):
        connect(secure_server.url)
    assert secure_server.connections == 0


def test_bundle_of_the_callers_session_is_refused(
    connect: Connect, secure_server: Server, useless: str
) -> None:
    with requests.Session() as session:
        session.verify = useless
        with pytest.raises(ConfigurationError, match=r"verify: .*CA bundle"):
            connect(secure_server.url, session=session)


def test_bundle_is_refused_for_an_administrator_too(useless: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^verify: .*CA bundle"):
        ManagementClient(
            access_key_id="key_example", access_key_secret="example-secret", verify=useless
        )


@pytest.fixture
def fleeting(authority: Authority, tmp_path: Path) -> Path:
    """Give the path of a good bundle that a test may take away."""
    bundle = tmp_path / "fleeting.pem"
    bundle.write_bytes(Path(authority.bundle).read_bytes())
    return bundle


def test_kept_connection_needs_its_bundle_no_more(
    connect: Connect, secure_server: Server, fleeting: Path
) -> None:
    secure_server.plan(acts.echo)
    client = connect(secure_server.url, verify=str(fleeting))
    get_factor(client)
    fleeting.unlink()
    assert client.get_factor("f_2").factor_id == "f_2"
    assert secure_server.connections == 1


@pytest.mark.parametrize("used_before", [False, True])
def test_bundle_that_is_missing_for_a_moment_is_named(
    connect: Connect, secure_server: Server, fleeting: Path, used_before: bool
) -> None:
    secure_server.plan(acts.answer(acts.FACTOR, end=close), acts.answer())
    client = connect(secure_server.url, verify=str(fleeting))
    if used_before:
        get_factor(client)
        secure_server.settle()
    content = fleeting.read_bytes()
    fleeting.unlink()
    error = failure(lambda: WRITES["reset-factor"](client))
    assert isinstance(error, ConnectionFailedError)
    assert not error.outcome_unknown
    assert "the CA bundle is not there" in str(error)
    fleeting.write_bytes(content)
    secure_server.plan(acts.answer())
    WRITES["reset-factor"](client)
