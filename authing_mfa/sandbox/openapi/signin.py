"""What the endpoints of signing in take and answer."""

from __future__ import annotations

from .. import codes, signin
from ..context import Context
from ..refusals import SIGN_IN_BLOCKS
from ..routes import signin as routes
from .clients import Proof, app_proof
from .operation import (
    JSON,
    MFA,
    USER,
    Operation,
    Operations,
    asked,
    take,
)
from .schema import (
    EMAIL,
    FLAG,
    NULL,
    PHONE,
    STRING,
    TEXT,
    Schema,
    choice,
    const,
    given,
    one_of,
    or_null,
    ref,
    with_area,
)

_REFUSALS = (
    *(
        "invalid_client",
        "unknown_account",
        "wrong_password",
        "password_unreadable",
        "wrong_code",
        *SIGN_IN_BLOCKS,
    ),
    *("mfa_required_application", "mfa_required_personal", "unsupported", "international_sms_off"),
)
_LINKS = {
    "token": {
        "requestBody": {
            "grant_type": "refresh_token",
            "refresh_token": take("data/refresh_token"),
        }
    },
    "revocation": {"requestBody": {"token": take("data/refresh_token")}},
}


def operations(context: Context) -> Operations:
    """Describe the endpoints of `routes.signin`."""
    proof = app_proof(context)
    return {
        routes.sign_in: asked(
            context,
            summary="Sign in by password, by a code, or by a directory",
            security=proof.security,
            body={JSON: _sign_in(proof)},
            data=ref("SignInTokens"),
            refusals=_REFUSALS,
            refused_data=ref("MfaTrigger"),
            links=_LINKS,
        ),
        routes.send_sms: _sending(
            context,
            "Send a code by SMS",
            with_area({"channel": choice(codes.SMS_CHANNELS), "phoneNumber": PHONE}),
        ),
        routes.send_email: _sending(
            context,
            "Send a code by e-mail",
            given({"channel": choice(codes.EMAIL_CHANNELS), "email": EMAIL}),
        ),
        routes.system: Operation(
            summary="Show the key for passwords, and versions", data=ref("System")
        ),
    }


def _sending(context: Context, summary: str, body: Schema) -> Operation:
    needs_token = context.settings.send_needs_token
    return asked(
        context,
        summary=summary,
        security=(USER, MFA),
        anonymous=not needs_token,
        body={JSON: body},
        refusals=("not_signed_in", "too_frequent", "international_sms_off"),
    )


def _sign_in(proof: Proof) -> Schema:
    ways = (
        ("PASSWORD", "passwordPayload", _by_name()),
        ("PASSCODE", "passCodePayload", _by_code()),
        ("LDAP", "ldapPayload", given({"sAMAccountName": TEXT, "password": TEXT})),
        ("AD", "adPayload", given({"sAMAccountName": TEXT, "password": TEXT})),
    )
    return one_of(
        *(
            proof.beside({"connection": const(way), payload: schema}, options=or_null(_OPTIONS))
            for way, payload, schema in ways
        )
    )


def _by_name() -> Schema:
    names = signin.NAMES
    return one_of(
        *(
            given(
                {name: TEXT, "password": TEXT},
                **{other: NULL for other in names if other != name},
            )
            for name in names
        )
    )


def _by_code() -> Schema:
    return one_of(
        with_area({"phone": PHONE, "passCode": TEXT}, email=NULL),
        given({"email": EMAIL, "passCode": TEXT}, phone=NULL),
    )


_OPTIONS = given(
    scope=or_null({"type": "string", "pattern": r"^$|(^|[ ])openid([ ]|$)"}),
    passwordEncryptType=or_null(choice(("none", "rsa", "sm2"))),
    **dict.fromkeys(("clientIp", "tenantId", "captchaCode"), or_null(STRING)),
    **dict.fromkeys(("context", "customData"), or_null({"type": "object"})),
    autoRegister=or_null(FLAG),
)
