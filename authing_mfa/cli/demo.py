"""`authing-mfa demo`: a walk through sign-in, factors and an error, on an embedded sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import click

from authing_mfa import AuthenticationClient, CodeRejectedError, MFARequiredError, MFATrigger

from . import embedded, output
from .settings import Settings, common

if TYPE_CHECKING:
    from authing_mfa.sandbox import Sandbox, SandboxUser


@attrs.define
class _Story:
    """What was called and what came of it; in text told as it happens."""

    as_json: bool
    steps: list[dict[str, str]] = attrs.field(factory=list)

    def tell(self, call: str, result: Any) -> None:
        self.steps.append({"call": call, "result": output.plain(result)})
        if not self.as_json:
            output.say(call)
            output.say(f"    -> {output.plain(result)}")


@click.command()
@common
@click.pass_obj
def demo(settings: Settings) -> None:
    """Walk through sign-in and factors on a sandbox."""
    story = _Story(settings.as_json)
    with (
        embedded.running(["OTP"], asks_mfa=True) as (sandbox, person),
        AuthenticationClient(
            app_id=sandbox.app_id,
            app_host=sandbox.url,
            app_secret=sandbox.app_secret,
            lang=settings.language,
        ) as client,
    ):
        _sign_in(client, person, story)
        _enroll(client, sandbox, story)
        _reset(client, story)
    if settings.as_json:
        output.write_json(story.steps)


def _sign_in(client: AuthenticationClient, person: SandboxUser, story: _Story) -> None:
    try:
        client.sign_in("user", password=person.password)
    except MFARequiredError as error:
        story.tell("client.sign_in('user', password=...)", _raised(error))
        if error.trigger is not None:
            _step_up(client, error.trigger, person, story)


def _step_up(
    client: AuthenticationClient, trigger: MFATrigger, person: SandboxUser, story: _Story
) -> None:
    result = client.challenge(trigger).verify_totp(person.totp_code())
    story.tell("client.challenge(error.trigger).verify_totp(code)", repr(result))
    if result.token is not None:
        client.set_access_token(result.token)


def _enroll(client: AuthenticationClient, sandbox: Sandbox, story: _Story) -> None:
    enrollment = client.begin_enrollment("EMAIL", email="user@example.com")
    story.tell("client.begin_enrollment('EMAIL', email='user@example.com')", repr(enrollment))
    try:
        enrollment.confirm("000000")
    except CodeRejectedError as error:
        story.tell("enrollment.confirm('000000')", _raised(error))
    enrollment.confirm(sandbox.outbox.last_code(email="user@example.com"))
    story.tell("enrollment.confirm(code)", "it returned: the factor is bound")


def _reset(client: AuthenticationClient, story: _Story) -> None:
    factors = client.list_enrolled_factors()
    story.tell("client.list_enrolled_factors()", repr(tuple(factors)))
    for factor in factors:
        client.reset_factor(factor.factor_id)
        story.tell(f"client.reset_factor({factor.factor_id!r})", "it returned: unbound")
    story.tell("client.list_enrolled_factors()", repr(tuple(client.list_enrolled_factors())))


def _raised(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
