"""The table of exit codes, and errors as text or JSON."""

from __future__ import annotations

from typing import Any, Final

import attrs
import click

from .. import errors
from . import output


@attrs.frozen
class Family:
    """An exit code and the errors that end with it."""

    code: int
    meaning: str
    errors: tuple[type[errors.AuthingMFAError], ...] = ()


INTERRUPTED: Final = 130
MISUSED: Final = 2
UNHEALTHY: Final = 1

FAMILIES: Final = (
    Family(0, "it worked"),
    Family(
        UNHEALTHY,
        "doctor found a fault, or the output cannot be written or is read by nobody any more",
    ),
    Family(
        MISUSED,
        "wrong usage or settings, or an extra is missing: no call",
        (errors.ConfigurationError,),
    ),
    Family(3, "no usable answer: network, TLS, proxy, timeout", (errors.TransportError,)),
    Family(4, "an answer outside the contract", (errors.InvalidResponseError,)),
    Family(
        5, "a code or a face was rejected", (errors.CodeRejectedError, errors.FaceRejectedError)
    ),
    Family(
        6,
        "not signed in, or the sign-in was refused",
        (
            errors.UnauthorizedError,
            errors.CredentialsRejectedError,
            errors.AccountLockedError,
            errors.PasswordResetRequiredError,
            errors.SignInIncompleteError,
        ),
    ),
    Family(7, "a second factor is asked for", (errors.MFARequiredError,)),
    Family(8, "an enrollment or a challenge ran out of time", (errors.ExpiredError,)),
    Family(9, "too many calls: wait", (errors.ThrottleError,)),
    Family(
        10,
        "the service, or what it depends on, failed",
        (errors.ServerError, errors.ThirdPartyError),
    ),
    Family(11, "any other refusal", (errors.APIError,)),
    Family(12, "the audit stopped on its way: run it again to go on", (errors.AuditStoppedError,)),
    Family(INTERRUPTED, "stopped with Ctrl-C"),
)
"""The first family that names an error's class or a base of it gives the exit code."""

_FACTS: Final = (
    *("message", "hint", "status_code", "api_code", "request_id", "http_status", "retry_after"),
    *("where", "method", "path", "outcome_unknown"),
)


def exit_code(kind: type[errors.AuthingMFAError]) -> int:
    """Return the exit code of a class of errors."""
    return next((family.code for family in FAMILIES if issubclass(kind, family.errors)), 1)


def table() -> str:
    """Return the table of exit codes as lines of text."""
    return "\n".join(f"  {family.code:>3}  {family.meaning}" for family in FAMILIES)


def sentence(error: errors.AuthingMFAError) -> str:
    """Return an error as one line: message, hint, wait, and whether it may have worked."""
    hint = getattr(error, "hint", None)
    wait = getattr(error, "retry_after", None)
    parts = [
        str(error),
        f"Hint: {hint}" if hint else "",
        f"Wait {wait:.0f} s." if wait is not None else "",
        "Look before you do it again: it may have taken effect." if error.outcome_unknown else "",
    ]
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def facts(error: errors.AuthingMFAError) -> dict[str, Any]:
    """Return an error as a JSON object; facts that it does not have are None."""
    known = {name: getattr(error, name, None) for name in _FACTS}
    return {"type": type(error).__name__, **known, "exit_code": exit_code(type(error))}


def failed(error: errors.AuthingMFAError, as_json: bool) -> int:
    """Write an error of ours; return its exit code."""
    if as_json:
        output.write_json({"error": facts(error)})
    else:
        output.note(f"authing-mfa: {sentence(error)}", "red")
    return exit_code(type(error))


def misused(error: click.ClickException, as_json: bool) -> int:
    """Write an error of the command line's arguments; return the exit code."""
    if as_json:
        message = {"type": "UsageError", "message": error.format_message(), "exit_code": MISUSED}
        output.write_json({"error": message})
    else:
        error.show()
    return MISUSED
