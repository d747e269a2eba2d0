"""The endpoints that bind a factor of the signed-in user: a request, and its confirmation."""

from __future__ import annotations

import base64
import secrets

from .. import codes, factors, otp
from ..access import USER
from ..context import Context
from ..json_schema import (
    EMAIL,
    FLAG,
    PHONE,
    TEXT,
    Schema,
    choice,
    const,
    given,
    one_of,
    or_null,
    ref,
    with_area,
    written,
)
from ..refusals import Refusal
from ..state import PendingEnrollment
from ..users import FACTOR_TYPES, Address, User
from ..wire import Document, Fields
from .route import Routes, take

_ENROLLING = ("factor_not_enabled", "already_enrolled")
_PHOTO = ("photo_missing", "face_needs_contact", "face_rejected")
_TO_ENROLLMENT = {
    "enroll_factor": {
        "requestBody": {
            "factorType": "$request.body#/factorType",
            "enrollmentToken": take("data/enrollmentToken"),
        }
    }
}
_AGAIN = {"list_enrolled_factors": {"description": "The factors as they are now."}}


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


routes: Routes = Routes(tag="factors")


@routes.post(
    "/api/v3/send-enroll-factor-request",
    USER,
    body=_enrollment,
    data=one_of(
        written({"enrollmentToken": TEXT}),
        written({"enrollmentToken": TEXT, "otpData": ref("OtpData")}),
    ),
    refusals=(*_ENROLLING, "too_frequent", "international_sms_off"),
    links=_TO_ENROLLMENT,
)
def send_enroll_factor_request(context: Context, user: User, body: Fields) -> Document:
    """Begin an enrolment; an SMS or e-mail code is sent."""
    factor_type = body.choice("factorType", FACTOR_TYPES)
    _check_allowed(context, user, factor_type)
    address = _address(context, factor_type, body)
    if address is not None:
        codes.send(context, address, codes.BIND_MFA)
    pending = factors.begin_enrollment(
        context,
        user,
        factor_type,
        token=_new_token(),
        expires_at=context.clock.now() + context.settings.enrollment_lifetime,
        address=address,
    )
    data: Document = {"enrollmentToken": pending.token}
    if factor_type == "OTP":
        uri = factors.key_uri(context, user, pending)
        data["otpData"] = {
            "qrCodeUri": uri,
            "qrCodeDataUrl": otp.qr_data_url(uri),
            "recoveryCode": pending.recovery_code,
        }
    return data


@routes.post(
    "/api/v3/enroll-factor",
    USER,
    body=one_of(
        _proof(("SMS", "EMAIL", "OTP"), given({"passCode": TEXT})),
        _proof(("FACE",), given({"photo": TEXT}, isExternalPhoto=or_null(FLAG))),
    ),
    refusals=(
        *_ENROLLING,
        "enrollment_token_rejected",
        "wrong_code",
        "totp_missing",
        "wrong_totp",
        *_PHOTO,
    ),
    links=_AGAIN,
)
def enroll_factor(context: Context, user: User, body: Fields) -> None:
    """Finish an enrolment by its code or photo."""
    factor_type = body.choice("factorType", FACTOR_TYPES)
    token, proof = body.text("enrollmentToken"), body.fields("enrollmentData")
    pending = context.state.pending.get(token, context.clock.now())
    if pending is None or (pending.user_id, pending.factor_type) != (user.user_id, factor_type):
        raise Refusal("enrollment_token_rejected")
    _check_allowed(context, user, factor_type)
    _CHECKS[factor_type](context, user, pending, proof)
    photo = proof.optional_text("photo") if factor_type == "FACE" else None
    factors.finish_enrollment(context, user, pending, photo)


def _check_allowed(context: Context, user: User, factor_type: str) -> None:
    if factor_type not in context.state.application.enabled_factors:
        raise Refusal("factor_not_enabled")
    if factors.has_factor(context, user, factor_type) and not context.settings.several_per_type:
        raise Refusal("already_enrolled")


def _address(context: Context, factor_type: str, body: Fields) -> Address | None:
    if factor_type == "SMS":
        return codes.phone_address(context, body.fields("profile"), "phoneNumber")
    if factor_type == "EMAIL":
        return codes.email_address(body.fields("profile"))
    read = body.optional_fields if context.settings.profile_optional else body.fields
    read("profile")
    return None


def _check_sent_code(
    context: Context, _user: User, pending: PendingEnrollment, proof: Fields
) -> None:
    code = proof.text("passCode")
    codes.use(context, pending.address or Address(), codes.BIND_MFA, code)


def _check_totp(context: Context, _user: User, pending: PendingEnrollment, proof: Fields) -> None:
    code = proof.optional_text("passCode")
    if not code:
        raise Refusal("totp_missing")
    if factors.matching_step(context, pending.secret, code) is None:
        raise Refusal("wrong_totp")


def _check_photo(context: Context, user: User, _pending: PendingEnrollment, proof: Fields) -> None:
    proof.optional_flag("isExternalPhoto")
    if not proof.optional_text("photo"):
        raise Refusal("photo_missing")
    if context.settings.face_needs_contact and not (user.phone or user.email):
        raise Refusal("face_needs_contact")
    if not context.settings.face_matches:
        raise Refusal("face_rejected")


_CHECKS = {
    "SMS": _check_sent_code,
    "EMAIL": _check_sent_code,
    "OTP": _check_totp,
    "FACE": _check_photo,
}


def _new_token() -> str:
    """Return an enrollmentToken: long, opaque, with ``+`` and ``/`` as the service's have."""
    return f"sandbox_{base64.b64encode(secrets.token_bytes(123)).decode()}"
