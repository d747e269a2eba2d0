"""Every word on the pages, in English and in Chinese; needs no framework."""

from __future__ import annotations

from typing import Final

_WORDS: Final = {
    # The pages
    "sign_in": ("Sign in", "登录"),
    "account": ("User name, phone or e-mail", "用户名、手机号或邮箱"),
    "password": ("Password", "密码"),
    "step_up": ("Confirm that it is you", "请完成二次验证"),
    "step_up_why": (
        "Your password was right. One more step, by one of these:",
        "密码正确。请再选择一种方式完成验证：",
    ),
    "no_way": (
        "None of your ways works on this site. Please contact us.",
        "本站不支持您已绑定的验证方式，请联系我们。",
    ),
    "prove_why": (
        "Before you change your factors, confirm that it is you.",
        "更改验证方式之前，请先确认是您本人。",
    ),
    "prove_by_signing_in": ("Sign in again", "重新登录"),
    "send_to": ("Send a code to", "发送验证码到"),
    "send": ("Send a code", "发送验证码"),
    "sent": ("The code is on its way.", "验证码已发送。"),
    "code": ("Code", "验证码"),
    "app_code": ("Code that the app shows", "应用中显示的验证码"),
    "verify": ("Verify", "验证"),
    "lost": ("Lost your authenticator?", "无法使用身份验证器？"),
    "use_recovery_code": ("Use your recovery code", "使用恢复代码"),
    "recovery_code": ("Recovery code", "恢复代码"),
    "security": ("Sign-in security", "登录安全"),
    "your_factors": ("Your second factors", "已绑定的验证方式"),
    "none_yet": (
        "You have none yet. Add one below, so that a stolen password is not enough.",
        "您还没有绑定验证方式。请在下方添加，避免仅凭密码即可登录。",
    ),
    "remove": ("Remove", "移除"),
    "remove_sure": (
        "It stops working at once.",
        "移除后立即失效。",
    ),
    "remove_yes": ("Yes, remove it", "确认移除"),
    "add": ("Add a factor", "添加验证方式"),
    "nothing_to_add": ("You have every factor that is on offer.", "已绑定全部可用的验证方式。"),
    "set_up": ("Set up", "开始设置"),
    "phone": ("Phone number", "手机号"),
    "country_code": ("Country code", "国家区号"),
    "email": ("E-mail address", "邮箱地址"),
    "confirm": ("Confirm the new factor", "确认绑定"),
    "scan": (
        "Scan this with your authenticator app, then type the code that it shows.",
        "请使用身份验证器应用扫描，然后输入应用显示的验证码。",
    ),
    "qr": ("QR code for an authenticator app", "身份验证器二维码"),
    "no_camera": ("No camera? Type this key:", "无法扫描？请手动输入密钥："),
    "minute": ("You have one minute.", "请在一分钟内完成。"),
    "bind": ("Add it", "绑定"),
    "cancel": ("Cancel", "取消"),
    "keep_code": ("Keep your recovery code", "请保存恢复代码"),
    "keep_code_why": (
        "It replaces your authenticator if you lose it, and works once. "
        "Write it down now: it is not shown again.",
        "身份验证器丢失时可用它登录，仅可使用一次。请立即抄写，此代码不会再次显示。",
    ),
    "kept": ("I have written it down", "我已保存"),
    "sign_out": ("Sign out", "退出登录"),
    "go_on": ("Go on", "继续"),
    "problem": ("That did not work", "操作未完成"),
    # The kinds of factors; another one is shown by its own name
    "OTP": ("Authenticator app", "身份验证器"),
    "SMS": ("Text message", "短信"),
    "EMAIL": ("E-mail", "邮箱"),
    "FACE": ("Face", "人脸"),
    # What went wrong
    "code_wrong": ("The code is not right.", "验证码不正确。"),
    "mistyped": ("That cannot be right. Please check what you typed.", "输入有误，请检查后重试。"),
    "account_wrong": ("The account or the password is wrong.", "账号或密码错误。"),
    "locked": ("Too many tries. Please wait, then try again.", "尝试次数过多，请稍后再试。"),
    "sign_in_unfinished": (
        "Your account needs attention before you can sign in. Please contact us.",
        "您的账号需要处理后才能登录，请联系我们。",
    ),
    "sign_in_again": ("Please sign in again.", "请重新登录。"),
    "forbidden": ("You may not do this.", "您没有权限执行此操作。"),
    "gone": ("It is not there any more.", "该内容已不存在。"),
    "exists": ("You have one of that kind already.", "该验证方式已绑定。"),
    "not_now": (
        "That is not possible just now. Please wait a minute, then try again.",
        "暂时无法完成，请一分钟后重试。",
    ),
    "overtaken": (
        "Another window of yours was quicker. Please try again.",
        "您的另一个窗口已先完成操作，请重试。",
    ),
    "too_often": (
        "Too often. Please wait a little, then try again.",
        "操作过于频繁，请稍后再试。",
    ),
    "expired": ("The time is over. Please begin again.", "已超时，请重新开始。"),
    "refused": ("That was refused.", "请求被拒绝。"),
    "down": (
        "The sign-in service does not answer properly. Please try again later.",
        "登录服务暂时不可用，请稍后再试。",
    ),
    "in_doubt": (
        "It may have worked all the same: look before you do it again.",
        "操作可能已经生效，重试前请先确认。",
    ),
    "forged": (
        "The form was too old, or not ours. Please go back and send it again.",
        "表单已失效或来源不明，请返回后重新提交。",
    ),
}

LOCALES: Final = {"en": "en-US", "zh": "zh-CN"}


def words(language: str) -> dict[str, str]:
    """Return all of them in one of the languages of ``LOCALES``."""
    place = list(LOCALES).index(language)
    return {key: texts[place] for key, texts in _WORDS.items()}
