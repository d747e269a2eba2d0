"""A CA bundle that cannot be read is refused at once, by the name under which it came."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from authing_mfa import ConfigurationError, ManagementClient

from .conftest import Connect
from .server import Server

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
    assert 0 == secure_server.connections


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
    assert 0 == secure_server.connections


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
