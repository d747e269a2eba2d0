"""The v2 endpoints that finish a sign-in which asked for MFA."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import codes, factors, records, stepup, wire
from ..context import Context, bearer, check_app_id, holder, signed_in
from ..json_schema import (
    EMAIL,
    FLAG,
    NULL,
    PHONE,
    TEXT,
    given,
    many,
    one_of,
    ref,
    with_area,
)
from ..refusals import Refusal
from ..users import Address
from ..wire import Beside, Document, Fields, Request
from .route import STEP_UP, USER, USER_IN_STEP_UP, Handler, Table, endpoint

_LOCKED = ("factor_not_enabled", "too_many_attempts")
_SENT = (*_LOCKED, "contact_not_bound", "wrong_code")
_FACE = ("photo_missing", "face_rejected")
_BINDING = ("factor_not_enabled", "already_enrolled")
_RECORD = ref("UserRecord")
_PLAIN, _APPLICATIONS = "/api/v2/mfa/", "/api/v2/applications/mfa/"

ROUTES: Table = {}
_route = functools.partial(endpoint, ROUTES, write=wire.v2, refuse=wire.v2_refused)


def _both_forms(path: str, **facts: Any) -> Callable[[Handler], Handler]:
    def register(handle: Handler) -> Handler:
        for form, root in (("plain", _PLAIN), ("applications", _APPLICATIONS)):
            _route("POST", root + path, STEP_UP, form=form, data=_RECORD, **facts)(handle)
        return handle

    return register


@_route(
    "POST",
    f"{_APPLICATIONS}sms/verify",
    STEP_UP,
    body=with_area({"phone": PHONE, "code": TEXT}),
    data=_RECORD,
    refusals=(*_SENT, "international_sms_off"),
)
def verify_sms(context: Context, request: Request) -> Document:
    """Finish by the code of an SMS; where no phone is bound, this binds it."""
    token, user = stepup.asking(context, request)
    body = wire.json_fields(request)
    address = codes.phone_address(context, body, "phone")
    return stepup.verify_sent_code(context, token, user, address, body.text("code"))


@_route(
    "POST",
    f"{_APPLICATIONS}email/verify",
    STEP_UP,
    body=given({"email": EMAIL, "code": TEXT}),
    data=_RECORD,
    refusals=_SENT,
)
def verify_email(context: Context, request: Request) -> Document:
    """Finish by the code of an e-mail; where none is bound, this binds it."""
    token, user = stepup.asking(context, request)
    body = wire.json_fields(request)
    address = codes.email_address(body)
    return stepup.verify_sent_code(context, token, user, address, body.text("code"))


@_both_forms(
    "totp/verify",
    body=given({"totp": TEXT}),
    refusals=(*_LOCKED, "totp_not_enrolled", "totp_missing", "wrong_totp"),
)
def verify_totp(context: Context, request: Request) -> Document:
    """Finish by a code of the authenticator."""
    token, user = stepup.asking(context, request)
    code = wire.json_fields(request).optional_text("totp") or ""
    return stepup.verify_totp(context, token, user, code)


@_both_forms(
    "totp/recovery",
    body=given({"recoveryCode": TEXT}),
    beside={"recoveryCode": TEXT},
    refusals=(*_LOCKED, "totp_not_enrolled", "recovery_code_missing", "wrong_recovery_code"),
)
def recover(context: Context, request: Request) -> Beside:
    """Finish by the recovery code, in whose place a new one comes."""
    token, user = stepup.asking(context, request)
    code = wire.json_fields(request).optional_text("recoveryCode") or ""
    record, new_code = stepup.recover(context, token, user, code)
    return Beside(record, {"recoveryCode": new_code})


@_both_forms(
    "face/verify",
    body=given({"photo": TEXT}),
    refusals=(*_LOCKED, *_FACE, "comparison_photo_missing"),
)
def verify_face(context: Context, request: Request) -> Document:
    """Finish by a face."""
    token, user = stepup.asking(context, request)
    photo = wire.json_fields(request).optional_text("photo") or ""
    return stepup.verify_face(context, token, user, photo)


@_route(
    "POST",
    f"{_APPLICATIONS}check",
    STEP_UP,
    body=one_of(with_area({"phone": PHONE}, email=NULL), given({"email": EMAIL}, phone=NULL)),
    data=FLAG,
    refusals=("international_sms_off",),
)
def check(context: Context, request: Request) -> bool:
    """Check whether a phone or e-mail can be bound."""
    _, user = stepup.asking(context, request)
    return stepup.is_bindable(context, user, _address(context, wire.json_fields(request)))


@_route(
    "GET",
    f"{_PLAIN}authenticator",
    USER_IN_STEP_UP,
    data=many(ref("Authenticator"), maxItems=1),
)
def list_authenticators(context: Context, request: Request) -> list[Document]:
    """List the user's authenticator, its secret included."""
    check_app_id(context, request)
    found = holder(context, bearer(context, request), "mfa")
    user = found[1] if found else signed_in(context, request)
    factor = user.factor_of("OTP")
    return [] if factor is None else [records.authenticator(user, factor)]


@_route(
    "POST",
    f"{_PLAIN}totp/associate",
    STEP_UP,
    data=ref("TotpAssociation"),
    refusals=_BINDING,
    links={"confirm_totp": {"description": "A code made with `secret` confirms it."}},
)
def associate_totp(context: Context, request: Request) -> Document:
    """Begin to bind an authenticator during a step-up."""
    token, user = stepup.asking(context, request)
    return stepup.associate_totp(context, token, user)


@_route(
    "POST",
    f"{_PLAIN}totp/associate/confirm",
    STEP_UP,
    body=given({"totp": TEXT}),
    data=NULL,
    refusals=("confirmation_rejected",),
)
def confirm_totp(context: Context, request: Request) -> None:
    """Bind the authenticator by a first code."""
    _, user = stepup.asking(context, request)
    stepup.confirm_totp(context, user, wire.json_fields(request).text("totp"))


@_route(
    "DELETE",
    f"{_PLAIN}totp/associate",
    USER,
    data=NULL,
    refusals=("totp_not_enrolled", "step_up_needed"),
)
def dissociate_totp(context: Context, request: Request) -> None:
    """Unbind the authenticator."""
    user = signed_in(context, request)
    factor = user.factor_of("OTP")
    if factor is None:
        raise Refusal("totp_not_enrolled")
    factors.reset(context, user, factor.factor_id)


@_route(
    "POST",
    f"{_PLAIN}face/associate",
    STEP_UP,
    body=given(dict.fromkeys(("photoA", "photoB"), TEXT)),
    data=_RECORD,
    refusals=(*_BINDING, *_FACE),
)
def associate_face(context: Context, request: Request) -> Document:
    """Bind a face by two photos during a step-up."""
    token, user = stepup.asking(context, request)
    body = wire.json_fields(request)
    photos = [body.optional_text(name) or "" for name in ("photoA", "photoB")]
    return stepup.associate_face(context, token, user, photos)


def _address(context: Context, body: Fields) -> Address:
    if body.has("phone") == body.has("email"):
        raise body.wrong("phone", "wanted a phone or an email")
    if body.has("phone"):
        return codes.phone_address(context, body, "phone")
    return codes.email_address(body)
