"""Codes that go out by SMS and e-mail: one a minute, short-lived, used once."""

from __future__ import annotations

import hmac
import re
import secrets

from .context import Context
from .refusals import Refusal
from .state import SentCode
from .users import DEFAULT_COUNTRY_CODE, Address
from .wire import Fields

LOGIN, BIND_MFA, VERIFY_MFA = "CHANNEL_LOGIN", "CHANNEL_BIND_MFA", "CHANNEL_VERIFY_MFA"
SMS_CHANNELS = (
    LOGIN,
    "CHANNEL_REGISTER",
    "CHANNEL_RESET_PASSWORD",
    "CHANNEL_BIND_PHONE",
    "CHANNEL_UNBIND_PHONE",
    BIND_MFA,
    VERIFY_MFA,
    "CHANNEL_UNBIND_MFA",
    "CHANNEL_COMPLETE_PHONE",
    "CHANNEL_IDENTITY_VERIFICATION",
    "CHANNEL_DELETE_ACCOUNT",
)
EMAIL_CHANNELS = (
    LOGIN,
    "CHANNEL_REGISTER",
    "CHANNEL_RESET_PASSWORD",
    "CHANNEL_VERIFY_EMAIL_LINK",
    "CHANNEL_UPDATE_EMAIL",
    "CHANNEL_BIND_EMAIL",
    "CHANNEL_UNBIND_EMAIL",
    VERIFY_MFA,
    "CHANNEL_UNLOCK_ACCOUNT",
    "CHANNEL_COMPLETE_EMAIL",
    "CHANNEL_DELETE_ACCOUNT",
)
PHONE = re.compile(r"[0-9]{4,20}")
COUNTRY_CODE = re.compile(r"\+[0-9]{1,4}")
# Blanks and control characters one by one: regular expressions do not agree on `\s`.
_NAME = r"[^@\x00-\x20\x7f-\xa0\u1680\u2000-\u200b\u2028-\u202f\u205f\u3000\ufeff]"
EMAIL = re.compile(f"{_NAME}{{1,64}}@{_NAME}{{1,255}}")


def phone_address(context: Context, fields: Fields, name: str) -> Address:
    """Read a phone without its area code, and the area code beside it (default +86)."""
    phone = fields.text(name)
    if not PHONE.fullmatch(phone):
        raise fields.wrong(name, "wanted digits without an area code")
    country_code = fields.optional_text("phoneCountryCode") or DEFAULT_COUNTRY_CODE
    if not COUNTRY_CODE.fullmatch(country_code):
        raise fields.wrong("phoneCountryCode", "wanted + and digits")
    if country_code != DEFAULT_COUNTRY_CODE and not context.settings.international_sms:
        raise Refusal("international_sms_off")
    return Address(phone=phone, phone_country_code=country_code)


def address(context: Context, fields: Fields) -> Address:
    """Read a phone or an e-mail, of which one must be there."""
    if fields.has("phone") == fields.has("email"):
        raise fields.wrong("phone", "wanted a phone or an email")
    if fields.has("phone"):
        return phone_address(context, fields, "phone")
    return email_address(fields)


def email_address(fields: Fields) -> Address:
    """Read an e-mail."""
    email = fields.text("email")
    if not EMAIL.fullmatch(email):
        raise fields.wrong("email", "wanted an e-mail address")
    return Address(email=email)


def send(context: Context, address: Address, channel: str) -> None:
    """Send a fresh code; the one before it is dead.

    Raises:
        Refusal: ``too_frequent``, an address gets one message a channel in the interval.
    """
    settings, now = context.settings, context.clock.now()
    last = context.state.sent.get(_key(address, channel), now)
    if last is not None and now - last.sent_at < settings.send_interval:
        raise Refusal("too_frequent")
    code = "".join(secrets.choice("0123456789") for _ in range(settings.code_length))
    sent = SentCode(
        code=code,
        sent_at=now,
        code_expires_at=now + settings.code_lifetime,
        expires_at=now + max(settings.code_lifetime, settings.send_interval),
    )
    context.state.sent.put(_key(address, channel), sent, now)
    context.outbox.add(address, code, channel, now)


def matches(context: Context, address: Address, channel: str, code: str) -> bool:
    """Return whether a code is the live one of an address, and leave it alive."""
    sent = _live(context, address, channel)
    return sent is not None and _same(sent, code)


def use(context: Context, address: Address, channel: str, code: str) -> None:
    """Use up a code.

    Raises:
        Refusal: ``wrong_code``, it is not the live one.
    """
    sent = _live(context, address, channel)
    if sent is None or not _same(sent, code):
        raise Refusal("wrong_code")
    sent.used = True


def _live(context: Context, address: Address, channel: str) -> SentCode | None:
    now = context.clock.now()
    sent = context.state.sent.get(_key(address, channel), now)
    return None if sent is None or sent.used or now >= sent.code_expires_at else sent


def _same(sent: SentCode, code: str) -> bool:
    return hmac.compare_digest(sent.code.encode(), code.encode())


def _key(address: Address, channel: str) -> str:
    return f"{channel} {address.key}"
