"""A session of the caller's own: used as given, not changed, not closed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses
from requests.adapters import HTTPAdapter

from authing_mfa import ConfigurationError, InvalidResponseError, NotFoundError
from tests.support.wire import HOST, Wire, make_client, sent_headers


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def sent(wire: Wire, session: requests.Session, **plan: Any) -> dict[str, str]:
    """Return the headers of one call through the session, by their names in small letters."""
    wire.plan("get-factor", **{"payload": "get_factor", **plan})
    make_client(session=session).get_factor("f_1")
    return sent_headers(wire.requests[-1])


class _OwnAdapter(HTTPAdapter):
    """Stands in the caller's session; answers by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.options: list[dict[str, Any]] = []
        self.closed = False

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        self.options.append(options)
        response = requests.Response()
        response.status_code = 200
        response.raw = io.BytesIO(b'{"statusCode": 404, "message": ""}')
        return response

    def close(self) -> None:
        self.closed = True
        super().close()


def test_its_adapter_sends(session: requests.Session) -> None:
    adapter = _OwnAdapter()
    session.mount(HOST, adapter)
    session.cert = ("client.pem", "client.key")
    with make_client(session=session, timeout=(1, 2)) as client, pytest.raises(NotFoundError):
        client.get_factor("f_1")
    (options,) = adapter.options
    assert {name: options[name] for name in ("timeout", "cert", "verify", "stream")} == {
        "timeout": (1.0, 2.0),
        "cert": ("client.pem", "client.key"),
        "verify": True,
        "stream": True,
    }
    assert not adapter.closed


def test_its_headers_are_sent_below_ours(wire: Wire, session: requests.Session) -> None:
    session.headers.update({"X-Trace": "t_1", "Accept": "own", "x-authing-app-id": "own"})
    headers = sent(wire, session)
    assert headers["x-trace"] == "t_1"
    assert headers["accept"] == "application/json"
    assert headers["x-authing-app-id"] == "app_example"


def test_its_credentials_are_not_sent(wire: Wire, session: requests.Session) -> None:
    session.auth = ("marked", "marked")
    session.params = {"marked": "marked"}
    session.headers.update({"Authorization": "marked", "Cookie": "marked", "Content-Type": "m"})
    session.cookies.set("sid", "marked", domain="demo.example.com")
    headers = sent(wire, session)
    assert headers["authorization"] == "Bearer example-token"
    assert "marked" not in f"{headers}{wire.request.url}"
    assert set() == {"cookie", "content-type"} & set(headers)


