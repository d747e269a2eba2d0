"""The calls of a run: how each is made, and whether what came back is its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from authing_mfa import AuthenticationClient, EnrollmentRequest, Factor, MFATokenInspection

from . import marks


@attrs.frozen
class Method:
    """One method of the client: its endpoint, how it is called, and what it returns when well."""

    verb: str
    path: str
    call: Callable[[AuthenticationClient, int], Any]
    is_own: Callable[[Any, int], bool]


def _is_factor(value: Any, number: int) -> bool:
    return isinstance(value, Factor) and marks.factor_id(number) == value.factor_id


def _is_request(value: Any, number: int) -> bool:
    return isinstance(value, EnrollmentRequest) and (
        f"{marks.ENROLLMENT}-{marks.label(number)}" == value.enrollment_token
    )


def _is_inspection(value: Any, number: int) -> bool:
    return isinstance(value, MFATokenInspection) and marks.label(number) == value.user_id


def _is_nothing(value: Any, _: int) -> bool:
    return value is None


def _token(number: int) -> str:
    return f"{marks.ENROLLMENT}-{marks.label(number)}"


METHODS: Final = {
    "get_factor": Method(
        "GET",
        "/api/v3/get-factor",
        lambda client, number: client.get_factor(marks.factor_id(number)),
        _is_factor,
    ),
    "list_enrolled_factors": Method(
        "GET",
        "/api/v3/list-enrolled-factors",
        lambda client, _: client.list_enrolled_factors(),
        lambda value, number: len(value) == 1 and _is_factor(value[0], number),
    ),
    "list_factors_to_enroll": Method(
        "GET",
        "/api/v3/list-factors-to-enroll",
        lambda client, _: client.list_factors_to_enroll(),
        lambda value, number: (marks.label(number),) == value,
    ),
    "introspect_mfa_token": Method(
        "POST",
        "/mfa/token/introspection",
        lambda client, number: client.introspect_mfa_token(_token(number)),
        _is_inspection,
    ),
    "send_enroll_factor_request": Method(
        "POST",
        "/api/v3/send-enroll-factor-request",
        lambda client, _: client.send_enroll_factor_request("SMS", phone_number=marks.PHONE),
        _is_request,
    ),
    "enroll_factor": Method(
        "POST",
        "/api/v3/enroll-factor",
        lambda client, number: client.enroll_factor(
            "SMS", enrollment_token=_token(number), pass_code=marks.CODE
        ),
        _is_nothing,
    ),
    "reset_factor": Method(
        "POST",
        "/api/v3/reset-factor",
        lambda client, number: client.reset_factor(marks.factor_id(number)),
        _is_nothing,
    ),
    "verify_totp": Method(
        "POST",
        "/api/v3/mfa-totp-verify",
        lambda client, _: client.verify_totp(marks.CODE),
        _is_nothing,
    ),
}


@attrs.frozen(kw_only=True)
class Result:
    """How one call ended.

    Attributes:
        end: "value", or the name of the error's class.
        unknown: The error's ``outcome_unknown``.
        tries: What the ``CallRecord`` says.
        odd: What was wrong with the value or the error itself.
    """

    number: int
    end: str
    seconds: float
    tries: int
    unknown: bool = False
    status: int | None = None
    retry_after: float | None = None
    odd: tuple[str, ...] = ()
