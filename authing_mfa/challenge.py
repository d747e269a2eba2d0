"""Whether a token proves that one challenge was passed, which another program has finished."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import math
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NoReturn, TypeVar

import attrs

from . import _arguments
from ._auth import jwt
from ._auth.tokens import ANONYMOUS, StaticToken, TokenSource
from ._protocol import bodies, endpoints
from ._protocol.clock import Deadline
from ._protocol.endpoints import Endpoint, under_applications
from ._protocol.envelope import recovery_code_in
from ._protocol.request import Request
from ._secrets import conceal, mask_email, mask_phone, sturdy, taken
from ._session import Session, build_data, refuse_failure
from ._values import codec
from ._values.factors import Channel, Envelope, FactorType
from ._values.otp import OTPSetup
from ._values.signin import (
    ChallengeMethod,
    MFATokenInspection,
    MFATrigger,
    StepUpExtras,
    StepUpResult,
    StepUpUser,
)
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
_TOKEN_NOT_TAKEN: Final = 2021  # says something else elsewhere, so no error class has it


def _says_token_is_dead(error: APIError) -> bool:
    return isinstance(error, UnauthorizedError) or error.api_code == _TOKEN_NOT_TAKEN


def _totp_source(value: object) -> str:
    source = _arguments.text("totp_source", value)
    if source not in _TOTP_SOURCES:
        raise ConfigurationError(f"totp_source: wanted one of {', '.join(_TOTP_SOURCES)}")
    return source


def _unchanged(endpoint: Endpoint) -> Endpoint:
    return endpoint


_NOT_BOUND: Final = (
    CodeRejectedError,
    ConflictError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidOperationError,
    NotFoundError,
)
"""What a verification says to a code of an authenticator that is not bound."""


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
        token = StaticToken(
            _arguments.header_text("trigger.mfa_token", taken(trigger, "mfa_token"))
        )
        self.trigger = trigger
        self._session = session
        self._token = token
        self._path = (
            under_applications
            if _arguments.flag("application_paths", application_paths)
            else _unchanged
        )
        self._totp_source = _totp_source(totp_source)
        self._allow_binding = _arguments.flag("allow_binding", allow_binding)
        self._sends_signed_by = (
            token if _arguments.flag("authorize_sends", authorize_sends) else ANONYMOUS
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
        end = jwt.claims(self.trigger.mfa_token).get("exp")
        try:
            return codec.build(datetime, end)
        except InvalidResponseError:
            return None

    @property
    def expired(self) -> bool:
        """Whether the mfaToken has ended, by this machine's clock."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)

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
            return bodies.phone(number, country_code)
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
            return bodies.email_address(email)
        bound = self._email or self.trigger.mfa_email
        if not bound:
            raise ConfigurationError("email: the user has none bound for MFA; give one")
        return bound

    def _call(
        self,
        endpoint: Endpoint,
        build: Callable[[Envelope], T],
        body: dict[str, Any],
        tokens: TokenSource | None = None,
        deadline: Deadline | None = None,
    ) -> T:
        self._refuse_if_expired()
        signed_by = tokens or self._token
        try:
            request = Request(endpoint, json=body)
            return self._session.call(request, build, tokens=signed_by, deadline=deadline)
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
        self._send(endpoints.SEND_SMS, target)
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
        self._send(endpoints.SEND_EMAIL, {"email": target})
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
            body = {"email": bodies.email_address(email)}
            return self._call(endpoints.MFA_CHECK, functools.partial(build_data, bool), body)
        self._refuse_unless_bindable(FactorType.SMS)
        target = bodies.phone(phone_number, phone_country_code)
        return self._call(endpoints.MFA_CHECK, functools.partial(build_data, bool), _as_v2(target))

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
        body = {**_as_v2(target), "code": _arguments.code("code", code)}
        return self._verify(endpoints.MFA_SMS_VERIFY, body)

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
        body = {"email": self._email_target(email), "code": _arguments.code("code", code)}
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
        return self._verify_totp(_arguments.code("code", code, bodies.TOTP_DIGITS))

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
        body = {"recoveryCode": _arguments.recovery_code("code", code)}
        endpoint = self._path(endpoints.STEP_UP_TOTP_RECOVERY)
        return self._call(endpoint, _recovered, body)

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
        body = {"photo": _arguments.text("photo", photo)}
        return self._verify(self._path(endpoints.STEP_UP_FACE_VERIFY), body)

    def associate_totp(self) -> OTPSetup:
        """Begin to bind an authenticator to a user who has none; show them what is returned.

        Raises:
            FactorNotOfferedError: OTP is not among the methods, or the user has a factor; nothing
                was sent.

        Endpoint: ``POST /api/v2/mfa/totp/associate``
        """
        self._refuse_unless_bindable(FactorType.OTP)
        body = {"authenticator_type": "totp", "source": self._totp_source}
        return self._call(
            endpoints.MFA_TOTP_ASSOCIATE, functools.partial(build_data, OTPSetup), body
        )

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
        code = conceal(_arguments.code("code", code, bodies.TOTP_DIGITS))
        deadline = self._session.deadline()
        body = {"authenticator_type": "totp", "totp": code, "source": self._totp_source}
        endpoint = endpoints.MFA_TOTP_ASSOCIATE_CONFIRM
        try:
            ended = self._call(endpoint, _if_ended, body, deadline=deadline)
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
            "photoA": _arguments.text("photo_a", photo_a),
            "photoB": _arguments.text("photo_b", photo_b),
        }
        if is_external_photo is not None:
            body["isExternalPhoto"] = _arguments.flag("is_external_photo", is_external_photo)
        self._call(endpoints.MFA_FACE_ASSOCIATE, refuse_failure, body)

    def _send(self, endpoint: Endpoint, target: dict[str, str]) -> None:
        body = {**target, "channel": Channel.VERIFY_MFA.value}
        self._call(endpoint, refuse_failure, body, tokens=self._sends_signed_by)

    def _verify_totp(self, code: str, deadline: Deadline | None = None) -> StepUpResult:
        return self._verify(self._path(endpoints.STEP_UP_TOTP_VERIFY), {"totp": code}, deadline)

    def _verify(
        self, endpoint: Endpoint, body: dict[str, str], deadline: Deadline | None = None
    ) -> StepUpResult:
        return self._call(endpoint, _result, body, deadline=deadline)


