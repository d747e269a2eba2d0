"""The loopback address of IPv6 is a host like any other, and a name may have several addresses."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any, TypeAlias

import pytest

from authing_mfa import ConnectionFailedError, ManagementClient, RequestTimeoutError
from authing_mfa.sandbox import Sandbox

from . import acts, ipv6
from .conftest import Authority, Connect, Write
from .ipv6 import EchoServer
from .promises import failure, failure_in_time, get_factor
from .server import Server

needs_ipv6 = pytest.mark.skipif(not ipv6.is_here(), reason="this machine has no ::1")

Resolve: TypeAlias = Callable[..., None]


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    with ipv6.serving() as server:
        yield server


@pytest.fixture
def secure_echo(authority: Authority) -> Iterator[EchoServer]:
    with ipv6.serving(authority.context("::1")) as server:
        yield server


@needs_ipv6
class TestAddress:
    def test_is_called_with_its_brackets_in_the_host_header(
        self, echo: EchoServer, connect: Connect
    ) -> None:
        client = connect(echo.url)
        assert [client.get_factor(it).factor_id for it in ("f_1", "f_2")] == ["f_1", "f_2"]
        assert [f"[::1]:{echo.server_port}"] * 2 == [host for *_, host in echo.seen]
        client.close()

    def test_takes_a_write(self, echo: EchoServer, connect: Connect) -> None:
        client = connect(echo.url)
        client.reset_factor("f_1")
        assert [it[:2] for it in echo.seen] == [("POST", "/api/v3/reset-factor")]
        client.close()

    def test_is_proved_by_its_certificate(
        self, secure_echo: EchoServer, connect: Connect, authority: Authority
    ) -> None:
        client = connect(secure_echo.url, verify=authority.bundle)
        assert client.get_factor("f_1").factor_id == "f_1"
        assert f"[::1]:{secure_echo.server_port}" == secure_echo.seen[0][2]
        client.close()

    def test_is_not_proved_by_that_of_another(
        self, connect: Connect, authority: Authority
    ) -> None:
        with ipv6.serving(authority.context("::2")) as server:
            client = connect(server.url, verify=authority.bundle)
            error = failure(lambda: get_factor(client))
        assert isinstance(error, ConnectionFailedError)
        assert server.seen == []

    @pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
    @pytest.mark.parametrize("served", ["echo", "secure_echo"])
    def test_is_not_asked_of_the_environments_proxy(
        self,
        request: pytest.FixtureRequest,
        connect: Connect,
        other: Server,
        authority: Authority,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        served: str,
    ) -> None:
        echo: EchoServer = request.getfixturevalue(served)
        monkeypatch.setenv(name, other.url)
        client = connect(echo.url, verify=authority.bundle)
        get_factor(client)
        assert (len(echo.seen), other.connections) == (1, 0)
        client.close()

    def test_serves_a_sandbox(self) -> None:
        with Sandbox(host="::1") as sandbox:
            user = sandbox.add_user(phone="13800138000", factors=["SMS"])
            with ManagementClient(
                access_key_id=sandbox.access_key_id,
                access_key_secret=sandbox.access_key_secret,
                host=sandbox.url,
            ) as administrator:
                assert administrator.get_user_mfa_info(user.user_id).sms


@pytest.mark.skipif(
    version("urllib3").startswith("1."),
    reason="urllib3 1.26 leaves it to http.client, which forgets the brackets in some releases",
)
def test_proxy_of_the_caller_is_asked_for_it_in_brackets(connect: Connect, proxy: Server) -> None:
    proxy.plan(acts.page("502 Bad Gateway"))
    client = connect("https://[2001:db8::1]:8443", proxies={"https": proxy.url})
    failure(lambda: get_factor(client))
    (asked,) = proxy.arrivals
    assert (asked.method, asked.target) == ("CONNECT", "[2001:db8::1]:8443")


def test_plain_proxy_of_the_caller_is_asked_for_the_whole_address(
    connect: Connect, proxy: Server
) -> None:
    proxy.plan(acts.echo)
    client = connect("http://[::1]:9", proxies={"http": proxy.url})
    client.get_factor("f_1")
    (asked,) = proxy.arrivals
    assert asked.target == "http://[::1]:9/api/v3/get-factor?factorId=f_1"
    assert asked.headers["Host"] == "[::1]:9"


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Give what makes localhost stand for these addresses, in their order."""
    really = socket.getaddrinfo

    def stand_for(*addresses: str) -> None:
        def found(host: Any, *args: Any, **kwargs: Any) -> list[tuple[Any, ...]]:
            names = addresses if host in ("localhost", b"localhost") else (host,)
            return [each for name in names for each in really(name, *args, **kwargs)]

        monkeypatch.setattr(socket, "getaddrinfo", found)

    return stand_for


@pytest.fixture
def mute_addresses() -> Iterator[tuple[int, tuple[str, ...]]]:
    """Give a port, and addresses at which nobody ever takes a connection from it."""
    addresses = tuple(f"127.0.0.{number}" for number in range(1, 6))
    port = 0
    with contextlib.ExitStack() as stack:
        for address in addresses:
            try:
                listener = stack.enter_context(socket.create_server((address, port), backlog=0))
            except OSError:
                pytest.skip("this machine has one loopback address only, or the port is taken")
            port = listener.getsockname()[1]
            for _ in range(8):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex((address, port))
        yield port, addresses


@pytest.mark.slow
class TestSeveralAddresses:
    @needs_ipv6
    def test_next_one_is_called_where_the_first_refuses(
        self, server: Server, connect: Connect, resolve: Resolve
    ) -> None:
        server.plan(acts.echo)
        resolve("::1", "127.0.0.1")
        client = connect(f"http://localhost:{server.port}")
        assert client.get_factor("f_1").factor_id == "f_1"
        assert f"localhost:{server.port}" == server.arrivals[0].headers["Host"]

    @needs_ipv6
    def test_write_arrives_once_where_the_first_refuses(
        self, server: Server, connect: Connect, resolve: Resolve, write: Write
    ) -> None:
        server.plan(write.done)
        resolve("::1", "127.0.0.1")
        write(connect(f"http://localhost:{server.port}", max_retries=2))
        assert (server.connections, len(server.arrivals)) == (1, 1)

    @needs_ipv6
    def test_write_is_not_in_doubt_where_all_refuse(
        self, connect: Connect, resolve: Resolve, refusing_port: int, write: Write
    ) -> None:
        resolve("::1", "127.0.0.1")
        client = connect(f"http://localhost:{refusing_port}")
        error = failure(lambda: write(client))
        assert isinstance(error, ConnectionFailedError)
        assert not error.outcome_unknown

    def test_deadline_bounds_them_all_together(
        self,
        connect: Connect,
        resolve: Resolve,
        mute_addresses: tuple[int, tuple[str, ...]],
        write: Write,
    ) -> None:
        port, addresses = mute_addresses
        resolve(*addresses)
        client = connect(f"http://localhost:{port}", timeout=1, deadline=1)
        error = failure_in_time(lambda: write(client), deadline=1, grace=2.5)
        assert isinstance(error, RequestTimeoutError)
        assert not error.outcome_unknown
