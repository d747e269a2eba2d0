"""The calls of signing in and stepping up, with every secret that they send or get told apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import attrs

from authing_mfa import (
    AuthenticationClient,
    CallRecord,
    ManagementClient,
    MFATrigger,
    SignInOptions,
)
from tests.support.wire import HOST, Wire, make_client

from .answers import (
    DONE,
    MANAGEMENT_TOKEN,
    OIDC_TOKEN,
    RECORD,
    REVOCATION,
    SEND_EMAIL,
    SEND_SMS,
    SIGNIN,
    TRIGGER_DATA,
    envelope,
    jwt,
    plan,
    v2,
)
from .refreshing import ending_in, plan_list

MARK: Final = "ma" + "rked"  # no line of this file may hold it: tracebacks show their lines
CODE: Final = "91827" + "3"
RECOVERY: Final = "-".join(["feed", "face"] * 3)
PATTERN: Final = re.compile(f"{MARK}|{CODE}|{RECOVERY}", re.IGNORECASE)


def secret(name: str) -> str:
    return f"example-{MARK}-{name}"


def record(**facts: Any) -> dict[str, Any]:
    names = ("token", "password", "salt", "encryptedPassword")
    return {**RECORD, **{name: secret(name) for name in names}, "secretInfo": secret("i"), **facts}


TRIGGER: Final = {
    "mfaToken": jwt(exp=4102444800, jti="x") + secret("mfa"),
    "applicationMfa": [
        {"mfaPolicy": kind, "status": 1, "sort": 1} for kind in ("SMS", "EMAIL", "OTP", "FACE")
    ],
    "mfaPhone": "18800000000",
    "mfaEmail": f"{MARK}@example.com",
}
TOKENS: Final = {
    "access_token": secret("access"),
    "refresh_token": secret("refresh"),
    "id_token": secret("id"),
    "expire_in": 7200,
}
_ASSOCIATION: Final = {
    "secret": MARK.upper(),
    "qrcode_uri": f"otpauth://totp/Demo:{MARK}?secret={MARK.upper()}&issuer=Demo",
    "qrcode_data_url": f"data:image/png;base64,{MARK}==",
    "recovery_code": RECOVERY,
}


def make() -> AuthenticationClient:
    held = ending_in(-1, access_token=secret("old"), refresh_token=secret("held"))
    return make_client(access_token=held, app_secret=secret("app"), on_call=call_records.append)


def management() -> ManagementClient:
    return ManagementClient(
        access_key_id="key_example",
        access_key_secret=secret("key"),
        host=HOST,
        max_retries=0,
        on_call=call_records.append,
    )


call_records: list[CallRecord] = []


def _management_token() -> str:
    return jwt(scoped_userpool_id="pool_example") + secret("management")


def challenge(client: AuthenticationClient) -> Any:
    return client.challenge(MFATrigger.from_dict(TRIGGER), allow_binding=True)


@attrs.frozen
class Case:
    """One call, where it goes, its success with every secret marked, and what then follows."""

    path: str
    success: Any
    run: Callable[[], Any]
    then: Callable[[Wire], None] = lambda wire: None


def _sign_in(**arguments: Any) -> Callable[[], Any]:
    options = SignInOptions(scope="openid", context={"a": secret("context")})
    return lambda: make().sign_in(**arguments, options=options)


CASES: Final = {
    "sign in": Case(
        SIGNIN, envelope(TOKENS), _sign_in(account=secret("user"), password=secret("word"))
    ),
    "sign in by code": Case(
        SIGNIN, envelope(TOKENS), _sign_in(email=f"{MARK}@example.com", pass_code=CODE)
    ),
    "LDAP": Case(
        SIGNIN,
        envelope(TOKENS),
        _sign_in(account="u", password=secret("word"), directory="LDAP"),
    ),
    "send SMS": Case(SEND_SMS, DONE, lambda: make().send_sms("18800000000")),
    "send e-mail": Case(SEND_EMAIL, DONE, lambda: make().send_email(f"{MARK}@example.com")),
    "refresh": Case(OIDC_TOKEN, TOKENS, lambda: make().list_enrolled_factors(), plan_list),
    "sign out": Case(REVOCATION, b"", lambda: make().sign_out()),
    "challenge's SMS": Case(SEND_SMS, DONE, lambda: challenge(make()).send_sms()),
    "SMS": Case(
        "/api/v2/applications/mfa/sms/verify",
        v2(record()),
        lambda: challenge(make()).verify_sms(CODE),
    ),
    "e-mail": Case(
        "/api/v2/applications/mfa/email/verify",
        v2(record()),
        lambda: challenge(make()).verify_email(CODE),
    ),
    "TOTP": Case(
        "/api/v2/mfa/totp/verify",
        v2(record()),
        lambda: challenge(make()).verify_totp(CODE),
    ),
    "recovery code": Case(
        "/api/v2/mfa/totp/recovery",
        v2(record(), recoveryCode=RECOVERY),
        lambda: challenge(make()).verify_recovery_code(RECOVERY),
    ),
    "recovery code inside": Case(
        "/api/v2/mfa/totp/recovery",
        v2(record(recoveryCode=RECOVERY)),
        lambda: challenge(make()).verify_recovery_code(RECOVERY),
    ),
    "face": Case(
        "/api/v2/mfa/face/verify",
        v2(record()),
        lambda: challenge(make()).verify_face(secret("photo")),
    ),
    "associate TOTP": Case(
        "/api/v2/mfa/totp/associate",
        v2(_ASSOCIATION),
        lambda: challenge(make()).associate_totp(),
    ),
    "confirm TOTP": Case(
        "/api/v2/mfa/totp/associate/confirm",
        v2(),
        lambda: challenge(make()).confirm_totp(CODE),
        lambda wire: plan(wire, "/api/v2/mfa/totp/verify", v2(record())),
    ),
    "check": Case(
        "/api/v2/applications/mfa/check",
        v2(True),
        lambda: challenge(make()).can_bind(email=f"{MARK}@example.com"),
    ),
    "management token": Case(
        MANAGEMENT_TOKEN,
        envelope({"access_token": _management_token(), "expires_in": 7200}),
        lambda: management().get_mfa_trigger_data("app_example", "u_1"),
        lambda wire: wire.plan(TRIGGER_DATA, envelope(TRIGGER)),
    ),
}
