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
    RequestTimeoutError,
    ThrottleError,
    TransportError,
)
from authing_mfa.sandbox import Sandbox
from tests.faults.acts import never_answer, say, whole
from tests.faults.server import Server, keep
from tests.support.calls import CALLS, SENT, ready

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


def _late(name: str, answered: float | None, deadline: float) -> tuple[float, Exception | None]:
    """Make a call whose responses take long, each as many seconds, or do not come."""
    call = CALLS[name]
    answers = [say(answered, whole(it), end=keep) for it in call.answers if answered]
    with Server() as server:
        made = ready(server, call, *answers, never_answer, answered=0, deadline=deadline)
        return _timed(lambda: call(made))


def _all_late(names: list[str], *late: Any) -> None:
    with ThreadPoolExecutor(len(names)) as threads:
        results = list(threads.map(lambda name: _late(name, *late), names))
    found = {name: type(error) for name, (_, error) in zip(names, results, strict=True)}
    assert found == dict.fromkeys(names, RequestTimeoutError)
    assert max(seconds for seconds, _ in results) < 4


def test_every_call_ends_at_its_deadline() -> None:
    _all_late([name for name, call in SENT.items() if not call.before], None, 0.2)
    _all_late([name for name, call in SENT.items() if call.before], None, 1)


def test_calls_of_several_requests_have_one_deadline() -> None:
    _all_late([name for name, call in SENT.items() if len(call.answers) > 1], 0.4, 0.6)


def _ended(anna: Person, app_host: str, app_id: str, **options: Any) -> AuthenticationClient:
    tokens = attrs.evolve(anna.tokens, expires_at=_PAST)
    return AuthenticationClient(app_id=app_id, app_host=app_host, access_token=tokens, **options)


def test_write_is_not_sent_after_the_deadline_that_its_token_used_up(
    sandbox: Sandbox, anna: Person
) -> None:
    factor_id = anna.user.factor_ids[0]
    sandbox.faults.latency(0.4, path="/oidc/token", times=None)
    with _ended(anna, sandbox.url, sandbox.app_id, deadline=0.2) as client:
        _, error = _timed(lambda: client.reset_factor(factor_id))
    assert isinstance(error, RequestTimeoutError)
    assert error.outcome_unknown is False
    assert came(sandbox, "reset-factor") == []
    assert anna.factor_types == ["OTP", "SMS"]


def test_slow_service_for_one_user_holds_up_nobody_else(
    sandbox: Sandbox, anna: Person, ben: Person
) -> None:
    sandbox.faults.latency(0.5, method="POST", path="mfa-totp-verify")
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(anna.client.verify_totp, anna.user.totp_code())
        assert ben.factor_types == ["EMAIL"]
        assert not slow.done()
        slow.result()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500, HEAD + b" " * 500]
)
@pytest.mark.parametrize("own_session", [False, True])
@pytest.mark.parametrize("write", [False, True])
def test_response_that_drips_ends_at_the_deadline(
    answer: bytes, own_session: bool, write: bool
) -> None:
    options: dict[str, Any] = {}
    with requests.Session() as session, DrippingService(answer, pause=0.05) as service:
        if own_session:
            options["session"] = session
        with AuthenticationClient(
            app_id="app", app_host=service.url, access_token="t", deadline=0.3, **options
        ) as client:
            call = client.list_enrolled_factors
            seconds, error = _timed((lambda: client.reset_factor("f|otp")) if write else call)
    assert isinstance(error, RequestTimeoutError)
    assert error.outcome_unknown is write
    assert seconds < 4


def test_silent_proxy_is_left_at_the_deadline() -> None:
    with DrippingService(b"HTTP/1.1 200 Connection established\r\nX: " + b"x" * 500) as proxy:
        for session in (None, requests.Session()):
            with AuthenticationClient(
                app_id="app",
                app_host="https://demo.example.com",
                access_token="t",
                proxies={"https": proxy.url},
                deadline=0.2,
                session=session,
            ) as client:
                seconds, error = _timed(partial(client.reset_factor, "f|otp"))
            assert isinstance(error, TransportError)
            assert error.outcome_unknown is False or session is not None
            assert seconds < 4


def test_pause_that_does_not_fit_is_not_begun(sandbox: Sandbox, anna: Person) -> None:
    sandbox.faults.throttle(retry_after=60, path="list-enrolled-factors", times=None)
    seconds, error = _timed(anna.client.list_enrolled_factors)
    assert isinstance(error, ThrottleError)
    assert error.retry_after == 60
    assert seconds < 5


@pytest.mark.parametrize(
    "retry_after", ["0", "Thu, 01 Jan 1970 00:00:00 GMT", "", "nonsense", "-5"]
)
def test_odd_retry_after_waits_for_nothing_long(
    sandbox: Sandbox, anna: Person, retry_after: str
) -> None:
    sandbox.faults.throttle(retry_after=retry_after, path="list-enrolled-factors")
    seconds, error = _timed(anna.client.list_enrolled_factors)
    assert (error, seconds < 5) == (None, True)


def test_retry_after_in_the_year_9999_is_raised_at_once(sandbox: Sandbox, anna: Person) -> None:
    far = "Fri, 31 Dec 9999 23:59:59 GMT"
    sandbox.faults.throttle(retry_after=far, path="list-enrolled-factors", times=None)
    seconds, error = _timed(anna.client.list_enrolled_factors)
    assert isinstance(error, ThrottleError)
    assert seconds < 5


@pytest.mark.parametrize("value", [0, -1, float("nan"), "10", None, True, float("inf"), 1e400])
def test_deadline_that_bounds_nothing_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError):
        AuthenticationClient(app_id="app", app_host="http://127.0.0.1", deadline=value)


@pytest.mark.parametrize("value", [0, -1, None, "10", (1,), (1, 0), (None, 1), float("nan")])
def test_timeout_that_bounds_nothing_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError):
        AuthenticationClient(app_id="app", app_host="http://127.0.0.1", timeout=value)


def test_retries_do_not_outlast_the_deadline(sandbox: Sandbox, anna: Person) -> None:
    with AuthenticationClient(**anna.user.credentials, deadline=0.3, max_retries=50) as client:
        sandbox.faults.status(503, path="list-enrolled-factors", times=None)
        seconds, error = _timed(client.list_enrolled_factors)
    assert isinstance(error, AuthingMFAError)
    assert seconds < 4
