"""The pulse tells a machine that is busy from a call that is slow."""

from __future__ import annotations

import sys
import threading
import time

from tools.chaos.pulse import Pulse


def test_thread_that_lets_no_other_run_is_noticed() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(10)
    try:
        with Pulse() as pulse:
            time.sleep(0.1)
            end = time.monotonic() + 0.3
            while time.monotonic() < end:
                pass
            time.sleep(0.1)
    finally:
        sys.setswitchinterval(usual)
    assert pulse.longest > 0.2


def test_pulse_stops() -> None:
    before = threading.active_count()
    with Pulse():
        assert before + 1 == threading.active_count()
    assert before == threading.active_count()
