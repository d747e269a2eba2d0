"""List the service's endpoints: which may be sent twice, and how their responses open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from .envelope import (
    Envelope,
    unwrap,
    unwrap_bare,
    unwrap_confirmation,
    unwrap_nothing,
    unwrap_recovery,
    unwrap_refresh,
)
from .response import Response

Unwrap = Callable[[Response], Envelope]


class Endpoint(NamedTuple):
    """One call of the API.

    Attributes:
        idempotent: Sending it twice is the same as once, so it may be sent again when no response
            came.
        unwrap: Opens the response.
    """

    method: str
    path: str
    idempotent: bool
    unwrap: Unwrap = unwrap


def _get(path: str, unwrap: Unwrap = unwrap) -> Endpoint:
    return Endpoint("GET", path, True, unwrap)


def _post(path: str, unwrap: Unwrap = unwrap) -> Endpoint:
    return Endpoint("POST", path, False, unwrap)


def _idempotent_post(path: str, unwrap: Unwrap = unwrap) -> Endpoint:
    return Endpoint("POST", path, True, unwrap)


GET_FACTOR: Final = _get("/api/v3/get-factor")
LIST_ENROLLED_FACTORS: Final = _get("/api/v3/list-enrolled-factors")
LIST_FACTORS_TO_ENROLL: Final = _get("/api/v3/list-factors-to-enroll")
SEND_ENROLL_FACTOR_REQUEST: Final = _post("/api/v3/send-enroll-factor-request")
ENROLL_FACTOR: Final = _post("/api/v3/enroll-factor")
RESET_FACTOR: Final = _post("/api/v3/reset-factor")
MFA_TOTP_VERIFY: Final = _post("/api/v3/mfa-totp-verify")
MFA_TOKEN_INTROSPECTION: Final = _idempotent_post("/mfa/token/introspection", unwrap_bare)

SIGNIN: Final = _post("/api/v3/signin")
SYSTEM: Final = _get("/api/v3/system", unwrap_bare)
SEND_SMS: Final = _post("/api/v3/send-sms")
SEND_EMAIL: Final = _post("/api/v3/send-email")
OIDC_TOKEN: Final = _post("/oidc/token", unwrap_refresh)
OIDC_TOKEN_REVOCATION: Final = _idempotent_post("/oidc/token/revocation", unwrap_nothing)

MFA_SMS_VERIFY: Final = _post("/api/v2/applications/mfa/sms/verify")
MFA_EMAIL_VERIFY: Final = _post("/api/v2/applications/mfa/email/verify")
MFA_CHECK: Final = _idempotent_post("/api/v2/applications/mfa/check")
MFA_TOTP_ASSOCIATE: Final = _post("/api/v2/mfa/totp/associate")
MFA_TOTP_ASSOCIATE_CONFIRM: Final = _post(
    "/api/v2/mfa/totp/associate/confirm", unwrap_confirmation
)
MFA_FACE_ASSOCIATE: Final = _post("/api/v2/mfa/face/associate")
STEP_UP_TOTP_VERIFY: Final = _post("/api/v2/mfa/totp/verify")
STEP_UP_TOTP_RECOVERY: Final = _post("/api/v2/mfa/totp/recovery", unwrap_recovery)
STEP_UP_FACE_VERIFY: Final = _post("/api/v2/mfa/face/verify")

GET_MANAGEMENT_TOKEN: Final = _idempotent_post("/api/v3/get-management-token")
GET_MFA_TRIGGER_DATA: Final = _get("/api/v3/get-mfa-trigger-data")
GET_USER_MFA_INFO: Final = _get("/api/v3/get-user-mfa-info")
GET_MFA_STATUS: Final = _get("/api/v3/get-mfa-status")
SET_MFA_STATUS: Final = _post("/api/v3/set-mfa-status")
GET_GLOBAL_MFA_SETTINGS: Final = _get("/api/v3/get-global-mfa-settings")
UPDATE_GLOBAL_MFA_SETTINGS: Final = _post("/api/v3/update-global-mfa-settings")
DISABLE_GLOBAL_MFA_SETTINGS: Final = _post("/api/v3/disable-global-mfa-settings")
UPDATE_APPLICATION_MFA_SETTINGS: Final = _post("/api/v3/update-application-mfa-settings")
IMPORT_OTP: Final = _post("/api/v3/import-otp")
GET_OTP_SECRET_BY_USER: Final = _get("/api/v3/get-otp-secret-by-user")
LIST_USERS: Final = _idempotent_post("/api/v3/list-users")


def under_applications(endpoint: Endpoint) -> Endpoint:
    """Return the other form of a ``/api/v2/mfa/`` path, which some deployments have."""
    path = endpoint.path.replace("/api/v2/mfa/", "/api/v2/applications/mfa/", 1)
    return endpoint._replace(path=path)
