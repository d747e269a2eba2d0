"""Each example starts with one command and no settings, and says how to sign in."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from tests.support.sets import require

pytestmark = pytest.mark.repository

EXAMPLES = Path(__file__).parents[2] / "examples"
COMMANDS = {
    "flask": ("flask_app/run.py",),
    "django": ("django_site/manage.py", "runserver", "--noreload", "127.0.0.1:{port}"),
}


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(params=["flask", pytest.param("django", marks=pytest.mark.slow)])
def started(request: pytest.FixtureRequest, port: int) -> Iterator[subprocess.Popen[str]]:
    """Give a started example; it is ended afterwards."""
    require("examples", "django", "flask", "flask_wtf")
    script, *arguments = COMMANDS[request.param]
    with subprocess.Popen(
        [sys.executable, EXAMPLES / script, *(each.format(port=port) for each in arguments)],
        env={**os.environ, "PORT": str(port), "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process
        process.terminate()
        process.communicate(timeout=20)


def test_printed_password_signs_in(started: subprocess.Popen[str], port: int) -> None:
    account, password = credentials(started)
    address = f"http://127.0.0.1:{port}/sign-in"
    with requests.Session() as browser:
        browser.mount(address, HTTPAdapter(max_retries=Retry(connect=9, backoff_factor=0.05)))
        form = browser.get(address, timeout=10).text
        [(name, token)] = re.findall(r'name="(csrf\w+)" value="([^"]+)"', form)
        fields = {name: token, "account": account, "password": password}
        page = browser.post(address, data=fields, timeout=10)
    assert (page.status_code, page.url.endswith("/step-up")) == (200, True)


def credentials(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return what the example says on its standard output."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if found := re.search(r"Sign in as (\S+) with the password (\S+)", line):
            return found[1], found[2]
    raise AssertionError("".join(lines))
