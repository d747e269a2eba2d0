"""The sandbox that is fuzzed: its people, and what a request may name of them."""

from __future__ import annotations

import contextlib
import io
import logging
import re
from collections.abc import Iterator
from typing import Any, Final

from authing_mfa.sandbox import otp
from authing_mfa.sandbox.context import Context
from authing_mfa.sandbox.routes import ROUTES

APP_ID: Final = "a" * 24
POOL_ID: Final = "b" * 24
USER_ID: Final = "c" * 24
BOB_ID: Final = "d" * 24
KEY: Final = "sandbox_key_example"
TOKEN: Final = "sandbox_access_example"
BOBS_TOKEN: Final = "sandbox_access_example_of_bob"
ADMIN: Final = "sandbox_admin_example"
OTP_SECRET: Final = "EXAMPLE2" * 4

_LIVES: Final = {"issued_at": 0.0, "expires_at": 1e12}
SEED: Final[dict[str, Any]] = {
    "pool_id": POOL_ID,
    "access_key_secret": KEY,
    "application": {"app_id": APP_ID, "secret": "sandbox_secret_example"},
    "users": [
        {
            "user_id": USER_ID,
            "created_at": 1767225600.0,
            "username": "ada",
            "password": "sandbox_password",
            "phone": "13800000000",
            "email": "ada@example.com",
            "external_id": "x-1",
            "identities": {"idp": "1"},
            "factors": [
                {
                    "factor_id": f"{USER_ID}|otp",
                    "factor_type": "OTP",
                    "secret": OTP_SECRET,
                    "recovery_code": "0123-4567-89ab-cdef-0123-4567",
                }
            ],
        },
        {"user_id": BOB_ID, "username": "bob", "factors": ["EMAIL"], "email": "bob@example.com"},
    ],
    "tokens": {
        TOKEN: {
            "value": TOKEN,
            "kind": "access",
            "user_id": USER_ID,
            "family": "f",
            "scope": "openid offline_access",
            **_LIVES,
        },
        BOBS_TOKEN: {"value": BOBS_TOKEN, "kind": "access", "user_id": BOB_ID, **_LIVES},
        ADMIN: {"value": ADMIN, "kind": "management", "user_id": "", **_LIVES},
    },
}
ROUTE_NAMES: Final = sorted(f"{method} {path}" for method, path in ROUTES)

_NAMED = re.compile(r"\{(\w+)\}")
_SECRET = re.compile(r"[?&]secret=([A-Z2-7]+)")


class Memory:
    """What the requests so far have learned: each text of the answers, by its key."""

    def __init__(self, world: Context) -> None:
        self._world = world
        self._texts = {
            "token": TOKEN,
            "admin": ADMIN,
            "app_id": APP_ID,
            "pool_id": POOL_ID,
            "user_id": USER_ID,
            "bob": BOBS_TOKEN,
            "bob_id": BOB_ID,
            "factorId": f"{USER_ID}|otp",
            "key": KEY,
            "secret": OTP_SECRET,
        }

    def note(self, value: Any, key: str = "") -> None:
        """Remember the texts of an answer."""
        if isinstance(value, dict):
            for name, member in value.items():
                self.note(member, name)
        elif isinstance(value, list):
            for member in value:
                self.note(member, key)
        elif isinstance(value, str):
            self._texts[key] = value
            if found := _SECRET.search(value):
                self._texts["secret"] = found[1]

    def filled(self, value: Any) -> Any:
        """Return a part of a request with `{name}` replaced by what is known under the name."""
        if isinstance(value, dict):
            return {name: self.filled(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.filled(member) for member in value]
        return _NAMED.sub(self._known, value) if isinstance(value, str) else value

    def _known(self, name: re.Match[str]) -> str:
        if name[1] == "code":
            return next((each.code for each in reversed(list(self._world.outbox))), "")
        if name[1] == "totp":
            return otp.code_at(self._texts["secret"], self._world.clock.now())
        return self._texts.get(name[1], "")


class Complaints(logging.Handler):
    """What the sandbox wrote of trouble: warnings, and anything on standard error."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._stderr = io.StringIO()

    def emit(self, record: logging.LogRecord) -> None:
        self._stderr.write(self.format(record))

    def check(self) -> None:
        """Raise with what was written since the last time, if anything was."""
        text = self._stderr.getvalue()
        self._stderr.seek(0)
        self._stderr.truncate()
        assert not text, text

    @classmethod
    @contextlib.contextmanager
    def heard(cls) -> Iterator[Complaints]:
        """Listen."""
        complaints = cls()
        logging.getLogger().addHandler(complaints)
        try:
            with contextlib.redirect_stderr(complaints._stderr):
                yield complaints
        finally:
            logging.getLogger().removeHandler(complaints)
