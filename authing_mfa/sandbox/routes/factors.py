"""The endpoints of a signed-in user's factors: shown, verified and reset."""

from __future__ import annotations

from .. import codes, factors, passwords
from ..access import APPLICATION, INTROSPECTION, USER
from ..context import Context
from ..envelopes import Bare
from ..json_schema import (
    EMAIL,
    FACTOR_TYPE,
    FLAG,
    PHONE,
    TEXT,
    Schema,
    choice,
    const,
    given,
    many,
    one_of,
    ref,
    with_area,
    written,
)
from ..refusals import Refusal
from ..tokens import holder
from ..users import FACTOR_TYPES, User
from ..wire import Document, Fields
from .route import FORM, JSON, Routes, take

_TO_FACTOR = {
    "get_factor": {"parameters": {"query.factorId": take("data/0/factorId")}},
    "reset_factor": {"requestBody": {"factorId": take("data/0/factorId")}},
}
_TO_RESET = {"reset_factor": {"requestBody": {"factorId": take("data/factorId")}}}
_TO_ONE = {"get_factor": {"parameters": {"query.factorId": "$request.body#/factorId"}}}


def _sent_code(kind: str, payload: str, members: Schema, channels: tuple[str, ...]) -> Schema:
    members = {**members, "passCode": TEXT, "channel": choice(channels)}
    described = with_area(members) if kind == "SMS" else given(members)
    return given({"codeType": const(kind), payload: described})


def _introspection_media(context: Context) -> tuple[str, ...]:
    return (FORM, JSON) if context.settings.introspection_takes_json else (FORM,)


routes: Routes = Routes(tag="factors")


@routes.get("/api/v3/list-enrolled-factors", USER, data=many(ref("Factor")), links=_TO_FACTOR)
def list_enrolled_factors(context: Context, user: User, _: Fields) -> list[Document]:
    """List the user's factors."""
    return [factors.written(context, each) for each in factors.enrolled(context, user)]


@routes.get(
    "/api/v3/get-factor",
    USER,
    query=given({"factorId": TEXT}),
    data=ref("Factor"),
    refusals=("factor_not_found",),
    links=_TO_RESET,
)
def get_factor(context: Context, user: User, query: Fields) -> Document:
    """Show one factor."""
    return factors.written(context, factors.find(context, user, query.text("factorId")))


@routes.get(
    "/api/v3/list-factors-to-enroll",
    USER,
    data=many(written({"factorType": FACTOR_TYPE})),
)
def list_factors_to_enroll(context: Context, user: User, _: Fields) -> list[Document]:
    """List the types that the application offers and the user has not bound."""
    enabled = context.state.application.enabled_factors
    return [
        {"factorType": each}
        for each in FACTOR_TYPES
        if each in enabled and not factors.has_factor(context, user, each)
    ]


@routes.post(
    "/api/v3/reset-factor",
    USER,
    body=given({"factorId": TEXT}),
    refusals=("factor_not_found", "factor_of_account", "step_up_needed"),
    links=_TO_ONE,
)
def reset_factor(context: Context, user: User, body: Fields) -> None:
    """Unbind a factor."""
    factors.reset(context, user, body.text("factorId"))


@routes.post(
    "/api/v3/mfa-totp-verify",
    USER,
    body=given({"totp": TEXT}),
    data=written({"verified": FLAG}),
    refusals=("totp_not_enrolled", "totp_missing", "wrong_totp", "too_many_attempts"),
)
def mfa_totp_verify(context: Context, user: User, body: Fields) -> Document:
    """Check a code of the user's authenticator."""
    code = body.optional_text("totp")
    factor = user.factor_of("OTP")
    if factor is None:
        raise Refusal("totp_not_enrolled")
    if not code:
        raise Refusal("totp_missing")
    now, settings = context.clock.now(), context.settings
    user.totp_tries.check(now, "too_many_attempts")
    if factors.take_totp(context, factor, code):
        user.totp_tries.failures = 0
        user.verified_at = now
        return {"verified": True}
    user.totp_tries.count_failure(now, settings.totp_max_failures, settings.lockout_time)
    if settings.wrong_totp == "6001":
        raise Refusal("wrong_totp")
    return {"verified": False}


@routes.post(
    "/mfa/token/introspection",
    INTROSPECTION,
    envelope=Bare(),
    body=given({"token": TEXT}),
    media=_introspection_media,
    data=ref("MfaTokenInspection"),
)
def introspect_mfa_token(context: Context, _: None, body: Fields) -> Document:
    """Show what an mfaToken is good for.

    Any other token is not active.
    """
    found = holder(context, body.text("token"), *context.settings.introspection_accepts)
    if found is None or (found[0].used and not context.settings.introspection_knows_used):
        return {"active": False}
    token, user = found
    return {
        "active": True,
        "userPoolId": context.state.pool_id,
        "userId": user.user_id,
        "exp": int(token.expires_at),
        "iat": int(token.issued_at),
    }


@routes.get("/api/v3/get-security-info", USER, data=ref("SecurityInfo"))
def get_security_info(context: Context, user: User, _: Fields) -> Document:
    """Show how well the account is secured.

    The score is the sandbox's own measure.
    """
    enrolled_any = bool(factors.enrolled(context, user))
    parts = (enrolled_any, bool(user.password), bool(user.email), bool(user.phone))
    return {
        "passwordSecurityLevel": passwords.level(user.password),
        "mfaEnrolled": enrolled_any,
        "passwordSet": bool(user.password),
        "emailBinded": bool(user.email),
        "phoneBinded": bool(user.phone),
        "securityScore": 25 * sum(parts),
    }


@routes.post(
    "/api/v3/pre-check-code",
    APPLICATION,
    body=one_of(
        _sent_code("SMS", "smsCodePayload", {"phone": PHONE}, codes.SMS_CHANNELS),
        _sent_code("EMAIL", "emailCodePayload", {"email": EMAIL}, codes.EMAIL_CHANNELS),
    ),
    data=written({"isValid": FLAG}),
    refusals=("international_sms_off",),
)
def pre_check_code(context: Context, _: None, body: Fields) -> Document:
    """Check a sent code, and leave it alive."""
    if body.choice("codeType", ("SMS", "EMAIL")) == "SMS":
        payload = body.fields("smsCodePayload")
        address = codes.phone_address(context, payload, "phone")
        channel = payload.choice("channel", codes.SMS_CHANNELS)
    else:
        payload = body.fields("emailCodePayload")
        address = codes.email_address(payload)
        channel = payload.choice("channel", codes.EMAIL_CHANNELS)
    return {"isValid": codes.matches(context, address, channel, payload.text("passCode"))}
