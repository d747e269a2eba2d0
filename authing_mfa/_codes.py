"""The service's published apiCodes, each with a one-line hint in English and in Chinese."""

from __future__ import annotations

from typing import Final, NamedTuple


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
