"""A company's own authority: trusted by argument or environment, the argument first."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from authing_mfa import (
    AuthenticationClient,
    ConnectionFailedError,
    ManagementClient,
)

from . import acts
from .conftest import Authority, Connect, Write
from .promises import failure, get_factor
from .server import Server
from .services import TokenService

HOST = "https://demo.example.com"
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
each_variable = pytest.mark.parametrize("name", VARIABLES)


def _trusted(client: AuthenticationClient, server: Server) -> None:
    server.plan(acts.echo)
    assert client.get_factor("f_1").factor_id == "f_1"


def _not_trusted(client: AuthenticationClient, server: Server) -> None:
    server.plan(acts.echo)
    error = failure(lambda: get_factor(client))
    assert isinstance(error, ConnectionFailedError)
    assert "CERTIFICATE" in str(error).upper()
    assert server.arrivals == []


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_variable_that_is_not_documented_counts_for_nothing(
    connect: Connect,
    secure_server: Server,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv(name, authority.bundle)
    _not_trusted(connect(secure_server.url), secure_server)


def test_first_variable_counts_where_they_are_in_conflict(
    connect: Connect,
    secure_server: Server,
    authority: Authority,
    other_authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", other_authority.bundle)
    monkeypatch.setenv("CURL_CA_BUNDLE", authority.bundle)
    _not_trusted(connect(secure_server.url), secure_server)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.bundle)
    monkeypatch.setenv("CURL_CA_BUNDLE", other_authority.bundle)
    _trusted(connect(secure_server.url), secure_server)


@each_variable
class TestCallerInConflictWithTheEnvironment:
    def test_who_is_right_is_heeded(
        self,
        connect: Connect,
        secure_server: Server,
        authority: Authority,
        other_authority: Authority,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ) -> None:
        monkeypatch.setenv(name, other_authority.bundle)
        _trusted(connect(secure_server.url, verify=authority.bundle), secure_server)

    def test_who_is_wrong_is_heeded_too(
        self,
        connect: Connect,
        secure_server: Server,
        authority: Authority,
        other_authority: Authority,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ) -> None:
        monkeypatch.setenv(name, authority.bundle)
        _not_trusted(connect(secure_server.url, verify=other_authority.bundle), secure_server)

    def test_who_is_right_does_not_hear_of_a_variable_that_cannot_be_read(
        self,
        connect: Connect,
        secure_server: Server,
        authority: Authority,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ) -> None:
        monkeypatch.setenv(name, "/no/such/bundle.pem")
        _trusted(connect(secure_server.url, verify=authority.bundle), secure_server)

    @pytest.mark.parametrize("is_right", [True, False])
    def test_session_of_the_caller_is_heeded(
        self,
        connect: Connect,
        secure_server: Server,
        authority: Authority,
        other_authority: Authority,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        is_right: bool,
    ) -> None:
        ours, theirs = (authority, other_authority) if is_right else (other_authority, authority)
        monkeypatch.setenv(name, theirs.bundle)
        with requests.Session() as session:
            session.verify = ours.bundle
            client = connect(secure_server.url, session=session)
            (_trusted if is_right else _not_trusted)(client, secure_server)


@pytest.fixture
def administrate() -> Callable[..., ManagementClient]:
    """Give a maker of administrators' clients."""

    def make(host: str, **options: str) -> ManagementClient:
        return ManagementClient(
            access_key_id="key_example",
            access_key_secret="example-secret",
            host=host,
            max_retries=0,
            **options,  # type: ignore[arg-type]
        )

    return make


@each_variable
def test_administrators_token_is_fetched_by_the_same_rules(
    administrate: Callable[..., ManagementClient],
    secure_server: Server,
    authority: Authority,
    other_authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    secure_server.plan(TokenService().act)
    monkeypatch.setenv(name, authority.bundle)
    with administrate(secure_server.url) as administrator:
        administrator.get_user_mfa_info("u_1")
    with administrate(secure_server.url, verify=other_authority.bundle) as administrator:
        error = failure(lambda: administrator.get_user_mfa_info("u_1"))
    assert isinstance(error, ConnectionFailedError)
    assert secure_server.begun == 2


@pytest.fixture
def interceptor(authority: Authority) -> Iterator[Server]:
    """Give a proxy that opens the TLS of every host, with certificates of the company."""
    with Server(tunnel=authority.context("demo.example.com")) as proxy:
        yield proxy


class TestProxyThatOpensTheTLS:
    @each_variable
    def test_is_trusted_by_the_environment_alone(
        self,
        connect: Connect,
        interceptor: Server,
        authority: Authority,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", interceptor.url)
        monkeypatch.setenv(name, authority.bundle)
        interceptor.plan(acts.established, acts.echo)
        assert connect(HOST).get_factor("f_1").factor_id == "f_1"

    def test_is_trusted_by_the_caller_against_the_environment(
        self,
        connect: Connect,
        interceptor: Server,
        authority: Authority,
        other_authority: Authority,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", interceptor.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", other_authority.bundle)
        interceptor.plan(acts.established, acts.echo)
        assert connect(HOST, verify=authority.bundle).get_factor("f_1").factor_id == "f_1"

    def test_is_not_trusted_against_the_caller_and_no_write_left(
        self,
        connect: Connect,
        interceptor: Server,
        authority: Authority,
        other_authority: Authority,
        monkeypatch: pytest.MonkeyPatch,
        write: Write,
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", interceptor.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.bundle)
        interceptor.plan(acts.established)
        error = failure(lambda: write(connect(HOST, verify=other_authority.bundle)))
        assert isinstance(error, ConnectionFailedError)
        assert not error.outcome_unknown
        assert [it.method for it in interceptor.arrivals] == ["CONNECT"]

    def test_is_not_trusted_without_a_word(self, connect: Connect, interceptor: Server) -> None:
        interceptor.plan(acts.established)
        client = connect(HOST, proxies={"https": interceptor.url})
        assert isinstance(failure(lambda: get_factor(client)), ConnectionFailedError)
        assert interceptor.begun == 1


def _hashed(folder: Path, bundle: str) -> Path:
    """Put a certificate into a folder under the name by which OpenSSL looks for it."""
    command = ["openssl", "x509", "-noout", "-subject_hash", "-in", bundle]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    shutil.copy(bundle, folder / f"{name}.0")
    return folder


@pytest.mark.skipif(shutil.which("openssl") is None, reason="asks openssl for a name")
class TestFolderOfCertificates:
    def test_of_the_caller_is_trusted(
        self, connect: Connect, secure_server: Server, authority: Authority, tmp_path: Path
    ) -> None:
        folder = _hashed(tmp_path, authority.bundle)
        _trusted(connect(secure_server.url, verify=str(folder)), secure_server)

    @each_variable
    def test_of_the_environment_is_trusted(
        self,
        connect: Connect,
        secure_server: Server,
        authority: Authority,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ) -> None:
        monkeypatch.setenv(name, str(_hashed(tmp_path, authority.bundle)))
        _trusted(connect(secure_server.url), secure_server)

    def test_with_others_in_it_trusts_nobody_else(
        self, connect: Connect, secure_server: Server, other_authority: Authority, tmp_path: Path
    ) -> None:
        folder = _hashed(tmp_path, other_authority.bundle)
        _not_trusted(connect(secure_server.url, verify=str(folder)), secure_server)
