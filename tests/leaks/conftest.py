"""A server that misbehaves, and a search of the log after each test."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.faults.server import Server
from tests.support.marks import found, logged


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Serve a plan; each test makes its own."""
    with Server() as server:
        yield server


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Search each test's log records, tracebacks included."""
    caplog.set_level(logging.DEBUG, logger="authing_mfa")
    yield
    assert found(logged(caplog.get_records("call"))) == []
