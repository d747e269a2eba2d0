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
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Self, TypeVar

from ._secrets import conceal, printable

if TYPE_CHECKING:
    import authing_mfa


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

    def __copy__(self) -> Self:
        again = type(self).__new__(type(self), *self.args)
        vars(again).update(vars(self))
        return again

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
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
        self, message: str = "", *, trigger: authing_mfa.MFATrigger | None = None, **facts: Any
    ) -> None:
        super().__init__(message, **facts)
        self.trigger: authing_mfa.MFATrigger | None = trigger

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


class Hint(NamedTuple):
    """What a caller can do about one apiCode."""

    en: str
    zh: str


HINTS: Final[dict[int, Hint]] = {
    1300: Hint(
        "The request signature is wrong: check the access key secret.",
        "请求签名错误，请检查 Access Key Secret。",
    ),
    1301: Hint("Sign with the method that the server uses.", "签名方法与服务端不一致。"),
    1302: Hint("Sign with the version that the server uses.", "签名版本与服务端不一致。"),
    1303: Hint("The signature's timestamp is malformed.", "签名时间戳格式错误。"),
    1304: Hint("A signed request needs a date header.", "签名请求缺少 date 请求头。"),
    1305: Hint(
        "This machine's clock is too far from the server's: set it.",
        "本机时钟与服务端相差过大，请校准。",
    ),
    1306: Hint(
        "This signature was used before: sign each request anew.",
        "签名已被使用，请为每次请求重新签名。",
    ),
    1600: Hint(
        "The sign-in flow is finished and its session is set.", "登录流程已完成，会话已建立。"
    ),
    1635: Hint(
        "The user has switched on MFA: finish the sign-in with a second factor.",
        "用户已开启多因素认证，请完成二次验证。",
    ),
    1636: Hint(
        "The application demands MFA: finish the sign-in with a second factor.",
        "应用要求多因素认证，请完成二次验证。",
    ),
    1639: Hint("First sign-in: the user must set a new password.", "首次登录，需要设置新密码。"),
    1640: Hint("Bind this identity to an existing account first.", "请先将该身份绑定到已有账号。"),
    1641: Hint(
        "Bind this identity to an existing or a new account first.",
        "请先将该身份绑定到已有或新账号。",
    ),
    1642: Hint(
        "The user must complete their details before signing in.", "登录前需要补全用户信息。"
    ),
    1643: Hint(
        "The account is locked; the user can unlock it themselves.", "账号已锁定，用户可自助解锁。"
    ),
    1699: Hint("The flow was ended: start the sign-in again.", "流程已中止，请重新登录。"),
    1700: Hint("Upload a photo of the face first.", "请先上传人脸照片。"),
    1701: Hint("Upload the photo to compare with.", "请上传用于比对的照片。"),
    1702: Hint(
        "The face does not match: try again in good light.", "人脸比对未通过，请在光线良好处重试。"
    ),
    1703: Hint(
        "Bind an e-mail or a phone before binding a face.", "绑定人脸前请先绑定邮箱或手机号。"
    ),
    1704: Hint("The phone check failed while binding the face.", "绑定人脸时手机号校验失败。"),
    1705: Hint("The e-mail check failed while binding the face.", "绑定人脸时邮箱校验失败。"),
    1706: Hint(
        "A face is bound already: reset that factor first.", "已绑定人脸，请先重置该要素。"
    ),
    1707: Hint("The face could not be bound: try again.", "人脸绑定失败，请重试。"),
    2001: Hint("The verification code is wrong or has expired.", "验证码错误或已过期。"),
    2004: Hint("There is no such user.", "用户不存在。"),
    2005: Hint(
        "The account is locked: wait, or ask an administrator.",
        "账号已锁定，请稍后再试或联系管理员。",
    ),
    2006: Hint("The password is wrong.", "密码错误。"),
    2011: Hint("There is no such application: check the app id.", "应用不存在，请检查应用 ID。"),
    2020: Hint(
        "Not signed in, or the token has expired: sign in again.",
        "未登录或登录已过期，请重新登录。",
    ),
    2031: Hint("The application does not allow sign-up.", "应用已关闭注册。"),
    2039: Hint("The application's domain is taken.", "应用域名已被占用。"),
    2040: Hint("The user pool's domain is taken.", "用户池域名已被占用。"),
    2058: Hint(
        "The user must change their password, giving the old one.", "需要使用旧密码重置密码。"
    ),
    2080: Hint(
        "A code was sent within the last minute: wait before asking again.",
        "一分钟内已发送过验证码，请稍后再试。",
    ),
    2206: Hint("The sign-in has expired: sign in again.", "登录已过期，请重新登录。"),
    2207: Hint("The sign-in is not valid: sign in again.", "登录无效，请重新登录。"),
    2224: Hint("There is no such user pool.", "用户池不存在。"),
    2300: Hint(
        "The verification code has expired: ask for a new one.", "验证码已过期，请重新获取。"
    ),
    2333: Hint("The account or the password is wrong.", "账号或密码错误。"),
    4021: Hint(
        "Metering or billing refused the call: check the plan.", "计量计费异常，请检查套餐。"
    ),
    6001: Hint(
        "The TOTP code is wrong: type the authenticator's current one.",
        "动态口令错误，请输入当前口令。",
    ),
    6002: Hint("The recovery code is wrong or was used before.", "恢复代码错误或已被使用。"),
    6003: Hint("The TOTP code is missing.", "缺少动态口令。"),
    6004: Hint("The recovery code is missing.", "缺少恢复代码。"),
    2120008: Hint(
        "The user is suspended or not a member of the tenant.", "用户已停用或不是该租户成员。"
    ),
    2130010: Hint("The user may not sign in to this tenant.", "用户无权登录该租户。"),
    2820002: Hint("The LDAP link is not valid.", "LDAP 链接无效。"),
}
"""All published codes; 2001, 2080, 2206, 2207 and 2300 are seen elsewhere only."""
