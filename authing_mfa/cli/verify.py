"""`authing-mfa verify`: check a code of the signed-in user's authenticator."""

from __future__ import annotations

import click

from . import ask
from .connect import connected
from .settings import Settings, common, secret_option, user


@click.command()
@secret_option("--code", "The code; asked for where left out.")
@common
@user
@click.pass_obj
def verify(settings: Settings, code: str | None) -> None:
    """Check a code of the user's authenticator."""
    with connected(settings, factors=("OTP",)) as place, place.user_client() as client:
        place.show_authenticator()
        if code is None:
            ask.until_taken("Code of the authenticator", client.verify_totp)
        else:
            client.verify_totp(code)
    settings.output.line("the code is right", {"verified": True})
