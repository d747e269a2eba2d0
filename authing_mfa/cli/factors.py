"""``authing-mfa factors`` and ``authing-mfa verify``: the commands of a signed-in user."""

from __future__ import annotations

from typing import Any, Final

import attrs
import click

from .. import AuthenticationClient, Enrollment, Factor, FactorType
from . import ask, output
from .connect import connected
from .settings import Settings, for_group, for_user, secret_option

_TYPES: Final = [str(kind) for kind in FactorType]
_COLUMNS: Final = ("factor_type", "target", "factor_id")


@click.group()
@for_group
def factors() -> None:
    """List, get, enroll and reset a user's factors."""


@factors.command("list")
@for_user
def list_(settings: Settings) -> None:
    """List the factors that the user has bound."""
    with connected(settings) as service, service.user_client() as client:
        rows = [_facts(factor) for factor in client.list_enrolled_factors()]
    settings.output.rows(rows, _COLUMNS)


@factors.command()
@for_user
def available(settings: Settings) -> None:
    """List the kinds of factor that the user could enroll."""
    with connected(settings) as service, service.user_client() as client:
        kinds = [{"factor_type": str(kind)} for kind in client.list_factors_to_enroll()]
    settings.output.rows(kinds, ("factor_type",))


@factors.command()
@click.argument("factor")
@for_user
def get(settings: Settings, factor: str) -> None:
    """Show one factor: FACTOR is its id, or its type where the user has one of that type."""
    with connected(settings) as service, service.user_client() as client:
        found = client.get_factor(_factor_id(client, factor))
    settings.output.fields(_facts(found))


@factors.command()
@click.argument("factor")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@for_user
def reset(settings: Settings, factor: str, yes: bool) -> None:
    """Unbind one factor at once: FACTOR is its id, or its type as in `get`."""
    with connected(settings) as service, service.user_client() as client:
        found = client.get_factor(_factor_id(client, factor))
        name = f"{found.factor_type} {found.masked_target}".strip()
        agreed = yes or ask.agrees(f"Unbind {name}?")
        if agreed:
            client.reset_factor(found.factor_id)
    done = f"{name} is unbound" if agreed else f"{name} stays bound"
    settings.output.line(done, {"factor_id": found.factor_id, "reset": agreed})


@factors.command()
@click.argument("factor_type", type=click.Choice(_TYPES, case_sensitive=False))
@click.option("--phone", metavar="DIGITS", help="For SMS; asked for where left out.")
@click.option("--country-code", metavar="+N", help="Of the phone; the service's default is +86.")
@click.option("--email", metavar="ADDRESS", help="For EMAIL; asked for where left out.")
@click.option("--photo", metavar="KEY", help="For FACE: the photo's storage key.")
@click.option("--external-photo", is_flag=True, help="The photo is a URL.")
@for_user
def enroll(settings: Settings, /, factor_type: str, **given: Any) -> None:
    """Bind a factor: by a code that is sent, or by a QR code for an authenticator app."""
    kind = FactorType(factor_type)
    with connected(settings) as service, service.user_client() as client:
        enrollment = client.begin_enrollment(kind, **_target(kind, given))
        if enrollment.otp is not None:
            output.show_otp(enrollment.otp)
            output.note(f"the code is wanted within {enrollment.expires_in:.0f} s")
            service.show_authenticator()
        _confirm(enrollment, given)
    settings.output.line(f"{kind} is bound", {"factor_type": str(kind), "bound": True})


@click.command()
@secret_option("--code", "The code; asked for where left out.")
@for_user
def verify(settings: Settings, code: str | None) -> None:
    """Check a code of the user's authenticator."""
    with connected(settings, factors=("OTP",)) as service, service.user_client() as client:
        service.show_authenticator()
        if code is None:
            ask.until_accepted("Code of the authenticator", client.verify_totp)
        else:
            client.verify_totp(code)
    settings.output.line("the code is right", {"verified": True})


def _target(kind: FactorType, given: dict[str, Any]) -> dict[str, str]:
    if kind is FactorType.SMS:
        phone = given["phone"] or ask.text("Phone, without its country code")
        country_code = given["country_code"]
        more = {"phone_country_code": country_code} if country_code else {}
        return {"phone_number": phone, **more}
    if kind is FactorType.EMAIL:
        return {"email": given["email"] or ask.text("E-mail address")}
    return {}


def _confirm(enrollment: Enrollment, given: dict[str, Any]) -> None:
    if enrollment.factor_type is FactorType.FACE:
        photo = given["photo"] or ask.text("Storage key of the photo")
        enrollment.confirm(photo=photo, is_external_photo=given["external_photo"] or None)
    else:
        ask.until_accepted("Code", enrollment.confirm)


def _factor_id(client: AuthenticationClient, named: str) -> str:
    """Return the id of the factor that was named by its id or its type."""
    if named.upper() not in _TYPES:
        return named
    found = [one for one in client.list_enrolled_factors() if one.factor_type == named.upper()]
    return found[0].factor_id if len(found) == 1 else named


def _facts(factor: Factor) -> dict[str, Any]:
    return {
        "factor_type": str(factor.factor_type),
        "target": factor.masked_target,
        "factor_id": factor.factor_id,
        "profile": attrs.asdict(factor.profile),
    }
