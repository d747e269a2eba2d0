"""Two processes that serve one site: what one does, the other knows; and what each refuses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.sets import require

pytestmark = pytest.mark.repository

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVE = """
from werkzeug.serving import make_server
from {module} import {app}
server = make_server("127.0.0.1", 0, {call}, threaded=True)
print(server.port, flush=True)
server.serve_forever()
"""
FLASK = SERVE.format(
    module="flask_pages",
    app="create_app",
    call='create_app({"PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO": True})',
)
DJANGO = SERVE.format(module="django_pages.wsgi", app="application", call="application")
SITES = {"flask": ("flask_app", FLASK), "django": ("django_site", DJANGO)}


@pytest.fixture(params=SITES)
def addresses(
    request: pytest.FixtureRequest, authing_sandbox: Sandbox, tmp_path: Path
) -> Iterator[list[str]]:
    """Give the addresses of two processes of an example."""
    folder, script = SITES[request.param]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(EXAMPLES / folder), *sys.path]),
        "AUTHING_APP_ID": authing_sandbox.app_id,
        "AUTHING_APP_HOST": authing_sandbox.url,
        "AUTHING_APP_SECRET": authing_sandbox.app_secret,
        "FLASK_SECRET_KEY": "an example key",
        "FLASK_SESSIONS": str(tmp_path / "sessions"),
        "DJANGO_SECRET_KEY": "an example key",
        "DJANGO_DATABASE": str(tmp_path / "sessions"),
        "DJANGO_PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "django_pages.settings",
    }
    if request.param == "django":
        migrate = [sys.executable, str(EXAMPLES / folder / "manage.py"), "migrate", "-v", "0"]
        subprocess.run(migrate, env=environment, check=True)
    with ExitStack() as stack:
        found = []
        for _ in range(2):
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", script],
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            )
            stack.callback(process.terminate)
            assert process.stdout
            found.append(f"http://127.0.0.1:{process.stdout.readline().strip()}")
        yield found


def send(browser: requests.Session, address: str, path: str, **fields: str) -> requests.Response:
    form = browser.get(address + "/sign-in", timeout=20).text
    [(name, token)] = set(re.findall(r'name="(csrf\w+)" value="([^"]+)"', form)[-1:])
    return browser.post(address + path, data={name: token, **fields}, timeout=20)


@pytest.mark.slow
def test_processes_share_sessions_and_their_end(
    addresses: list[str], user: SandboxUser, authing_sandbox: Sandbox
) -> None:
    one, two = addresses
    with requests.Session() as browser:
        send(browser, one, "/sign-in", account=str(user.username), password=user.password)
        stolen = browser.cookies.copy()
        assert "t***@example.com" in browser.get(two, timeout=20).text
        send(browser, two, "/sign-out")
    with requests.Session() as thief:
        thief.cookies.update(stolen)
        assert [thief.get(each, timeout=20).url for each in addresses] == [
            f"{each}/sign-in" for each in addresses
        ]


@pytest.mark.slow
def test_processes_take_turns_in_a_step_up(
    addresses: list[str], user: SandboxUser, authing_sandbox: Sandbox
) -> None:
    authing_sandbox.require_mfa("application", ["EMAIL"])
    one, two = addresses
    with requests.Session() as browser:
        send(browser, one, "/sign-in", account=str(user.username), password=user.password)
        send(browser, two, "/step-up/send", by="EMAIL")
        code = authing_sandbox.outbox.last_code(email="test@example.com")
        page = send(browser, one, "/step-up/verify", by="EMAIL", code=code)
        assert "t***@example.com" in page.text
        page = send(browser, two, "/factors/remove", factor_id=user.factor_ids[0])
        assert "You have none yet." in page.text


@pytest.mark.slow
def test_demo_serves_the_names_of_loopback_only(addresses: list[str]) -> None:
    foreign = {"Host": "rebound.example.com"}
    pages = [requests.get(each, headers=foreign, timeout=20) for each in addresses]
    assert [page.status_code for page in pages] == [400, 400]


@pytest.mark.parametrize("missing", ["FLASK_SECRET_KEY", "FLASK_SESSIONS"])
def test_flask_does_not_start_without_what_processes_share(
    monkeypatch: pytest.MonkeyPatch, missing: str, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(EXAMPLES / "flask_app")
    monkeypatch.setenv("FLASK_SECRET_KEY", "an example key")
    monkeypatch.setenv("FLASK_SESSIONS", str(tmp_path / "sessions"))
    monkeypatch.delenv(missing)
    require("examples", "flask", "flask_wtf")
    from flask_pages import create_app

    with pytest.raises(RuntimeError, match=missing):
        create_app()


@pytest.mark.slow
def test_django_finds_nothing_to_say_against_the_settings(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DJANGO_SECRET_KEY": "an example key that is long enough, with digits 0123 and signs -_.",
        "DJANGO_DATABASE": str(tmp_path / "sessions"),
    }
    script = str(EXAMPLES / "django_site/manage.py")
    check = [sys.executable, script, "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(check, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr


def test_sessions_are_nobody_elses_to_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(EXAMPLES / "flask_app")
    require("examples", "flask", "flask_wtf")
    from flask_pages.store import Held, Store

    path = tmp_path / "sessions"
    session_id = Store(str(path)).begin(Held(tokens="an example token"), 60)
    assert path.stat().st_mode & 0o077 == 0
    assert session_id.encode() not in path.read_bytes()
