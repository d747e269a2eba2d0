"""The files that TLS needs are read once, by all connections of a client."""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from authing_mfa import ConnectionFailedError

from . import acts
from .conftest import Authority, Connect
from .programs import FORKING, told
from .promises import failure, get_factor
from .server import Server, close

ONE_EACH = acts.answer(acts.FACTOR, "Connection: close", end=close)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Give a list of what is loaded into contexts to be trusted, once it is begun with clear()."""
    files: list[Any] = []
    load = ssl.SSLContext.load_verify_locations

    def noting(self: ssl.SSLContext, cafile: Any = None, *args: Any, **kwargs: Any) -> None:
        files.append(cafile)
        load(self, cafile, *args, **kwargs)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noting)
    return files


@pytest.fixture
def bundle(authority: Authority, tmp_path: Path) -> Path:
    """Give a copy of the bundle, which no other test has had read."""
    copy = tmp_path / "bundle.pem"
    copy.write_bytes(Path(authority.bundle).read_bytes())
    return copy


def test_bundle_is_read_once_for_several_connections(
    connect: Connect, secure_server: Server, bundle: Path, loaded: list[Any]
) -> None:
    secure_server.plan(ONE_EACH)
    client = connect(secure_server.url, verify=str(bundle))
    loaded.clear()
    for _ in range(3):
        get_factor(client)
    assert (secure_server.connections, loaded) == (3, [str(bundle)])


def test_bundle_is_read_once_by_threads_that_begin_together(
    connect: Connect, secure_server: Server, bundle: Path, loaded: list[Any]
) -> None:
    secure_server.plan(acts.echo)
    client = connect(secure_server.url, verify=str(bundle))
    loaded.clear()
    threads = [threading.Thread(target=get_factor, args=(client,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loaded == [str(bundle)]


def test_bundle_is_read_once_behind_a_proxy(
    connect: Connect, proxy: Server, bundle: Path, loaded: list[Any]
) -> None:
    proxy.plan(acts.established, ONE_EACH, acts.established, ONE_EACH)
    proxies = {"https": proxy.url}
    client = connect("https://demo.example.com", verify=str(bundle), proxies=proxies)
    loaded.clear()
    get_factor(client)
    get_factor(client)
    assert (proxy.connections, loaded) == (2, [str(bundle)])


def test_bundle_that_was_replaced_counts_for_the_next_connection(
    connect: Connect, secure_server: Server, bundle: Path, other_authority: Authority
) -> None:
    secure_server.plan(ONE_EACH)
    client = connect(secure_server.url, verify=str(bundle))
    get_factor(client)
    bundle.write_bytes(Path(other_authority.bundle).read_bytes())
    os.utime(bundle, (1, 1))
    assert isinstance(failure(lambda: get_factor(client)), ConnectionFailedError)


def test_bundle_that_another_file_replaced_is_told_whatever_its_time(
    connect: Connect, secure_server: Server, bundle: Path, other_authority: Authority
) -> None:
    secure_server.plan(ONE_EACH)
    client = connect(secure_server.url, verify=str(bundle))
    get_factor(client)
    told = bundle.stat()
    fresh = bundle.with_name("fresh.pem")
    fresh.write_bytes(Path(other_authority.bundle).read_bytes())
    os.utime(fresh, ns=(told.st_atime_ns, told.st_mtime_ns))
    fresh.replace(bundle)
    assert isinstance(failure(lambda: get_factor(client)), ConnectionFailedError)


def test_clients_of_other_bundles_share_no_trust(
    connect: Connect, secure_server: Server, bundle: Path, other_authority: Authority
) -> None:
    secure_server.plan(ONE_EACH)
    trusting = connect(secure_server.url, verify=str(bundle))
    doubting = connect(secure_server.url, verify=other_authority.bundle)
    with ThreadPoolExecutor(8) as pool:
        refused = [pool.submit(failure, lambda: get_factor(doubting)) for _ in range(4)]
        found = [pool.submit(get_factor, trusting) for _ in range(4)]
    assert {type(one.result()) for one in refused} == {ConnectionFailedError}
    assert [one.exception() for one in found] == [None] * 4


def test_bundle_that_became_useless_is_connection_failed(
    connect: Connect, secure_server: Server, bundle: Path
) -> None:
    secure_server.plan(ONE_EACH)
    client = connect(secure_server.url, verify=str(bundle))
    bundle.write_text("nothing")
    os.utime(bundle, (1, 1))
    assert isinstance(failure(lambda: get_factor(client)), ConnectionFailedError)
    assert secure_server.begun == 0


FORK = """
    import json, os, ssl, sys
    from authing_mfa import AuthenticationClient

    given = json.load(sys.stdin)
    options = {"app_id": "app_example", "access_token": "example-token", "max_retries": 0}
    client = AuthenticationClient(app_host=given["url"], verify=given["bundle"], **options)
    client.get_factor("f_1")
    loaded = []
    load = ssl.SSLContext.load_verify_locations
    ssl.SSLContext.load_verify_locations = lambda *given: (loaded.append(given), load(*given))[1]
    child = os.fork()
    client.get_factor("f_2")
    if child == 0:
        os._exit(len(loaded))
    print(json.dumps([len(loaded), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_bundle_is_read_anew_in_a_forked_child(secure_server: Server, bundle: Path) -> None:
    secure_server.plan(acts.echo)
    given = {"url": secure_server.url, "bundle": str(bundle)}
    assert told(FORK, given, flags=FORKING) == [0, 1]


class TestCertificateOfTheClient:
    @pytest.fixture
    def asking_server(self, authority: Authority) -> Iterator[Server]:
        """Give a server that wants a certificate of its clients."""
        context = authority.context()
        context.verify_mode = ssl.CERT_REQUIRED
        authority.ca.configure_trust(context)
        with Server(tls=context) as server:
            server.plan(ONE_EACH)
            yield server

    @pytest.fixture
    def session(self, authority: Authority) -> Iterator[requests.Session]:
        with requests.Session() as session:
            session.verify = authority.bundle
            yield session

    def test_of_the_callers_session_is_shown_on_each_connection(
        self,
        connect: Connect,
        asking_server: Server,
        authority: Authority,
        session: requests.Session,
        tmp_path: Path,
    ) -> None:
        session.cert = str(tmp_path / "client.pem")
        issued = authority.ca.issue_cert("client.example.com")
        issued.private_key_and_cert_chain_pem.write_to_path(session.cert)
        client = connect(asking_server.url, session=session)
        get_factor(client)
        get_factor(client)
        assert asking_server.connections == 2

    def test_that_is_locked_asks_nobody_for_its_password(
        self, connect: Connect, asking_server: Server, session: requests.Session, tmp_path: Path
    ) -> None:
        session.cert = str(tmp_path / "client.pem")
        Path(session.cert).write_text(
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"
        )
        client = connect(asking_server.url, session=session)
        assert isinstance(failure(lambda: get_factor(client)), ConnectionFailedError)


class _TLSProxy:
    """A proxy that is talked to by TLS, and carries bytes to one server whatever is asked for."""

    def __init__(self, context: ssl.SSLContext, to: Server) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._context = context
        self._to = to
        self.port: int = self._listener.getsockname()[1]
        self.tunnels = 0
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> _TLSProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        """Serve one connection after the other, until one is no TLS or not trusted."""
        while True:
            sock, _ = self._listener.accept()
            try:
                with sock, self._context.wrap_socket(sock, server_side=True) as near:
                    self._carry(near)
            except OSError:
                return

    def _carry(self, near: ssl.SSLSocket) -> None:
        if not near.recv(65536):  # CONNECT
            return
        self.tunnels += 1
        near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self._to.port)) as far:
            while True:
                ready = [near] if near.pending() else select.select([near, far], [], [])[0]
                for source in ready:
                    data = source.recv(65536)
                    if not data:
                        return
                    (far if source is near else near).sendall(data)


class TestProxyOverTLS:
    @pytest.fixture
    def name(self) -> str:
        """Give the name in the proxy's certificate."""
        return "127.0.0.1"

    @pytest.fixture
    def tls_proxy(
        self, authority: Authority, secure_server: Server, name: str
    ) -> Iterator[_TLSProxy]:
        secure_server.plan(ONE_EACH)
        with _TLSProxy(authority.context(name), secure_server) as proxy:
            yield proxy

    def test_is_trusted_by_the_same_bundle(
        self, connect: Connect, secure_server: Server, tls_proxy: _TLSProxy, bundle: Path
    ) -> None:
        proxies = {"https": f"https://127.0.0.1:{tls_proxy.port}"}
        client = connect(secure_server.url, verify=str(bundle), proxies=proxies)
        get_factor(client)
        get_factor(client)
        assert (tls_proxy.tunnels, secure_server.connections) == (2, 2)

    @pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # of urllib3 1.26
    @pytest.mark.parametrize("name", ["other.example.com"])
    def test_of_another_name_is_not_talked_to(
        self, connect: Connect, secure_server: Server, tls_proxy: _TLSProxy, bundle: Path
    ) -> None:
        proxies = {"https": f"https://127.0.0.1:{tls_proxy.port}"}
        client = connect(secure_server.url, verify=str(bundle), proxies=proxies)
        assert isinstance(failure(lambda: get_factor(client)), ConnectionFailedError)
        assert tls_proxy.tunnels == 0

    def test_of_another_authority_is_not_talked_to(
        self,
        connect: Connect,
        secure_server: Server,
        tls_proxy: _TLSProxy,
        other_authority: Authority,
    ) -> None:
        proxies = {"https": f"https://127.0.0.1:{tls_proxy.port}"}
        client = connect(secure_server.url, verify=other_authority.bundle, proxies=proxies)
        assert isinstance(failure(lambda: get_factor(client)), ConnectionFailedError)
        assert tls_proxy.tunnels == 0
