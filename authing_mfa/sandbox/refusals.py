"""The refusals: their codes and their messages."""

from __future__ import annotations

from typing import Any

import attrs

STATUS_CODES = frozenset(
    {200, 400, 401, 402, 403, 404, 409, 413, 422, 429, 499, 500, 501, 502, 503, 601, 602, 603}
)


def _in_the_vendors_table(_: Any, __: Any, value: int) -> None:
    if value not in STATUS_CODES:
        raise ValueError(f"statusCode {value} is not in the vendor's table")


@attrs.frozen
class RefusalCode:
    """The ``statusCode`` and, where the cause has a business meaning, the ``apiCode``."""

    status_code: int = attrs.field(validator=_in_the_vendors_table)
    api_code: int | None = None


class Refusal(Exception):
    """A refusal by the service.

    Args:
        name: A key of ``DOCUMENTED`` or ``GUESSED``.
        detail: Added to the message, never a value that the caller sent.
        data: The envelope's ``data``, where a refusal has one.
        http_status: The HTTP status, 200 as nearly everywhere in this protocol.
    """

    def __init__(
        self, name: str, detail: str = "", *, data: Any = None, http_status: int = 200
    ) -> None:
        super().__init__(name)
        self.name = name
        self.detail = detail
        self.data = data
        self.http_status = http_status


# The cause and its code, or at least its statusCode, are in the vendor's own tables.
DOCUMENTED = {
    "bad_argument": RefusalCode(400),
    "not_signed_in": RefusalCode(401, 2020),
    "foreign": RefusalCode(403),
    "unknown_route": RefusalCode(404),
    "application_not_found": RefusalCode(404, 2011),
    "too_large": RefusalCode(413),
    "throttled": RefusalCode(429),
    "broken": RefusalCode(500),
    "unsupported": RefusalCode(501),
    "wrong_totp": RefusalCode(400, 6001),
    "totp_missing": RefusalCode(400, 6003),
    "wrong_recovery_code": RefusalCode(400, 6002),
    "recovery_code_missing": RefusalCode(400, 6004),
    "photo_missing": RefusalCode(400, 1700),
    "comparison_photo_missing": RefusalCode(400, 1701),
    "face_rejected": RefusalCode(400, 1702),
    "face_needs_contact": RefusalCode(400, 1703),
    "wrong_password": RefusalCode(403, 2333),
    "unknown_account": RefusalCode(403, 2333),
    "user_locked": RefusalCode(403, 2005),
    "user_suspended": RefusalCode(403, 2120008),
    "user_not_found": RefusalCode(404, 2004),
    "must_set_password": RefusalCode(403, 1639),
    "must_reset_password": RefusalCode(403, 2058),
    "must_complete": RefusalCode(403, 1642),
    "mfa_required_personal": RefusalCode(403, 1635),
    "mfa_required_application": RefusalCode(403, 1636),
    "invalid_client": RefusalCode(401),
    "invalid_grant": RefusalCode(400),
    "unsupported_grant_type": RefusalCode(400),
    "signature_wrong": RefusalCode(401, 1300),
    "signature_method": RefusalCode(401, 1301),
    "signature_version": RefusalCode(401, 1302),
    "signature_date": RefusalCode(401, 1303),
    "signature_date_missing": RefusalCode(401, 1304),
    "signature_clock": RefusalCode(401, 1305),
    "signature_replayed": RefusalCode(401, 1306),
}

# Why an account cannot sign in although its password is right.
SIGN_IN_BLOCKS = (
    "user_locked",
    "user_suspended",
    "must_set_password",
    "must_reset_password",
    "must_complete",
)

# No source says which codes go with these causes. Settable as `settings.refusals[name]`.
GUESSED = {
    "already_enrolled": RefusalCode(409),
    "enrollment_token_rejected": RefusalCode(400),
    "confirmation_rejected": RefusalCode(400),
    "contact_not_bound": RefusalCode(400),
    "factor_not_enabled": RefusalCode(403),
    "factor_not_found": RefusalCode(404),
    "factor_of_account": RefusalCode(422),
    "international_sms_off": RefusalCode(422),
    "mfa_token_rejected": RefusalCode(401, 2020),
    "password_unreadable": RefusalCode(400),
    "scope_missing": RefusalCode(403),
    "step_up_needed": RefusalCode(403),
    "too_frequent": RefusalCode(422),
    "too_many_attempts": RefusalCode(403, 2005),
    "totp_not_enrolled": RefusalCode(404),
    "wrong_access_key": RefusalCode(401),
    "wrong_code": RefusalCode(400, 2001),
}

