"""Every call that a client can make, by its name, and what a success of it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final, TypeAlias

from authing_mfa import (
    AuthenticationClient,
    EnrollmentRequest,
    Envelope,
    Factor,
    FactorType,
    ManagementClient,
    MFAChallenge,
    MFATokenInspection,
    MFATrigger,
    OTPImport,
    OTPSecret,
    OTPSetup,
    PasswordEncryption,
    PoolUser,
    StepUpResult,
    TokenSet,
    UserMFAInfo,
    UserPage,
)
from authing_mfa._values.signin import OfferedMethod

TOKEN: Final = "example-token-of-the-user"
SECRET: Final = "example-secret-of-the-key"
REFRESH: Final = "example-token-to-refresh"
PASSWORD: Final = "example-password"
Call: TypeAlias = "Callable[[str], Any]"

_USER_ID: Final = "fedcba987654321001234567"  # in no payload, where it would be told
_FACTOR_ID: Final = f"{_USER_ID}|phone"
SENT: Final = (TOKEN, SECRET, REFRESH, PASSWORD, _USER_ID)
_ONCE: Final[dict[str, Any]] = {"max_retries": 0, "timeout": 5, "deadline": 5}
_TRIGGER: Final = MFATrigger(
    mfa_token="example-mfa-token",
    application_mfa=tuple(OfferedMethod(mfa_policy=kind) for kind in FactorType),
    mfa_phone="18800000000",
    mfa_email="user@example.com",
)


def make_user(url: str, **options: Any) -> AuthenticationClient:
    """Return a client of a user."""
    given = {"app_id": "app_example", "app_host": url, "access_token": TOKEN}
    return AuthenticationClient(**{**given, **_ONCE, **options})


def make_admin(url: str, signing: str | None = "authing") -> ManagementClient:
    """Return a client of an administrator."""
    return ManagementClient(
        access_key_id=_USER_ID, access_key_secret=SECRET, host=url, signing=signing, **_ONCE
    )


def _by_user(call: Callable[[AuthenticationClient], Any], **options: Any) -> Call:
    def run(url: str) -> Any:
        with make_user(url, **options) as client:
            return call(client)

    return run


def _by_admin(call: Callable[[ManagementClient], Any], signing: str | None = "authing") -> Call:
    def run(url: str) -> Any:
        with make_admin(url, signing) as client:
            return call(client)

    return run


def _by_challenge(call: Callable[[MFAChallenge], Any]) -> Call:
    return _by_user(lambda client: call(client.challenge(_TRIGGER, allow_binding=True)))


def _stale(client: AuthenticationClient) -> Any:
    ended = datetime.now(UTC) - timedelta(seconds=9)
    tokens = TokenSet(access_token=TOKEN, expires_at=ended, refresh_token=REFRESH)
    return client.as_user(tokens).list_enrolled_factors()


_FACTORS: Final = tuple[Factor, ...]
_RSA: Final = PasswordEncryption("rsa")

METHODS: Final[dict[str, tuple[Call, Any]]] = {
    "get_factor": (_by_user(lambda one: one.get_factor(_FACTOR_ID)), Factor),
    "list_enrolled_factors": (_by_user(lambda one: one.list_enrolled_factors()), _FACTORS),
    "list_factors_to_enroll": (
        _by_user(lambda one: one.list_factors_to_enroll()),
        tuple[FactorType, ...],
    ),
    "send_enroll_factor_request": (
        _by_user(lambda one: one.send_enroll_factor_request("OTP")),
        EnrollmentRequest,
    ),
    "enroll_factor": (
        _by_user(
            lambda one: one.enroll_factor("SMS", enrollment_token="example", pass_code="123456")
        ),
        type(None),
    ),
    "reset_factor": (_by_user(lambda one: one.reset_factor(_FACTOR_ID)), type(None)),
    "mfa_totp_verify": (_by_user(lambda one: one.verify_totp("123456")), type(None)),
    "introspection": (_by_user(lambda one: one.introspect_mfa_token("x")), MFATokenInspection),
    "request": (_by_user(lambda one: one.request("POST", "/api/v3/other", json={})), Envelope),
    "sign_in": (_by_user(lambda one: one.sign_in("ada", password=PASSWORD)), TokenSet),
    "encrypted sign_in": (
        _by_user(lambda one: one.sign_in("ada", password=PASSWORD, encryption=_RSA)),
        TokenSet,
    ),
    "sign_out": (_by_user(lambda one: one.sign_out()), type(None)),
    "send_sms": (_by_user(lambda one: one.send_sms("18800000000")), type(None)),
    "refresh": (_by_user(_stale), _FACTORS),
    "v2": (_by_challenge(lambda one: one.verify_totp("123456")), StepUpResult),
    "v2_recovery": (
        _by_challenge(lambda one: one.verify_recovery_code("0123-4567-89ab-cdef-0123-4567")),
        StepUpResult,
    ),
    "v2_confirm": (_by_challenge(lambda one: one.confirm_totp("123456")), StepUpResult),
    "v2_associate": (_by_challenge(lambda one: one.associate_totp()), OTPSetup),
    "v2_check": (_by_challenge(lambda one: one.can_bind(email="user@example.com")), bool),
    "get_management_token": (
        _by_admin(lambda one: one.get_global_mfa_settings(), None),
        tuple[FactorType, ...],
    ),
    "get_global_mfa_settings": (
        _by_admin(lambda one: one.get_global_mfa_settings()),
        tuple[FactorType, ...],
    ),
    "get_user_mfa_info": (_by_admin(lambda one: one.get_user_mfa_info(_USER_ID)), UserMFAInfo),
    "get_mfa_status": (_by_admin(lambda one: one.get_mfa_status(_USER_ID)), MFATrigger),
    "set_mfa_status": (_by_admin(lambda one: one.set_mfa_status(_USER_ID, _TRIGGER)), type(None)),
    "get_otp_secret_by_user": (_by_admin(lambda one: one.get_otp_secret(_USER_ID)), OTPSecret),
    "list_users": (_by_admin(lambda one: one.list_users()), UserPage),
    "iter_users": (
        _by_admin(lambda one: tuple(islice(one.iter_users(), 3))),
        tuple[PoolUser, ...],
    ),
    "import_otp": (
        _by_admin(lambda one: one.import_otp([OTPImport(user_id="u_1", secret="EXAMPLE")])),
        int,
    ),
}
