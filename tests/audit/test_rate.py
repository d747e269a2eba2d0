"""All workers together keep to the rate, and to what a 429 says."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from authing_mfa import ThrottleError
from authing_mfa.audit._rate import RateLimiter

from .audits import audit
from .pool_server import Pool


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give a clock that stands, and on which a wait passes at once."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def wait(self: threading.Event, timeout: float | None = None) -> bool:
        now[0] += timeout or 0.0
        return self.is_set()

    monkeypatch.setattr(threading.Event, "wait", wait)
    return now


def test_calls_keep_to_the_rate(clock: list[float]) -> None:
    limiter = RateLimiter(10)
    for _ in range(101):
        limiter.acquire()
    assert clock[0] == pytest.approx(1000 + 10 - 0.1)


def test_many_calls_at_once_count_as_many(clock: list[float]) -> None:
    limiter = RateLimiter(10)
    for _ in range(11):
        limiter.acquire(10)
    assert clock[0] == pytest.approx(1000 + 10 - 0.1)


def test_idle_time_is_not_saved_up(clock: list[float]) -> None:
    limiter = RateLimiter(10)
    limiter.acquire()
    clock[0] += 3600
    began = clock[0]
    for _ in range(21):
        limiter.acquire()
    assert clock[0] - began == pytest.approx(2 - 0.1)


def test_pause_holds_for_the_next_call(clock: list[float]) -> None:
    limiter = RateLimiter(10)
    limiter.acquire()
    limiter.pause(7)
    limiter.acquire()
    assert clock[0] == pytest.approx(1007)


def test_pause_holds_for_a_call_that_waits_already(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = RateLimiter(1)
    limiter.acquire()
    passes = threading.Event.wait
    pauses = iter([lambda: limiter.pause(7)])

    def wait(self: threading.Event, timeout: float | None = None) -> bool:
        next(pauses, lambda: None)()
        return passes(self, timeout)

    monkeypatch.setattr(threading.Event, "wait", wait)
    limiter.acquire()
    assert clock[0] == pytest.approx(1007)


def test_closed_limiter_permits_no_call_and_lets_nobody_wait() -> None:
    limiter = RateLimiter(0.001)
    limiter.acquire()
    threading.Timer(0.05, limiter.close).start()
    for _ in range(2):
        with pytest.raises(CancelledError):
            limiter.acquire()


@pytest.mark.slow
def test_throttled_run_ends_with_everybody_asked_for(store: Path) -> None:
    pool = Pool(400, rate=300, retry_after=0.1)
    report = audit(pool, store, workers=4)
    assert pool.calls["429"] > 0
    assert (report.overall.users, report.failed, report.overall.unknown) == (400, 0, 0)
    assert set(pool.asked.values()) == {1}


@pytest.mark.slow
def test_throttled_run_pauses_all_workers(store: Path) -> None:
    pool = Pool(200, delay=0.05)
    said: list[float] = []
    early: list[float] = []

    def throttle(name: str, number: int) -> None:
        now = time.monotonic()
        if said and now < said[0] + 1.0:
            early.append(now)
        if name == "get-user-mfa-info":
            pool.is_throttling = number == 50
            if number == 50:
                said.append(now)

    pool.retry_after, pool.on_call = 1.0, throttle
    report = audit(pool, store, workers=4)
    assert said
    assert report.overall.users == 200
    # Each of the other three workers may begin two calls, of 50 ms each, before the answer is
    # read; without a pause 80 would come in that second.
    assert len(early) <= 6


def test_429_is_waited_out_once_not_by_the_client_as_well(store: Path) -> None:
    pool = Pool(20)
    refused: list[int] = []

    def throttle(name: str, number: int) -> None:
        pool.is_throttling = name == "get-user-mfa-info" and number == 5
        refused.extend([number] if pool.is_throttling else [])

    pool.retry_after, pool.on_call = 0.05, throttle
    assert audit(pool, store, workers=1).overall.users == 20
    assert refused == [5]
    assert pool.calls["get-user-mfa-info"] == 21


def test_pause_longer_than_the_patience_ends_the_run(store: Path) -> None:
    pool = Pool(20, retry_after=3600)
    pool.is_throttling = True
    with pytest.raises(ThrottleError):
        audit(pool, store, patience=60)


@pytest.mark.slow
def test_service_that_always_throttles_ends_the_run(store: Path) -> None:
    pool = Pool(50, retry_after=0.01)

    def throttle(name: str, number: int) -> None:
        pool.is_throttling = name == "get-user-mfa-info"

    pool.on_call = throttle
    with pytest.raises(ThrottleError):
        audit(pool, store, patience=0.2)
