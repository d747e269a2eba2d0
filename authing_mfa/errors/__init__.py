"""Every error that this package raises.

    AuthingMFAError
    ├── ConfigurationError (also ValueError)   refused here: nothing was sent
    │   └── FactorNotOfferedError
    ├── ExpiredError                           an enrollment or a challenge ran out of time
    ├── AuditStoppedError                      a coverage audit could not go on
    ├── TransportError                         no usable answer
    │   ├── ConnectionFailedError
    │   └── RequestTimeoutError
    ├── InvalidResponseError                   an answer outside the contract
    └── APIError                               the service said no
        ├── InvalidArgumentError               400
        ├── UnauthorizedError                  401
        ├── PaymentNeededError                 402
        ├── ForbiddenError                     403
        ├── NotFoundError                      404
        ├── ConflictError                      409
        ├── PayloadTooLargeError               413
        ├── InvalidOperationError              422
        ├── ThrottleError                      429, with retry_after
        ├── ClientError                        499 and any other 4xx
        ├── ServerError                        5xx
        ├── ThirdPartyError                    6xx
        ├── CredentialsRejectedError           apiCode 2006 and 2333: wrong account or password
        ├── AccountLockedError                 apiCode 2005 and 1643: too many tries
        ├── PasswordResetRequiredError         apiCode 1639 and 2058
        ├── SignInIncompleteError              apiCode 1640-1642: details or a binding are missing
        ├── CodeRejectedError                  a wrong, missing or expired code
        ├── FaceRejectedError                  apiCode 1700-1707
        └── MFARequiredError                   apiCode 1635 and 1636, with the trigger

Errors hold facts, never live objects, and survive ``pickle`` and ``copy``. Their texts are one
printable line, whatever the service wrote.
"""

from __future__ import annotations

import copy
import json
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from .._secrets import Hidden, printable

if TYPE_CHECKING:
    from .. import MFATrigger

_CODES: Final[dict[str, dict[str, Any]]] = json.loads(
    resources.files(__name__).joinpath("codes.json").read_text("utf-8")
)
"""The error of each ``statusCode`` and ``apiCode``, and the hints on the latter.

All published codes; 2001, 2080, 2206, 2207 and 2300 are seen elsewhere only.
"""


def _printable(text: str | None) -> str | None:
    return printable(text) if isinstance(text, str) else text


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False)
class AuthingMFAError(Exception):
    """Base of every error that this package raises.

    Attributes:
        message: What went wrong, in one sentence; never a secret or a rejected value.
        method: HTTP method of the call, None where nothing was to be sent.
        path: Path of the call, without its query.
        outcome_unknown: True when a call that changes something failed and may all the same have
            taken effect: ask the service before doing it again. Always False for reads.
    """

    message: str = ""
    method: str | None = attrs.field(default=None, kw_only=True)
    path: str | None = attrs.field(default=None, kw_only=True)
    outcome_unknown: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        self.message = _printable(self.message) or ""
        self.args: tuple[Any, ...] = (self.message,)

    def __str__(self) -> str:
        return printable(self._text())

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={fact!r}" for name, fact in self._facts().items())
        return printable(f"{type(self).__name__}({facts})")

    def __copy__(self) -> Self:
        again = type(self).__new__(type(self), *self.args)
        again._fill(self._attributes())
        return again

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        memo[id(self)] = again = copy.copy(self)
        again._fill(copy.deepcopy(self._attributes(), memo))
        return again

    def __reduce__(self) -> tuple[Any, ...]:
        fields = [field.name for field in attrs.fields(type(self)) if field.init]
        # attrs gives a subclass of yours every field as args, the secret ones among them.
        has_all = self.args == tuple(map(self._attributes().get, fields))
        return type(self), (self.message,) if has_all else self.args, self._facts()

    def _text(self) -> str:
        """Return the one line that ``str`` gives, as the attributes have it."""
        call = f"{self.method} {self.path}: " if self.path else ""
        unknown = " (whether it took effect is unknown)" if self.outcome_unknown else ""
        return f"{call}{self.message}{unknown}"

    def _facts(self) -> dict[str, Any]:
        """Return the attributes that ``repr`` shows and a pickle keeps."""
        secret = {field.name for field in attrs.fields(type(self)) if not field.repr}
        return {name: fact for name, fact in self._attributes().items() if name not in secret}

    def _attributes(self) -> dict[str, Any]:
        """Return all attributes, with those for which a subclass of yours has slots."""
        fields = (field.name for field in attrs.fields(type(self)))
        found = {name: getattr(self, name) for name in fields if hasattr(self, name)}
        return {**found, **vars(self)}

    def _fill(self, attributes: dict[str, Any]) -> None:
        for name, value in attributes.items():
            object.__setattr__(self, name, value)


class ConfigurationError(AuthingMFAError, ValueError):
    """An argument or a setting that cannot work; nothing was sent."""


class FactorNotOfferedError(ConfigurationError):
    """A challenge was to be passed by a factor that it does not offer; nothing was sent."""


class ExpiredError(AuthingMFAError):
    """An enrollment or a challenge whose time has run out: begin it again."""


class AuditStoppedError(AuthingMFAError):
    """A coverage audit stopped before its end: the disk is full, or its workers are lost.

    What is stored stands. Put right what the message names, and run again: it goes on there.
    """


class TransportError(AuthingMFAError):
    """No usable answer came back."""


class ConnectionFailedError(TransportError):
    """The connection could not be made, or broke before the answer was complete."""


