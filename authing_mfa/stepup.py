"""Finishing a sign-in that asked for MFA."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import attrs

from . import _checks, _endpoints, _factors, _jwt, _mapper
from ._client import ignore, reading, unwrap
from ._endpoints import Endpoint, under_applications
from ._envelope import unwrap_recovery
from ._mask import mask_email, mask_phone
from ._tokens import ANONYMOUS, GivenToken, TokenSource
from ._wire import Answer
from .errors import (
    APIError,
    CodeRejectedError,
    ConfigurationError,
    ExpiredError,
    FactorNotOfferedError,
    InvalidArgumentError,
    InvalidResponseError,
    UnauthorizedError,
)
from .models import Channel, Envelope, FactorType, OTPSetup
from .signin import ChallengeMethod, MFATrigger, StepUpExtras, StepUpResult, StepUpUser

if TYPE_CHECKING:
    from ._sign_in_calls import SignInCalls

T = TypeVar("T")

_TOKEN_NOT_TAKEN: Final = 2021  # says something else elsewhere, so no error class has it


class MFAChallenge:
    """A sign-in that waits for a second factor; ``client.challenge(trigger)`` makes one.

    Between two web requests store ``challenge.trigger.to_dict()``, on the server's side: it holds
    the mfaToken.

    Attributes:
        trigger: What the sign-in handed over.
    """

    def __init__(
        self,
        client: SignInCalls,
        trigger: MFATrigger,
        *,
        application_paths: bool,
        totp_source: str,
        authorize_sends: bool,
    ) -> None:
        if not isinstance(trigger, MFATrigger):
            raise ConfigurationError(
                "trigger: wanted an MFATrigger, such as error.trigger of an MFARequiredError"
            )
        token = GivenToken(_checks.header_text("trigger.mfa_token", trigger.mfa_token))
        self.trigger = trigger
        self._client = client
        self._token = token
        self._path = (
            under_applications
            if _checks.flag("application_paths", application_paths)
            else _unchanged
        )
        self._totp_source = _checks.text("totp_source", totp_source)
        self._sends_signed_by = (
            token if _checks.flag("authorize_sends", authorize_sends) else ANONYMOUS
        )
        self._phone: dict[str, str] | None = None
        self._email: str | None = None
        self._refuse_if_expired()

    @property
    def methods(self) -> tuple[ChallengeMethod, ...]:
        """The ways to finish it, in the application's order.

        A trigger that lists none comes from a user's own MFA, which is TOTP.
        """
        listed = sorted(self.trigger.application_mfa, key=lambda method: method.sort)
        kinds = [method.mfa_policy for method in listed if method.status == 1]
        if not self.trigger.application_mfa:
            return (ChallengeMethod(factor_type=FactorType.OTP, bound=True),)
        return tuple(self._method(kind) for kind in kinds)

    @property
    def expires_at(self) -> datetime | None:
        """When the mfaToken ends; None where it does not say."""
        end = _jwt.claims(self.trigger.mfa_token).get("exp")
        try:
            return _mapper.build(datetime, end)
        except InvalidResponseError:
            return None

    @property
    def expired(self) -> bool:
        """Whether the mfaToken has ended, by this machine's clock."""
        return self.expires_at is not None and self.expires_at <= datetime.now(timezone.utc)

    def send_sms(
        self, phone_number: str | None = None, *, phone_country_code: str | None = None
    ) -> None:
        """Have a code sent to the bound phone, or to one that verifying will bind.

        Args:
            phone_number: Where none is bound: digits without the country code.
            phone_country_code: Beside it, such as ``+1``; the service's default is ``+86``.

        Raises:
            FactorNotOfferedError: SMS is not among the methods.
            ConfigurationError: No phone is bound and none was given.
            ThrottleError, InvalidOperationError: A code was sent within the last minute.

        Endpoint: ``POST /api/v3/send-sms``
        """
        self._refuse_unless_offered(FactorType.SMS)
        self._phone = self._phone_target(phone_number, phone_country_code)
        self._send(_endpoints.SEND_SMS, self._phone)

    def send_email(self, email: str | None = None) -> None:
        """Have a code sent to the bound address, or to one that verifying will bind.

        Args:
            email: Where none is bound.

        Raises:
            FactorNotOfferedError: EMAIL is not among the methods.
            ConfigurationError: No address is bound and none was given.
            ThrottleError, InvalidOperationError: A code was sent within the last minute.

        Endpoint: ``POST /api/v3/send-email``
        """
        self._refuse_unless_offered(FactorType.EMAIL)
        self._email = self._email_target(email)
        self._send(_endpoints.SEND_EMAIL, {"email": self._email})

    def can_bind(
        self,
        *,
        phone_number: str | None = None,
        phone_country_code: str | None = None,
        email: str | None = None,
    ) -> bool:
        """Tell whether a phone or an address, of which one is given, may be bound for MFA.

        Endpoint: ``POST /api/v2/applications/mfa/check``
        """
        if (phone_number is None) == (email is None):
            raise ConfigurationError("can_bind: wanted either a phone_number or an email")
        if email is not None:
            if phone_country_code is not None:
                raise ConfigurationError("phone_country_code: it goes with a phone_number")
            body = {"email": _factors.email_address(email)}
            return self._call(_endpoints.MFA_CHECK, reading(bool), body)
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
            phone_number: Where none is bound, and another object sent the code.
            phone_country_code: Beside it.

        Raises:
            CodeRejectedError: Wrong code.
            AccountLockedError, ThrottleError: Too many tries.
            ExpiredError: The challenge has run out: sign in again.
            FactorNotOfferedError: SMS is not among the methods; nothing was sent.

        Endpoint: ``POST /api/v2/applications/mfa/sms/verify``
        """
        self._refuse_unless_offered(FactorType.SMS)
        target = self._phone_target(phone_number, phone_country_code)
        body = {**_as_v2(target), "code": _checks.code("code", code)}
        return self._verify(_endpoints.MFA_SMS_VERIFY, body)

    def verify_email(self, code: str, *, email: str | None = None) -> StepUpResult:
        """Finish with the code that ``send_email`` sent; binds the address where none was.

        Args:
            code: Digits; tidied like ``verify_sms``'s.
            email: Where none is bound, and another object sent the code.

        Raises: As ``verify_sms``.

        Endpoint: ``POST /api/v2/applications/mfa/email/verify``
        """
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
        self._refuse_unless_offered(FactorType.OTP)
        body = {"totp": _checks.code("code", code, _factors.TOTP_DIGITS)}
        return self._verify(self._path(_endpoints.STEP_UP_TOTP_VERIFY), body)

    def verify_recovery_code(self, code: str) -> StepUpResult:
        """Finish with the recovery code in place of a lost authenticator; it is then used up.

        Args:
            code: Six groups of four hexadecimal digits.

        Returns:
            With the **new** ``recovery_code``: show it to the user now.

        Raises: As ``verify_sms``.

        Endpoint: ``POST /api/v2/mfa/totp/recovery``
        """
        self._refuse_unless_offered(FactorType.OTP)
        body = {"recoveryCode": _checks.recovery_code("code", code)}
        endpoint = self._path(_endpoints.STEP_UP_TOTP_RECOVERY)
        return self._verify(endpoint, body, unwrap_recovery)

    def verify_face(self, photo: str) -> StepUpResult:
        """Finish with a photo of the user's face.

        Args:
            photo: Its storage key.

        Raises:
            FaceRejectedError: It does not match. Otherwise as ``verify_sms``.

        Endpoint: ``POST /api/v2/mfa/face/verify``
        """
        self._refuse_unless_offered(FactorType.FACE)
        body = {"photo": _checks.text("photo", photo)}
        return self._verify(self._path(_endpoints.STEP_UP_FACE_VERIFY), body)

    def associate_totp(self) -> OTPSetup:
        """Begin to bind an authenticator to a user who has none; show them what is returned.

        Endpoint: ``POST /api/v2/mfa/totp/associate``
        """
        self._refuse_unless_offered(FactorType.OTP)
        body = {"authenticator_type": "totp", "source": self._totp_source}
        return self._call(_endpoints.MFA_TOTP_ASSOCIATE, reading(OTPSetup), body)

    def confirm_totp(self, code: str) -> StepUpResult:
        """Bind the authenticator with its first code, and finish with the same code.

        Args:
            code: Six digits; tidied like ``verify_sms``'s.

        Raises: As ``verify_sms``.

        Endpoint: ``POST /api/v2/mfa/totp/associate/confirm``
        """
        self._refuse_unless_offered(FactorType.OTP)
        tidy = _checks.code("code", code, _factors.TOTP_DIGITS)
        body = {"authenticator_type": "totp", "totp": tidy, "source": self._totp_source}
        try:
            self._call(_endpoints.MFA_TOTP_ASSOCIATE_CONFIRM, ignore, body)
        except InvalidArgumentError as error:
            refusal = error  # this call says 400, without a code of its own, to a wrong code
        else:
            return self.verify_totp(tidy)
        raise CodeRejectedError(**attrs.asdict(refusal))

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

        Endpoint: ``POST /api/v2/mfa/face/associate``
        """
        self._refuse_unless_offered(FactorType.FACE)
        body: dict[str, Any] = {
            "photoA": _checks.text("photo_a", photo_a),
            "photoB": _checks.text("photo_b", photo_b),
        }
        if is_external_photo is not None:
            body["isExternalPhoto"] = _checks.flag("is_external_photo", is_external_photo)
        self._call(_endpoints.MFA_FACE_ASSOCIATE, ignore, body)

    def _method(self, kind: FactorType) -> ChallengeMethod:
        trigger = self.trigger
        phone = trigger.mfa_phone and mask_phone(trigger.mfa_phone)
        country_code = trigger.mfa_phone_country_code or ""
        targets = {
            FactorType.SMS: f"{country_code} {phone}".strip() if phone else "",
            FactorType.EMAIL: mask_email(trigger.mfa_email) if trigger.mfa_email else "",
        }
        enabled = {
            FactorType.OTP: trigger.totp_mfa_enabled,
            FactorType.FACE: trigger.face_mfa_enabled,
        }
        target = targets.get(kind, "")
        return ChallengeMethod(
            factor_type=kind, bound=enabled.get(kind, bool(target)), masked_target=target
        )

    def _phone_target(self, number: str | None, country_code: str | None) -> dict[str, str]:
        if number is not None:
            return _factors.phone(number, country_code)
        if country_code is not None:
            raise ConfigurationError("phone_country_code: it goes with a phone_number")
        if self._phone is not None:
            return self._phone
        if not self.trigger.mfa_phone:
            raise ConfigurationError("phone_number: the user has none bound for MFA; give one")
        target = {
            "phoneNumber": self.trigger.mfa_phone,
            "phoneCountryCode": self.trigger.mfa_phone_country_code,
        }
        return {key: value for key, value in target.items() if value}

    def _email_target(self, email: str | None) -> str:
        if email is not None:
            return _factors.email_address(email)
        bound = self._email or self.trigger.mfa_email
        if not bound:
            raise ConfigurationError("email: the user has none bound for MFA; give one")
        return bound

    def _send(self, endpoint: Endpoint, target: dict[str, str]) -> None:
        body = {**target, "channel": Channel.VERIFY_MFA.value}
        self._call(endpoint, ignore, body, tokens=self._sends_signed_by)

    def _verify(
        self,
        endpoint: Endpoint,
        body: dict[str, str],
        unwrap: Callable[[Answer], Envelope] = unwrap,
    ) -> StepUpResult:
        return self._call(endpoint, _result, body, unwrap)

    def _call(
        self,
        endpoint: Endpoint,
        read: Callable[[Envelope], T],
        body: dict[str, Any],
        unwrap: Callable[[Answer], Envelope] = unwrap,
        tokens: TokenSource | None = None,
    ) -> T:
        self._refuse_if_expired()
        signed_by = tokens or self._token
        try:
            return self._client._call(endpoint, read, tokens=signed_by, unwrap=unwrap, json=body)
        except APIError as error:
            if signed_by is not self._token or not _says_token_is_dead(error):
                raise
            refusal = error
        raise ExpiredError(
            f"the mfaToken is not taken any more ({refusal.message}): sign in again",
            method=refusal.method,
            path=refusal.path,
        )

    def _refuse_if_expired(self) -> None:
        if self.expired:
            raise ExpiredError("the challenge has run out: sign in again")

    def _refuse_unless_offered(self, kind: FactorType) -> None:
        if kind not in [method.factor_type for method in self.methods]:
            raise FactorNotOfferedError(f"the challenge does not offer {kind}; see its methods")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a challenge cannot be pickled: store trigger.to_dict() and make it again")

    def __repr__(self) -> str:
        kinds = ", ".join(method.factor_type for method in self.methods)
        return f"<MFAChallenge by {kinds}, until {self.expires_at}>"


def _says_token_is_dead(error: APIError) -> bool:
    return isinstance(error, UnauthorizedError) or error.api_code == _TOKEN_NOT_TAKEN


def _unchanged(endpoint: Endpoint) -> Endpoint:
    return endpoint


def _as_v2(target: dict[str, str]) -> dict[str, str]:
    """Return a phone as the older API spells it."""
    return {key.replace("phoneNumber", "phone"): value for key, value in target.items()}


def _result(envelope: Envelope) -> StepUpResult:
    extras = reading(StepUpExtras)(envelope)
    return StepUpResult(
        user=reading(StepUpUser)(envelope),
        token=extras.token,
        recovery_code=extras.recovery_code,
    )
