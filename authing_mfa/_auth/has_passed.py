"""Check that a token proves that a user passed a challenge, which another program finished."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Callable
from typing import Any, Final

import attrs

from .._secrets import hide
from .._values import arguments, codec
from .._values.signin import MFATokenInspection, MFATrigger
from ..errors import ConfigurationError
from .read_tokens import jwt_claims

_SENDABLE: Final = re.compile(r"[!-~]{1,8192}")
_JWT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


def has_passed(
    trigger: MFATrigger,
    token: str | None,
    inspect: Callable[[str], MFATokenInspection],
    *,
    used_before: Callable[[str], bool],
    max_age: float,
) -> bool:
    """Implement ``AuthenticationClient.has_passed``."""
    if not isinstance(trigger, MFATrigger):
        raise ConfigurationError("trigger: wanted the MFATrigger by which the challenge began")
    if not callable(used_before):
        raise ConfigurationError("used_before: wanted a callable that marks a digest as used")
    if token is not None and not isinstance(token, str):
        raise ConfigurationError("token: wanted a str or None, got another type")
    age = arguments.seconds("max_age", max_age)
    began = codec.build(_Claims, jwt_claims(trigger.mfa_token), "mfaToken")
    user_id = codec.build(str, began.data.get("userId"), "mfaToken.data.userId")
    if "stage" not in began.data:
        raise codec.misfit("mfaToken.data.stage", "wanted a value, got nothing")
    if (
        token is None
        or not _SENDABLE.fullmatch(token)
        or time.time() - math.floor(began.iat) > age
    ):
        return False
    if not _is_proof(inspect(token), began, user_id) or _is_mfa_token(token):
        return False
    return not arguments.flag("used_before's result", used_before(_digest(token)))


@attrs.frozen(kw_only=True)
class _Claims:
    """The claims of an mfaToken that every check needs.

    Attributes:
        data: The user, and a ``stage``, which only an mfaToken has.
        iat: When the challenge began, in unix seconds of the service's clock.
        exp: When it ends, likewise; without an end where none is told.
    """

    data: dict[str, Any] = attrs.field(repr=hide)
    iat: float
    exp: float = math.inf


def _is_proof(inspection: MFATokenInspection, began: _Claims, user_id: str) -> bool:
    """Return whether a token is active, of this user, and issued while the challenge stood.

    Raises:
        InvalidResponseError: The service does not tell.
    """
    if not inspection.active or codec.build(str, inspection.user_id, "userId") != user_id:
        return False
    if inspection.issued_at is None:
        raise codec.misfit("iat", "wanted unix seconds, got nothing")
    # Two instants within one second cannot be told apart, so the same second will do.
    return math.floor(began.iat) <= math.floor(inspection.issued_at.timestamp()) <= began.exp


def _is_mfa_token(token: str) -> bool:
    """Return whether a token is of an unfinished challenge: only then it has a ``stage``.

    Raises:
        InvalidResponseError: The token does not tell what it is.
    """
    claims = jwt_claims(token) if _JWT.fullmatch(token) else {}
    return "stage" in codec.build(dict, claims.get("data"), "token.data")


def _digest(token: str) -> str:
    """Return the mark of a used token.

    It leaves the signature out: some of its bits can be changed without being noticed, and the
    same token would count as another one.
    """
    signed, _, _ = token.rpartition(".")
    return hashlib.sha256(signed.encode()).hexdigest()
