"""The fields of a user in the management API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .factors import password_level
from .records import millis, written_time
from .users import User
from .wire import Document, Fields

SORTABLE = (
    "createdAt",
    "updatedAt",
    "email",
    "username",
    "externalId",
    "phone",
    "status",
    "statusChangedAt",
    "passwordLastSetAt",
    "loginsCount",
    "gender",
    "lastLogin",
    "userSourceType",
    "lastMfaTime",
    "passwordSecurityLevel",
    "phoneCountryCode",
    "lastIp",
)
SEARCHABLE = (
    "id",
    "phone",
    "email",
    "name",
    "username",
    "externalId",
    "nickname",
    "company",
    "givenName",
    "familyName",
    "middleName",
    "profile",
    "preferredUsername",
    "website",
    "address",
    "formatted",
    "streetAddress",
    "postalCode",
    "identityNumber",
)
SEARCHED = ("phone", "email", "name", "username", "nickname", "identityNumber")
OPTIONS = (
    "withCustomData",
    "flatCustomData",
    "withIdentities",
    "withDepartmentIds",
    "withPost",
)
INSTANTS = (
    "createdAt",
    "updatedAt",
    "lastLogin",
    "lastMfaTime",
    "statusChangedAt",
    "passwordLastSetAt",
)


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
    "passwordSecurityLevel": lambda user: password_level(user.password),
}
KNOWN = frozenset({*_FIELDS, *SORTABLE, *SEARCHABLE})


_SAME = {"id": "userId"}


def _nothing(_: User) -> None:
    """Read a field that users have in the service, and none has here."""


def read(user: User, field: str) -> Any:
    """Return a field to compare it: instants in milliseconds, None where there is nothing."""
    value = _FIELDS.get(_SAME.get(field, field), _nothing)(user)
    return millis(value) if field in INSTANTS and value is not None else value


def wanted(options: Fields) -> frozenset[str]:
    """Read which of ``OPTIONS`` a request asks for."""
    return frozenset([name for name in OPTIONS if options.optional_flag(name)])


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
