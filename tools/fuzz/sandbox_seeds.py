"""Conversations with the sandbox to begin with, and the words that are spoken in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import authing_mfa.sandbox

_V3 = "POST /api/v3/"
_V2 = "POST /api/v2/mfa/"
_APPLICATIONS = "POST /api/v2/applications/mfa/"
_FORM: Final = {"client_id": "{app_id}", "client_secret": "sandbox_secret_example"}
_SIGN_IN: Final = {
    "route": _V3 + "signin",
    "json": {
        "connection": "PASSWORD",
        "passwordPayload": {"account": "ada", "password": "sandbox_password"},
        "options": {"scope": "openid offline_access"},
        "client_id": "{app_id}",
    },
}
_KEY: Final = {"accessKeyId": "{pool_id}", "accessKeySecret": "{key}"}
_SMS: Final = {"mfaPolicy": "SMS", "status": 1, "sort": 0}
_WHO: Final = {"userId": "{user_id}", "userIdType": "user_id"}


def _enrol(
    kind: str, profile: dict[str, Any], proof: dict[str, Any], token: str = "{token}"
) -> list[Any]:
    wanted = {"factorType": kind, "profile": profile}
    given = {"factorType": kind, "enrollmentToken": "{enrollmentToken}", "enrollmentData": proof}
    return [
        {"route": _V3 + "send-enroll-factor-request", "auth": token, "json": wanted},
        {"route": _V3 + "enroll-factor", "auth": f"Bearer {token}", "json": given},
        {"route": "GET /api/v3/list-enrolled-factors", "auth": token},
        {"route": _V3 + "reset-factor", "auth": token, "json": {"factorId": "{factorId}"}},
    ]


def _step_up(*steps: dict[str, Any], user_id: str = "{user_id}") -> list[Any]:
    query = {"appId": "{app_id}", "userId": user_id}
    asked = {"route": "GET /api/v3/get-mfa-trigger-data", "auth": "{admin}", "query": query}
    return [asked, *({**step, "auth": "Bearer {mfaToken}"} for step in steps)]


def _by_admin(name: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"route": _V3 + name, "auth": "{admin}", "json": body}


SEQUENCES: Final[list[list[Any]]] = [
    _enrol("SMS", {"phoneNumber": "13800000001"}, {"passCode": "{code}"}),
    _enrol("EMAIL", {"email": "ada@example.com"}, {"passCode": "{code}"}),
    _enrol("OTP", {}, {"passCode": "{totp}"}, "{bob}"),
    _enrol("FACE", {}, {"photo": "example", "isExternalPhoto": False}),
    [{"route": _V3 + "mfa-totp-verify", "auth": "{token}", "json": {"totp": "{totp}"}}],
    [
        _SIGN_IN,
        {
            "route": "POST /oidc/token",
            "form": {"grant_type": "refresh_token", "refresh_token": "{refresh_token}", **_FORM},
        },
        {"route": "POST /oidc/token/revocation", "form": {"token": "{access_token}", **_FORM}},
    ],
    [
        {
            "route": _V3 + "send-sms",
            "json": {"phoneNumber": "13800000000", "channel": "CHANNEL_LOGIN"},
        },
        {
            "route": _V3 + "signin",
            "json": {
                "connection": "PASSCODE",
                "passCodePayload": {"phone": "13800000000", "passCode": "{code}"},
                "options": {"autoRegister": True, "customData": {"a": 1}},
            },
        },
    ],
    _step_up({"route": _V2 + "totp/verify", "json": {"totp": "{totp}"}}),
    _step_up(
        {"route": _V2 + "totp/recovery", "json": {"recoveryCode": "0123-4567-89ab-cdef-0123-4567"}}
    ),
    _step_up(
        {
            "route": _V3 + "send-email",
            "json": {"email": "bob@example.com", "channel": "CHANNEL_VERIFY_MFA"},
        },
        {
            "route": _APPLICATIONS + "email/verify",
            "json": {"email": "bob@example.com", "code": "{code}"},
        },
        user_id="{bob_id}",
    ),
    _step_up(
        {"route": _V2 + "totp/associate", "json": {"authenticator_type": "totp"}},
        {"route": _V2 + "totp/associate/confirm", "json": {"totp": "{totp}"}},
        {"route": _V2 + "totp/verify", "json": {"totp": "{totp}"}},
        user_id="{bob_id}",
    ),
    _step_up(
        {"route": _APPLICATIONS + "check", "json": {"phone": "13800000001"}},
        {"route": _V2 + "face/associate", "json": {"photoA": "a", "photoB": "b"}},
        {"route": _V2 + "face/verify", "json": {"photo": "a"}},
        {"route": "POST /mfa/token/introspection", "form": {"token": "{mfaToken}"}},
    ),
    [
        _by_admin(
            "get-management-token", {"accessKeyId": "{pool_id}", "accessKeySecret": "{key}"}
        ),
        _by_admin(
            "set-mfa-status",
            {**_WHO, "mfaTriggerData": {"mfaToken": "x", "applicationMfa": [_SMS]}},
        ),
        {"route": "GET /api/v3/get-mfa-status", "auth": "{access_token}", "query": _WHO},
    ],
    [
        _by_admin("import-otp", {"list": [{**_WHO, "otp": {"secret": "EXAMPLE2EXAMPLE2"}}]}),
        {"route": "GET /api/v3/get-otp-secret-by-user", "auth": "{admin}", "query": _WHO},
    ],
    [
        _by_admin("update-global-mfa-settings", {"enabledFactors": ["SMS", "OTP"]}),
        _by_admin("disable-global-mfa-settings", {"disableFactors": ["SMS"]}),
        _by_admin(
            "update-application-mfa-settings",
            {"appId": "{app_id}", "enabledFactors": ["OTP"]},
        ),
    ],
    [
        _by_admin(
            "list-users",
            {
                "keywords": "a",
                "advancedFilter": [
                    {"field": "status", "operator": "IN", "value": ["Activated"]},
                    {"field": "createdAt", "operator": "BETWEEN", "value": [0, "2030-01-01"]},
                ],
                "options": {
                    "pagination": {"page": 1, "limit": 50},
                    "sort": [{"field": "createdAt", "order": "desc"}],
                    "withCustomData": True,
                },
            },
        )
    ],
    [
        {"route": "POST /sandbox/users/add", "json": {"username": "cy", "factors": ["OTP"]}},
        {"route": "POST /sandbox/clock/advance", "json": {"seconds": 60}},
        {"route": "GET /sandbox/state"},
    ],
    [{"route": "GET /api/v3/get-factor", "auth": "{token}", "query": {"factorId": "{factorId}"}}],
]

# Every member that some rule reads, found where it is read.
_READ = re.compile(r'(?:text|fields|flag|choices?|has|value|whole)\("(\w+)"')
_SOURCES = Path(authing_mfa.sandbox.__file__).parent.rglob("*.py")
_MEMBERS = {name for path in _SOURCES for name in _READ.findall(path.read_text("utf-8"))}
WORDS: Final = (
    *sorted(_MEMBERS),
    *("{token}", "{admin}", "{bob}", "{code}", "{totp}", "{mfaToken}", "{user_id}", "{app_id}"),
    *("{enrollmentToken}", "{refresh_token}", "{factorId}", "{secret}", "SMS", "EMAIL", "OTP"),
    *("FACE", "EQUAL", "NOT_EQUAL", "CONTAINS", "NOT_CONTAINS", "IS_NULL", "NOT_NULL", "IN"),
    *("GREATER", "LESSER", "BETWEEN", "createdAt", "lastLogin", "phone", "asc", "steps", "wait"),
    *("raw", "pool", "policy", "personal", "application", "authorization", "date"),
    *("x-authing-app-id", "x-authing-userpool-id", "x-authing-lang"),
)
