"""Made-up answers of the sign-in and step-up calls, and reading what was sent to get them."""

from __future__ import annotations

import base64
import json
import time
from typing import Any, Final
from urllib.parse import parse_qs

from requests import PreparedRequest

from authing_mfa import AuthenticationClient, MFAChallenge, MFATrigger, OfferedMethod
from tests.support.wire import HOST, Wire, sent_json

SIGNIN: Final = "/api/v3/signin"
SYSTEM: Final = "/api/v3/system"
SEND_SMS: Final = "/api/v3/send-sms"
SEND_EMAIL: Final = "/api/v3/send-email"
OIDC_TOKEN: Final = "/oidc/token"
REVOCATION: Final = "/oidc/token/revocation"
FACTORS: Final = "/api/v3/list-enrolled-factors"
MANAGEMENT_TOKEN: Final = "/api/v3/get-management-token"
TRIGGER_DATA: Final = "/api/v3/get-mfa-trigger-data"

PHONE: Final = "18800000000"
EMAIL: Final = "test@example.com"
RECOVERY_CODE: Final = "e7ad-aaa4-da75-fa37-57d1-5141"
NEW_RECOVERY_CODE: Final = "0000-1111-2222-3333-4444-5555"

DONE: Final = {"statusCode": 200, "message": ""}
TOKENS: Final = {
    "access_token": "example-access-token",
    "id_token": "example-id-token",
    "refresh_token": "example-refresh-token",
    "scope": "openid offline_access",
    "token_type": "bearer",
    "expire_in": 7200,
}
RECORD: Final[dict[str, Any]] = {
    "id": "0123456789abcdef01234567",
    "userPoolId": "pool_example",
    "arn": "arn:cn:authing:pool_example:user:0123456789abcdef01234567",
    "email": EMAIL,
    "phone": PHONE,
    "username": "example-user",
    "nickname": "Example",
    "name": None,
    "photo": "https://example.com/a.png",
    "token": "example-v2-token",
    "tokenExpiredAt": "2026-01-16T00:00:00.000Z",
    "password": "example-password-hash",
    "salt": "example-salt",
    "encryptedPassword": "example-encrypted-password",
    "secretInfo": {"key": "example-secret-info"},
    "identities": [],
}
ASSOCIATION: Final = {
    "authenticator_type": "totp",
    "secret": "GEZDGNBVGY3TQOJQ",
    "qrcode_uri": "otpauth://totp/Demo:test%40example.com?secret=GEZDGNBVGY3TQOJQ&issuer=Demo",
    "qrcode_data_url": "data:image/png;base64,iVBORw0KGgo=",
    "recovery_code": RECOVERY_CODE,
}


def envelope(data: Any = None, **beside: Any) -> dict[str, Any]:
    """Return the envelope of a success."""
    return {**DONE, "data": data, **beside}


def v2(data: Any = None, **beside: Any) -> dict[str, Any]:
    """Return the envelope of a success, as the older API writes it."""
    return {"code": 200, "message": "", "data": data, **beside}


def refused(status_code: int, api_code: int | None = None, **beside: Any) -> dict[str, Any]:
    """Return the envelope of a refusal."""
    body = {"statusCode": status_code, "message": "refused, as an example", **beside}
    return body if api_code is None else {**body, "apiCode": api_code}


def jwt(**claims: Any) -> str:
    """Return a token with these claims, which nobody has signed."""
    return f"e30.{base64url(json.dumps(claims).encode())}.example"


def base64url(data: bytes) -> str:
    """Return the url-safe alphabet without its padding, as JWTs have it."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def mfa_token(lifetime: float = 360) -> str:
    """Return an mfaToken that ends so many seconds from now."""
    return jwt(exp=int(time.time() + lifetime))


def offered(*kinds: str) -> tuple[OfferedMethod, ...]:
    """Return methods that are on, in this order."""
    read = OfferedMethod.from_dict
    return tuple(read({"mfaPolicy": kind, "sort": sort}) for sort, kind in enumerate(kinds))


def make_trigger(*kinds: str, **facts: Any) -> MFATrigger:
    """Return a trigger that offers these kinds, by default all four, each bound."""
    bound = {
        "mfa_token": mfa_token(),
        "mfa_phone": PHONE,
        "mfa_phone_country_code": "+86",
        "mfa_email": EMAIL,
        "totp_mfa_enabled": True,
        "face_mfa_enabled": True,
        "application_mfa": offered(*(kinds or ("SMS", "EMAIL", "OTP", "FACE"))),
    }
    return MFATrigger(**{**bound, **facts})


def make_challenge(
    client: AuthenticationClient, *kinds: str, settings: dict[str, Any] | None = None, **facts: Any
) -> MFAChallenge:
    """Return a challenge by a trigger of these facts, by which anything may be tried."""
    allowed = {"allow_binding": True, **(settings or {})}
    return client.challenge(make_trigger(*kinds, **facts), **allowed)


def another(code: str) -> str:
    """Return a code of the same length that is not this one."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


def plan(wire: Wire, path: str, body: Any = DONE, **facts: Any) -> None:
    """Plan the answer to a POST."""
    wire.plan(path, body, verb="POST", **facts)


def sent_form(request: PreparedRequest) -> dict[str, str]:
    """Return a request's body, read as a form."""
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert isinstance(request.body, bytes)
    fields = parse_qs(request.body.decode(), keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in fields.values())
    return {name: value for name, (value,) in fields.items()}


def sent_body(request: PreparedRequest) -> Any:
    """Return a request's body, which says that it is JSON."""
    assert request.headers["Content-Type"] == "application/json"
    return sent_json(request)


def authorization(request: PreparedRequest) -> str | None:
    """Return what signed a request."""
    header = request.headers.get("Authorization")
    return None if header is None else str(header)


def went_to(request: PreparedRequest) -> tuple[str | None, str]:
    """Return method and path of a request to the mocked host."""
    url = request.url or ""
    assert url.startswith(HOST)
    return request.method, url.removeprefix(HOST)
