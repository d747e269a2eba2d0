"""What the v2 endpoints of a step-up take and answer."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..routes import stepup as routes
from .operation import (
    JSON,
    MFA,
    USER,
    Operation,
    Operations,
    asked,
    signed_in,
)
from .schema import (
    EMAIL,
    FLAG,
    NULL,
    PHONE,
    TEXT,
    Schema,
    given,
    many,
    one_of,
    ref,
    with_area,
)

_LOCKED = ("factor_not_enabled", "too_many_attempts")
_SENT = (*_LOCKED, "contact_not_bound", "wrong_code")
_FACE = ("photo_missing", "face_rejected")
_RECORD = ref("UserRecord")


def operations(context: Context) -> Operations:
    """Describe the endpoints of `routes.stepup`."""
    return {**_finishing(context), **_binding(context), **_beside(context)}


def _finishing(context: Context) -> Operations:
    return {
        routes.verify_sms: _step_up(
            context,
            "Finish by the code of an SMS; where no phone is bound, this binds it",
            with_area({"phone": PHONE, "code": TEXT}),
            refusals=(*_SENT, "international_sms_off"),
        ),
        routes.verify_email: _step_up(
            context,
            "Finish by the code of an e-mail; where none is bound, this binds it",
            given({"email": EMAIL, "code": TEXT}),
            refusals=_SENT,
        ),
        routes.verify_totp: _step_up(
            context,
            "Finish by a code of the authenticator",
            given({"totp": TEXT}),
            refusals=(*_LOCKED, "totp_not_enrolled", "totp_missing", "wrong_totp"),
        ),
        routes.recover: _step_up(
            context,
            "Finish by the recovery code, in whose place a new one comes",
            given({"recoveryCode": TEXT}),
            beside={"recoveryCode": TEXT},
            refusals=(
                *(*_LOCKED, "totp_not_enrolled", "recovery_code_missing", "wrong_recovery_code"),
            ),
        ),
        routes.verify_face: _step_up(
            context,
            "Finish by a face",
            given({"photo": TEXT}),
            refusals=(*_LOCKED, *_FACE, "comparison_photo_missing"),
        ),
    }


def _binding(context: Context) -> Operations:
    return {
        routes.associate_totp: _step_up(
            context,
            "Begin to bind an authenticator during a step-up",
            data=ref("TotpAssociation"),
            refusals=("factor_not_enabled", "already_enrolled"),
            links={"confirm_totp": {"description": "A code made with `secret` confirms it."}},
        ),
        routes.confirm_totp: _step_up(
            context,
            "Bind the authenticator by a first code",
            given({"totp": TEXT}),
            data=NULL,
            refusals=("confirmation_rejected",),
        ),
        routes.associate_face: _step_up(
            context,
            "Bind a face by two photos during a step-up",
            given(dict.fromkeys(("photoA", "photoB"), TEXT)),
            refusals=("factor_not_enabled", "already_enrolled", *_FACE),
        ),
    }


def _beside(context: Context) -> Operations:
    return {
        routes.check: _step_up(
            context,
            "Tell whether a phone or e-mail can be bound",
            one_of(with_area({"phone": PHONE}, email=NULL), given({"email": EMAIL}, phone=NULL)),
            data=FLAG,
            refusals=("international_sms_off",),
        ),
        routes.list_authenticators: signed_in(
            context,
            summary="List the user's authenticator, its secret included",
            security=(MFA, USER),
            data=many(ref("Authenticator"), maxItems=1),
        ),
        routes.dissociate_totp: signed_in(
            context,
            summary="Unbind the authenticator",
            data=NULL,
            refusals=("totp_not_enrolled", "step_up_needed"),
        ),
    }


def _step_up(
    context: Context, summary: str, body: Schema | None = None, **facts: Any
) -> Operation:
    refusals = ("mfa_token_rejected", *facts.pop("refusals"))
    return asked(
        context,
        summary=summary,
        security=(MFA,),
        body={} if body is None else {JSON: body},
        data=facts.pop("data", _RECORD),
        refusals=refusals,
        **facts,
    )