def test_its_netrc_does_not_replace_the_token(
    wire: Wire, session: requests.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine demo.example.com login marked password marked\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert sent(wire, session)["authorization"] == "Bearer example-token"


def test_its_hooks_are_called(wire: Wire, session: requests.Session) -> None:
    seen: list[int] = []
    session.hooks["response"].append(lambda response, **_: seen.append(response.status_code))
    sent(wire, session)
    assert seen == [200]


def test_it_is_not_changed(wire: Wire, session: requests.Session) -> None:
    session.hooks["response"].append(lambda response, **_: None)
    before = {name: repr(getattr(session, name)) for name in session.__attrs__}
    sent(wire, session, headers={"Set-Cookie": "sid=marked; Path=/"})
    make_client(session=session).close()
    assert before == {name: repr(getattr(session, name)) for name in session.__attrs__}


def test_it_learns_no_cookie(wire: Wire, session: requests.Session) -> None:
    sent(wire, session, headers={"Set-Cookie": "sid=marked; Path=/"})
    assert list(session.cookies) == []


@pytest.mark.parametrize(
    "location", ["https://other.example.com/", "http://[::1", "/", "", "https://a b:x/", "\x00"]
)
def test_redirect_is_not_followed_nor_looked_at(
    wire: Wire, session: requests.Session, location: str
) -> None:
    wire.plan("get-factor", b"", status=302, headers={"Location": location})
    with pytest.raises(InvalidResponseError) as caught:
        make_client(session=session).get_factor("f_1")
    assert caught.value.http_status == 302


def test_its_settings_are_passed_on(wire: Wire, session: requests.Session, tmp_path: Any) -> None:
    session.verify = str(tmp_path)
    session.proxies = {"https": "http://proxy.example.com"}
    wire.add(
        responses.GET,
        f"{HOST}/api/v3/list-enrolled-factors",
        json={"statusCode": 200, "message": "", "data": []},
        match=[
            responses.matchers.request_kwargs_matcher(
                {
                    "verify": str(tmp_path),
                    "proxies": {"https": "http://proxy.example.com"},
                    "stream": True,
                    "cert": None,
                }
            )
        ],
    )
    assert make_client(session=session).list_enrolled_factors() == ()


def test_it_serves_many_clients(wire: Wire, session: requests.Session) -> None:
    for token in ("example-first-token", "example-other-token"):
        wire.plan("get-factor", payload="get_factor")
        make_client(session=session, access_token=token).get_factor("f_1")
    assert [request.headers["Authorization"] for request in wire.requests] == [
        "Bearer example-first-token",
        "Bearer example-other-token",
    ]


def test_header_of_none_is_not_sent(wire: Wire, session: requests.Session) -> None:
    session.headers.update({"X-Taken-Back": None})  # type: ignore[dict-item]
    assert "x-taken-back" not in sent(wire, session)


def test_headers_of_bytes_are_sent(wire: Wire, session: requests.Session) -> None:
    session.headers.update({b"X-Bytes": "text", "X-Text": b"caf\xe9"})  # type: ignore[dict-item]
    headers = sent(wire, session)
    assert (headers["x-bytes"], headers["x-text"]) == ("text", "caf\xe9")


@pytest.mark.parametrize("headers", [None, {}, {"X-Trace": "t_1"}])
def test_headers_may_be_a_plain_dict_or_none(
    wire: Wire, session: requests.Session, headers: Any
) -> None:
    session.headers = headers
    assert sent(wire, session).get("x-trace") == (headers or {}).get("X-Trace")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Name", "\u65e5\u672c"),
        ("X-Name", "two\r\nlines"),
        ("X-Name", " in front"),
        ("X-Name", 7),
        ("X-Name", ["a"]),
        ("X-N\xe4me", "a"),
        ("\u65e5", "a"),
        ("X:Name", "a"),
        (7, "a"),
    ],
)
def test_header_that_cannot_be_sent_is_refused(
    session: requests.Session, name: Any, value: Any
) -> None:
    session.headers = {name: value}  # type: ignore[assignment]
    with pytest.raises(ConfigurationError, match=r"session\.headers") as caught:
        make_client(session=session)
    assert caught.value.__cause__ is None


def test_user_agent_of_its_own_is_sent_and_that_of_requests_is_not(
    wire: Wire, session: requests.Session
) -> None:
    assert sent(wire, session)["user-agent"].startswith("authing-mfa/")
    session.headers["User-Agent"] = "example-site/1.0"
    assert sent(wire, session)["user-agent"] == "example-site/1.0"


@pytest.mark.parametrize("shape", ["one", "a list", "a tuple", "none at all", "None", "no list"])
def test_hooks_are_taken_in_each_shape_that_requests_takes(
    wire: Wire, session: requests.Session, shape: str
) -> None:
    seen: list[int] = []

    def hook(response: requests.Response, **_: Any) -> None:
        seen.append(response.status_code)

    shapes: dict[str, Any] = {
        "one": {"response": hook},
        "a list": {"response": [hook]},
        "a tuple": {"response": (hook,)},
        "none at all": {},
        "None": None,
        "no list": {"response": None},
    }
    session.hooks = shapes[shape]
    sent(wire, session)
    assert seen == ([200] if shape in ("one", "a list", "a tuple") else [])


@pytest.mark.parametrize("hooks", [{"response": ["x"]}, {"response": 7}, [], 7])
def test_hook_that_cannot_be_called_is_refused(session: requests.Session, hooks: Any) -> None:
    session.hooks = hooks
    if hooks == []:
        make_client(session=session)
        return
    with pytest.raises(ConfigurationError, match=r"session\.hooks"):
        make_client(session=session).get_factor("f_1")


def test_proxies_may_be_none(session: requests.Session) -> None:
    session.trust_env = False
    session.proxies = None  # type: ignore[assignment]
    make_client(session=session).close()
