"""Whose word counts on certificates and proxies, first to last."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
import requests
import responses

from authing_mfa import ConfigurationError
from authing_mfa._http.environment import proxies, verify
from authing_mfa._secrets import without_password
from tests.support.wire import HOST, Wire, make_client

PROXY = "http://proxy.example.com:3128"


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def bundles(tmp_path: Path) -> dict[str, str]:
    """Give a CA bundle of each source."""
    paths = {source: tmp_path / source for source in ("caller", "session", "first", "second")}
    for path in paths.values():
        shutil.copy(certifi.where(), path)
    return {source: str(path) for source, path in paths.items()}


def test_without_any_word_the_default_certificates_are_used() -> None:
    assert verify(True, None) is True


def test_bundle_of_the_caller_comes_first(
    bundles: dict[str, str], session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundles["first"])
    session.verify = bundles["session"]
    assert bundles["caller"] == verify(bundles["caller"], session)


def test_bundle_of_their_session_comes_second(
    bundles: dict[str, str], session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundles["first"])
    session.verify = bundles["session"]
    assert bundles["session"] == verify(True, session)


def test_bundle_of_the_environment_comes_third(
    bundles: dict[str, str], session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", bundles["second"])
    assert bundles["second"] == verify(True, None)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundles["first"])
    assert bundles["first"] == verify(True, None)
    assert bundles["first"] == verify(True, session)


def test_session_that_does_not_trust_the_environment_is_heeded(
    bundles: dict[str, str], session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundles["first"])
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    session.trust_env = False
    assert verify(True, session) is True
    assert proxies(HOST, None, session) == {}


def test_bundle_of_the_environment_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    with pytest.raises(ConfigurationError, match="no CA bundle at that path"):
        make_client()


def test_empty_variable_is_no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    assert verify(True, None) is True


def test_proxies_of_the_caller_come_first(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    session.proxies = {"https": PROXY}
    assert proxies(HOST, {}, session) == {}
    assert proxies(HOST, {"http": "x"}, None) == {"http": "x"}


def test_proxies_of_their_session_come_second(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    session.proxies = {"https": "http://other.example.com"}
    assert session.proxies == proxies(HOST, None, session)
    assert session.proxies is not proxies(HOST, None, session)


def test_proxies_of_the_environment_come_third(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert proxies(HOST, None, None)["https"] == PROXY
    assert proxies(HOST, None, session)["https"] == PROXY


def test_no_proxy_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "demo.example.com")
    assert proxies(HOST, None, None) == {}


@pytest.mark.parametrize("host", ["http://127.0.0.1:8080", "http://localhost", "https://[::1]"])
def test_proxies_of_the_environment_are_not_for_this_machine(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert proxies(host, None, None) == {}
    assert proxies(host, {"http": PROXY}, None) == {"http": PROXY}


def test_environment_is_read_once(
    wire: Wire, bundles: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundles["first"])
    client = make_client()
    monkeypatch.setenv("HTTPS_PROXY", "http://later.example.com")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    wire.add(
        responses.GET,
        f"{HOST}/api/v3/list-enrolled-factors",
        json={"statusCode": 200, "message": "", "data": []},
        match=[
            responses.matchers.request_kwargs_matcher(
                {
                    "verify": bundles["first"],
                    "proxies": {"https": PROXY},
                    "stream": True,
                    "cert": None,
                }
            )
        ],
    )
    assert client.list_enrolled_factors() == ()


@pytest.mark.parametrize(
    ("proxy", "bare"),
    [
        (PROXY, PROXY),
        ("http://user:word@proxy.example.com:3128", PROXY),
        ("http://user@proxy.example.com:3128", PROXY),
        ("http://user:w@rd@proxy.example.com:3128", PROXY),
        ("http://user:w#rd@proxy.example.com:3128", PROXY),
        ("http://user:w/rd@proxy.example.com:3128", PROXY),
        ("user:word@proxy.example.com:3128", "proxy.example.com:3128"),
        ("proxy.example.com:3128", "proxy.example.com:3128"),
        ("socks5h://user:word@[::1]:1080", "socks5h://[::1]:1080"),
    ],
)
def test_proxy_without_its_password(proxy: str, bare: str) -> None:
    assert bare == without_password(proxy)
