"""Users as responses show them: V3's fields, and the records of v2."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from . import passwords
from .context import Context
from .state import Token
from .users import User
from .wire import Document

INSTANTS = (
    "createdAt",
    "updatedAt",
    "lastLogin",
    "lastMfaTime",
    "statusChangedAt",
    "passwordLastSetAt",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS: dict[str, Callable[[User], Any]] = {
    "userId": lambda user: user.user_id,
    "createdAt": lambda user: user.created_at,
    "updatedAt": lambda user: user.created_at,
    "status": lambda user: user.shown_status,
    "workStatus": lambda user: "Closed" if user.status == "Resigned" else "Active",
    "gender": lambda _: "U",
    "emailVerified": lambda user: bool(user.email),
    "phoneVerified": lambda user: bool(user.phone),
    "userSourceType": lambda user: user.source,
    "email": lambda user: user.email,
    "phone": lambda user: user.phone,
    "phoneCountryCode": lambda user: user.phone_country_code if user.phone else None,
    "username": lambda user: user.username,
    "nickname": lambda user: user.nickname,
    "externalId": lambda user: user.external_id,
    "loginsCount": lambda user: user.logins,
    "lastLogin": lambda user: user.last_login_at,
    "lastMfaTime": lambda user: user.verified_at,
    "passwordSecurityLevel": lambda user: passwords.level(user.password),
}
NAMES = frozenset(_FIELDS)
"""The fields that a user has here; in the service there are more."""


def read(user: User, field: str) -> Any:
    """Return a field to compare it: instants in milliseconds, None where there is nothing."""
    name = "userId" if field == "id" else field
    value = _FIELDS[name](user) if name in _FIELDS else None
    return millis(value) if field in INSTANTS and value is not None else value


def written(user: User, options: frozenset[str]) -> Document:
    """Write a user with what the options ask for beside."""
    document = {name: read_field(user) for name, read_field in _FIELDS.items()}
    for name in INSTANTS:
        document[name] = written_time(document.get(name))
    document = {name: value for name, value in document.items() if value is not None}
    if "withCustomData" in options:
        flat = "flatCustomData" in options
        document |= user.custom_data if flat else {"customData": user.custom_data}
    if "withIdentities" in options:
        document["identities"] = [_identity(*each) for each in user.identities.items()]
    if "withDepartmentIds" in options:
        document["departmentIds"] = []
    if "withPost" in options:
        document["postIdList"] = []
    return document


def _identity(provider_id: str, there: str) -> Document:
    return {
        "identityId": f"{provider_id}:{there}",
        "extIdpId": provider_id,
        "provider": "oidc",
        "type": "openid",
        "userIdInIdp": there,
        "userInfoInIdp": {},
        "originConnIds": [],
    }


def arn(context: Context, user: User) -> str:
    """Return a user's resource name."""
    return f"arn:cn:authing:{context.state.pool_id}:user:{user.user_id}"


def user_record(context: Context, user: User, token: Token | None = None) -> Document:
    """Write the whole record of a user, secrets included as the v2 endpoints do."""
    return {
        "id": user.user_id,
        "userPoolId": context.state.pool_id,
        "arn": arn(context, user),
        "username": user.username,
        "nickname": user.nickname,
        "email": user.email,
        "emailVerified": bool(user.email),
        "phone": user.phone,
        "phoneCountryCode": user.phone_country_code if user.phone else None,
        "phoneVerified": bool(user.phone),
        "photo": None,
        "token": token.value if token else None,
        "tokenExpiredAt": written_time(token.expires_at) if token else None,
        "loginsCount": user.logins,
        "lastLogin": written_time(user.last_login_at),
        "lastMfaTime": written_time(user.verified_at),
        "createdAt": written_time(user.created_at),
        "updatedAt": written_time(user.created_at),
        "status": user.shown_status,
        "blocked": False,
        "identities": [],
        "registerSource": ["basic:email"],
        "password": passwords.hashed(user),
        "salt": user.salt,
        "encryptedPassword": None,
        "secretInfo": None,
    }


def millis(moment: float) -> int:
    """Return an instant in the milliseconds that records show, from Unix seconds."""
    return round(moment * 1_000_000) // 1000


def written_time(moment: float | None) -> str | None:
    """Write an instant, to the millisecond and in UTC."""
    if moment is None:
        return None
    shown = _EPOCH + timedelta(milliseconds=millis(moment))  # what lists are sorted by
    return shown.isoformat(timespec="milliseconds").replace("+00:00", "Z")
