"""``authing-mfa demo``: sign-in, factors and an error on an embedded sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import click

from .. import AuthenticationClient, CodeRejectedError, MFARequiredError
from . import output, sandbox
from .settings import Settings, for_command

if TYPE_CHECKING:
    from ..sandbox import Sandbox, SandboxUser


@attrs.define
class _Steps:
    """The calls and their results, in text shown at once."""

    as_json: bool
    steps: list[dict[str, str]] = attrs.field(factory=list)

    def add(self, call: str, result: Any) -> None:
        self.steps.append({"call": call, "result": output.plain(result)})
        if not self.as_json:
            output.say(call)
            output.say(f"    -> {output.plain(result)}")


@click.command()
@for_command
def demo(settings: Settings) -> None:
    """Walk through sign-in and factors on a sandbox."""
    steps = _Steps(settings.as_json)
    with (
        sandbox.running(["OTP"], asks_mfa=True) as (server, user),
        AuthenticationClient(
            app_id=server.app_id,
            app_host=server.url,
            app_secret=server.app_secret,
            lang=settings.language,
        ) as client,
    ):
        _sign_in(client, user, steps)
        _enroll(client, server, steps)
        _reset(client, steps)
    if settings.as_json:
        output.write_json(steps.steps)


def _sign_in(client: AuthenticationClient, user: SandboxUser, steps: _Steps) -> None:
    try:
        client.sign_in("user", password=user.password)
    except MFARequiredError as error:
        steps.add("client.sign_in('user', password=...)", _raised(error))
        if error.trigger is not None:
            result = client.challenge(error.trigger).verify_totp(user.totp_code())
            steps.add("client.challenge(error.trigger).verify_totp(code)", repr(result))
            if result.token is not None:
                client.set_access_token(result.token)


def _enroll(client: AuthenticationClient, server: Sandbox, steps: _Steps) -> None:
    enrollment = client.begin_enrollment("EMAIL", email="user@example.com")
    steps.add("client.begin_enrollment('EMAIL', email='user@example.com')", repr(enrollment))
    try:
        enrollment.confirm("000000")
    except CodeRejectedError as error:
        steps.add("enrollment.confirm('000000')", _raised(error))
    enrollment.confirm(server.outbox.last_code(email="user@example.com"))
    steps.add("enrollment.confirm(code)", "it returned: the factor is bound")


def _reset(client: AuthenticationClient, steps: _Steps) -> None:
    factors = client.list_enrolled_factors()
    steps.add("client.list_enrolled_factors()", repr(tuple(factors)))
    for factor in factors:
        client.reset_factor(factor.factor_id)
        steps.add(f"client.reset_factor({factor.factor_id!r})", "it returned: unbound")
    steps.add("client.list_enrolled_factors()", repr(tuple(client.list_enrolled_factors())))


def _raised(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
