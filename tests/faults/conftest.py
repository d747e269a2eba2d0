from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import pytest
import trustme

from authing_mfa import AuthenticationClient
from tests.support.sampling import few

from . import marks, promises
from .server import Act, Server

Connect: TypeAlias = Callable[..., AuthenticationClient]

_SETTINGS = (
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("requests_ca_bundle", "curl_ca_bundle", "ssl_cert_file", "ssl_cert_dir", "netrc"),
)


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("home"))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, empty_home: str) -> None:
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HOME", empty_home)


@pytest.fixture(autouse=True)
def _quiet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level("DEBUG", logger="authing_mfa")
    yield
    records = [it for it in caplog.get_records("call") if it.name.startswith("authing_mfa")]
    # Numbers are left out: a time may by chance hold the digits of a marked code.
    facts = [fact for it in records for fact in vars(it).values() if isinstance(fact, str)]
    shown = "".join([*(it.getMessage() for it in records), *facts])
    assert [mark for mark in marks.ALL if mark in shown] == []


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def other() -> Iterator[Server]:
    """Give a second server, which is to stay out of it."""
    with Server() as server:
        yield server


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Give a maker of clients that do not try again unless told to, closed after the test."""
    with contextlib.ExitStack() as stack:

        def make(host: str, **options: Any) -> AuthenticationClient:
            usual = {"access_token": marks.TOKEN, "timeout": (2, 3), "deadline": 5}
            settings = {"app_id": "app_example", "max_retries": 0, **usual, **options}
            return stack.enter_context(AuthenticationClient(app_host=host, **settings))

        yield make


@attrs.frozen
class Write:
    """A call that changes something: how to make it, and what a server says when it is done."""

    name: str
    done: Act

    def __call__(self, client: AuthenticationClient) -> Any:
        return promises.WRITES[self.name](client)


@pytest.fixture(params=few(sorted(promises.WRITES), 1))
def write(request: pytest.FixtureRequest) -> Write:
    return Write(request.param, promises.DONE[request.param])


@pytest.fixture
def refusing_port() -> int:
    """Give a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture
def mute_port() -> Iterator[int]:
    """Give a port that completes no connection: its queue is full and nobody takes from it."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@attrs.frozen
class Authority:
    """A certificate authority of the tests, and the file by which to trust it."""

    ca: trustme.CA
    bundle: str

    def context(self, name: str = "127.0.0.1") -> ssl.SSLContext:
        """Make what a server needs to prove that it is `name`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(name).configure_cert(context)
        return context

    def self_signed_context(self) -> ssl.SSLContext:
        """Make a server context whose certificate vouches for itself."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pem = self.ca.private_key_pem.bytes() + self.ca.cert_pem.bytes()
        with trustme.Blob(pem).tempfile() as path:
            context.load_cert_chain(path)
        return context


def _authority(folder: Path) -> Authority:
    ca = trustme.CA()
    bundle = folder / "ca.pem"
    ca.cert_pem.write_to_path(bundle)
    return Authority(ca, str(bundle))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return _authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return _authority(tmp_path_factory.mktemp("other_ca"))


@pytest.fixture
def secure_server(authority: Authority) -> Iterator[Server]:
    """Give a server of https for 127.0.0.1, vouched for by `authority`."""
    with Server(tls=authority.context()) as server:
        yield server


@pytest.fixture
def proxy(authority: Authority) -> Iterator[Server]:
    """Give a proxy that speaks TLS as demo.example.com to whom it lets through."""
    with Server(tunnel=authority.context("demo.example.com")) as server:
        yield server
