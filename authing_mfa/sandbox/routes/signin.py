"""The endpoints of signing in: sending codes, and the service's own facts."""

from __future__ import annotations

import functools

from .. import codes, oidc, passwords, signin, wire
from ..context import Context, bearer, check_app_id, holder
from ..json_schema import (
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
from ..refusals import SIGN_IN_BLOCKS, Refusal
from ..wire import Document, Request
from .route import ANYBODY, SENDER, SIGN_IN, Table, endpoint, take

_REFUSALS = (
    "unknown_account",
    "wrong_password",
    "password_unreadable",
    "wrong_code",
    *SIGN_IN_BLOCKS,
    "mfa_required_application",
    "mfa_required_personal",
    "unsupported",
    "international_sms_off",
)
_NOT_SENT = ("too_frequent", "international_sms_off")
_LINKS = {
    "token": {
        "requestBody": {
            "grant_type": "refresh_token",
            "refresh_token": take("data/refresh_token"),
        }
    },
    "revocation": {"requestBody": {"token": take("data/refresh_token")}},
}
_BY_NAME = one_of(
    *(
        given(
            {name: TEXT, "password": TEXT},
            **{other: NULL for other in signin.NAMES if other != name},
        )
        for name in signin.NAMES
    )
)
_BY_CODE = one_of(
    with_area({"phone": PHONE, "passCode": TEXT}, email=NULL),
    given({"email": EMAIL, "passCode": TEXT}, phone=NULL),
)
_BY_DIRECTORY = given({"sAMAccountName": TEXT, "password": TEXT})
_OPTIONS = given(
    scope=or_null({"type": "string", "pattern": r"^$|(^|[ ])openid([ ]|$)"}),
    passwordEncryptType=or_null(choice(("none", "rsa", "sm2"))),
    **dict.fromkeys(("clientIp", "tenantId", "captchaCode"), or_null(STRING)),
    **dict.fromkeys(("context", "customData"), or_null({"type": "object"})),
    autoRegister=or_null(FLAG),
)


def _connection(kind: str, payload: str, schema: Schema) -> Schema:
    return given({"connection": const(kind), payload: schema}, options=or_null(_OPTIONS))


ROUTES: Table = {}
_route = functools.partial(endpoint, ROUTES)


@_route(
    "POST",
    "/api/v3/signin",
    SIGN_IN,
    body=one_of(
        _connection("PASSWORD", "passwordPayload", _BY_NAME),
        _connection("PASSCODE", "passCodePayload", _BY_CODE),
        _connection("LDAP", "ldapPayload", _BY_DIRECTORY),
        _connection("AD", "adPayload", _BY_DIRECTORY),
    ),
    data=ref("SignInTokens"),
    refusals=_REFUSALS,
    refused_data=ref("MfaTrigger"),
    links=_LINKS,
)
def sign_in(context: Context, request: Request) -> Document:
    """Sign in by password, by a code, or by a directory."""
    check_app_id(context, request)
    body = wire.json_fields(request)
    oidc.check_client(context, request, body)
    return signin.sign_in(context, body)


@_route(
    "POST",
    "/api/v3/send-sms",
    SENDER,
    body=with_area({"channel": choice(codes.SMS_CHANNELS), "phoneNumber": PHONE}),
    refusals=_NOT_SENT,
)
def send_sms(context: Context, request: Request) -> None:
    """Send a code by SMS."""
    _check_sender(context, request)
    body = wire.json_fields(request)
    channel = body.choice("channel", codes.SMS_CHANNELS)
    codes.send(context, codes.phone_address(context, body, "phoneNumber"), channel)


@_route(
    "POST",
    "/api/v3/send-email",
    SENDER,
    body=given({"channel": choice(codes.EMAIL_CHANNELS), "email": EMAIL}),
    refusals=_NOT_SENT,
)
def send_email(context: Context, request: Request) -> None:
    """Send a code by e-mail."""
    _check_sender(context, request)
    body = wire.json_fields(request)
    channel = body.choice("channel", codes.EMAIL_CHANNELS)
    codes.send(context, codes.email_address(body), channel)


@_route("GET", "/api/v3/system", ANYBODY, write=wire.bare, data=ref("System"))
def system(_context: Context, _request: Request) -> Document:
    """Show the key for passwords, and versions."""
    return {
        "rsa": {"publicKey": passwords.public_key()},
        "sm2": {"publicKey": ""},
        "version": {"server": "sandbox", "console": "sandbox", "login": "sandbox"},
        "publicIps": ["127.0.0.1"],
    }


def _check_sender(context: Context, request: Request) -> None:
    check_app_id(context, request)
    kinds = (*context.settings.user_token_kinds, "mfa")
    known = holder(context, bearer(context, request), *kinds) is not None
    if context.settings.send_needs_token and not known:
        raise Refusal("not_signed_in")
