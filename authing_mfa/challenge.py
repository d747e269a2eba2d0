"""Finish a sign-in that asked for a second factor."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, NoReturn, TypeVar

import attrs

from ._auth.read_tokens import jwt_claims
from ._auth.tokens import ANONYMOUS, StaticToken
from ._call.session import Session
from ._protocol import bodies, endpoints
from ._protocol.deadline import Deadline
from ._protocol.endpoints import Endpoint, under_applications
from ._protocol.envelope import Envelope, build_data, recovery_code_in, refuse_failure
from ._protocol.request import Request
from ._secrets import conceal, safe_repr, secret_of
from ._values import arguments, codec
from ._values.factors import Channel, FactorProfile, FactorType
from ._values.otp import OTPSetup
from ._values.signin import ChallengeMethod, MFATrigger, StepUpExtras, StepUpResult, StepUpUser
from .errors import (
    APIError,
    CodeRejectedError,
    ConfigurationError,
    ConflictError,
    ExpiredError,
    FactorNotOfferedError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidOperationError,
    InvalidResponseError,
    NotFoundError,
    UnauthorizedError,
)

T = TypeVar("T")

_TOTP_SOURCES: Final = ("APPLICATION", "SELF")
_TOKEN_NOT_TAKEN: Final = 2021  # means something else elsewhere, so no error class has it
_NOT_BOUND: Final = (
    CodeRejectedError,
    ConflictError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidOperationError,
    NotFoundError,
)
"""The errors by which a verification refuses a code of an authenticator that is not bound."""


def _build_result(envelope: Envelope) -> StepUpResult:
    extras = build_data(StepUpExtras, envelope)
    return StepUpResult(
        user=build_data(StepUpUser, envelope),
        token=extras.token or None,  # the service may write an empty one
        recovery_code=extras.recovery_code or None,
    )


class MFAChallenge:
    """A sign-in that waits for a second factor; ``client.challenge(trigger)`` makes one.

    Between two web requests store ``challenge.trigger.to_dict()``, on the server's side: it holds
    the mfaToken.
    """

    def __init__(
        self,
        session: Session,
        trigger: MFATrigger | None,
        *,
        application_paths: bool,
        totp_source: str,
        authorize_sends: bool,
        allow_binding: bool,
    ) -> None:
        if not isinstance(trigger, MFATrigger):
            raise ConfigurationError(
                "trigger: wanted an MFATrigger, such as error.trigger of an MFARequiredError"
            )
        token = arguments.header_text("trigger.mfa_token", secret_of(trigger, "mfa_token"))
        self.trigger = trigger
        self._session = session.signed_by(StaticToken(token))
        self._application_paths = arguments.flag("application_paths", application_paths)
        self._totp_source = arguments.one_of("totp_source", totp_source, _TOTP_SOURCES)
        self._authorize_sends = arguments.flag("authorize_sends", authorize_sends)
        self._targets = _bound_profiles(trigger)
        self._all_methods = _methods(trigger, self._targets)
        self._may_bind = arguments.flag("allow_binding", allow_binding) or not any(
            method.bound for method in self._all_methods
        )
        self._refuse_if_expired()

    @property
    def methods(self) -> tuple[ChallengeMethod, ...]:
        """Return the ways to finish it, in the application's order.

        Where the user has a factor for one of them, only those that they have: anybody who knows
        the password could bind another one. With ``allow_binding=True`` the rest is listed, too.
        """
        return tuple(method for method in self._all_methods if method.bound or self._may_bind)

    @property
    def expires_at(self) -> datetime | None:
        """Return when the mfaToken ends; None where it does not say."""
        end = jwt_claims(self.trigger.mfa_token).get("exp")
        with contextlib.suppress(InvalidResponseError):
            return codec.build(datetime, end)
        return None

    @property
    def expired(self) -> bool:
        """Return whether the mfaToken has ended, by this machine's clock."""
        end = self.expires_at
        return end is not None and end <= datetime.now(UTC)

    def send_sms(
        self, phone_number: str | None = None, *, phone_country_code: str | None = None
    ) -> None:
        """Have a code sent to the bound phone, or to one that verifying will bind.

        Args:
            phone_number: Only where the user has no factor: digits without the country code.
                Later calls use the same phone, once a code was sent to it.
            phone_country_code: Of ``phone_number``, such as ``+1``; the service's default is
                ``+86``.

        Raises:
            FactorNotOfferedError: SMS is not among the methods, or a phone was given although
                the user has a factor; nothing was sent.
            ConfigurationError: No phone is bound and none was given.
            ThrottleError, InvalidOperationError: A code was sent within the last minute.

        Endpoint: ``POST /api/v3/send-sms``
        """
        target = self._target(FactorType.SMS, phone_number, phone_country_code, None)
        self._send(endpoints.SEND_SMS, FactorType.SMS, target)

    def send_email(self, email: str | None = None) -> None:
        """Have a code sent to the bound address, or to one that verifying will bind.

        Args:
            email: Only where the user has no factor. Later calls use the same address, once a
                code was sent to it.

        Raises:
            FactorNotOfferedError: EMAIL is not among the methods, or an address was given
                although the user has a factor; nothing was sent.
            ConfigurationError: No address is bound and none was given.
            ThrottleError, InvalidOperationError: A code was sent within the last minute.

        Endpoint: ``POST /api/v3/send-email``
        """
        target = self._target(FactorType.EMAIL, None, None, email)
        self._send(endpoints.SEND_EMAIL, FactorType.EMAIL, target)

    def can_bind(
        self,
        *,
        phone_number: str | None = None,
        phone_country_code: str | None = None,
        email: str | None = None,
    ) -> bool:
        """Return whether the phone or the address that is given may be bound for MFA.

        Raises:
            FactorNotOfferedError: The challenge binds no factor, or not of this kind; nothing was
                sent.

        Endpoint: ``POST /api/v2/applications/mfa/check``
        """
        if (phone_number is None) == (email is None):
            raise ConfigurationError("can_bind: wanted either a phone_number or an email")
        kind = FactorType.SMS if email is None else FactorType.EMAIL
        target = self._target(kind, phone_number, phone_country_code, email)
        return self._call(endpoints.MFA_CHECK, _as_v2(target), partial(build_data, bool))

    def verify_sms(
        self,
        code: str,
        *,
        phone_number: str | None = None,
        phone_country_code: str | None = None,
    ) -> StepUpResult:
        """Finish with the code that ``send_sms`` sent; binds the phone where none was.

        Args:
            code: Digits; spaces, dashes and full-width digits are tidied.
            phone_number: Only where the user has no factor and another object sent the code.
            phone_country_code: Of ``phone_number``.

        Raises:
            CodeRejectedError: Wrong code.
            AccountLockedError, ThrottleError: Too many wrong codes.
            ExpiredError: The challenge has run out: sign in again.
            FactorNotOfferedError: SMS is not among the methods, or a phone was given although
                the user has a factor; nothing was sent.

        Endpoint: ``POST /api/v2/applications/mfa/sms/verify``
        """
        code = conceal(code)
        target = self._target(FactorType.SMS, phone_number, phone_country_code, None)
        body = {**_as_v2(target), "code": arguments.code("code", code)}
        return self._verify(endpoints.MFA_SMS_VERIFY, body)

    def verify_email(self, code: str, *, email: str | None = None) -> StepUpResult:
        """Finish with the code that ``send_email`` sent; binds the address where none was.

        Args:
            code: Digits; tidied like ``verify_sms``'s.
            email: Only where the user has no factor and another object sent the code.

        Raises: As ``verify_sms``.

        Endpoint: ``POST /api/v2/applications/mfa/email/verify``
        """
        code = conceal(code)
        target = self._target(FactorType.EMAIL, None, None, email)
        body = {**target, "code": arguments.code("code", code)}
        return self._verify(endpoints.MFA_EMAIL_VERIFY, body)

    def verify_totp(self, code: str) -> StepUpResult:
        """Finish with a code of the user's authenticator.

        Args:
            code: Six digits; tidied like ``verify_sms``'s.

        Raises: As ``verify_sms``.

        Endpoint: ``POST /api/v2/mfa/totp/verify``
        """
        code = conceal(code)
        self._refuse_unless_offered(FactorType.OTP)
        body = {"totp": arguments.code("code", code, bodies.TOTP_DIGITS)}
        return self._verify(endpoints.STEP_UP_TOTP_VERIFY, body)

    def verify_recovery_code(self, code: str) -> StepUpResult:
        """Finish with the recovery code in place of a lost authenticator; it is then used up.

        Args:
            code: Six groups of four hexadecimal digits.

        Returns:
            With the **new** ``recovery_code``: show it to the user now. Details of the user that
            do not fit are left out, so that the code is not lost.

        Raises:
            InvalidResponseError: The response does not say who the user is. The error's
                ``recovery_code`` is the new one, where one came. Otherwise as ``verify_sms``.

        Endpoint: ``POST /api/v2/mfa/totp/recovery``
        """
        code = conceal(code)
        self._refuse_unless_offered(FactorType.OTP)
        body = {"recoveryCode": arguments.recovery_code("code", code)}
        return self._verify(endpoints.STEP_UP_TOTP_RECOVERY, body, _build_recovered)

    def verify_face(self, photo: str) -> StepUpResult:
        """Finish with a photo of the user's face.

        Args:
            photo: Its storage key.

        Raises:
            FaceRejectedError: It does not match. Otherwise as ``verify_sms``.

        Endpoint: ``POST /api/v2/mfa/face/verify``
        """
        photo = conceal(photo)
        self._refuse_unless_offered(FactorType.FACE)
        body = {"photo": arguments.text("photo", photo)}
        return self._verify(endpoints.STEP_UP_FACE_VERIFY, body)

    def associate_totp(self) -> OTPSetup:
        """Begin to bind an authenticator to a user who has no factor; show them the result.

        Raises:
            FactorNotOfferedError: OTP is not among the methods, or the user has a factor; nothing
                was sent.

        Endpoint: ``POST /api/v2/mfa/totp/associate``
        """
        self._refuse_unless_bindable(FactorType.OTP)
        body = {"authenticator_type": "totp", "source": self._totp_source}
        return self._call(endpoints.MFA_TOTP_ASSOCIATE, body, partial(build_data, OTPSetup))

    def confirm_totp(self, code: str) -> StepUpResult:
        """Bind the authenticator with its first code, and finish with the same code.

        After a failure, call it again: where the authenticator is bound by now, it finishes.

        Args:
            code: Six digits; tidied like ``verify_sms``'s.

        Raises:
            ExpiredError: The challenge has run out, or it was finished and the response got lost:
                sign in again, with the authenticator where it is bound. Otherwise as
                ``verify_sms``.

        Endpoint: ``POST /api/v2/mfa/totp/associate/confirm``, then ``totp/verify``
        """
        code = conceal(code)
        self._refuse_unless_bindable(FactorType.OTP)
        code = conceal(arguments.code("code", code, bodies.TOTP_DIGITS))
        deadline = self._session.deadline()
        body = {"authenticator_type": "totp", "totp": code, "source": self._totp_source}
        confirm = endpoints.MFA_TOTP_ASSOCIATE_CONFIRM
        ended: StepUpResult | None = None
        refusal: APIError | None = None
        try:
            ended = self._call(confirm, body, _build_if_ended, deadline)
        except CodeRejectedError as error:
            refusal = error  # also where an earlier call, whose response got lost, has bound it
        if ended is not None and ended.token is not None:
            return ended
        try:
            return self._verify(endpoints.STEP_UP_TOTP_VERIFY, {"totp": code}, deadline=deadline)
        except ExpiredError:
            if ended is None:
                raise
            return ended  # the deployment ends the challenge here, and gives no token
        except _NOT_BOUND as error:
            refusal = refusal or error
        raise refusal

    def associate_face(
        self, photo_a: str, photo_b: str, *, is_external_photo: bool | None = None
    ) -> None:
        """Bind a face to a user who has no factor; ``verify_face`` then finishes.

        Args:
            photo_a: A storage key, or a URL where ``is_external_photo`` is True.
            photo_b: Another one.
            is_external_photo: Whether both are URLs.

        Raises:
            FaceRejectedError: The photos are refused.
            FactorNotOfferedError: FACE is not among the methods, or the user has a factor;
                nothing was sent.

        Endpoint: ``POST /api/v2/mfa/face/associate``
        """
        photo_a, photo_b = conceal(photo_a), conceal(photo_b)
        self._refuse_unless_bindable(FactorType.FACE)
        body: dict[str, Any] = {
            "photoA": arguments.text("photo_a", photo_a),
            "photoB": arguments.text("photo_b", photo_b),
        }
        if is_external_photo is not None:
            body["isExternalPhoto"] = arguments.flag("is_external_photo", is_external_photo)
        self._call(endpoints.MFA_FACE_ASSOCIATE, body, refuse_failure)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a challenge cannot be pickled: store trigger.to_dict() and make it again")

    @safe_repr
    def __repr__(self) -> str:
        kinds = ", ".join(method.factor_type for method in self.methods)
        return f"<MFAChallenge by {kinds}, until {self.expires_at}>"

    def _refuse_if_expired(self) -> None:
        if self.expired:
            raise ExpiredError("the challenge has run out: sign in again")

    def _refuse_unless_offered(self, kind: FactorType) -> None:
        if kind in [method.factor_type for method in self.methods]:
            return
        hidden = kind in [method.factor_type for method in self._all_methods]
        why = ", since the user has a factor already" if hidden else ""
        raise FactorNotOfferedError(f"the challenge does not offer {kind}{why}; see its methods")

    def _refuse_unless_bindable(self, kind: FactorType) -> None:
        self._refuse_unless_offered(kind)
        if not self._may_bind:
            raise FactorNotOfferedError(
                "the user has a factor already: no other is bound, and codes go to what is bound"
            )

    def _target(
        self, kind: FactorType, number: str | None, country_code: str | None, email: str | None
    ) -> dict[str, str]:
        """Return where a code goes: the given target, the last one used, or the bound one."""
        self._refuse_unless_offered(kind)
        if number is None and country_code is not None:
            raise ConfigurationError("phone_country_code: it goes with a phone_number")
        if number is not None or email is not None:
            self._refuse_unless_bindable(kind)
            return bodies.profile(kind, number, country_code, email)
        if kind not in self._targets:
            name = "phone_number" if kind is FactorType.SMS else "email"
            raise ConfigurationError(f"{name}: the user has none bound for MFA; give one")
        return self._targets[kind].to_dict()

    def _send(self, endpoint: Endpoint, kind: FactorType, target: dict[str, str]) -> None:
        body = {**target, "channel": Channel.VERIFY_MFA.value}
        if self._authorize_sends:
            self._call(endpoint, body, refuse_failure)
        else:
            self._refuse_if_expired()
            self._session.signed_by(ANONYMOUS).command(Request(endpoint, json=body))
        self._targets[kind] = FactorProfile.from_dict(target)

    def _verify(
        self,
        endpoint: Endpoint,
        body: Mapping[str, str],
        build: Callable[[Envelope], StepUpResult] = _build_result,
        deadline: Deadline | None = None,
    ) -> StepUpResult:
        deployed = under_applications(endpoint) if self._application_paths else endpoint
        return self._call(deployed, body, build, deadline)

    def _call(
        self,
        endpoint: Endpoint,
        body: Mapping[str, Any],
        build: Callable[[Envelope], T],
        deadline: Deadline | None = None,
    ) -> T:
        self._refuse_if_expired()
        try:
            return self._session.call(Request(endpoint, json=body), build, deadline)
        except APIError as error:
            if not isinstance(error, UnauthorizedError) and error.api_code != _TOKEN_NOT_TAKEN:
                raise
            refusal = error
        message = f"the mfaToken is not taken any more ({refusal.message}): sign in again"
        raise ExpiredError(message, method=refusal.method, path=refusal.path)


