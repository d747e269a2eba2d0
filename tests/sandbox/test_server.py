"""The server's sockets: what is kept, refused, bounded and closed."""

from __future__ import annotations

import json
import socket
import threading
import time
from email.utils import parsedate_to_datetime

import pytest
import requests

from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import PHONE, Caller, codes
from .raw import connect, exchange

PATH = "/api/v3/list-enrolled-factors"
MIB = 1 << 20


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.1", "example.com", "", "localhost.example.com"]
)
def test_it_serves_loopback_alone(host: str) -> None:
    with pytest.raises(ValueError, match="not a loopback address"):
        Sandbox(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_loopback_has_many_names(host: str) -> None:
    with Sandbox(host=host) as sandbox, Caller(sandbox) as caller:
        assert caller.send("GET", PATH).status_code == 200


def test_loopback_may_be_ipv6() -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with Sandbox(host="::1") as sandbox, Caller(sandbox) as caller:
        assert sandbox.url.startswith("http://[::1]:")
        assert caller.send("GET", PATH).status_code == 200


def test_a_taken_port_is_an_error_of_ours(served: Sandbox) -> None:
    port = int(served.url.rpartition(":")[2])
    second = Sandbox(port=port)
    with pytest.raises(OSError, match="in use"):
        second.start()


def test_the_port_can_be_chosen() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Sandbox(port=port) as sandbox:
        assert sandbox.url == f"http://127.0.0.1:{port}"


def test_every_answer_says_that_it_is_a_sandboxs(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.html(502, path="get-factor")
    paths = [PATH, "/unknown", "/api/v3/get-factor"]
    marks = [caller.send("GET", path).headers["X-Authing-Sandbox"] for path in paths]
    assert marks == ["1", "1", "1"]


def test_the_date_is_the_sandboxs(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.clock.advance(86_400)
    date = parsedate_to_datetime(caller.send("GET", PATH).headers["Date"])
    assert int(sandbox.clock.now()) == date.timestamp()


def test_messages_are_chinese_unless_english_is_asked_for(caller: Caller) -> None:
    english = caller.get("get-factor", factorId="unknown")["message"]
    caller.session.headers["x-authing-lang"] = "zh-CN"
    chinese = caller.get("get-factor", factorId="unknown")["message"]
    del caller.session.headers["x-authing-lang"]
    assert [
        english,
        chinese,
        caller.get("get-factor", factorId="unknown")["message"],
    ] == ["No such factor", "MFA 要素不存在", "MFA 要素不存在"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/v3/unknown"), ("POST", PATH), ("DELETE", PATH), ("POST", "/")],
)
def test_an_unknown_endpoint_is_not_found(caller: Caller, method: str, path: str) -> None:
    answer = caller.send(method, path)
    assert (answer.status_code, answer.json()["statusCode"]) == (404, 404)


def test_head_has_no_body(caller: Caller) -> None:
    assert caller.send("HEAD", PATH).content == b""
    assert caller.send("GET", PATH).status_code == 200


def test_a_connection_is_kept(sandbox: Sandbox) -> None:
    request = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with connect(sandbox) as connection:
        for _ in range(3):
            connection.sendall(request)
            assert connection.recv(1 << 16)[:17] == b"HTTP/1.1 200 OK\r\n"


def test_an_answer_is_one_write(sandbox: Sandbox) -> None:
    with connect(sandbox) as connection:
        connection.sendall(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head, _, body = connection.recv(1 << 16).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["statusCode"] == 401


def test_a_client_may_ask_to_close(sandbox: Sandbox) -> None:
    request = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    assert b"\r\nConnection: close\r\n" in exchange(sandbox, request)


def test_chunked_bodies_are_read(sandbox: Sandbox, user: SandboxUser) -> None:
    answer = exchange(
        sandbox,
        b"POST /mfa/token/introspection HTTP/1.1\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        b"6\r\ntoken=\r\n5\r\nwrong\r\n0\r\n\r\n",
    )
    assert answer.endswith(b'{"active":false}')


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 0",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length : 5",
        "Transfer-Encoding\t: chunked",
    ],
)
@pytest.mark.parametrize("path", ["/api/v3/reset-factor", "/"])
def test_two_ways_to_read_where_a_request_ends_are_refused(
    sandbox: Sandbox, lines: str, path: str
) -> None:
    request = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n\r\n"
    smuggled = f"0\r\n\r\nGET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connect(sandbox) as connection:
        connection.sendall((request + smuggled).encode())
        answer = b"".join(iter(lambda: _received(connection), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert (answer.count(b"HTTP/1.1 "), b"Connection: close" in answer) == (1, True)


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 16)
    except ConnectionResetError:  # what it left unread
        return b""


_FOREIGN = [
    {"Host": "attacker.example"},
    {"Host": "127.0.0.1.attacker.example:80"},
    {"Host": "10.0.0.1"},
    {"Host": ""},
    {"Host": "attacker.example@127.0.0.1"},
    {"Host": "localhost/attacker.example"},
    {"Host": "[::1]attacker.example"},
    {"Host": "127.0.0.1]"},
    {"Origin": "https://attacker.example"},
    {"Origin": "http://localhost.attacker.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "localhost"},
]


@pytest.mark.parametrize("headers", _FOREIGN, ids=str)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v3/list-enrolled-factors"),
        ("POST", "/api/v3/send-sms"),
        ("POST", "/oidc/token"),
        ("GET", "/openapi.json"),
        ("POST", "/api/v3/get-management-token"),
        ("GET", "/no/such/path"),
    ],
)
def test_what_another_site_can_cause_is_refused(
    stranger: Caller, sandbox: Sandbox, headers: dict[str, str], method: str, path: str
) -> None:
    body = json.dumps({"phoneNumber": PHONE, "channel": "CHANNEL_LOGIN"})
    plain = {**headers, "Content-Type": "text/plain"}
    fault = sandbox.faults.status(503)
    answer = stranger.send(method, path, headers=plain, data=body)
    assert (answer.status_code, answer.json()["statusCode"]) == (403, 403)
    assert (len(sandbox.outbox), fault.hits) == (0, 0)
    sandbox.faults.clear()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost"},
        {"Host": "127.0.0.1:80"},
        {"Host": "[::1]:8080"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://127.0.0.1"},
        {"Origin": "http://[::1]:5173"},
    ],
    ids=str,
)
def test_what_this_machine_causes_is_answered(stranger: Caller, headers: dict[str, str]) -> None:
    assert stranger.send("GET", "/openapi.json", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "request_line_and_hosts",
    [
        b"GET %b HTTP/1.1\r\nHost: attacker.example\r\nHost: localhost",
        b"GET %b HTTP/1.1\r\nHost: localhost\r\nHost: attacker.example",
        b"GET http://attacker.example%b HTTP/1.1\r\nHost: localhost",
        b"GET %b HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nOrigin: null",
    ],
)
@pytest.mark.parametrize("path", [b"/", b"/sandbox/state", b"/openapi.json", PATH.encode()])
def test_what_goes_to_two_hosts_is_refused(
    sandbox: Sandbox, request_line_and_hosts: bytes, path: bytes
) -> None:
    lines = request_line_and_hosts.replace(b"%b", path)
    answer = exchange(sandbox, lines + b"\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("target", [b"http://[", b"http://[::1", b"x://]"])
def test_target_that_is_no_url_is_refused(sandbox: Sandbox, target: bytes) -> None:
    answer = exchange(sandbox, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_request_without_a_host_comes_from_no_browser(sandbox: Sandbox) -> None:
    answer = exchange(sandbox, b"GET /openapi.json HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_bad_chunks_are_refused(sandbox: Sandbox) -> None:
    answer = exchange(
        sandbox,
        b"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_endless_chunks_are_refused(sandbox: Sandbox) -> None:
    chunk = b"10000\r\n" + b"x" * (1 << 16) + b"\r\n"
    head = b"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connect(sandbox) as connection:
        connection.sendall(head + chunk * 17)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413 ")


def test_expect_100_continue_is_answered(sandbox: Sandbox) -> None:
    head = (
        b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    )
    with connect(sandbox) as connection:
        connection.sendall(head)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"{}")
        assert b"HTTP/1.1 404 " in connection.recv(1 << 16)


@pytest.mark.parametrize("length", ["-1", "x", "٣", "9" * 40])
def test_a_length_that_is_no_number_is_refused(sandbox: Sandbox, length: str) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    assert exchange(sandbox, head.encode()).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /%s HTTP/1.1\r\n\r\n" % (b"x" * 70_000), b"414"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"431"),
    ],
)
def test_what_is_no_request_is_refused_with_an_envelope(
    sandbox: Sandbox, line: bytes, status: bytes
) -> None:
    head, _, body = exchange(sandbox, line).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status)
    assert json.loads(body)["statusCode"] in (400, 501)


def test_a_large_body_is_refused_and_read(caller: Caller) -> None:
    answer = caller.send("POST", "/api/v3/reset-factor", data=b"x" * (MIB + 1))
    assert (answer.status_code, answer.json()["statusCode"]) == (413, 413)


def test_a_request_that_ends_early_does_nothing(sandbox: Sandbox, user: SandboxUser) -> None:
    body = json.dumps({"factorType": "SMS", "profile": {"phoneNumber": PHONE}}).encode()
    head = (
        "POST /api/v3/send-enroll-factor-request HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {user.access_token}\r\nContent-Length: {len(body) + 1}\r\n\r\n"
    )
    assert exchange(sandbox, head.encode() + body) == b""
    assert len(sandbox.outbox) == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff\xfe", b"[" * 200_000])
def test_a_body_that_is_no_object_is_refused(caller: Caller, body: bytes) -> None:
    answer = caller.send("POST", "/api/v3/reset-factor", data=body)
    assert codes(answer.json()) == (400, None)


def test_too_many_fields_are_refused(stranger: Caller) -> None:
    data = "&".join(f"a{number}=1" for number in range(101))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = stranger.send("POST", "/mfa/token/introspection", data=data, headers=headers)
    assert codes(answer.json()) == (400, None)


def test_stopping_closes_idle_connections_and_the_port() -> None:
    sandbox = Sandbox()
    sandbox.start()
    with Caller(sandbox) as caller:
        caller.send("GET", PATH)
        sandbox.stop()
        with pytest.raises(requests.ConnectionError):
            caller.send("GET", PATH)


def test_stopping_leaves_no_thread() -> None:
    before = threading.active_count()
    with Sandbox() as sandbox, Caller(sandbox) as caller:
        caller.send("GET", PATH)
    end = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.001)
    assert threading.active_count() == before


def test_stopping_ends_a_delayed_call() -> None:
    with Sandbox() as sandbox, connect(sandbox) as connection:
        sandbox.faults.latency(600)
        connection.sendall(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        while len(sandbox.faults):
            time.sleep(0.001)
        sandbox.stop()
        assert connection.recv(1) == b""


def test_it_can_be_started_again_with_its_state() -> None:
    sandbox = Sandbox()
    user = sandbox.add_user()
    for _ in range(2):
        with sandbox, Caller(sandbox, user.access_token) as caller:
            assert codes(caller.get("list-enrolled-factors")) == (200, None)


def test_starting_and_stopping_twice_changes_nothing() -> None:
    sandbox = Sandbox()
    sandbox.start()
    url = sandbox.url
    sandbox.start()
    assert url == sandbox.url
    sandbox.stop()
    sandbox.stop()


def test_a_mistake_of_the_sandboxs_own_is_a_500(
    caller: Caller, sandbox: Sandbox, user: SandboxUser, caplog: pytest.LogCaptureFixture
) -> None:
    del sandbox.settings.refusals["factor_not_found"]
    answer = caller.send("GET", "/api/v3/get-factor?factorId=x")
    assert (answer.status_code, answer.json()["statusCode"]) == (500, 500)
    assert user.access_token not in caplog.text
