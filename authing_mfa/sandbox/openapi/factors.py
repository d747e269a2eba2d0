"""What the endpoints of somebody's own factors take and answer."""

from __future__ import annotations

from .. import codes
from ..context import Context
from ..routes import factors as routes
from .operation import (
    FORM,
    JSON,
    Operations,
    asked,
    signed_in,
    take,
)
from .schema import (
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
    or_null,
    ref,
    with_area,
    written,
)

_ENROLLING = ("factor_not_enabled", "already_enrolled")
_PHOTO = ("photo_missing", "face_needs_contact", "face_rejected")
_TOTP = ("totp_missing", "wrong_totp")
_TO_FACTOR = {
    "get_factor": {"parameters": {"query.factorId": take("data/0/factorId")}},
    "reset_factor": {"requestBody": {"factorId": take("data/0/factorId")}},
}
_TO_ENROLLMENT = {
    "enroll_factor": {
        "requestBody": {
            "factorType": "$request.body#/factorType",
            "enrollmentToken": take("data/enrollmentToken"),
        }
    }
}
_TO_RESET = {"reset_factor": {"requestBody": {"factorId": take("data/factorId")}}}
_TO_ONE = {"get_factor": {"parameters": {"query.factorId": "$request.body#/factorId"}}}
_AGAIN = {"list_enrolled_factors": {"description": "The factors as they are now."}}


def operations(context: Context) -> Operations:
    """Describe the endpoints of `routes.factors`."""
    return {**_enrolling(context), **_bound(context), **_verifying(context)}


def _enrolling(context: Context) -> Operations:
    return {
        routes.send_enroll_factor_request: signed_in(
            context,
            summary="Begin an enrolment; an SMS or e-mail code is sent",
            body={JSON: _enrollment(context)},
            data=one_of(
                written({"enrollmentToken": TEXT}),
                written({"enrollmentToken": TEXT, "otpData": ref("OtpData")}),
            ),
            refusals=(*_ENROLLING, "too_frequent", *_abroad(context)),
            links=_TO_ENROLLMENT,
        ),
        routes.enroll_factor: signed_in(
            context,
            summary="Finish an enrolment by its code or photo",
            body={JSON: _PROOF},
            refusals=(*_ENROLLING, "enrollment_token_rejected", "wrong_code", *_TOTP, *_PHOTO),
            links=_AGAIN,
        ),
        routes.list_factors_to_enroll: signed_in(
            context,
            summary="List the types that the application offers and the user has not bound",
            data=many(written({"factorType": FACTOR_TYPE})),
        ),
    }


def _bound(context: Context) -> Operations:
    return {
        routes.list_enrolled_factors: signed_in(
            context,
            summary="List the user's factors",
            data=many(ref("Factor")),
            links=_TO_FACTOR,
        ),
        routes.get_factor: signed_in(
            context,
            summary="Show one factor",
            query={"factorId": TEXT},
            required=("factorId",),
            data=ref("Factor"),
            refusals=("factor_not_found",),
            links=_TO_RESET,
        ),
        routes.reset_factor: signed_in(
            context,
            summary="Unbind a factor",
            body={JSON: given({"factorId": TEXT})},
            refusals=("factor_not_found", "factor_of_account", "step_up_needed"),
            links=_TO_ONE,
        ),
        routes.get_security_info: signed_in(
            context, summary="Tell how well the account is secured", data=ref("SecurityInfo")
        ),
    }


def _verifying(context: Context) -> Operations:
    settings = context.settings
    form = given({"token": TEXT})
    return {
        routes.mfa_totp_verify: signed_in(
            context,
            summary="Check a code of the user's authenticator",
            body={JSON: given({"totp": TEXT})},
            data=written({"verified": FLAG}),
            refusals=("totp_not_enrolled", *_TOTP, "too_many_attempts"),
        ),
        routes.introspect_mfa_token: asked(
            context,
            summary="Tell what an mfaToken is good for",
            app_id_required=settings.introspection_needs_app_id or settings.app_id_required,
            body={FORM: form} | ({JSON: form} if settings.introspection_takes_json else {}),
            data=ref("MfaTokenInspection"),
        ),
        routes.pre_check_code: asked(
            context,
            summary="Tell whether a sent code is right, and leave it alive",
            body={JSON: one_of(_sms_code(), _email_code())},
            data=written({"isValid": FLAG}),
            refusals=_abroad(context),
        ),
    }


def _enrollment(context: Context) -> Schema:
    profile: Schema = {"type": "object"}
    others = {"factorType": choice(("OTP", "FACE"))}
    return one_of(
        given({"factorType": const("SMS"), "profile": with_area({"phoneNumber": PHONE})}),
        given({"factorType": const("EMAIL"), "profile": given({"email": EMAIL})}),
        given(others, profile=or_null(profile))
        if context.settings.profile_optional
        else given({**others, "profile": profile}),
    )


def _proof(kinds: tuple[str, ...], proof: Schema) -> Schema:
    return given({"factorType": choice(kinds), "enrollmentToken": TEXT, "enrollmentData": proof})


_PROOF = one_of(
    _proof(("SMS", "EMAIL", "OTP"), given({"passCode": TEXT})),
    _proof(("FACE",), given({"photo": TEXT}, isExternalPhoto=or_null(FLAG))),
)


def _sms_code() -> Schema:
    members = {"phone": PHONE, "passCode": TEXT, "channel": choice(codes.SMS_CHANNELS)}
    return given({"codeType": const("SMS"), "smsCodePayload": with_area(members)})


def _email_code() -> Schema:
    members = {"email": EMAIL, "passCode": TEXT, "channel": choice(codes.EMAIL_CHANNELS)}
    return given({"codeType": const("EMAIL"), "emailCodePayload": given(members)})


def _abroad(context: Context) -> tuple[str, ...]:
    return () if context.settings.international_sms else ("international_sms_off",)
