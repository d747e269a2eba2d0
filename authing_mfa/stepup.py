"""Finishing a sign-in that asked for MFA."""

from __future__ import annotations

import contextlib
from typing import Any, Final

import attrs

from . import _checks, _endpoints, _factors
from ._challenge import Challenge
from ._client import acknowledged, reading
from ._endpoints import Endpoint
from ._envelope import recovery_code_in, unwrap_confirmation, unwrap_recovery
from ._mask import conceal
from ._wire import Deadline
from .errors import (
    CodeRejectedError,
    ConfigurationError,
    ConflictError,
    ExpiredError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidOperationError,
    InvalidResponseError,
    NotFoundError,
)
from .models import Channel, Envelope, FactorType
from .otp import OTPSetup
from .signin import StepUpExtras, StepUpResult, StepUpUser

_NOT_BOUND: Final = (
    CodeRejectedError,
    ConflictError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidOperationError,
    NotFoundError,
)
"""What a verification says to a code of an authenticator that is not bound."""


class MFAChallenge(Challenge):
    """A sign-in that waits for a second factor; ``client.challenge(trigger)`` makes one.

    Between two web requests store ``challenge.trigger.to_dict()``, on the server's side: it holds
    the mfaToken.
    """

    def send_sms(
        self, phone_number: str | None = None, *, phone_country_code: str | None = None
    ) -> None:
        """Have a code sent to the bound phone, or to one that verifying will bind.

        Args:
            phone_number: Where the user has no factor: digits without the country code. The next
                calls go to the same phone, once a code went there.
            phone_country_code: Beside it, such as ``+1``; the service's default is ``+86``.

        Raises:
            FactorNotOfferedError: SMS is not among the methods, or a phone was given although
                the user has a factor; nothing was sent.
            ConfigurationError: No phone is bound and none was given.
            ThrottleError, InvalidOperationError: A code was sent within the last minute.

        Endpoint: ``POST /api/v3/send-sms``
        """
        self._refuse_unless_offered(FactorType.SMS)
        target = self._phone_target(phone_number, phone_country_code)
        self._send(_endpoints.SEND_SMS, target)
        self._phone = target

    def send_email(self, email: str | None = None) -> None:
        """Have a code sent to the bound address, or to one that verifying will bind.

        Args:
            email: Where the user has no factor. The next calls go to the same address, once a
                code went there.

        Raises:
            FactorNotOfferedError: EMAIL is not among the methods, or an address was given
                although the user has a factor; nothing was sent.
            ConfigurationError: No address is bound and none was given.
            ThrottleError, InvalidOperationError: A code was sent within the last minute.

        Endpoint: ``POST /api/v3/send-email``
        """
        self._refuse_unless_offered(FactorType.EMAIL)
        target = self._email_target(email)
        self._send(_endpoints.SEND_EMAIL, {"email": target})
        self._email = target

    def can_bind(
        self,
        *,
        phone_number: str | None = None,
        phone_country_code: str | None = None,
        email: str | None = None,
    ) -> bool:
        """Tell whether a phone or an address, of which one is given, may be bound for MFA.

        Raises:
            FactorNotOfferedError: Nothing may be bound on the way, or not that; nothing was sent.

        Endpoint: ``POST /api/v2/applications/mfa/check``
        """
        if (phone_number is None) == (email is None):
            raise ConfigurationError("can_bind: wanted either a phone_number or an email")
        if email is not None:
            if phone_country_code is not None:
                raise ConfigurationError("phone_country_code: it goes with a phone_number")
            self._refuse_unless_bindable(FactorType.EMAIL)
            body = {"email": _factors.email_address(email)}
            return self._call(_endpoints.MFA_CHECK, reading(bool), body)
        self._refuse_unless_bindable(FactorType.SMS)
        target = _factors.phone(phone_number, phone_country_code)
        return self._call(_endpoints.MFA_CHECK, reading(bool), _as_v2(target))

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
            phone_number: Where the user has no factor, and another object sent the code.
            phone_country_code: Beside it.

        Raises:
            CodeRejectedError: Wrong code.
            AccountLockedError, ThrottleError: Too many tries.
            ExpiredError: The challenge has run out: sign in again.
            FactorNotOfferedError: SMS is not among the methods, or a phone was given although
                the user has a factor; nothing was sent.

        Endpoint: ``POST /api/v2/applications/mfa/sms/verify``
        """
        code = conceal(code)
        self._refuse_unless_offered(FactorType.SMS)
        target = self._phone_target(phone_number, phone_country_code)
        body = {**_as_v2(target), "code": _checks.code("code", code)}
        return self._verify(_endpoints.MFA_SMS_VERIFY, body)

    def verify_email(self, code: str, *, email: str | None = None) -> StepUpResult:
        """Finish with the code that ``send_email`` sent; binds the address where none was.

        Args:
            code: Digits; tidied like ``verify_sms``'s.
            email: Where the user has no factor, and another object sent the code.

        Raises: As ``verify_sms``.

        Endpoint: ``POST /api/v2/applications/mfa/email/verify``
        """
        code = conceal(code)
        self._refuse_unless_offered(FactorType.EMAIL)
        body = {"email": self._email_target(email), "code": _checks.code("code", code)}
        return self._verify(_endpoints.MFA_EMAIL_VERIFY, body)

    def verify_totp(self, code: str) -> StepUpResult:
        """Finish with a code of the user's authenticator.

        Args:
            code: Six digits; tidied like ``verify_sms``'s.

        Raises: As ``verify_sms``.

        Endpoint: ``POST /api/v2/mfa/totp/verify``
        """
        code = conceal(code)
        self._refuse_unless_offered(FactorType.OTP)
        return self._verify_totp(_checks.code("code", code, _factors.TOTP_DIGITS))

    def verify_recovery_code(self, code: str) -> StepUpResult:
        """Finish with the recovery code in place of a lost authenticator; it is then used up.

        Args:
            code: Six groups of four hexadecimal digits.

        Returns:
            With the **new** ``recovery_code``: show it to the user now. Details of the user that
            do not fit are left out, so that the code is not lost.

        Raises:
            InvalidResponseError: The answer does not say who the user is. Its ``recovery_code``
                is the new one, where one came. Otherwise as ``verify_sms``.

        Endpoint: ``POST /api/v2/mfa/totp/recovery``
        """
        code = conceal(code)
        self._refuse_unless_offered(FactorType.OTP)
        body = {"recoveryCode": _checks.recovery_code("code", code)}
        endpoint = self._path(_endpoints.STEP_UP_TOTP_RECOVERY)
        return self._call(endpoint, _recovered, body, unwrap_recovery)

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
        body = {"photo": _checks.text("photo", photo)}
        return self._verify(self._path(_endpoints.STEP_UP_FACE_VERIFY), body)

    def associate_totp(self) -> OTPSetup:
        """Begin to bind an authenticator to a user who has none; show them what is returned.

        Raises:
            FactorNotOfferedError: OTP is not among the methods, or the user has a factor; nothing
                was sent.

        Endpoint: ``POST /api/v2/mfa/totp/associate``
        """
        self._refuse_unless_bindable(FactorType.OTP)
        body = {"authenticator_type": "totp", "source": self._totp_source}
        return self._call(_endpoints.MFA_TOTP_ASSOCIATE, reading(OTPSetup), body)

    def confirm_totp(self, code: str) -> StepUpResult:
        """Bind the authenticator with its first code, and finish with the same code.

        After a failure, call it again: where the authenticator is bound by now, it finishes.

        Args:
            code: Six digits; tidied like ``verify_sms``'s.

        Raises:
            ExpiredError: The challenge has run out, or it was finished and the answer got lost:
                sign in again, with the authenticator where it is bound. Otherwise as
                ``verify_sms``.

        Endpoint: ``POST /api/v2/mfa/totp/associate/confirm``, then ``totp/verify``
        """
        code = conceal(code)
        self._refuse_unless_bindable(FactorType.OTP)
        code = conceal(_checks.code("code", code, _factors.TOTP_DIGITS))
        deadline = self._client._session.deadline()
        body = {"authenticator_type": "totp", "totp": code, "source": self._totp_source}
        endpoint = _endpoints.MFA_TOTP_ASSOCIATE_CONFIRM
        try:
            ended = self._call(endpoint, _if_ended, body, unwrap_confirmation, deadline=deadline)
        except CodeRejectedError as error:
            refusal = error
        else:
            return self._finish_by(code, ended, deadline)
        # Bound already, by a call whose answer got lost? Then the code is refused here, and good.
        with contextlib.suppress(*_NOT_BOUND):
            return self._verify_totp(code, deadline)
        raise refusal

    def _finish_by(
        self, code: str, ended: StepUpResult | None, deadline: Deadline
    ) -> StepUpResult:
        """Finish after a confirmation, which ends the challenge itself on some deployments."""
        if ended is not None and ended.token is not None:
            return ended
        try:
            return self._verify_totp(code, deadline)
        except ExpiredError:
            if ended is None:
                raise
            return ended  # the user, but no token; and the mfaToken is spent

    def associate_face(
        self, photo_a: str, photo_b: str, *, is_external_photo: bool | None = None
    ) -> None:
        """Bind a face to a user who has none; ``verify_face`` then finishes.

        Args:
            photo_a: A storage key, or a URL where ``is_external_photo`` is True.
            photo_b: Another one.
            is_external_photo: Whether both are URLs.

        Raises:
            FaceRejectedError: The photos do not do.
            FactorNotOfferedError: FACE is not among the methods, or the user has a factor;
                nothing was sent.

        Endpoint: ``POST /api/v2/mfa/face/associate``
        """
        photo_a, photo_b = conceal(photo_a), conceal(photo_b)
        self._refuse_unless_bindable(FactorType.FACE)
        body: dict[str, Any] = {
            "photoA": _checks.text("photo_a", photo_a),
            "photoB": _checks.text("photo_b", photo_b),
        }
        if is_external_photo is not None:
            body["isExternalPhoto"] = _checks.flag("is_external_photo", is_external_photo)
        self._call(_endpoints.MFA_FACE_ASSOCIATE, acknowledged, body)

    def _send(self, endpoint: Endpoint, target: dict[str, str]) -> None:
        body = {**target, "channel": Channel.VERIFY_MFA.value}
        self._call(endpoint, acknowledged, body, tokens=self._sends_signed_by)

    def _verify_totp(self, code: str, deadline: Deadline | None = None) -> StepUpResult:
        return self._verify(self._path(_endpoints.STEP_UP_TOTP_VERIFY), {"totp": code}, deadline)

    def _verify(
        self, endpoint: Endpoint, body: dict[str, str], deadline: Deadline | None = None
    ) -> StepUpResult:
        return self._call(endpoint, _result, body, deadline=deadline)


def _as_v2(target: dict[str, str]) -> dict[str, str]:
    """Return a phone as the older API spells it."""
    return {key.replace("phoneNumber", "phone"): value for key, value in target.items()}


def _result(envelope: Envelope) -> StepUpResult:
    extras = reading(StepUpExtras)(envelope)
    return StepUpResult(
        user=reading(StepUpUser)(envelope),
        token=_given(extras.token),
        recovery_code=_given(extras.recovery_code),
    )


def _given(text: str | None) -> str | None:
    """Return a token or a code; none where the service wrote an empty one."""
    return None if text == "" else text


def _if_ended(envelope: Envelope) -> StepUpResult | None:
    """Return the result of a confirmation that tells of the user; None for one that does not."""
    with contextlib.suppress(InvalidResponseError):
        return _result(envelope)
    return None


def _recovered(envelope: Envelope) -> StepUpResult:
    """Return the result of a recovery, without what does not fit where there is a new code."""
    try:
        return _result(envelope)
    except InvalidResponseError as error:
        new_code = recovery_code_in(envelope.data)
        misfit = str(error.where).removeprefix("data.")
        if new_code is None or misfit not in envelope.data:
            error.recovery_code = new_code
            raise
    # Nothing gets a name here: a frame would show it.
    return _recovered(
        attrs.evolve(
            envelope, data={key: it for key, it in envelope.data.items() if key != misfit}
        )
    )
