"""One deadline bounds a public call, whatever it is made of: docs/connections.md."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

import attrs
import pytest
import requests

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    ConfigurationError,
    ManagementClient,
    RequestTimeoutError,
    ThrottleError,
    TransportError,
)
from authing_mfa.sandbox import Sandbox

from .calls import CALLS, make_world
from .people import Person, came
from .slow_service import HEAD, DrippingService

_PAST = datetime(1970, 1, 1, tzinfo=UTC)


def _timed(call: Callable[[], Any]) -> tuple[float, Exception | None]:
    begun = time.monotonic()
    try:
        call()
    except Exception as error:  # noqa: BLE001 - what it is, is looked at
        return time.monotonic() - begun, error
    return time.monotonic() - begun, None


def _late(name: str, latency: float, deadline: float) -> tuple[str, float, Exception | None]:
    """Make a call of a service that is slow with everything."""
    with Sandbox() as sandbox:
        prepared = CALLS[name].prepare(make_world(sandbox, deadline=deadline, timeout=10))
        sandbox.faults.latency(latency, times=None)
        seconds, error = _timed(prepared)
        sandbox.faults.clear()
        return name, seconds, error


def test_every_call_ends_at_its_deadline() -> None:
    with ThreadPoolExecutor(len(CALLS)) as threads:
        results = list(threads.map(lambda name: _late(name, 6, 1), CALLS))
    for name, seconds, error in results:
        assert isinstance(error, RequestTimeoutError), name
        assert seconds < 4, name


def test_calls_of_several_exchanges_have_one_deadline() -> None:
    with ThreadPoolExecutor(len(CALLS)) as threads:
        results = list(threads.map(lambda name: _late(name, 1.5, 2), CALLS))
    for name, seconds, error in results:
        assert error is None or isinstance(error, RequestTimeoutError), name
        assert seconds < 2.8, name


def _ended(anna: Person, app_host: str, app_id: str, **options: Any) -> AuthenticationClient:
    tokens = attrs.evolve(anna.tokens, expires_at=_PAST)
    return AuthenticationClient(app_id=app_id, app_host=app_host, access_token=tokens, **options)


def test_a_token_fetch_counts_into_the_deadline(sandbox: Sandbox, anna: Person) -> None:
    sandbox.faults.latency(1.2, times=None)
    with _ended(anna, sandbox.url, sandbox.app_id, deadline=1.5) as client:
        seconds, error = _timed(client.list_enrolled_factors)
    assert isinstance(error, RequestTimeoutError)
    assert seconds < 2.2


def test_a_management_token_counts_into_the_deadline(sandbox: Sandbox) -> None:
    sandbox.faults.latency(1.2, times=None)
    with ManagementClient(**sandbox.management_credentials, deadline=1.5) as admin:
        seconds, error = _timed(admin.get_global_mfa_settings)
    assert isinstance(error, RequestTimeoutError)
    assert seconds < 2.2


def test_a_write_is_not_sent_after_the_deadline_that_its_token_used_up(
    sandbox: Sandbox, anna: Person
) -> None:
    factor_id = anna.user.factor_ids[0]
    sandbox.faults.latency(0.7, path="/oidc/token", times=None)
    with _ended(anna, sandbox.url, sandbox.app_id, deadline=0.5) as client:
        _, error = _timed(lambda: client.reset_factor(factor_id))
    assert isinstance(error, RequestTimeoutError)
    assert error.outcome_unknown is False
    assert came(sandbox, "reset-factor") == []
    assert anna.factor_types == ["OTP", "SMS"]


def test_one_user_s_slow_service_holds_nobody_else_up(
    sandbox: Sandbox, anna: Person, ben: Person
) -> None:
    sandbox.faults.latency(3, method="POST", path="mfa-totp-verify")
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(anna.client.verify_totp, anna.user.totp_code())
        seconds, error = _timed(ben.client.list_enrolled_factors)
        slow.result()
    assert (error, seconds < 2.5) == (None, True)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500, HEAD + b" " * 500]
)
@pytest.mark.parametrize("own_session", [False, True])
@pytest.mark.parametrize("write", [False, True])
def test_an_answer_that_drips_ends_at_the_deadline(
    answer: bytes, own_session: bool, write: bool
) -> None:
    options: dict[str, Any] = {}
    with requests.Session() as session, DrippingService(answer, pause=0.05) as service:
        if own_session:
            options["session"] = session
        with AuthenticationClient(
            app_id="app", app_host=service.url, access_token="t", deadline=0.8, **options
        ) as client:
            call = client.list_enrolled_factors
            seconds, error = _timed((lambda: client.reset_factor("f|otp")) if write else call)
    assert isinstance(error, RequestTimeoutError)
    assert error.outcome_unknown is write
    assert seconds < 4


def test_a_silent_proxy_is_left_at_the_deadline() -> None:
    with DrippingService(b"HTTP/1.1 200 Connection established\r\nX: " + b"x" * 500) as proxy:
        for session in (None, requests.Session()):
            with AuthenticationClient(
                app_id="app",
                app_host="https://demo.example.com",
                access_token="t",
                proxies={"https": proxy.url},
                deadline=0.6,
                session=session,
            ) as client:
                seconds, error = _timed(partial(client.reset_factor, "f|otp"))
            assert isinstance(error, TransportError)
            assert error.outcome_unknown is False or session is not None
            assert seconds < 4


def test_a_pause_that_does_not_fit_is_not_begun(sandbox: Sandbox, anna: Person) -> None:
    sandbox.faults.throttle(retry_after=60, path="list-enrolled-factors", times=None)
    seconds, error = _timed(anna.client.list_enrolled_factors)
    assert isinstance(error, ThrottleError)
    assert error.retry_after == 60
    assert seconds < 5


@pytest.mark.parametrize(
    "retry_after", ["0", "Thu, 01 Jan 1970 00:00:00 GMT", "", "nonsense", "-5"]
)
def test_an_odd_retry_after_waits_for_nothing_long(
    sandbox: Sandbox, anna: Person, retry_after: str
) -> None:
    sandbox.faults.throttle(retry_after=retry_after, path="list-enrolled-factors")
    seconds, error = _timed(anna.client.list_enrolled_factors)
    assert (error, seconds < 5) == (None, True)


def test_a_retry_after_in_the_year_9999_is_raised_at_once(sandbox: Sandbox, anna: Person) -> None:
    far = "Fri, 31 Dec 9999 23:59:59 GMT"
    sandbox.faults.throttle(retry_after=far, path="list-enrolled-factors", times=None)
    seconds, error = _timed(anna.client.list_enrolled_factors)
    assert isinstance(error, ThrottleError)
    assert seconds < 5


@pytest.mark.parametrize("value", [0, -1, float("nan"), "10", None, True, float("inf"), 1e400])
def test_a_deadline_that_bounds_nothing_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError):
        AuthenticationClient(app_id="app", app_host="http://127.0.0.1", deadline=value)


@pytest.mark.parametrize("value", [0, -1, None, "10", (1,), (1, 0), (None, 1), float("nan")])
def test_a_timeout_that_bounds_nothing_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError):
        AuthenticationClient(app_id="app", app_host="http://127.0.0.1", timeout=value)


def test_retries_do_not_outlast_the_deadline(sandbox: Sandbox, anna: Person) -> None:
    with AuthenticationClient(**anna.user.credentials, deadline=1, max_retries=50) as client:
        sandbox.faults.status(503, path="list-enrolled-factors", times=None)
        seconds, error = _timed(client.list_enrolled_factors)
    assert isinstance(error, AuthingMFAError)
    assert seconds < 4
