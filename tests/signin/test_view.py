"""What a web view needs: the type of the error alone tells what to show."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from authing_mfa import (
    AccountLockedError,
    AuthingMFAError,
    CodeRejectedError,
    ExpiredError,
    FactorNotOfferedError,
    MFAChallenge,
    ServerError,
    ThrottleError,
    TransportError,
)
from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.sampling import few

from .conftest import Connect
from .flows import challenged

Trouble = Callable[[Sandbox, SandboxUser, MFAChallenge], None]
_VERIFY = "totp/verify"


def view(challenge: MFAChallenge, code: str) -> str:
    """Be the view that takes a code: what it shows depends on types alone."""
    try:
        challenge.verify_totp(code)
    except CodeRejectedError:
        return "wrong code"
    except (AccountLockedError, ThrottleError):
        return "too many tries"
    except ExpiredError:
        return "challenge expired"
    except FactorNotOfferedError:
        return "factor not offered"
    except (TransportError, ServerError):
        return "service down"
    return "passed"


def nothing(sandbox: Sandbox, user: SandboxUser, challenge: MFAChallenge) -> None:
    pass


def too_many_tries(sandbox: Sandbox, user: SandboxUser, challenge: MFAChallenge) -> None:
    for _ in range(sandbox.settings.max_code_failures or 0):
        with pytest.raises(CodeRejectedError):
            challenge.verify_totp(user.totp_code(step=100))


def expired(sandbox: Sandbox, user: SandboxUser, challenge: MFAChallenge) -> None:
    sandbox.clock.advance(361)


def used(sandbox: Sandbox, user: SandboxUser, challenge: MFAChallenge) -> None:
    challenge.verify_recovery_code(user.recovery_code())


def throttled(sandbox: Sandbox, user: SandboxUser, challenge: MFAChallenge) -> None:
    sandbox.faults.throttle(path=f"/api/v2/mfa/{_VERIFY}")


def fault(name: str, *arguments: object) -> Trouble:
    def strike(sandbox: Sandbox, user: SandboxUser, challenge: MFAChallenge) -> None:
        getattr(sandbox.faults, name)(*arguments, path=f"/api/v2/mfa/{_VERIFY}", times=None)

    return strike


_EVERY = ("OTP", "SMS")
_CASES: dict[str, tuple[Trouble, int, tuple[str, ...], str]] = {
    "right code": (nothing, 0, _EVERY, "passed"),
    "wrong code": (nothing, 100, _EVERY, "wrong code"),
    "too many tries": (too_many_tries, 0, _EVERY, "too many tries"),
    "throttled": (throttled, 0, _EVERY, "too many tries"),
    "expired": (expired, 0, _EVERY, "challenge expired"),
    "used": (used, 0, _EVERY, "challenge expired"),
    "not offered": (nothing, 0, ("SMS",), "factor not offered"),
    "reset": (fault("reset"), 0, _EVERY, "service down"),
    "dropped": (fault("drop"), 0, _EVERY, "service down"),
    "maintenance": (fault("status", 503), 0, _EVERY, "service down"),
    "gateway's page": (fault("html", 502), 0, _EVERY, "service down"),
    "slow": (fault("latency", 0.5), 0, _EVERY, "service down"),
}


@pytest.mark.parametrize(
    ("trouble", "step", "methods", "shown"), few(_CASES.values(), 11), ids=_CASES
)
def test_view_tells_by_type_alone(
    sandbox: Sandbox,
    connect: Connect,
    user: SandboxUser,
    trouble: Trouble,
    step: int,
    methods: tuple[str, ...],
    shown: str,
) -> None:
    client = connect(timeout=(2, 0.25), max_retries=0)
    challenge = challenged(sandbox, client, user, methods)
    trouble(sandbox, user, challenge)
    assert view(challenge, user.totp_code(step=step)) == shown


@pytest.mark.parametrize("errors", ["code", "statusCode"])
def test_view_tells_alike_by_either_form_of_refusal(
    sandbox: Sandbox, connect: Connect, user: SandboxUser, errors: str
) -> None:
    sandbox.settings.v2_errors = errors
    challenge = challenged(sandbox, connect(), user)
    sandbox.settings.max_code_failures = 2
    assert view(challenge, user.totp_code(step=100)) == "wrong code"
    assert view(challenge, user.totp_code(step=100)) == "wrong code"
    assert view(challenge, user.totp_code()) == "too many tries"
    expired(sandbox, user, challenge)
    assert view(challenge, user.totp_code()) == "challenge expired"


def test_none_of_these_errors_is_another() -> None:
    families: list[tuple[type[AuthingMFAError], ...]] = [
        (CodeRejectedError,),
        (AccountLockedError, ThrottleError),
        (ExpiredError,),
        (FactorNotOfferedError,),
        (TransportError, ServerError),
    ]
    for one in families:
        for other in families:
            assert one is other or not any(issubclass(cls, other) for cls in one)
