"""Whether a token proves that one challenge was passed, which another program has finished."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Callable
from typing import Final

import attrs

from . import _checks, _jwt, _mapper
from .errors import ConfigurationError, InvalidResponseError
from .signin import MFATokenInspection, MFATrigger

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
    """Tell what ``AuthenticationClient.has_passed`` does."""
    if not isinstance(trigger, MFATrigger):
        raise ConfigurationError("trigger: wanted the MFATrigger by which the challenge began")
    if not callable(used_before):
        raise ConfigurationError("used_before: wanted a callable that marks a digest as used")
    if token is not None and not isinstance(token, str):
        raise ConfigurationError("token: wanted a str or None, got another type")
    age = _checks.seconds("max_age", max_age)
    begun = _Begun.by(trigger)
    if token is None or not _SENDABLE.fullmatch(token) or begun.is_older_than(age):
        return False
    if not begun.is_passed_by(token, inspect(token)):
        return False
    return not _checks.flag("used_before's result", used_before(_digest(token)))


@attrs.frozen(kw_only=True)
class _Begun:
    """A challenge as its mfaToken tells of it.

    Attributes:
        user_id: Whose it is.
        at: When it began, in whole unix seconds of the service's clock.
        until: When it ends, likewise; without an end where none is told.
    """

    user_id: str
    at: int
    until: float

    @classmethod
    def by(cls, trigger: MFATrigger) -> _Begun:
        """Return the challenge of a trigger.

        Raises:
            InvalidResponseError: The mfaToken does not say whose it is, since when, and that it
                is one: then it cannot be told from what proves something.
        """
        claims = _jwt.claims(trigger.mfa_token)
        data = _mapper.build(dict, claims.get("data"), "mfaToken.data")
        if "stage" not in data:
            where = "mfaToken.data.stage"
            raise InvalidResponseError(f"{where}: wanted a value, got nothing", where=where)
        end = claims.get("exp")
        return cls(
            user_id=_mapper.build(str, data.get("userId"), "mfaToken.data.userId"),
            at=math.floor(_mapper.build(float, claims.get("iat"), "mfaToken.iat")),
            until=math.inf if end is None else _mapper.build(float, end, "mfaToken.exp"),
        )

    def is_older_than(self, seconds: float) -> bool:
        """Tell whether it began longer ago than that, by this machine's clock."""
        return time.time() - self.at > seconds

    def is_passed_by(self, token: str, inspection: MFATokenInspection) -> bool:
        """Tell whether a token belongs to its user, came of a challenge, and in its time.

        Raises:
            InvalidResponseError: The service does not tell.
        """
        if not inspection.active:
            return False
        if _mapper.build(str, inspection.user_id, "userId") != self.user_id:
            return False
        if inspection.issued_at is None:
            raise InvalidResponseError("iat: wanted unix seconds, got nothing", where="iat")
        # Two instants within one second cannot be told apart, so the same second will do.
        in_time = self.at <= math.floor(inspection.issued_at.timestamp()) <= self.until
        return in_time and not _is_unfinished(token)


def _digest(token: str) -> str:
    """Return what stands for a token where those that were used are kept.

    It leaves the signature out: some of its bits can be changed without being noticed, and the
    same token would count as another one.
    """
    signed, _, _ = token.rpartition(".")
    return hashlib.sha256(signed.encode()).hexdigest()


def _is_unfinished(token: str) -> bool:
    """Tell whether a token is an mfaToken: it has a ``stage``, which what follows it has not.

    Raises:
        InvalidResponseError: The token does not tell what it is.
    """
    claims = _jwt.claims(token) if _JWT.fullmatch(token) else {}
    data = _mapper.build(dict, claims.get("data"), "token.data")
    return "stage" in data
