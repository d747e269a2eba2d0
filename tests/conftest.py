"""What all tests share: the mocked wire, a plain environment, and what needs the repository."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sampling import mark_the_rest_slow
from tests.support.wire import Wire

_FROM_THE_ENVIRONMENT = (
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle"),
    *("curl_ca_bundle", "authing_app_id", "authing_app_host", "authing_app_secret"),
    "authing_access_token",
)
_IN_REPOSITORY = (Path(__file__).parent.parent / "setup.cfg").exists()


def pytest_configure() -> None:
    """Let the programs that tests start hear Ctrl-C, also where the run is a background job."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Choose what runs fast, and skip what reads the repository where a package is tested."""
    mark_the_rest_slow(items)
    skip = pytest.mark.skip(reason="not in the repository")
    for item in items:
        if not _IN_REPOSITORY and item.get_closest_marker("repository"):
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _FROM_THE_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Give a mocked wire; what was planned on it must have been fetched at the end."""
    with Wire() as wire:
        yield wire
