"""Steps that the flows against the sandbox share."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import attrs
import pytest

from authing_mfa import (
    AuthenticationClient,
    MFAChallenge,
    MFARequiredError,
    MFATrigger,
    StepUpResult,
    TokenSet,
)
from authing_mfa.sandbox import Sandbox, SandboxUser

T = TypeVar("T")

THREADS: Final = 16


def asked(client: AuthenticationClient, user: SandboxUser) -> MFATrigger:
    """Sign in with the password and return what asks for a second factor."""
    with pytest.raises(MFARequiredError) as caught:
        client.sign_in(str(user.username), password=user.password)
    assert caught.value.trigger is not None
    return caught.value.trigger


def challenged(
    sandbox: Sandbox,
    client: AuthenticationClient,
    user: SandboxUser,
    methods: Iterable[str] = ("SMS", "EMAIL", "OTP", "FACE"),
    **settings: Any,
) -> MFAChallenge:
    """Have the application ask for MFA, sign in and return the challenge."""
    sandbox.require_mfa("application", list(methods))
    return client.challenge(asked(client, user), **settings)


def in_another_request(client: AuthenticationClient, challenge: MFAChallenge) -> MFAChallenge:
    """Store a challenge as JSON and make it again."""
    stored = json.dumps(challenge.trigger.to_dict())
    return client.challenge(MFATrigger.from_dict(json.loads(stored)))


def passed(result: StepUpResult, user: SandboxUser, client: AuthenticationClient) -> None:
    """Check that a result is this user's, and that its token is good."""
    assert result.user.user_id == user.user_id
    assert result.token is not None
    assert client.as_user(result.token).list_enrolled_factors()


def ending_in(tokens: TokenSet, seconds: float) -> TokenSet:
    """Return tokens that look, from here, as if they ended so soon."""
    return attrs.evolve(tokens, expires_at=datetime.now(UTC) + timedelta(seconds=seconds))


def all_at_once(call: Callable[[], T]) -> list[T]:
    """Return what each of many threads got that made a call at the same time."""
    barrier = threading.Barrier(THREADS)

    def run(_: int) -> T:
        barrier.wait(10)
        return call()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))
