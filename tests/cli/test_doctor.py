"""`doctor`: what it finds, and that it is fit to paste."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from authing_mfa.sandbox import Sandbox, SandboxUser

from .conftest import Call, Done
from .pool import Pool

STATES = {"ok", "warning", "failed", "skipped"}


def states(done: Done) -> dict[str, str]:
    return {one["what"].split(" ")[0]: one["state"] for one in done.document}


def detail(done: Done, what: str) -> str:
    return next(str(one["detail"]) for one in done.document if what in one["what"])


def token(lifetime: float) -> str:
    claims = json.dumps({"exp": int(time.time() + lifetime)}).encode()
    return f"example.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.token"


def test_healthy_way_is_all_right(call: Call, person: SandboxUser, pool: Pool) -> None:
    done = call("doctor", "--json")
    assert done.code == 0
    assert STATES - {"failed", "warning"} == set(states(done).values())
    for what in ("/api/v3/list-enrolled-factors", "/api/v3/get-management-token"):
        assert detail(done, what).startswith("statusCode 200, ")


def test_no_secret_and_no_id_is_told(
    call: Call, sandbox: Sandbox, person: SandboxUser, pool: Pool
) -> None:
    done = call("doctor")
    secrets = (person.access_token, sandbox.app_secret, sandbox.app_id, pool.key_secret)
    assert [one for one in (*secrets, pool.key_id) if one in done.out + done.err] == []


def test_missing_settings_are_told(call: Call) -> None:
    done = call("doctor", "--json")
    assert done.code == 0
    assert states(done)["AUTHING_APP_HOST"] == "warning"
    assert states(done)["AUTHING_ACCESS_TOKEN"] == "skipped"


def test_clock_that_is_wrong_is_told(call: Call, sandbox: Sandbox, person: SandboxUser) -> None:
    sandbox.clock.advance(630)
    done = call("doctor", "--json")
    assert done.code == 1
    assert detail(done, "clock") == "10 min behind the server's: set it"


def test_token_that_has_ended_is_told(
    call: Call, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHING_ACCESS_TOKEN", token(-7300))
    done = call("doctor", "--json")
    assert done.code == 1
    assert detail(done, "user's token") == "ended 2 h ago: sign in again"
    assert "statusCode 401" in detail(done, "/api/v3/list-enrolled-factors")


def test_life_of_a_token_is_told(
    call: Call, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHING_ACCESS_TOKEN", token(3660))
    assert detail(call("doctor", "--json"), "user's token").startswith("ends in 6")


def test_host_that_nobody_knows_is_told(call: Call) -> None:
    done = call("doctor", "--host", "https://nobody.invalid", "--json")
    assert done.code == 1
    assert {"failed"} == {states(done)[what] for what in ("DNS", "TLS", "HTTP")}


@pytest.mark.parametrize("host", ["nonsense", "https://[", "https://a:b"])
def test_host_that_cannot_be_one_is_told(call: Call, host: str) -> None:
    done = call("doctor", "--host", host, "--json")
    assert (done.code, states(done)["host"]) == (1, "failed")


def test_proxy_that_does_not_answer_is_told_without_its_password(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://somebody:example-password@127.0.0.1:9")
    done = call("doctor", "--host", "https://nobody.invalid", "--json")
    assert done.code == 1
    assert detail(done, "proxy") == "http://127.0.0.1:9"
    assert states(done)["DNS"] == "warning"
    assert detail(done, "HTTP") == "the proxy refuses or cannot be reached"
    assert "example-password" not in done.out + done.err


@pytest.mark.parametrize("password", ["ex://ample", "ex@ample", "://", "a://b@c://d", "a/b"])
def test_password_of_a_proxy_is_hidden_whatever_it_holds(
    call: Call, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:{password}@127.0.0.1:9")
    done = call("doctor", "--host", "https://nobody.invalid", "--json")
    assert detail(done, "proxy") == "http://127.0.0.1:9"
    assert f"{password}@" not in done.out + done.err


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(HTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent about who hangs up."""


@pytest.fixture
def secure() -> Iterator[tuple[str, trustme.CA]]:
    """Serve over TLS, with a certificate of an authority of its own."""
    authority = trustme.CA(organization_name="Example Authority")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}", authority
    server.shutdown()
    server.server_close()
    thread.join()


def test_certificate_that_is_not_trusted_is_told(
    call: Call, secure: tuple[str, trustme.CA]
) -> None:
    done = call("doctor", "--host", secure[0], "--json")
    assert done.code == 1
    assert detail(done, "TLS").startswith("not trusted: ")
    assert detail(done, "HTTP") == "TLS failed"


def test_authority_of_ones_own_is_trusted_by_its_file(
    call: Call, secure: tuple[str, trustme.CA], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "authority.pem"
    secure[1].cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("HOME", str(tmp_path))
    done = call("doctor", "--host", secure[0], "--ca-bundle", str(bundle), "--json")
    assert done.code == 0
    assert "certificate by Example Authority until " in detail(done, "TLS")
    assert detail(done, "certificates") == "~/authority.pem"


def test_key_that_is_rejected_is_told(
    call: Call, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHING_ACCESS_KEY_SECRET", "wrong-example-secret")
    done = call("doctor", "--json")
    assert done.code == 1
    assert "the key is wrong" in detail(done, "administrator's calls")
    assert "wrong-example-secret" not in done.out


@pytest.mark.parametrize("end", ["Infinity", "NaN", "1e999", "1" + "0" * 400])
def test_token_that_ends_at_no_time_is_no_obstacle(
    call: Call, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    claims = base64.urlsafe_b64encode(f'{{"exp": {end}}}'.encode()).decode()
    monkeypatch.setenv("AUTHING_ACCESS_TOKEN", f"e30.{claims}.c2ln")
    assert detail(call("doctor", "--json"), "user's token") == "does not say when it ends"


def test_token_of_another_form_is_no_obstacle(
    call: Call, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHING_ACCESS_TOKEN", "example.~~~.token")
    assert detail(call("doctor", "--json"), "user's token") == "does not say when it ends"