class RequestTimeoutError(TransportError):
    """A timeout passed, or the deadline of the whole call."""


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False)
class InvalidResponseError(AuthingMFAError):
    """An answer outside the contract of the service.

    Attributes:
        where: The place in the answer, such as ``data[1].factorId``.
        http_status: HTTP status of the answer.
        recovery_code: The new recovery code of an answer to ``verify_recovery_code`` that does not
            fit: show it to the user, whose old one is used up. Neither printed nor pickled.
    """

    where: str | None = attrs.field(default=None, kw_only=True)
    http_status: int | None = attrs.field(default=None, kw_only=True)
    recovery_code: str | None = attrs.field(
        default=None, kw_only=True, repr=False, converter=attrs.converters.optional(Hidden)
    )

    def _text(self) -> str:
        text = super()._text()
        return text if self.http_status is None else f"{text} [HTTP {self.http_status}]"


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False)
class APIError(AuthingMFAError):
    """The service said no.

    ``message`` is the service's own, in the language of ``lang``.

    Attributes:
        status_code: The envelope's ``statusCode``, or the HTTP status of an answer without one.
        api_code: The business code, where the service gave one.
        request_id: What the vendor's support asks for.
        http_status: HTTP status of the answer; mostly 200 even here.
        lang: The language the client asked for, such as ``zh-CN``.
    """

    status_code: int | None = attrs.field(default=None, kw_only=True)
    api_code: int | None = attrs.field(default=None, kw_only=True)
    request_id: str | None = attrs.field(default=None, kw_only=True, converter=_printable)
    http_status: int | None = attrs.field(default=None, kw_only=True)
    lang: str | None = attrs.field(default=None, kw_only=True)

    _code_of_hint = 0  # where there is no ``api_code``

    @property
    def hint(self) -> str | None:
        """Advice on ``api_code``, in Chinese where ``lang`` is, else in English."""
        return self.hint_in(self.lang)

    def hint_in(self, lang: str | None) -> str | None:
        """Return the hint for ``api_code`` in Chinese or English; None for an unknown code.

        Args:
            lang: A language tag; Chinese for ``zh``, else English, as for None.

        Raises:
            ConfigurationError: ``lang`` is neither text nor None.
        """
        if not isinstance(lang, (str, type(None))):
            raise ConfigurationError(f"lang: wanted a str or None, got {type(lang).__name__}")

        code = self._code_of_hint if self.api_code is None else self.api_code
        is_chinese = lang is not None and lang.lower().startswith("zh")
        hint: str | None = _CODES["apiCode"].get(str(code), {}).get("zh" if is_chinese else "en")
        return hint

    def _text(self) -> str:
        facts = {
            "statusCode": self.status_code,
            "apiCode": self.api_code,
            "requestId": self.request_id,
        }
        known = ", ".join(f"{name} {fact}" for name, fact in facts.items() if fact is not None)
        return f"{super()._text()} [{known}]" if known else super()._text()


class InvalidArgumentError(APIError):
    """400: the service found an argument malformed."""


class UnauthorizedError(APIError):
    """401: not signed in, or the token is wrong or has expired."""


class PaymentNeededError(APIError):
    """402: the plan does not include this."""


class ForbiddenError(APIError):
    """403: not allowed."""


class NotFoundError(APIError):
    """404: no such factor, user or application."""


class ConflictError(APIError):
    """409: something of that kind exists already."""


class PayloadTooLargeError(APIError):
    """413: the request body is too large."""


class InvalidOperationError(APIError):
    """422: well formed, but against a limit of the service, such as one code a minute."""


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False)
class ThrottleError(APIError):
    """429: too many calls.

    Attributes:
        retry_after: Seconds to wait, where the service said so.
    """

    retry_after: float | None = attrs.field(default=None, kw_only=True)


class ClientError(APIError):
    """499, or a 4xx without a class of its own."""


class ServerError(APIError):
    """5xx: the service failed, or is being maintained."""


class ThirdPartyError(APIError):
    """6xx: something that the service depends on failed, such as an SMS provider."""


class CredentialsRejectedError(APIError):
    """The account or the password is wrong."""


class AccountLockedError(APIError):
    """Locked after too many wrong tries, or by an administrator."""


class PasswordResetRequiredError(APIError):
    """The user must set a new password before signing in."""


class SignInIncompleteError(APIError):
    """The user must complete their details, or bind an account, before signing in."""


class CodeRejectedError(APIError):
    """A one-time or recovery code that is wrong, missing or expired."""

    _code_of_hint = 2001


class FaceRejectedError(APIError):
    """A face that is missing, does not match, or cannot be bound."""


@attrs.define(slots=False, eq=False, repr=False, auto_exc=False)
class MFARequiredError(APIError):
    """The sign-in goes on with a second factor.

    Attributes:
        trigger: What ``client.challenge(trigger)`` needs; None where the service gave none that
            fits. Holds a token, so it is neither printed nor pickled, though a copy keeps it;
            store ``trigger.to_dict()`` to go on in another process.
    """

    trigger: MFATrigger | None = attrs.field(default=None, kw_only=True, repr=False)


def api_error_class(status_code: int, api_code: int | None) -> type[APIError]:
    """Return the class for a refusal: ``apiCode`` decides first, then ``statusCode``."""
    names = (
        _CODES["apiCode"].get(str(api_code), {}).get("error"),
        _CODES["statusCode"].get(str(status_code)),
        _CODES["statusCode"].get(f"{status_code // 100}xx"),
    )
    error: type[APIError] = globals()[next(filter(None, names), "APIError")]
    return error
