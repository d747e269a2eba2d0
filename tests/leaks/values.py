"""The making of clients and values, and the reading of stored ones, with secrets in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from authing_mfa import (
    AuthenticationClient,
    EnrollmentRequest,
    ManagementClient,
    MFATrigger,
    OTPImport,
    OTPSecret,
    OTPSetup,
    QRCode,
    SignInOptions,
    StepUpResult,
    StepUpUser,
    TokenSet,
)
from authing_mfa.audit import audit_coverage
from tests.support.calls import CALLS, Call, management
from tests.support.marks import (
    APP_SECRET,
    ENROLLMENT,
    KEY_SECRET,
    MARK,
    MFA_TOKEN,
    OTP_DATA,
    OTP_SECRET,
    PROXY,
    RECOVERY,
    REFRESH,
    TOKEN,
    otp_setup,
    token_of,
    tokens,
)

_WHEN: Final = datetime(2099, 1, 1, tzinfo=UTC)


def _making(make: Callable[..., Any], **arguments: Any) -> Call:
    """Return the making of an object."""
    return Call(lambda url: make, "__call__", arguments)


def _reading(kind: Any, **data: Any) -> Call:
    """Return the reading of a value from a dict, of which one member does not fit."""
    return Call(lambda url: kind, "from_dict", {"data": data})


MADE: Final = {
    "AuthenticationClient": _making(
        AuthenticationClient,
        app_id="app_example",
        app_host="https://demo.example.com",
        app_secret=APP_SECRET,
        access_token=TOKEN,
        proxies={"https": PROXY},
    ),
    "AuthenticationClient of a set": _making(
        AuthenticationClient,
        app_id="app_example",
        app_host="https://demo.example.com",
        access_token=tokens(60),
    ),
    "ManagementClient": _making(
        ManagementClient,
        access_key_id="key_example",
        access_key_secret=KEY_SECRET,
        proxies={"https": PROXY},
    ),
    "TokenSet": _making(
        TokenSet,
        access_token=TOKEN,
        refresh_token=REFRESH,
        id_token=TOKEN,
        expires_at=_WHEN,
        scope="openid",
    ),
    "MFATrigger": _making(MFATrigger, mfa_token=MFA_TOKEN, application_mfa=()),
    "OTPImport": _making(OTPImport, user_id="u_1", secret=OTP_SECRET, recovery_code=RECOVERY),
    "OTPSecret": _making(OTPSecret, secret=OTP_SECRET),
    "OTPSetup": _making(
        OTPSetup,
        qr_code_uri=OTP_DATA["qrCodeUri"],
        qr_code_data_url=OTP_DATA["qrCodeDataUrl"],
        recovery_code=RECOVERY,
    ),
    "EnrollmentRequest": _making(EnrollmentRequest, enrollment_token=ENROLLMENT),
    "SignInOptions": _making(SignInOptions, captcha_code=TOKEN),
    "StepUpResult": _making(
        StepUpResult, user=StepUpUser(user_id="u_1"), token=TOKEN, recovery_code=RECOVERY
    ),
    "QRCode": _making(lambda text, scale: QRCode(text).svg(scale=scale), text=TOKEN, scale=4),
    "OTPSetup.png": _making(lambda setup: otp_setup().png, setup=None),
    "QRCode too long": _making(lambda text: QRCode(text * 500).png(), text=TOKEN),
    "audit": _making(
        audit_coverage, client=management("https://api.example.com"), store="no/such/place"
    ),
}
READ: Final = {
    "TokenSet.from_dict": _reading(
        TokenSet, access_token=TOKEN, refresh_token=REFRESH, id_token=TOKEN, expires_at=MARK
    ),
    "TokenSet.from_dict, list": _reading(TokenSet, access_token=[TOKEN], expires_at=1),
    "MFATrigger.from_dict": _reading(MFATrigger, mfaToken=MFA_TOKEN, applicationMfa=MARK),
    "OTPSetup.from_dict": _reading(OTPSetup, **{**OTP_DATA, "qrCodeUri": MARK}),
    "OTPImport.from_dict": _reading(OTPImport, userId=[MARK], secret=OTP_SECRET),
    "SignInOptions.from_dict": _reading(SignInOptions, captchaCode=[token_of()]),
    "EnrollmentRequest.from_dict": _reading(EnrollmentRequest, enrollmentToken=[ENROLLMENT]),
}
ALL: Final = {**CALLS, **MADE}
