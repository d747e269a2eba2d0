"""The official Python SDK as a process, driven from here."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import attrs
import pytest

from authing_mfa import AuthenticationClient
from authing_mfa.sandbox import Sandbox, SandboxUser

PYTHON = os.environ.get("AUTHING_INTEROP_PYTHON", "")
"""A Python that has the official SDK; empty where none was named."""

SCRIPT = Path(__file__).with_name("official_sdk.py")


@attrs.frozen
class OfficialSDK:
    """The official SDK's client of one user; `call` returns the envelope that it returned."""

    requests: IO[str]
    answers: IO[str]

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        self.send({"method": method, "arguments": arguments})
        answer: dict[str, Any] = json.loads(self.answers.readline())
        return answer

    def send(self, line: object) -> None:
        self.requests.write(json.dumps(line) + "\n")
        self.requests.flush()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def user(sandbox: Sandbox) -> SandboxUser:
    return sandbox.add_user(phone="18800008888", email="user@example.com")


@pytest.fixture
def client(user: SandboxUser) -> Iterator[AuthenticationClient]:
    with AuthenticationClient(**user.credentials) as client:
        yield client


@pytest.fixture
def sdk(sandbox: Sandbox, user: SandboxUser) -> Iterator[OfficialSDK]:
    process = subprocess.Popen(
        [PYTHON, str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        sdk = OfficialSDK(process.stdin, process.stdout)
        sdk.send(
            {
                "app_id": sandbox.app_id,
                "app_host": sandbox.url,
                "access_token": user.access_token,
            }
        )
        yield sdk
