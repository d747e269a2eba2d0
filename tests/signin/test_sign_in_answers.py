"""What a sign-in makes of its answer: tokens, a trigger, or the error that the code stands for."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authing_mfa import (
    AccountLockedError,
    APIError,
    AuthingMFAError,
    ClientError,
    CodeRejectedError,
    CredentialsRejectedError,
    FactorType,
    ForbiddenError,
    InvalidArgumentError,
    InvalidResponseError,
    MFARequiredError,
    NotFoundError,
    PasswordResetRequiredError,
    ServerError,
    SignInIncompleteError,
    ThirdPartyError,
    ThrottleError,
    TokenSet,
    UnauthorizedError,
)
from tests.support import payloads
from tests.support.sampling import few
from tests.support.wire import Wire, make_client

from .answers import EMAIL, SIGNIN, TOKENS, envelope, plan, refused


def signed_in(wire: Wire, data: Any) -> TokenSet:
    plan(wire, SIGNIN, envelope(data))
    return make_client().sign_in("example-user", password="example-password")


def refusal(wire: Wire, body: Any, **facts: Any) -> Any:
    plan(wire, SIGNIN, body, **facts)
    with pytest.raises(AuthingMFAError) as caught:
        make_client().sign_in("example-user", password="example-password")
    assert (caught.value.method, caught.value.path) == ("POST", SIGNIN)
    return caught.value


def test_tokens_are_read(wire: Wire) -> None:
    began = datetime.now(UTC)
    tokens = signed_in(wire, TOKENS)
    assert tokens.access_token == "example-access-token"
    assert (tokens.refresh_token, tokens.id_token) == ("example-refresh-token", "example-id-token")
    assert (tokens.token_type, tokens.scope) == ("bearer", "openid offline_access")
    assert timedelta(seconds=7200) <= tokens.expires_at - began <= timedelta(seconds=7260)
    assert not tokens.expired


@pytest.mark.parametrize("key", ["expire_in", "expires_in"])
def test_lifetime_is_read_under_both_its_names(wire: Wire, key: str) -> None:
    tokens = signed_in(wire, {"access_token": "t", "token_type": "bearer", key: 90.5})
    left = tokens.expires_at - datetime.now(UTC)
    assert timedelta(seconds=30) < left <= timedelta(seconds=90.5)


@pytest.mark.parametrize("null", [{}, dict.fromkeys(["refresh_token", "scope", "token_type"])])
def test_what_is_optional_may_be_missing_or_null(wire: Wire, null: dict[str, None]) -> None:
    tokens = signed_in(wire, {"access_token": "t", "expire_in": 1, **null})
    assert (tokens.refresh_token, tokens.id_token, tokens.scope) == (None, None, None)
    assert tokens.token_type == "bearer"


@pytest.mark.parametrize("seconds", [10**12, 1e300, 2**63])
def test_lifetime_without_end_is_ten_years(wire: Wire, seconds: float) -> None:
    tokens = signed_in(wire, {"access_token": "t", "expire_in": seconds})
    left = tokens.expires_at - datetime.now(UTC)
    assert timedelta(days=3649) < left <= timedelta(days=3650)


@pytest.mark.parametrize("seconds", [0, -1, -(10**12), -1e300])
def test_lifetime_of_none_is_over(wire: Wire, seconds: float) -> None:
    assert signed_in(wire, {"access_token": "t", "expire_in": seconds}).expired


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (None, "data"),
        ([], "data"),
        ({"expire_in": 1}, "data.access_token"),
        ({"access_token": None, "expire_in": 1}, "data.access_token"),
        ({"access_token": 7, "expire_in": 1}, "data.access_token"),
        ({"access_token": "t"}, "data.expires_in"),
        ({"access_token": "t", "expire_in": "7200"}, "data.expire_in"),
        ({"access_token": "t", "expire_in": True}, "data.expire_in"),
        ({"access_token": "t", "expire_in": None}, "data.expire_in"),
        ({"access_token": "t", "expire_in": 1, "refresh_token": 7}, "data.refresh_token"),
        ({"access_token": "t", "expire_in": 1, "scope": ["openid"]}, "data.scope"),
        ({"access_token": "t", "expire_in": 1, "token_type": 7}, "data.token_type"),
    ],
)
def test_tokens_that_do_not_fit_are_an_invalid_response(wire: Wire, data: Any, where: str) -> None:
    error = refusal(wire, envelope(data))
    assert (type(error), error.where, error.outcome_unknown) == (InvalidResponseError, where, True)


@pytest.mark.parametrize("token", ["two\r\nlines", "tökèn", " t", ""])
def test_token_that_cannot_be_sent_is_an_invalid_response(wire: Wire, token: str) -> None:
    error = refusal(wire, envelope({"access_token": token, "expire_in": 1}))
    assert InvalidResponseError is type(error)


_REFUSALS: list[tuple[int, int | None, type[APIError]]] = [
    (403, 2333, CredentialsRejectedError),
    (403, 2006, CredentialsRejectedError),
    (404, 2004, NotFoundError),
    (404, 2011, NotFoundError),
    (403, 2005, AccountLockedError),
    (403, 1643, AccountLockedError),
    (403, 1639, PasswordResetRequiredError),
    (403, 2058, PasswordResetRequiredError),
    (403, 1640, SignInIncompleteError),
    (403, 1641, SignInIncompleteError),
    (403, 1642, SignInIncompleteError),
    (403, 1699, ForbiddenError),
    (403, 2120008, ForbiddenError),
    (403, 2130010, ForbiddenError),
    (400, 2820002, InvalidArgumentError),
    (400, 2001, CodeRejectedError),
    (400, 2300, CodeRejectedError),
    (400, None, InvalidArgumentError),
    (401, None, UnauthorizedError),
    (429, None, ThrottleError),
    (499, None, ClientError),
    (603, None, ThirdPartyError),
]


@pytest.mark.parametrize(("status_code", "api_code", "cls"), few(_REFUSALS, 6))
def test_refusal_is_the_error_of_its_code(
    wire: Wire, status_code: int, api_code: int | None, cls: type[APIError]
) -> None:
    error = refusal(wire, refused(status_code, api_code))
    assert (type(error), error.status_code, error.api_code) == (cls, status_code, api_code)
    assert error.message == "refused, as an example"


@pytest.mark.parametrize("status_code", [500, 502, 503])
def test_broken_service_leaves_the_outcome_unknown_and_is_not_asked_again(
    wire: Wire, status_code: int
) -> None:
    plan(wire, SIGNIN, refused(status_code))
    with pytest.raises(ServerError) as caught:
        make_client(max_retries=2).sign_in("u", password="p")
    assert (len(wire.requests), caught.value.outcome_unknown) == (1, True)


def test_throttled_sign_in_says_how_long_and_is_not_asked_again(wire: Wire) -> None:
    plan(wire, SIGNIN, refused(429), status=429, headers={"Retry-After": "7"})
    with pytest.raises(ThrottleError) as caught:
        make_client(max_retries=2).sign_in("u", password="p")
    assert (
        len(wire.requests),
        caught.value.retry_after,
        caught.value.outcome_unknown,
    ) == (1, 7.0, False)


@pytest.mark.parametrize(
    ("name", "api_code", "kinds"),
    [
        ("mfa_required_application", 1636, ["OTP", "SMS", "PASSKEY"]),
        ("mfa_required_one_method", 1636, ["EMAIL"]),
        ("mfa_required_personal", 1635, ["OTP"]),
        ("v2_mfa_required", 1636, ["SMS"]),
        ("v2_api_code_as_text", 1636, ["OTP"]),
    ],
)
def test_mfa_required_carries_what_a_challenge_needs(
    wire: Wire, name: str, api_code: int, kinds: list[str]
) -> None:
    error = refusal(wire, payloads.read(name))
    assert (type(error), error.api_code) == (MFARequiredError, api_code)
    challenge = make_client().challenge(error.trigger)
    assert [method.factor_type for method in challenge.methods] == kinds


def test_trigger_is_read_to_the_field(wire: Wire) -> None:
    trigger = refusal(wire, payloads.read("mfa_required_application")).trigger
    assert trigger.mfa_token == "example-mfa-token"
    assert (
        trigger.mfa_phone,
        trigger.mfa_phone_country_code,
        trigger.mfa_email,
    ) == ("18800000000", "+86", None)
    assert (trigger.email, trigger.username, trigger.nickname) == (EMAIL, "example-user", None)
    assert (trigger.totp_mfa_enabled, trigger.face_mfa_enabled) == (True, False)
    first = trigger.application_mfa[0]
    assert (first.mfa_policy, first.status, first.sort) == (FactorType.SMS, 1, 2)


@pytest.mark.parametrize(
    "data", [None, [], {}, {"mfaToken": 7}, {"mfaToken": None}, {"mfaToken": "t", "email": 7}]
)
def test_mfa_required_without_a_usable_trigger_says_so(wire: Wire, data: Any) -> None:
    error = refusal(wire, refused(403, 1636, data=data))
    assert (type(error), error.trigger) == (MFARequiredError, None)
    assert not error.outcome_unknown


def test_trigger_may_have_null_where_nothing_is_known(wire: Wire) -> None:
    names = ("mfaPhone", "mfaPhoneCountryCode", "mfaEmail", "phone", "email", "username")
    unknown: dict[str, Any] = dict.fromkeys((*names, "nickname", "phoneCountryCode"))
    data = {**unknown, "mfaToken": "t", "applicationMfa": None, "totpMfaEnabled": None}
    trigger = refusal(wire, refused(403, 1635, data=data)).trigger
    assert (trigger.mfa_token, trigger.application_mfa) == ("t", ())


def test_mfa_required_pickles_without_its_trigger(wire: Wire) -> None:
    error = refusal(wire, payloads.read("mfa_required_application"))
    data = pickle.dumps(error)
    again = pickle.loads(data)
    assert b"example-mfa-token" not in data
    assert (str(error), 1636, None) == (str(again), again.api_code, again.trigger)


def test_sign_in_changes_nothing_in_the_client(wire: Wire) -> None:
    client = make_client()
    plan(wire, SIGNIN, envelope(TOKENS))
    client.sign_in("u", password="p")
    wire.plan("list-enrolled-factors", payload="list_enrolled_factors")
    client.list_enrolled_factors()
    assert wire.requests[1].headers["Authorization"] == "Bearer example-token"
