"""`authing-mfa sign-in`: from a password or a code to a token, through MFA where it must be."""

from __future__ import annotations

from typing import Any, Final

import attrs
import click

from authing_mfa import (
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
from . import ask, challenge, failures, keeper, output
from .connect import Place, connected
from .settings import Settings, application, common, secret_option

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
@click.option("--keyring", is_flag=True, help="Put the token into the system's keyring instead.")
@secret_option("--password", "The password; asked for where left out.")
@common
@application
@click.pass_obj
def sign_in(settings: Settings, /, account: str, keyring: bool, **how: Any) -> None:
    """Sign a user in and print the access token.

    Goes on with a second factor where one is asked for.

    ACCOUNT is a user name, a phone or an e-mail. On the embedded sandbox it is `user`, whose
    password is shown.

    With --keyring, the sign-in that was stored before is revoked once the new one is stored.
    """
    with connected(settings, factors=("SMS", "OTP"), asks_mfa=True) as place:
        if place.person is not None:
            output.note(f"sandbox: user's password is {place.person.password}", "magenta")
        with place.anonymous_client() as client:
            before = _stored(place.settings) if keyring else None
            facts = _passed(client, place, account, how)
            if keyring:
                _store(client, place.settings, facts["access_token"], before)
    if keyring:
        settings.output.line(_STORED, {"stored": True})
    else:
        settings.output.line(facts["access_token"], facts)


def _passed(
    client: AuthenticationClient, place: Place, account: str, how: dict[str, Any]
) -> dict[str, Any]:
    """Return what a sign-in gave, after a second factor where it asked for one."""
    try:
        return _of_tokens(_first_factor(client, account, how))
    except MFARequiredError as error:
        if error.trigger is None:
            raise
        trigger = error.trigger
    return _of_step_up(challenge.passed(client.challenge(trigger), place, how["method"]))


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
    return ask.until_taken(
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


def _stored(settings: Settings) -> str | None:
    return keeper.find(settings.required("app_host"), settings.required("app_id"))


def _store(
    client: AuthenticationClient, settings: Settings, token: str, before: str | None
) -> None:
    """Store a token and revoke the one before it; revoke the new one where it cannot be stored."""
    token, before = conceal(token), conceal(before)
    try:
        keeper.put(settings.required("app_host"), settings.required("app_id"), token)
    except BaseException:  # else a token would stand that nobody has
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
@common
@application
@click.pass_obj
def sign_out(settings: Settings, local: bool) -> None:
    """Revoke the sign-in that `sign-in --keyring` stored, and remove it from the keyring."""
    with connected(settings) as place, place.anonymous_client() as client:
        host, app_id = place.settings.required("app_host"), place.settings.required("app_id")
        token = keeper.take(host, app_id)
        if not local:
            client.as_user(token).sign_out()
        keeper.remove(host, app_id)
    settings.output.line("signed out", {"removed": True, "revoked": not local})
