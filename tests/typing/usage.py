"""How the package is used, for the type checkers: read by them, never run.

Each ``type: ignore`` stands on a mistake that they must find.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, assert_type

import requests

from authing_mfa import (
    APIError,
    AuthenticationClient,
    AuthingMFAError,
    CallRecord,
    ConfigurationError,
    Enrollment,
    EnrollmentRequest,
    Envelope,
    Factor,
    FactorProfile,
    FactorType,
    InvalidResponseError,
    MFARequiredError,
    MFATokenInspection,
    MFATrigger,
    OTPSetup,
    ThrottleError,
)


def on_call(record: CallRecord) -> None:
    assert_type(record.status_code, int | None)
    assert_type(record.seconds, float)


def make() -> AuthenticationClient:
    with (
        requests.Session() as session,
        AuthenticationClient(
            app_id="app_example",
            app_host="https://demo.example.com",
            app_secret="example-secret",
            access_token="example-token",
            lang="en-US",
            timeout=5,
            deadline=20,
            max_retries=1,
            verify="/etc/ssl/own.pem",
            proxies={"https": "http://proxy.example.com"},
            session=session,
            real_ip="203.0.113.7",
            on_call=on_call,
        ) as client,
    ):
        assert_type(client, AuthenticationClient)
        return client.as_user("example-token", lang="ja-JP", real_ip="203.0.113.8")


def make_in_other_ways() -> None:
    assert_type(AuthenticationClient.from_env(), AuthenticationClient)
    AuthenticationClient(app_id="a", app_host="b", timeout=(3.05, 10), on_call=print)
    AuthenticationClient(app_id="a")  # type: ignore[call-arg]
    AuthenticationClient(app_id="a", app_host="b", timeout="3")  # type: ignore[arg-type]
    AuthenticationClient(app_id="a", app_host="b", proxies=["x"])  # type: ignore[arg-type]
    AuthenticationClient(app_id="a", app_host="b", color="red")  # type: ignore[call-arg]


class Own(AuthenticationClient):
    """A client of one's own stays itself."""


def own(client: Own) -> None:
    assert_type(client.as_user("example-token"), Own)
    assert_type(Own.from_env(), Own)
    with client as entered:
        assert_type(entered, Own)


def read(client: AuthenticationClient) -> None:
    factor = client.get_factor("f_1")
    assert_type(factor.factor_id, str)
    assert_type(factor.factor_type, FactorType)
    assert_type(factor.profile, FactorProfile)
    assert_type(factor.profile.email, str | None)
    assert_type(factor.masked_target, str)
    for factor in client.list_enrolled_factors():
        assert_type(factor, Factor)
    assert_type(client.list_factors_to_enroll(), tuple[FactorType, ...])
    client.get_factor()  # type: ignore[call-arg]
    client.get_factor(7)  # type: ignore[arg-type]
    client.get_factor("f_1")["factorId"]  # type: ignore[index]
    factor.factor_id = "f_2"  # type: ignore[misc]


def store(factor: Factor) -> None:
    assert_type(factor.to_dict(), dict[str, Any])
    assert_type(Factor.from_dict(factor.to_dict()), Factor)


def enroll(client: AuthenticationClient) -> None:
    request = client.send_enroll_factor_request(FactorType.SMS, phone_number="18800000000")
    assert_type(request, EnrollmentRequest)
    client.send_enroll_factor_request("EMAIL", email="test@example.com")
    client.enroll_factor(
        FactorType.SMS, enrollment_token=request.enrollment_token, pass_code="123456"
    )
    client.enroll_factor("FACE", enrollment_token="x", photo="y", is_external_photo=True)
    client.enroll_factor("SMS", pass_code="123456")  # type: ignore[call-arg]
    client.enroll_factor("SMS", enrollment_token="x", pass_code=123456)  # type: ignore[arg-type]


def enroll_guided(client: AuthenticationClient) -> None:
    enrollment = client.begin_enrollment(FactorType.OTP)
    assert_type(enrollment, Enrollment)
    assert_type(enrollment.factor_type, FactorType)
    assert_type(enrollment.expires_in, float)
    assert_type(enrollment.expired, bool)
    assert_type(enrollment.otp, OTPSetup | None)
    if enrollment.otp:
        assert_type(enrollment.otp.manual_key, str)
        assert_type(enrollment.otp.png, bytes)
        assert_type(enrollment.otp.digits, int)
    enrollment.confirm("123456")
    enrollment.confirm(photo="x", is_external_photo=False)
    enrollment.resend()
    assert_type(enrollment.reconcile(), Factor | None)
    str(enrollment.otp.secret)  # type: ignore[union-attr]


def verify(client: AuthenticationClient) -> None:
    returns_nothing: Callable[[str], None] = client.verify_totp
    returns_nothing("123456")
    inspection = client.introspect_mfa_token("example-mfa-token")
    assert_type(inspection, MFATokenInspection)
    assert_type(inspection.active, bool)
    assert_type(inspection.expires_at, datetime.datetime | None)


def call_anything(client: AuthenticationClient) -> None:
    envelope = client.request("GET", "/api/v3/get-profile", params={"a": "b"})
    assert_type(envelope, Envelope)
    assert_type(envelope.request_id, str | None)
    client.request("POST", "/api/v3/x", json={"a": [None]})
    client.request("POST", "/api/v3/x", data={"a": "b"})
    client.request("GET", "/api/v3/x", params={"page": 1})  # type: ignore[dict-item]


def catch(client: AuthenticationClient) -> str | None:
    try:
        client.get_factor("f_1")
    except ThrottleError as error:
        assert_type(error.retry_after, float | None)
    except MFARequiredError as error:
        assert_type(error.trigger, MFATrigger | None)
    except APIError as error:
        assert_type(error.status_code, int | None)
        assert_type(error.api_code, int | None)
        return error.hint
    except InvalidResponseError as error:
        return error.where
    except ConfigurationError as error:
        return value_error(error)
    except AuthingMFAError as error:
        assert_type(error.outcome_unknown, bool)
        assert_type(error.method, str | None)
    return None


def value_error(error: ValueError) -> str:
    return str(error)
