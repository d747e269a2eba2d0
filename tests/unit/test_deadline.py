"""Time that the machine sleeps counts: what ran out meanwhile has run out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest
import responses

from authing_mfa import ServerError
from tests.support.wire import Wire, make_client

pytestmark = pytest.mark.skipif(
    sys.platform == "emscripten" or not hasattr(time, "CLOCK_BOOTTIME"),
    reason="this system has no clock that tells of its sleep",
)


@pytest.fixture
def sleep(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Give what puts the machine to sleep for some seconds, as the system's clocks tell it."""
    slept, really = [0.0], time.clock_gettime

    def told(clock: int) -> float:
        return really(clock) + (slept[0] if clock == time.CLOCK_BOOTTIME else 0.0)

    monkeypatch.setattr(time, "clock_gettime", told)

    def fall_asleep(seconds: float) -> None:
        slept[0] += seconds

    return fall_asleep


def test_minute_of_an_enrollment_is_over_after_a_sleep(
    wire: Wire, sleep: Callable[[float], None]
) -> None:
    wire.plan("list-enrolled-factors", payload="list_enrolled_factors")
    wire.plan("send-enroll-factor-request", payload="send_enroll_factor_request")
    enrollment = make_client().begin_enrollment("SMS", phone_number="18800000000")
    assert enrollment.expires_in == pytest.approx(60, abs=5)
    sleep(61)
    assert enrollment.expires_in == 0.0


def test_call_is_not_tried_again_after_a_sleep_beyond_its_deadline(
    wire: Wire, sleep: Callable[[float], None]
) -> None:
    def unavailable(_: object) -> tuple[int, dict[str, str], str]:
        sleep(3600)
        return 503, {"Retry-After": "0"}, ""

    wire.add_callback(
        responses.GET, "https://demo.example.com/api/v3/get-factor", callback=unavailable
    )
    with pytest.raises(ServerError):
        make_client(max_retries=2, deadline=30).get_factor("f_1")
    assert len(wire.calls) == 1
