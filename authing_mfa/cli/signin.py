"""``authing-mfa sign-in`` and ``sign-out``: a token for a password or a code, and for MFA."""

from __future__ import annotations

from typing import Any, Final

import attrs
import click

from .. import (
    AuthenticationClient,
    AuthingMFAError,
    ConfigurationError,
    InvalidResponseError,
    MFARequiredError,
    SignInOptions,
    StepUpResult,
    TokenSet,
)
from .._secrets import conceal
from . import ask, challenge, failures, keyring, output
from .connect import Service, connected
from .settings import Settings, for_application, secret_option

_STORED: Final = "the token is in the system's keyring; other commands take it with --keyring"


@click.command("sign-in")
@click.argument("account")
@click.option("--by-code", is_flag=True, help="Sign in with a code that is sent to ACCOUNT.")
@click.option("--country-code", metavar="+N", help="Of a phone that the code goes to.")
@click.option("--directory", type=click.Choice(["LDAP", "AD"]), help="Check the password there.")
@click.option("--scope", help="Space separated, with openid; offline_access: a refresh token.")
@click.option(
    "--method",
    type=click.Choice(challenge.METHODS, case_sensitive=False),
    help="The second factor to use; asked for where there is a choice.",
)
@click.option(
    "--keyring",
    "into_keyring",
    is_flag=True,
    help="Put the token into the system's keyring instead.",
)
@secret_option("--password", "The password; asked for where left out.")
@for_application
def sign_in(settings: Settings, /, account: str, into_keyring: bool, **how: Any) -> None:
    """Sign a user in and print the access token.

    Goes on with a second factor where one is asked for.

    ACCOUNT is a user name, a phone or an e-mail. On the embedded sandbox it is `user`, whose
    password is shown.

    With --keyring, the sign-in that was stored before is revoked once the new one is stored.
    """
    with connected(settings, factors=("SMS", "OTP"), asks_mfa=True) as service:
        if service.sandbox_user is not None:
            output.note(f"sandbox: user's password is {service.sandbox_user.password}", "magenta")
        with service.anonymous_client() as client:
            before = keyring.find(service.settings) if into_keyring else None
            facts = _passed(client, service, account, how)
            if into_keyring:
                _store(client, service.settings, facts["access_token"], before)
    if into_keyring:
        settings.output.line(_STORED, {"stored": True})
    else:
        settings.output.line(facts["access_token"], facts)


def _passed(
    client: AuthenticationClient, service: Service, account: str, how: dict[str, Any]
) -> dict[str, Any]:
    """Sign in, with a second factor where one is asked for; return the tokens."""
    try:
        return _of_tokens(_first_factor(client, account, how))
    except MFARequiredError as error:
        if error.trigger is None:
            raise
        trigger = error.trigger
    return _of_step_up(challenge.passed(client.challenge(trigger), service, how["method"]))


def _first_factor(client: AuthenticationClient, account: str, how: dict[str, Any]) -> TokenSet:
    options = SignInOptions(scope=how["scope"])
    if not how["by_code"]:
        password = how["password"] or ask.secret("Password")
        return client.sign_in(
            account, password=password, directory=how["directory"], options=options
        )
    if how["password"] or how["directory"]:
        raise ConfigurationError("--by-code: wanted without --password and --directory")
    country_code = how["country_code"]
    if "@" in account:
        client.send_email(account)
        who: dict[str, Any] = {"email": account}
    else:
        client.send_sms(account, phone_country_code=country_code)
        who = {"phone": account, "phone_country_code": country_code}
    return ask.until_accepted(
        "Code", lambda code: client.sign_in(pass_code=code, options=options, **who)
    )


def _of_tokens(tokens: TokenSet) -> dict[str, Any]:
    names = ("access_token", "refresh_token", "id_token")
    secrets = {name: conceal(getattr(tokens, name)) for name in names}
    return {**attrs.asdict(tokens), **secrets, "recovery_code": None}


def _of_step_up(result: StepUpResult) -> dict[str, Any]:
    if result.token is None:
        raise InvalidResponseError("the factor is verified, but no token came", where="data.token")
    return {
        **dict.fromkeys(field.name for field in attrs.fields(TokenSet)),
        "access_token": conceal(result.token),
        "recovery_code": conceal(result.recovery_code),
    }


def _store(
    client: AuthenticationClient, settings: Settings, token: str, before: str | None
) -> None:
    """Store a token and revoke the one before it; revoke the new one where it cannot be stored."""
    token, before = conceal(token), conceal(before)
    try:
        keyring.save(settings, token)
    except BaseException:  # nobody would hold the new token, and it would stay valid
        _revoke(client, token, "the new sign-in")
        raise
    if before is not None and before != token:
        _revoke(client, before, "the sign-in before")


def _revoke(client: AuthenticationClient, token: str, name: str) -> None:
    token = conceal(token)
    try:
        client.as_user(token).sign_out()
    except AuthingMFAError as error:
        output.note(f"{name} could not be revoked: {failures.sentence(error)}", "yellow")


@click.command("sign-out")
@click.option("--local", is_flag=True, help="Only remove it here, without telling the service.")
@for_application
def sign_out(settings: Settings, local: bool) -> None:
    """Revoke the sign-in that `sign-in --keyring` stored, and remove it from the keyring."""
    with connected(settings) as service, service.anonymous_client() as client:
        token = keyring.load(service.settings)
        if not local:
            client.as_user(token).sign_out()
        keyring.remove(service.settings)
    settings.output.line("signed out", {"removed": True, "revoked": not local})
