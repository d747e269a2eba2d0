"""The QR code of an enrollment on a notebook's page: what IPython is told to show, and when."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from authing_mfa import Enrollment
from tests.support.wire import Wire, make_client

_GONE = "The QR code is no longer on show."


class Page:
    """What a notebook's front end was told, in order."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []

    def publish(self, data: dict[str, str], **_options: Any) -> None:
        self.told.append(data)

    @property
    def latest(self) -> str:
        """The HTML on show, or the text in its place."""
        return self.told[-1].get("text/html", self.told[-1]["text/plain"])


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Stand in for the notebook; at the end no thread is left of what was shown."""
    page, ipython = Page(), ModuleType("IPython")
    before = set(threading.enumerate())
    shell = SimpleNamespace(kernel=object(), display_pub=page)
    monkeypatch.setattr(ipython, "get_ipython", lambda: shell, raising=False)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    yield page
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)
        assert not thread.is_alive()


def begin(wire: Wire) -> Enrollment:
    wire.plan("list-enrolled-factors", payload="list_enrolled_factors_none")
    wire.plan("send-enroll-factor-request", payload="send_enroll_factor_request_otp")
    return make_client().begin_enrollment("OTP")


def confirm(wire: Wire, enrollment: Enrollment) -> None:
    wire.plan("enroll-factor", payload="enroll_factor")
    enrollment.confirm("123456")


def test_page_holds_an_address_unless_told_otherwise(wire: Wire, page: Page) -> None:
    enrollment = begin(wire)
    enrollment.show_qr()
    assert "<img " in page.latest
    assert "<svg" not in page.latest
    confirm(wire, enrollment)


@pytest.mark.parametrize(("embed", "tag"), [(True, "<svg"), (False, "<img ")])
def test_new_code_is_shown_the_way_the_old_one_was(
    wire: Wire, page: Page, embed: bool, tag: str
) -> None:
    enrollment = begin(wire)
    enrollment.show_qr(embed=embed)
    wire.plan("send-enroll-factor-request", payload="send_enroll_factor_request_otp")
    enrollment.resend()
    first, gone, second = page.told
    assert gone["text/plain"] == _GONE
    assert tag in first["text/html"]
    assert tag in second["text/html"]
    confirm(wire, enrollment)


def test_code_is_taken_away_once(wire: Wire, page: Page) -> None:
    enrollment = begin(wire)
    enrollment.show_qr(embed=True)
    confirm(wire, enrollment)
    assert page.latest == _GONE
    wire.plan("list-enrolled-factors", payload="list_enrolled_factors")
    assert enrollment.reconcile() is not None
    assert len(page.told) == 2


def test_code_is_taken_away_when_its_minute_is_over(
    wire: Wire, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    enrollment = begin(wire)
    monkeypatch.setattr(time, "monotonic", lambda: 1059.9)
    enrollment.show_qr(embed=True)
    monkeypatch.setattr(time, "monotonic", real)
    for _ in range(600):
        if page.latest == _GONE:
            break
        time.sleep(0.05)
    assert page.latest == _GONE
