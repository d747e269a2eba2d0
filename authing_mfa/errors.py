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
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from ._mask import conceal, printable

if TYPE_CHECKING:
    from .signin import MFATrigger

E = TypeVar("E", bound="AuthingMFAError")


class AuthingMFAError(Exception):
    """Base of every error that this package raises.

    Attributes:
        message: What went wrong, in one sentence; never a secret or a rejected value.
        method: HTTP method of the call, None where nothing was to be sent.
        path: Path of the call, without its query.
        outcome_unknown: True when a call that changes something failed and may all the same have
            taken effect: ask the service before doing it again. Always False for reads.
    """

    def __init__(
        self,
        message: str = "",
        *,
        method: str | None = None,
        path: str | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        message = _printable(message)
        super().__init__(message)
        self.message: str = message
        self.method: str | None = method
        self.path: str | None = path
        self.outcome_unknown: bool = outcome_unknown

    _kept_back: ClassVar[str] = ""
    """Name of the attribute that is too secret for ``repr`` and pickle."""

    def __str__(self) -> str:
        return printable(self._text())

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={fact!r}" for name, fact in self._facts().items())
        return printable(f"{type(self).__name__}({facts})")

    def __copy__(self: E) -> E:
        again = type(self).__new__(type(self), *self.args)
        vars(again).update(vars(self))
        return again

    def __deepcopy__(self: E, memo: dict[int, Any]) -> E:
        again = type(self).__new__(type(self), *self.args)
        memo[id(self)] = again
        vars(again).update(copy.deepcopy(vars(self), memo))
        return again

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.args, self._facts()

    def _text(self) -> str:
        """Return the one line that ``str`` gives, as the attributes have it."""
        call = f"{self.method} {self.path}: " if self.path else ""
        unknown = " (whether it took effect is unknown)" if self.outcome_unknown else ""
        return f"{call}{self.message}{unknown}"

    def _facts(self) -> dict[str, Any]:
        """Return the attributes that ``repr`` shows and a pickle keeps."""
        return {name: fact for name, fact in vars(self).items() if name != self._kept_back}


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


class InvalidResponseError(AuthingMFAError):
    """An answer outside the contract of the service.

    Attributes:
        where: The place in the answer, such as ``data[1].factorId``.
        http_status: HTTP status of the answer.
        recovery_code: The new recovery code of an answer to ``verify_recovery_code`` that does not
            fit: show it to the user, whose old one is used up. Neither printed nor pickled.
    """

    def __init__(
        self,
        message: str = "",
        *,
        where: str | None = None,
        http_status: int | None = None,
        recovery_code: str | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.where: str | None = where
        self.http_status: int | None = http_status
        self.recovery_code: str | None = conceal(recovery_code)

    _kept_back: ClassVar[str] = "recovery_code"

    def _text(self) -> str:
        text = super()._text()
        return text if self.http_status is None else f"{text} [HTTP {self.http_status}]"


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

    def __init__(
        self,
        message: str = "",
        *,
        status_code: int | None = None,
        api_code: int | None = None,
        request_id: str | None = None,
        http_status: int | None = None,
        lang: str | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message, **facts)
        self.status_code: int | None = status_code
        self.api_code: int | None = api_code
        self.request_id: str | None = _printable(request_id)
        self.http_status: int | None = http_status
        self.lang: str | None = lang

    _hint_without_code: ClassVar[int] = 0

    @property
    def hint(self) -> str | None:
        """What to do about ``api_code``, in Chinese where ``lang`` is, else in English."""
        return self.hint_in(self.lang)

    def hint_in(self, lang: str | None) -> str | None:
        """Return the hint for ``api_code`` in Chinese or English; None for an unknown code.

        Args:
            lang: A language tag; Chinese for ``zh``, else English, as for None.

        Raises:
            ConfigurationError: ``lang`` is neither text nor None.
        """
        from ._codes import HINTS  # texts that most programs never show

        if not isinstance(lang, (str, type(None))):
            raise ConfigurationError(f"lang: wanted a str or None, got {type(lang).__name__}")

        known = self._hint_without_code if self.api_code is None else self.api_code
        hint = HINTS.get(known)
        if hint is None:
            return None
        is_chinese = lang is not None and lang.lower().startswith("zh")
        return hint.zh if is_chinese else hint.en

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


class ThrottleError(APIError):
    """429: too many calls.

    Attributes:
        retry_after: Seconds to wait, where the service said so.
    """

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.retry_after: float | None = retry_after


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

    _hint_without_code: ClassVar[int] = 2001


class FaceRejectedError(APIError):
    """A face that is missing, does not match, or cannot be bound."""


class MFARequiredError(APIError):
    """The sign-in goes on with a second factor.

    Attributes:
        trigger: What ``client.challenge(trigger)`` needs; None where the service gave none that
            fits. Holds a token, so it is neither printed nor pickled, though a copy keeps it;
            store ``trigger.to_dict()`` to go on in another process.
    """

    def __init__(
        self, message: str = "", *, trigger: MFATrigger | None = None, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.trigger: MFATrigger | None = trigger

    _kept_back: ClassVar[str] = "trigger"


def _printable(text: Any) -> Any:
    return printable(text) if isinstance(text, str) else text


_BY_STATUS_CODE: Final[dict[int, type[APIError]]] = {
    400: InvalidArgumentError,
    401: UnauthorizedError,
    402: PaymentNeededError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    413: PayloadTooLargeError,
    422: InvalidOperationError,
    429: ThrottleError,
}
_BY_FAMILY: Final[dict[int, type[APIError]]] = {4: ClientError, 5: ServerError, 6: ThirdPartyError}
_BY_API_CODE: Final[dict[int, type[APIError]]] = {
    **dict.fromkeys((1635, 1636), MFARequiredError),
    **dict.fromkeys((1639, 2058), PasswordResetRequiredError),
    **dict.fromkeys((1640, 1641, 1642), SignInIncompleteError),
    **dict.fromkeys((1643, 2005), AccountLockedError),
    **dict.fromkeys((2006, 2333), CredentialsRejectedError),
    **dict.fromkeys(range(1700, 1708), FaceRejectedError),
    **dict.fromkeys((2001, 2300, 6001, 6002, 6003, 6004), CodeRejectedError),
    **dict.fromkeys((2004, 2011, 2224), NotFoundError),
    **dict.fromkeys((*range(1300, 1307), 2020, 2206, 2207), UnauthorizedError),
    2080: ThrottleError,
    4021: PaymentNeededError,
}


def api_error_class(status_code: int, api_code: int | None) -> type[APIError]:
    """Return the class for a refusal: ``apiCode`` decides first, then ``statusCode``."""
    return (
        _BY_API_CODE.get(api_code or 0)
        or _BY_STATUS_CODE.get(status_code)
        or _BY_FAMILY.get(status_code // 100)
        or APIError
    )
