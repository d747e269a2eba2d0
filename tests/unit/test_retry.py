"""Which failures are tried again, after how long, and whether their outcome is known."""

from __future__ import annotations

import pytest

from authing_mfa import (
    APIError,
    AuthingMFAError,
    CodeRejectedError,
    ConfigurationError,
    ConnectionFailedError,
    InvalidResponseError,
    NotFoundError,
    RequestTimeoutError,
    ServerError,
    ThirdPartyError,
    ThrottleError,
)
from authing_mfa._call.retry import is_outcome_unknown, may_try_again, pause
from authing_mfa._protocol.endpoints import Endpoint

IDEMPOTENT = Endpoint("GET", "/idempotent", idempotent=True)
OTHER = Endpoint("POST", "/other", idempotent=False)
_TRANSPORT = [ConnectionFailedError(), RequestTimeoutError()]
_PASSING = [
    ThrottleError(status_code=429),
    *(ServerError(status_code=status_code) for status_code in (502, 503, 504)),
]
_LASTING = [
    InvalidResponseError(),
    ConfigurationError(),
    NotFoundError(status_code=404),
    ServerError(status_code=500),
    ServerError(status_code=501),
    ThirdPartyError(status_code=601),
    APIError(status_code=302),
    ThrottleError(status_code=422, api_code=2080),
    CodeRejectedError(status_code=200),
]


def name(error: AuthingMFAError) -> str:
    return f"{type(error).__name__} {getattr(error, 'status_code', '')}"


@pytest.mark.parametrize("error", [*_TRANSPORT, *_PASSING], ids=name)
@pytest.mark.parametrize("sent", [True, False])
def test_idempotent_call_is_tried_again_after_what_passes(
    error: AuthingMFAError, sent: bool
) -> None:
    assert may_try_again(IDEMPOTENT, error, sent)


@pytest.mark.parametrize("error", _LASTING, ids=name)
def test_idempotent_call_is_not_tried_again_after_what_lasts(error: AuthingMFAError) -> None:
    assert not may_try_again(IDEMPOTENT, error, sent=True)


@pytest.mark.parametrize("error", _TRANSPORT, ids=name)
def test_other_call_is_tried_again_only_if_nothing_was_sent(error: AuthingMFAError) -> None:
    assert may_try_again(OTHER, error, sent=False)
    assert not may_try_again(OTHER, error, sent=True)


@pytest.mark.parametrize("error", [*_PASSING, *_LASTING], ids=name)
def test_other_call_that_was_answered_is_never_tried_again(error: AuthingMFAError) -> None:
    assert not may_try_again(OTHER, error, sent=True)


_UNCLEAR = [
    *_TRANSPORT,
    InvalidResponseError(),
    ServerError(status_code=500),
    ThirdPartyError(status_code=602),
]
_CLEAR = [
    ConfigurationError(),
    NotFoundError(status_code=404),
    ThrottleError(status_code=429),
    CodeRejectedError(status_code=200),
    APIError(status_code=302),
]


@pytest.mark.parametrize("error", _UNCLEAR, ids=name)
def test_outcome_of_a_call_that_was_sent_and_not_refused_is_unknown(
    error: AuthingMFAError,
) -> None:
    assert is_outcome_unknown(OTHER, error, sent=True)
    assert not is_outcome_unknown(OTHER, error, sent=False)


@pytest.mark.parametrize("error", _CLEAR, ids=name)
def test_outcome_of_a_call_that_was_refused_is_known(error: AuthingMFAError) -> None:
    assert not is_outcome_unknown(OTHER, error, sent=True)


@pytest.mark.parametrize("error", [*_UNCLEAR, *_CLEAR], ids=name)
def test_outcome_of_an_idempotent_call_does_not_matter(error: AuthingMFAError) -> None:
    assert not is_outcome_unknown(IDEMPOTENT, error, sent=True)


@pytest.mark.parametrize("retry_after", [0.0, 0.5, 3600.0])
def test_pause_is_as_long_as_the_service_says(retry_after: float) -> None:
    assert retry_after == pause(1, retry_after)


@pytest.mark.parametrize(
    ("tries", "longest"), [(1, 0.2), (2, 0.4), (3, 0.8), (5, 3.2), (6, 5.0), (2000, 5.0)]
)
def test_pause_grows_up_to_a_bound_and_is_spread_over_it(tries: int, longest: float) -> None:
    pauses = [pause(tries, None) for _ in range(300)]
    assert 0 <= min(pauses) < longest * 0.2
    assert longest * 0.8 < max(pauses) <= longest