def _as_v2(target: dict[str, str]) -> dict[str, str]:
    """Return a phone as the older API spells it."""
    return {key.replace("phoneNumber", "phone"): value for key, value in target.items()}


def _result(envelope: Envelope) -> StepUpResult:
    extras = build_data(StepUpExtras, envelope)
    return StepUpResult(
        user=build_data(StepUpUser, envelope),
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


_SENDABLE: Final = re.compile(r"[!-~]{1,8192}")
_JWT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


def has_passed(
    trigger: MFATrigger,
    token: str | None,
    inspect: Callable[[str], MFATokenInspection],
    *,
    used_before: Callable[[str], bool],
    max_age: float,
) -> bool:
    """Tell what ``AuthenticationClient.has_passed`` does."""
    if not isinstance(trigger, MFATrigger):
        raise ConfigurationError("trigger: wanted the MFATrigger by which the challenge began")
    if not callable(used_before):
        raise ConfigurationError("used_before: wanted a callable that marks a digest as used")
    if token is not None and not isinstance(token, str):
        raise ConfigurationError("token: wanted a str or None, got another type")
    age = _arguments.seconds("max_age", max_age)
    begun = _Begun.by(trigger)
    if token is None or not _SENDABLE.fullmatch(token) or begun.is_older_than(age):
        return False
    if not begun.is_passed_by(token, inspect(token)):
        return False
    return not _arguments.flag("used_before's result", used_before(_digest(token)))


@attrs.frozen(kw_only=True)
class _Begun:
    """A challenge as its mfaToken tells of it.

    Attributes:
        user_id: Whose it is.
        at: When it began, in whole unix seconds of the service's clock.
        until: When it ends, likewise; without an end where none is told.
    """

    user_id: str
    at: int
    until: float

    @classmethod
    def by(cls, trigger: MFATrigger) -> _Begun:
        """Return the challenge of a trigger.

        Raises:
            InvalidResponseError: The mfaToken does not say whose it is, since when, and that it
                is one: then it cannot be told from what proves something.
        """
        claims = jwt.claims(trigger.mfa_token)
        data = codec.build(dict, claims.get("data"), "mfaToken.data")
        if "stage" not in data:
            where = "mfaToken.data.stage"
            raise InvalidResponseError(f"{where}: wanted a value, got nothing", where=where)
        end = claims.get("exp")
        return cls(
            user_id=codec.build(str, data.get("userId"), "mfaToken.data.userId"),
            at=math.floor(codec.build(float, claims.get("iat"), "mfaToken.iat")),
            until=math.inf if end is None else codec.build(float, end, "mfaToken.exp"),
        )

    def is_older_than(self, seconds: float) -> bool:
        """Tell whether it began longer ago than that, by this machine's clock."""
        return time.time() - self.at > seconds

    def is_passed_by(self, token: str, inspection: MFATokenInspection) -> bool:
        """Tell whether a token belongs to its user, came of a challenge, and in its time.

        Raises:
            InvalidResponseError: The service does not tell.
        """
        if not inspection.active:
            return False
        if codec.build(str, inspection.user_id, "userId") != self.user_id:
            return False
        if inspection.issued_at is None:
            raise InvalidResponseError("iat: wanted unix seconds, got nothing", where="iat")
        # Two instants within one second cannot be told apart, so the same second will do.
        in_time = self.at <= math.floor(inspection.issued_at.timestamp()) <= self.until
        return in_time and not _is_unfinished(token)


def _digest(token: str) -> str:
    """Return what stands for a token where those that were used are kept.

    It leaves the signature out: some of its bits can be changed without being noticed, and the
    same token would count as another one.
    """
    signed, _, _ = token.rpartition(".")
    return hashlib.sha256(signed.encode()).hexdigest()


def _is_unfinished(token: str) -> bool:
    """Tell whether a token is an mfaToken: it has a ``stage``, which what follows it has not.

    Raises:
        InvalidResponseError: The token does not tell what it is.
    """
    claims = jwt.claims(token) if _JWT.fullmatch(token) else {}
    data = codec.build(dict, claims.get("data"), "token.data")
    return "stage" in data
