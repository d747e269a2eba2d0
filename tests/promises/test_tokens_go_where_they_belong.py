"""Where tokens go, and what never goes along: README "What it guarantees", docs/connections.md."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme

from authing_mfa import (
    APIError,
    AuthenticationClient,
    AuthingMFAError,
    ConfigurationError,
    ConnectionFailedError,
    InvalidResponseError,
    ManagementClient,
    TransportError,
)
from authing_mfa.sandbox import Sandbox

from .people import Person, Program, outcome_of

_FACTORS = json.dumps({"statusCode": 200, "message": "", "data": []}).encode()
_TOKEN = "marked-token-of-anna"


class _Service(ThreadingHTTPServer):
    """A host that remembers what came, and answers as it is told."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.status, self.headers, self.body = 200, {}, _FACTORS
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    status: int
    headers: dict[str, str]
    body: bytes

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that broke."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Service

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, headers, body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST = do_CONNECT = _answer

    def log_message(self, *_: object) -> None:
        pass


def _serving(context: ssl.SSLContext | None = None) -> Iterator[_Service]:
    with _Service(context) as service:
        thread = threading.Thread(target=service.serve_forever, args=[0.01])
        thread.start()
        yield service
        service.shutdown()
        thread.join()


@pytest.fixture
def service() -> Iterator[_Service]:
    yield from _serving()


@pytest.fixture
def elsewhere() -> Iterator[_Service]:
    yield from _serving()


@pytest.fixture
def own_authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def private(own_authority: trustme.CA) -> Iterator[_Service]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own_authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    yield from _serving(context)


def _client(service: _Service, **options: Any) -> AuthenticationClient:
    usual = {"app_id": "app", "app_host": service.url, "access_token": _TOKEN, "max_retries": 0}
    return AuthenticationClient(**{**usual, "deadline": 5, **options})


# -- TLS


def _private_client(private: _Service, **options: Any) -> AuthenticationClient:
    host = f"https://127.0.0.1:{private.server_address[1]}"
    return _client(private, app_host=host, **options)


def test_unknown_authority_is_not_talked_to(private: _Service) -> None:
    with _private_client(private) as client, pytest.raises(ConnectionFailedError) as caught:
        client.reset_factor("f|otp")
    assert caught.value.outcome_unknown is False
    assert private.seen == []


def test_private_authority_is_trusted_by_its_bundle(
    private: _Service, own_authority: trustme.CA, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    own_authority.cert_pem.write_to_path(str(bundle))
    with _private_client(private, verify=str(bundle)) as client:
        assert client.list_enrolled_factors() == ()
    assert private.seen[0][2]["authorization"] == f"Bearer {_TOKEN}"


def test_bundle_given_beats_the_environment(
    private: _Service,
    own_authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right, wrong = tmp_path / "ca.pem", tmp_path / "other.pem"
    own_authority.cert_pem.write_to_path(str(right))
    trustme.CA().cert_pem.write_to_path(str(wrong))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(wrong))
    with _private_client(private, verify=str(right)) as client:
        assert client.list_enrolled_factors() == ()
    with _private_client(private) as client, pytest.raises(ConnectionFailedError):
        client.list_enrolled_factors()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(right))
    with _private_client(private) as client:
        assert client.list_enrolled_factors() == ()


def test_session_of_the_caller_does_not_switch_tls_off(private: _Service) -> None:
    with requests.Session() as session:
        session.verify = False
        try:
            client = _private_client(private, session=session)
        except ConfigurationError:
            return
        with client, pytest.raises((ConfigurationError, ConnectionFailedError)):
            client.list_enrolled_factors()
    assert private.seen == []


