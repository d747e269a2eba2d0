"""`python -m authing_mfa.sandbox`, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "authing_mfa.sandbox"]
TIMEOUT = 20
LAST_LINE = "# every code"

posix = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as a signal")


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    watchdog = threading.Timer(TIMEOUT, process.kill)  # a reader must not wait for ever
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate(timeout=TIMEOUT)


def introduction(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    found = {}
    for line in process.stdout:
        if line.startswith(LAST_LINE):
            break
        name, _, value = line.strip().partition("=")
        found[name] = value
    return found


@posix
def test_it_shows_the_way_in_and_every_code_and_ends_on_ctrl_c() -> None:
    with running() as process:
        shown = introduction(process)
        answer = requests.post(
            shown["AUTHING_APP_HOST"] + "/api/v3/send-enroll-factor-request",
            json={"factorType": "EMAIL", "profile": {"email": "user@example.com"}},
            headers={
                "authorization": shown["AUTHING_ACCESS_TOKEN"],
                "x-authing-app-id": shown["AUTHING_APP_ID"],
                "connection": "close",
            },
            timeout=TIMEOUT,
        )
        assert answer.json()["statusCode"] == 200
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("E-mail to user@example.com (CHANNEL_BIND_MFA): ")
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT) == 0
        assert process.communicate(timeout=TIMEOUT)[1] == ""


@posix
def test_an_administrator_gets_in_by_what_it_shows() -> None:
    with running() as process:
        shown = introduction(process)
        key = {
            "accessKeyId": shown["AUTHING_ACCESS_KEY_ID"],
            "accessKeySecret": shown["AUTHING_ACCESS_KEY_SECRET"],
        }
        answer = requests.post(
            shown["AUTHING_API_HOST"] + "/api/v3/get-management-token",
            json=key,
            headers={"connection": "close"},
            timeout=TIMEOUT,
        )
        assert answer.json()["statusCode"] == 200


@posix
def test_the_page_is_where_it_says() -> None:
    with running() as process:
        shown = introduction(process)
        [line] = [name for name in shown if name.startswith("# open ")]
        answer = requests.get(line.split()[2], headers={"connection": "close"}, timeout=TIMEOUT)
        assert "<h1>Sandbox</h1>" in answer.text


@posix
def test_it_takes_a_seed_and_a_port(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    path.write_text(json.dumps({"users": [{"username": "seeded"}]}), encoding="utf-8")
    with running("--seed", str(path), "--port", "0") as process:
        shown = introduction(process)
        assert any("username seeded" in name for name in shown)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seed", "no-such-file.json"], "no-such-file.json"),
        (["--port", "70000"], "port"),
        (["--port", "x"], "invalid int value"),
    ],
)
def test_what_will_not_do_is_said_in_a_line(arguments: list[str], message: str) -> None:
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
