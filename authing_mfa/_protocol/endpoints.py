"""The one table of the service's paths, and which calls may be sent twice."""

from __future__ import annotations

from typing import Final, NamedTuple


class Endpoint(NamedTuple):
    """One call of the API.

    Attributes:
        safe: Sending it twice is the same as once, so it may be sent again when no answer came.
    """

    method: str
    path: str
    safe: bool


def _read(path: str, method: str = "GET") -> Endpoint:
    return Endpoint(method, path, safe=True)


def _write(path: str) -> Endpoint:
    return Endpoint("POST", path, safe=False)


GET_FACTOR: Final = _read("/api/v3/get-factor")
LIST_ENROLLED_FACTORS: Final = _read("/api/v3/list-enrolled-factors")
LIST_FACTORS_TO_ENROLL: Final = _read("/api/v3/list-factors-to-enroll")
SEND_ENROLL_FACTOR_REQUEST: Final = _write("/api/v3/send-enroll-factor-request")
ENROLL_FACTOR: Final = _write("/api/v3/enroll-factor")
RESET_FACTOR: Final = _write("/api/v3/reset-factor")
MFA_TOTP_VERIFY: Final = _write("/api/v3/mfa-totp-verify")
MFA_TOKEN_INTROSPECTION: Final = _read("/mfa/token/introspection", method="POST")

SIGNIN: Final = _write("/api/v3/signin")
SYSTEM: Final = _read("/api/v3/system")
SEND_SMS: Final = _write("/api/v3/send-sms")
SEND_EMAIL: Final = _write("/api/v3/send-email")
OIDC_TOKEN: Final = _write("/oidc/token")
OIDC_TOKEN_REVOCATION: Final = _read("/oidc/token/revocation", method="POST")

MFA_SMS_VERIFY: Final = _write("/api/v2/applications/mfa/sms/verify")
MFA_EMAIL_VERIFY: Final = _write("/api/v2/applications/mfa/email/verify")
MFA_CHECK: Final = _read("/api/v2/applications/mfa/check", method="POST")
MFA_TOTP_ASSOCIATE: Final = _write("/api/v2/mfa/totp/associate")
MFA_TOTP_ASSOCIATE_CONFIRM: Final = _write("/api/v2/mfa/totp/associate/confirm")
MFA_FACE_ASSOCIATE: Final = _write("/api/v2/mfa/face/associate")
STEP_UP_TOTP_VERIFY: Final = _write("/api/v2/mfa/totp/verify")
STEP_UP_TOTP_RECOVERY: Final = _write("/api/v2/mfa/totp/recovery")
STEP_UP_FACE_VERIFY: Final = _write("/api/v2/mfa/face/verify")

GET_MANAGEMENT_TOKEN: Final = _read("/api/v3/get-management-token", method="POST")
GET_MFA_TRIGGER_DATA: Final = _read("/api/v3/get-mfa-trigger-data")
GET_USER_MFA_INFO: Final = _read("/api/v3/get-user-mfa-info")
GET_MFA_STATUS: Final = _read("/api/v3/get-mfa-status")
SET_MFA_STATUS: Final = _write("/api/v3/set-mfa-status")
GET_GLOBAL_MFA_SETTINGS: Final = _read("/api/v3/get-global-mfa-settings")
UPDATE_GLOBAL_MFA_SETTINGS: Final = _write("/api/v3/update-global-mfa-settings")
DISABLE_GLOBAL_MFA_SETTINGS: Final = _write("/api/v3/disable-global-mfa-settings")
UPDATE_APPLICATION_MFA_SETTINGS: Final = _write("/api/v3/update-application-mfa-settings")
IMPORT_OTP: Final = _write("/api/v3/import-otp")
GET_OTP_SECRET_BY_USER: Final = _read("/api/v3/get-otp-secret-by-user")
LIST_USERS: Final = _read("/api/v3/list-users", method="POST")


def under_applications(endpoint: Endpoint) -> Endpoint:
    """Return the other form of a ``/api/v2/mfa/`` path, which some deployments have."""
    path = endpoint.path.replace("/api/v2/mfa/", "/api/v2/applications/mfa/", 1)
    return endpoint._replace(path=path)
