"""Tools that stand between: recorders and tracers see the calls as those of any requests user."""

from __future__ import annotations

import gc
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from authing_mfa import AuthenticationClient
from tests.support import payloads
from tests.support.sets import require

require("neighbours", "vcr")

import vcr  # noqa: E402

_ID = "0123456789abcdef01234567|phone"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = payloads.raw("get_factor_sms")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    """A service that knows one factor, and counts how often it is asked."""

    asked = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        self.asked += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing where a client left in a hurry: by now standard error may be closed."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(server: _Server) -> Iterator[AuthenticationClient]:
    with AuthenticationClient(
        app_id="app_example", app_host=server.url, access_token="example-token", max_retries=0
    ) as client:
        yield client


# A recorder puts a kept connection away without closing it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("used_before", [False, True])
def test_cassette_records_and_replays_a_client_made_before_it(
    server: _Server, client: AuthenticationClient, tmp_path: Path, used_before: bool
) -> None:
    if used_before:
        client.get_factor(_ID)
    asked = server.asked
    cassette = str(tmp_path / "cassette.yaml")
    with vcr.use_cassette(cassette) as tape:
        first = client.get_factor(_ID)
        assert (tape.play_count, len(tape)) == (0, 1)
    assert asked + 1 == server.asked
    with vcr.use_cassette(cassette, record_mode="none") as tape:
        assert first == client.get_factor(_ID)
        assert tape.play_count == 1
    assert asked + 1 == server.asked
    gc.collect()


def test_client_speaks_to_the_server_again_after_the_cassette(
    server: _Server, client: AuthenticationClient, tmp_path: Path
) -> None:
    with vcr.use_cassette(str(tmp_path / "cassette.yaml")):
        client.get_factor(_ID)
    asked = server.asked
    client.get_factor(_ID)
    client.get_factor(_ID)
    assert asked + 1 == server.asked


def test_wrapper_of_session_send_sees_the_call(
    client: AuthenticationClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str | None, str | None, int]] = []
    send = requests.Session.send

    def traced(
        session: requests.Session, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        request.headers["traceparent"] = "00-example-01"
        response = send(session, request, **kwargs)
        seen.append((request.method, request.url, response.status_code))
        return response

    monkeypatch.setattr(requests.Session, "send", traced)
    client.get_factor("f_1")
    (call,) = seen
    assert (call[0], call[2]) == ("GET", 200)
    assert (call[1] or "").endswith("/api/v3/get-factor?factorId=f_1")


def test_wrapper_of_the_adapter_sees_the_call(
    client: AuthenticationClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    send = HTTPAdapter.send

    def traced(adapter: HTTPAdapter, request: requests.PreparedRequest, **kwargs: Any) -> Any:
        seen.append(request.url)
        return send(adapter, request, **kwargs)

    monkeypatch.setattr(HTTPAdapter, "send", traced)
    client.get_factor("f_1")
    assert len(seen) == 1
