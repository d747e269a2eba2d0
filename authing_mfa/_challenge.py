"""What every step of a challenge stands on: its token, its end, its methods, its targets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from . import _checks, _factors, _jwt, _mapper
from ._endpoints import Endpoint, under_applications
from ._envelope import Unwrap, unwrap
from ._mask import mask_email, mask_phone, sturdy, taken
from ._tokens import ANONYMOUS, StaticToken, TokenSource
from ._wire import Deadline
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

_TOTP_SOURCES: Final = ("APPLICATION", "SELF")
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
        allow_binding: bool,
    ) -> None:
        if not isinstance(trigger, MFATrigger):
            raise ConfigurationError(
                "trigger: wanted an MFATrigger, such as error.trigger of an MFARequiredError"
            )
        token = StaticToken(_checks.header_text("trigger.mfa_token", taken(trigger, "mfa_token")))
        self.trigger = trigger
        self._client = client
        self._token = token
        self._path = (
            under_applications
            if _checks.flag("application_paths", application_paths)
            else _unchanged
        )
        self._totp_source = _totp_source(totp_source)
        self._allow_binding = _checks.flag("allow_binding", allow_binding)
        self._sends_signed_by = (
            token if _checks.flag("authorize_sends", authorize_sends) else ANONYMOUS
        )
        self._phone: dict[str, str] | None = None
        self._email: str | None = None
        self._refuse_if_expired()

    @property
    def methods(self) -> tuple[ChallengeMethod, ...]:
        """The ways to finish it, in the application's order.

        Where the user has a factor for one of them, only those that they have: anybody who knows
        the password could bind another one. With ``allow_binding=True`` the rest is listed, too.
        """
        ways = self._ways()
        held = tuple(way for way in ways if way.bound)
        return ways if self._allow_binding or not held else held

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

    def _ways(self) -> tuple[ChallengeMethod, ...]:
        kinds = self.trigger._switched_on
        if not kinds:  # so it is the user's own MFA that asks, which is TOTP
            return (ChallengeMethod(factor_type=FactorType.OTP, bound=True),)
        return tuple(self._method(kind) for kind in kinds)

    def _method(self, kind: FactorType) -> ChallengeMethod:
        trigger = self.trigger
        phone = trigger.mfa_phone and mask_phone(trigger.mfa_phone)
        country_code = trigger.mfa_phone_country_code or ""
        targets = {
            FactorType.SMS: f"{country_code} {phone}".strip() if phone else "",
            FactorType.EMAIL: mask_email(trigger.mfa_email) if trigger.mfa_email else "",
        }
        # Of what the trigger does not tell, a passkey for one, the user may well have it.
        bound = {
            FactorType.SMS: bool(trigger.mfa_phone),
            FactorType.EMAIL: bool(trigger.mfa_email),
            FactorType.OTP: trigger.totp_mfa_enabled is not False,
            FactorType.FACE: trigger.face_mfa_enabled is not False,
        }
        return ChallengeMethod(
            factor_type=kind, bound=bound.get(kind, True), masked_target=targets.get(kind, "")
        )

    def _phone_target(self, number: str | None, country_code: str | None) -> dict[str, str]:
        if number is not None:
            self._refuse_unless_bindable(FactorType.SMS)
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
            self._refuse_unless_bindable(FactorType.EMAIL)
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
        deadline: Deadline | None = None,
    ) -> T:
        self._refuse_if_expired()
        signed_by = tokens or self._token
        try:
            return self._client._call(
                endpoint, read, tokens=signed_by, unwrap=unwrap, deadline=deadline, json=body
            )
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
        if kind in [method.factor_type for method in self.methods]:
            return
        held = kind in [way.factor_type for way in self._ways()]
        why = ", since the user has a factor already" if held else ""
        raise FactorNotOfferedError(f"the challenge does not offer {kind}{why}; see its methods")

    def _refuse_unless_bindable(self, kind: FactorType) -> None:
        self._refuse_unless_offered(kind)
        if not self._allow_binding and any(method.bound for method in self.methods):
            raise FactorNotOfferedError(
                "the user has a factor already: none is bound on the way, and codes go to what is "
                "bound"
            )

    def __reduce__(self) -> NoReturn:
        raise TypeError("a challenge cannot be pickled: store trigger.to_dict() and make it again")

    @sturdy
    def __repr__(self) -> str:
        kinds = ", ".join(method.factor_type for method in self.methods)
        return f"<MFAChallenge by {kinds}, until {self.expires_at}>"


def _says_token_is_dead(error: APIError) -> bool:
    return isinstance(error, UnauthorizedError) or error.api_code == _TOKEN_NOT_TAKEN


def _totp_source(value: object) -> str:
    source = _checks.text("totp_source", value)
    if source not in _TOTP_SOURCES:
        raise ConfigurationError(f"totp_source: wanted one of {', '.join(_TOTP_SOURCES)}")
    return source


def _unchanged(endpoint: Endpoint) -> Endpoint:
    return endpoint
