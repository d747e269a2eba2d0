"""Adding users to the pool."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from . import otp
from .context import Context, new_id
from .factors import bind
from .users import Address, User, check_factor_type


def add(context: Context, factor_types: Iterable[Any] = (), **facts: Any) -> User:
    """Add a user to the pool with factors already bound.

    Args:
        context: Holds the pool.
        factor_types: ``OTP``, ``SMS``, ``EMAIL``, ``FACE``, as strings or members of an enum.
        facts: Fields of ``User``; a missing username and password are made up.

    Raises:
        ValueError: An SMS or EMAIL factor without the phone or e-mail, or an account that
            another user has.
    """
    facts = {name: value for name, value in facts.items() if value is not None}
    user = User(**{"user_id": new_id(), "created_at": context.clock.now(), **facts})
    if user.phone is not None and not (user.phone.isascii() and user.phone.isdigit()):
        raise ValueError("phone: digits alone, the area code is phone_country_code")
    if user.username == "":
        raise ValueError("username: wanted a str that is not empty, or none")
    if user.username is None:
        user.username = f"user_{user.user_id}"
    if user.password is None:
        user.password = f"sandbox_{secrets.token_urlsafe(9)}"
    for each in factor_types:
        _bind(context, user, str(getattr(each, "value", each)))
    context.state.users.add(user)
    return user


def _bind(context: Context, user: User, factor_type: str) -> None:
    check_factor_type(factor_type)
    address = None
    if factor_type == "SMS":
        phone = _needed(user.phone, "phone")
        address = Address(phone=phone, phone_country_code=user.phone_country_code)
    elif factor_type == "EMAIL":
        address = Address(email=_needed(user.email, "email"))
    is_otp = factor_type == "OTP"
    bind(
        context,
        user,
        factor_type,
        address=address,
        secret=otp.new_secret(context.settings.totp_secret_length) if is_otp else None,
        recovery_code=otp.new_recovery_code() if is_otp else None,
        photo="sandbox/face.jpg",
    )


def _needed(value: str | None, name: str) -> str:
    if not value:
        raise ValueError(f"this factor needs {name}=")
    return value
