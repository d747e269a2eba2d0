"""Secrets that are marked, and the search for them in all that an error shows of this package."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import re
import traceback
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import authing_mfa
from authing_mfa import MFATrigger, OfferedMethod, OTPSetup, TokenSet

PACKAGE: Final = str(Path(authing_mfa.__file__).parent)

# No line of these tests may hold a mark: tracebacks show their lines.
MARK: Final = "ma" + "rked"
CODE: Final = "91827" + "3"
RECOVERY: Final = "-".join(["feed", "face"] * 3)
PASSWORD: Final = f"example-{MARK}-password"
APP_SECRET: Final = f"example-{MARK}-app-secret"
KEY_SECRET: Final = f"example-{MARK}-key-secret"
TOKEN: Final = f"example-{MARK}-token"
REFRESH: Final = f"example-{MARK}-refresh"
OTP_SECRET: Final = f"{MARK}secretkeys".upper()
PHOTO: Final = f"example-{MARK}-photo"
ENROLLMENT: Final = f"example-{MARK}-enrollment"
PROXY: Final = f"http://user:example-{MARK}-proxy@127.0.0.1:9"
_BASIC: Final = base64.b64encode(f"app_example:{APP_SECRET}".encode()).decode()
_PATTERN: Final = re.compile(
    f"{MARK}|{RECOVERY}|{RECOVERY.replace('-', '')}|{re.escape(_BASIC)}|(?<![0-9]){CODE}(?![0-9])",
    re.IGNORECASE,
)
_CHANCE: Final = re.compile(r"0x[0-9a-f]+|\d+\.\d+(e-?\d+)?", re.IGNORECASE)
"""Addresses and times may hold the digits of a code by chance."""


def token_of(**claims: Any) -> str:
    """Return a JWT that nobody has signed, with a mark."""
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.{MARK}"


MFA_TOKEN: Final = token_of(exp=4102444800)
MANAGEMENT_TOKEN: Final = token_of(scoped_userpool_id="pool_example")


def tokens(seconds: float) -> TokenSet:
    """Return a set that ends so many seconds from now."""
    return TokenSet(
        access_token=TOKEN,
        refresh_token=REFRESH,
        id_token=f"{TOKEN}-id",
        expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
    )


def trigger(*, bound: bool = True) -> MFATrigger:
    """Return a trigger that offers every kind of factor."""
    kinds = enumerate(("SMS", "EMAIL", "OTP", "FACE"))
    read = OfferedMethod.from_dict
    return MFATrigger(
        mfa_token=MFA_TOKEN,
        mfa_phone="18800000000" if bound else None,
        mfa_email="test@example.com" if bound else None,
        totp_mfa_enabled=bound,
        face_mfa_enabled=bound,
        application_mfa=tuple(read({"mfaPolicy": kind, "sort": at}) for at, kind in kinds),
    )


OTP_DATA: Final = {
    "qrCodeUri": f"otpauth://totp/Example:{MARK}?secret={OTP_SECRET}&issuer=Example",
    "qrCodeDataUrl": f"data:image/png;base64,{MARK}==",
    "recoveryCode": RECOVERY,
}


def otp_setup() -> OTPSetup:
    """Return what an authenticator app needs."""
    return OTPSetup.from_dict(OTP_DATA)


def found(texts: Iterable[str]) -> list[str]:
    """Return where a mark shows, with what stands around it."""
    plain = (_CHANCE.sub("", text) for text in texts)
    return [
        text[max(0, one.start() - 60) : one.end() + 20]
        for text in plain
        for one in _PATTERN.finditer(text)
    ]


def shown(value: Any) -> list[str]:
    """Return all ways in which Python and notebooks show a value."""
    displays = ("_repr_html_", "_repr_pretty_", "_repr_mimebundle_")
    drawn = [getattr(value, name)() for name in displays if hasattr(value, name)]
    return [*map(str, drawn), str(value), repr(value), f"{value}", repr([value])]


def leaks(error: BaseException) -> list[str]:
    """Return where an error, or a frame of this package that it passed, shows a mark."""
    shown = {
        "str": str(error),
        "repr": repr(error),
        "vars": repr(vars(error)),
        "args": repr(error.args),
        "pickle": _pickled(error),
        "traceback": "".join(traceback.format_exception(error)),
        "hint": str(getattr(error, "hint", "")),
        **frames(traceback.TracebackException.from_exception(error, capture_locals=True)),
    }
    return [f"{where}: {one}" for where, text in shown.items() for one in found([text])]


def _pickled(error: BaseException) -> str:
    return repr(pickle.dumps(error)) if isinstance(error, authing_mfa.AuthingMFAError) else ""


def frames(trace: traceback.TracebackException | None) -> dict[str, str]:
    """Return the variables of this package's frames, those of the chain included."""
    if trace is None:
        return {}
    own = {
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}: {name}": shown
        for frame in trace.stack
        if frame.filename.startswith(PACKAGE) or "authing_mfa" in frame.filename
        for name, shown in (frame.locals or {}).items()
    }
    return {**frames(trace.__cause__), **frames(trace.__context__), **own}


def logged(records: Iterable[logging.LogRecord]) -> Iterator[str]:
    """Yield what a log record holds, with the variables of the traceback in it."""
    for record in records:
        if record.name.startswith("authing_mfa"):
            facts = {name: fact for name, fact in vars(record).items() if isinstance(fact, str)}
            yield f"{record.getMessage()} {record.args} {facts}"
            if record.exc_info and record.exc_info[1]:
                yield from leaks(record.exc_info[1])