def _bound_profiles(trigger: MFATrigger) -> dict[FactorType, FactorProfile]:
    """Return the phone and the address that the user has bound."""
    profiles = {
        FactorType.SMS: FactorProfile(
            phone_number=trigger.mfa_phone,
            phone_country_code=trigger.mfa_phone_country_code or None,
        ),
        FactorType.EMAIL: FactorProfile(email=trigger.mfa_email),
    }
    return {kind: profile for kind, profile in profiles.items() if profile.masked}


def _methods(
    trigger: MFATrigger, profiles: Mapping[FactorType, FactorProfile]
) -> tuple[ChallengeMethod, ...]:
    """Return every method of the application, whether the user has it or not."""
    if not trigger._switched_on:  # so it is the user's own MFA that asks, which is TOTP
        return (ChallengeMethod(factor_type=FactorType.OTP, bound=True),)
    bound = {
        FactorType.SMS: FactorType.SMS in profiles,
        FactorType.EMAIL: FactorType.EMAIL in profiles,
        FactorType.OTP: trigger.totp_mfa_enabled,
        FactorType.FACE: trigger.face_mfa_enabled,
    }
    return tuple(
        ChallengeMethod(
            factor_type=kind,
            bound=bound.get(kind) is not False,  # where that is not told, the user may have it
            masked_target=profiles.get(kind, FactorProfile()).masked,
        )
        for kind in trigger._switched_on
    )


def _as_v2(target: Mapping[str, str]) -> dict[str, str]:
    """Return a target as the older API spells it."""
    return {key.replace("phoneNumber", "phone"): value for key, value in target.items()}


def _build_if_ended(envelope: Envelope) -> StepUpResult | None:
    """Build the result of a confirmation that names the user; None for one that does not."""
    with contextlib.suppress(InvalidResponseError):
        return _build_result(envelope)
    return None


def _build_recovered(envelope: Envelope) -> StepUpResult:
    """Build the result of a recovery, without what does not fit where there is a new code."""
    try:
        return _build_result(envelope)
    except InvalidResponseError as error:
        new_code = recovery_code_in(envelope.data)
        misfit = str(error.where).removeprefix("data.")
        if new_code is None or misfit not in envelope.data:
            error.recovery_code = new_code
            raise
    # The data gets no name here: tools would show it as a variable of this frame.
    fitting = attrs.evolve(
        envelope, data={key: it for key, it in envelope.data.items() if key != misfit}
    )
    return _build_recovered(fitting)
