"""`authing-mfa sign-in`: from a password or a code to a token, through MFA where it must be."""

from __future__ import annotations

from typing import Any, Final

import attrs
import click

from authing_mfa import (
    AuthenticationClient,
    ConfigurationError,
    InvalidResponseError,
    MFARequiredError,
    SignInOptions,
    StepUpResult,
    TokenSet,
)

from . import ask, challenge, keeper, output
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
    """
    with connected(settings, factors=("SMS", "OTP"), asks_mfa=True) as place:
        if place.person is not None:
            output.note(f"sandbox: user's password is {place.person.password}", "magenta")
        with place.anonymous_client() as client:
            facts = _passed(client, place, account, how)
        if keyring:
            _store(place.settings, facts)
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
    return {**attrs.asdict(tokens), "recovery_code": None}


def _of_step_up(result: StepUpResult) -> dict[str, Any]:
    if result.token is None:
        raise InvalidResponseError("the factor is verified, but no token came", where="data.token")
    if result.recovery_code:
        output.note(f"keep your new recovery code: {result.recovery_code}")
    return {
        **dict.fromkeys(field.name for field in attrs.fields(TokenSet)),
        "access_token": result.token,
        "recovery_code": result.recovery_code,
    }


def _store(settings: Settings, facts: dict[str, Any]) -> None:
    keeper.put(settings.required("app_host"), settings.required("app_id"), facts["access_token"])
