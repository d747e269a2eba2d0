"""What every step of a challenge stands on: its token, its end, its methods, its targets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from . import _checks, _factors, _jwt, _mapper
from ._endpoints import Endpoint, under_applications
from ._envelope import Unwrap, unwrap
from ._mask import mask_email, mask_phone
from ._tokens import ANONYMOUS, StaticToken, TokenSource
from .errors import (
    APIError,
    ConfigurationError,
    ExpiredError,
    FactorNotOfferedError,
    InvalidResponseError,
    UnauthorizedError,
)
from .models import Envelope, FactorType
from .signin import ChallengeMethod, MFATrigger

if TYPE_CHECKING:
    from ._sign_in_calls import SignInCalls

T = TypeVar("T")

_TOKEN_NOT_TAKEN: Final = 2021  # says something else elsewhere, so no error class has it


class Challenge:
    """A sign-in that waits for a second factor, without the ways to give it.

    Attributes:
        trigger: What the sign-in handed over.
    """

    def __init__(
        self,
        client: SignInCalls,
        trigger: MFATrigger | None,
        *,
        application_paths: bool,
        totp_source: str,
        authorize_sends: bool,
    ) -> None:
        if not isinstance(trigger, MFATrigger):
            raise ConfigurationError(
                "trigger: wanted an MFATrigger, such as error.trigger of an MFARequiredError"
            )
        token = StaticToken(_checks.header_text("trigger.mfa_token", trigger.mfa_token))
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

    def _call(
        self,
        endpoint: Endpoint,
        read: Callable[[Envelope], T],
        body: dict[str, Any],
        unwrap: Unwrap = unwrap,
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