# name: (Chinese, which is the service's default; English)
MESSAGES = {
    "already_enrolled": ("该 MFA 要素已绑定", "This factor is already enrolled"),
    "application_not_found": ("应用不存在", "No such application"),
    "bad_argument": ("参数错误", "Invalid argument"),
    "comparison_photo_missing": (
        "未上传用于比对的照片",
        "No photo to compare was uploaded",
    ),
    "confirmation_rejected": ("绑定 OTP 失败", "The authenticator was not confirmed"),
    "contact_not_bound": (
        "手机号或邮箱与已绑定的不一致",
        "This is not the bound phone or e-mail",
    ),
    "invalid_client": ("应用认证失败", "The application did not authenticate"),
    "invalid_grant": ("授权无效或已过期", "The grant is unknown, used or has expired"),
    "mfa_required_application": ("请进行二次验证", "The application requires MFA"),
    "mfa_required_personal": ("请进行二次验证", "The user requires MFA"),
    "mfa_token_rejected": (
        "MFA 凭证无效或已过期",
        "The mfaToken is unknown, used or has expired",
    ),
    "must_complete": ("请补全信息", "The account must be completed"),
    "must_reset_password": ("请重置密码", "The password must be reset"),
    "must_set_password": ("首次登录请设置新密码", "A first sign-in must set a new password"),
    "recovery_code_missing": ("缺少恢复码", "The recovery code is missing"),
    "unknown_account": ("账号或密码错误", "Wrong account or password"),
    "unsupported_grant_type": ("不支持的授权方式", "Unsupported grant type"),
    "user_locked": ("账号已被锁定", "The account is locked"),
    "user_not_found": ("用户不存在", "No such user"),
    "user_suspended": ("账号已被停用", "The account is suspended"),
    "wrong_access_key": ("密钥错误", "The access key is wrong"),
    "wrong_password": ("账号或密码错误", "Wrong account or password"),
    "wrong_recovery_code": ("恢复码错误", "The recovery code is wrong"),
    "broken": ("服务内部错误", "Internal server error"),
    "enrollment_token_rejected": (
        "绑定凭证无效或已过期",
        "The enrollment token is unknown or has expired",
    ),
    "face_needs_contact": (
        "未绑定邮箱或手机号,不能绑定人脸",
        "A face needs a bound e-mail or phone first",
    ),
    "face_rejected": ("人脸验证失败", "The face was not recognised"),
    "foreign": ("只接受本机的请求", "The sandbox serves this machine alone"),
    "factor_not_enabled": ("应用未开启该 MFA 要素", "The application does not enable this factor"),
    "factor_not_found": ("MFA 要素不存在", "No such factor"),
    "factor_of_account": (
        "该要素来自账号的手机号或邮箱",
        "This factor comes with the account's phone or e-mail",
    ),
    "international_sms_off": ("未配置国际短信服务", "No international SMS provider is configured"),
    "not_signed_in": ("尚未登录,无访问权限", "Not signed in"),
    "password_unreadable": (
        "密码未用本服务的公钥加密",
        "The password is not encrypted with the service's key",
    ),
    "photo_missing": ("未上传人脸照片", "No face photo was uploaded"),
    "scope_missing": ("访问令牌缺少所需权限", "The access token lacks a scope"),
    "signature_clock": (
        "签名时间与服务器时间相差过大",
        "The signature's date is not now",
    ),
    "signature_date": ("签名时间格式错误", "The signature's date is malformed"),
    "signature_date_missing": ("缺少 date 请求头", "A signed request needs a date header"),
    "signature_method": ("签名方法不一致", "The signature method is another"),
    "signature_replayed": ("签名已被使用", "The signature was used before"),
    "signature_version": ("签名版本不一致", "The signature version is another"),
    "signature_wrong": ("签名错误", "The signature is wrong"),
    "step_up_needed": ("请先完成二次验证", "Verify a factor first"),
    "throttled": ("请求过于频繁,请稍后再试", "Too many requests"),
    "too_frequent": ("一分钟内只能发送一次", "Only one message a minute"),
    "too_large": ("请求体过大", "The request body is too large"),
    "too_many_attempts": ("错误次数过多,请稍后再试", "Too many wrong codes"),
    "totp_missing": ("缺少 OTP 验证码", "The TOTP code is missing"),
    "totp_not_enrolled": ("尚未绑定 OTP", "No authenticator is enrolled"),
    "unknown_route": ("接口不存在", "No such endpoint"),
    "unsupported": ("不支持的操作", "Unsupported operation"),
    "wrong_code": ("验证码错误或已过期", "The code is wrong or has expired"),
    "wrong_totp": ("OTP 验证码错误", "The TOTP code is wrong"),
}