def test_another_name_is_not_believed(
    private: _Service, own_authority: trustme.CA, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    own_authority.cert_pem.write_to_path(str(bundle))
    host = f"https://127.0.0.2:{private.server_address[1]}"
    client = _client(private, app_host=host, verify=str(bundle))
    with client, pytest.raises(ConnectionFailedError):
        client.list_enrolled_factors()
    assert private.seen == []


# -- redirects, cookies, netrc


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(service: _Service, elsewhere: _Service, status: int) -> None:
    service.status, service.headers = status, {"Location": elsewhere.url + "/api/v3/x"}
    with requests.Session() as session:
        for options in ({}, {"session": session}):
            with _client(service, **options) as client:
                for call in (client.list_enrolled_factors, lambda c=client: c.reset_factor("f")):
                    with pytest.raises(AuthingMFAError):
                        call()
    assert (len(service.seen), elsewhere.seen) == (4, [])


def test_cookie_of_one_user_never_goes_out_for_the_next(service: _Service) -> None:
    service.headers = {"Set-Cookie": "session=annas; Path=/"}
    with requests.Session() as session:
        session.cookies.set("own", "1", domain="127.0.0.1")
        for options in ({}, {"session": session}):
            with _client(service, **options) as client:
                for token in ("annas-token", "bens-token", "annas-token"):
                    client.as_user(token).list_enrolled_factors()
        assert dict(session.cookies) == {"own": "1"}
    assert [headers.get("cookie") for _, _, headers, _ in service.seen] == [None] * 6
    tokens = [headers["authorization"] for _, _, headers, _ in service.seen]
    assert tokens == ["Bearer annas-token", "Bearer bens-token", "Bearer annas-token"] * 2


def test_netrc_does_not_replace_the_token(
    service: _Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login mallory password example\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    with requests.Session() as session:
        for options in ({}, {"session": session}):
            with _client(service, **options) as client:
                client.list_enrolled_factors()
                client.send_sms("13800000000")
    tokens = [headers.get("authorization") for _, _, headers, _ in service.seen]
    assert tokens == [f"Bearer {_TOKEN}", None] * 2


# -- plain text


@pytest.mark.parametrize(
    "host",
    [
        "http://demo.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://[::]",
        "http://2130706433.example.com",
        "http://user@demo.example.com",
        "http://127.0.0.1@demo.example.com",
        "http://demo.example.com#127.0.0.1",
        "http://demo.example.com\\@127.0.0.1",
        "HTTP://demo.example.com",
    ],
)
def test_plain_http_goes_to_loopback_only(host: str) -> None:
    with pytest.raises(ConfigurationError):
        AuthenticationClient(app_id="app", app_host=host, access_token=_TOKEN)
    with pytest.raises(ConfigurationError):
        ManagementClient(access_key_id="k", access_key_secret="example", host=host)


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:1", "http://127.1.2.3", "http://localhost", "http://[::1]:8080"]
)
def test_plain_http_to_loopback_is_allowed(host: str) -> None:
    AuthenticationClient(app_id="app", app_host=host).close()


@pytest.mark.parametrize(
    "path",
    [
        "//elsewhere.example.com/api/v3/get-profile",
        "https://elsewhere.example.com/",
        "http://elsewhere.example.com/",
        "@elsewhere.example.com/",
        ":80@elsewhere.example.com/",
        ".elsewhere.example.com/",
        "\\\\elsewhere.example.com/",
        "/../../x",
        "/api/v3/x\r\nX-Injected: 1",
        "/api/v3/x y",
    ],
)
def test_path_never_leads_to_another_host(service: _Service, path: str) -> None:
    with _client(service) as client:
        try:
            client.request("GET", path)
        except AuthingMFAError as error:
            assert isinstance(error, (ConfigurationError, APIError))  # noqa: PT017
    assert [it for it in service.seen if "x-injected" in it[2]] == []


# -- proxies


def test_proxy_of_the_environment_is_not_for_loopback(
    service: _Service, elsewhere: _Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, elsewhere.url)
    with _client(service) as client:
        client.list_enrolled_factors()
    assert (len(service.seen), elsewhere.seen) == (1, [])


def test_proxy_of_the_environment_is_used_for_other_hosts(
    elsewhere: _Service, service: _Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere.status = 403
    monkeypatch.setenv("HTTPS_PROXY", elsewhere.url)
    client = _client(service, app_host="https://demo.example.com")
    monkeypatch.setenv("HTTPS_PROXY", service.url)
    with client, pytest.raises(TransportError):
        client.list_enrolled_factors()
    [(method, path, headers, _)] = elsewhere.seen
    assert (method, path) == ("CONNECT", "demo.example.com:443")
    assert _TOKEN not in str(headers)
    assert service.seen == []


def test_no_proxies_means_none(elsewhere: _Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", elsewhere.url)
    with (
        _client(
            elsewhere, app_host="https://127.0.0.1:1", proxies={}, timeout=1, deadline=2
        ) as client,
        pytest.raises(ConnectionFailedError),
    ):
        client.list_enrolled_factors()
    assert elsewhere.seen == []


# -- what goes along


def test_only_the_headers_of_the_table_go_along(service: _Service) -> None:
    with _client(service, lang="en-US", real_ip="203.0.113.7") as client:
        client.list_enrolled_factors()
    [(_, path, headers, _)] = service.seen
    assert path == "/api/v3/list-enrolled-factors"
    assert headers["authorization"] == f"Bearer {_TOKEN}"
    assert headers["x-authing-app-id"] == "app"
    assert headers["x-authing-lang"] == "en-US"
    assert headers["x-real-ip"] == "203.0.113.7"
    assert {it for it in headers if it.startswith("x-")} == {
        *("x-authing-app-id", "x-authing-lang", "x-real-ip"),
        *("x-authing-request-from", "x-authing-sdk-version"),
    }


def test_genauth_headers_go_along_under_both_names(service: _Service) -> None:
    with _client(service, lang="en-US", genauth_headers=True) as client:
        client.list_enrolled_factors()
    [(_, _, headers, _)] = service.seen
    ours = {it.removeprefix("x-authing-"): headers[it] for it in headers if "x-authing-" in it}
    theirs = {it.removeprefix("x-genauth-"): headers[it] for it in headers if "x-genauth-" in it}
    assert ours == theirs != {}


def test_headers_of_a_session_go_along_but_for_four(service: _Service) -> None:
    with requests.Session() as session:
        session.headers.update(
            {"x-trace": "1", "Authorization": "Basic eA==", "Cookie": "a=b", "Content-Length": "9"}
        )
        before = dict(session.headers)
        with _client(service, session=session) as client:
            client.list_enrolled_factors()
        assert dict(session.headers) == before
    [(_, _, headers, _)] = service.seen
    assert headers["x-trace"] == "1"
    assert headers["authorization"] == f"Bearer {_TOKEN}"
    assert "cookie" not in headers


@pytest.mark.parametrize(
    "spoil",
    [
        lambda session: session.headers.update({"x-trace": None}),
        lambda session: session.headers.update({"x-trace": "\u4e2d"}),
        lambda session: setattr(session, "hooks", {}),
        lambda session: setattr(session, "hooks", {"response": lambda answer, **_: answer}),
        lambda session: setattr(session, "auth", ("mallory", "example")),
        lambda session: setattr(session, "params", {"a": "b"}),
        lambda session: setattr(session, "max_redirects", 0),
    ],
)
def test_odd_session_is_used_as_requests_does_or_refused(service: _Service, spoil: Any) -> None:
    with requests.Session() as session:
        spoil(session)
        try:
            with _client(service, session=session) as client:
                client.list_enrolled_factors()
        except ConfigurationError:
            return
    [(_, _, headers, _)] = service.seen
    assert headers["authorization"] == f"Bearer {_TOKEN}"


@pytest.mark.parametrize("body", [_FACTORS, b"", None, b"<html>"])
def test_stub_adapter_is_read_as_requests_reads_it(body: bytes | None) -> None:
    class Stub(requests.adapters.BaseAdapter):
        """Answers as people's tests do: with a response made by hand, over no connection."""

        def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
            response = requests.Response()
            response.status_code, response.request = 200, request
            response._content = body
            return response

        def close(self) -> None:
            """Hold nothing."""

    with requests.Session() as session:
        session.mount("https://", Stub())
        with AuthenticationClient(
            app_id="app", app_host="https://demo.example.com", access_token="t", session=session
        ) as client:
            outcome = outcome_of(client.list_enrolled_factors)
    assert outcome == () if body == _FACTORS else isinstance(outcome, InvalidResponseError)


def test_application_proves_itself_as_it_was_told(service: _Service) -> None:
    service.body = json.dumps(
        {
            "statusCode": 200,
            "message": "",
            "data": {"access_token": "t", "token_type": "bearer", "expire_in": 7200},
        }
    ).encode()
    secret = "marked-app-secret"
    for way in ("client_secret_post", "client_secret_basic", "none"):
        with _client(service, app_secret=secret, client_auth=way) as client:
            client.sign_in("anna", password="p")
    post, basic, none = service.seen
    assert json.loads(post[3])["client_secret"] == secret
    assert base64.b64decode(basic[2]["authorization"].split()[1]) == b"app:" + secret.encode()
    assert [secret in str(it) for it in (post, basic, none)] == [True, False, False]
    assert [_TOKEN in str(it) for it in (post, basic, none)] == [False] * 3


@pytest.mark.slow
def test_second_process_reads_the_environment_and_goes_there(
    sandbox: Sandbox, anna: Person, second_process: Program
) -> None:
    program = """if True:
        import json
        from authing_mfa import AuthenticationClient
        with AuthenticationClient.from_env() as client:
            print(json.dumps([it.factor_type for it in client.list_enrolled_factors()]))
    """
    told = second_process(
        program,
        AUTHING_APP_ID=sandbox.app_id,
        AUTHING_APP_HOST=sandbox.url,
        AUTHING_ACCESS_TOKEN=anna.tokens.access_token,
        HTTP_PROXY="http://127.0.0.1:1",
        HTTPS_PROXY="http://127.0.0.1:1",
    )
    assert sorted(told) == ["OTP", "SMS"]
