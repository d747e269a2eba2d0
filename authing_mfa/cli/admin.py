"""``authing-mfa admin``: the commands of an administrator of a user pool's MFA."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import IO, Any, Final

import attrs
import click

from .. import ConfigurationError, FactorType, ManagementClient, OTPImport, UserIdType
from .._secrets import conceal
from . import output
from .audit import audit
from .connect import connected
from .settings import Settings, for_administrator, for_group

_COLUMNS: Final = ("user_id", "secret", "recovery_code")
_TYPES: Final = click.Choice([str(kind) for kind in FactorType], case_sensitive=False)


@click.group()
@for_group
def admin() -> None:
    """See and set the MFA of a user pool."""


admin.add_command(audit)


@admin.command()
@click.option("--enable", type=_TYPES, multiple=True, help="Switch a factor on; may be repeated.")
@click.option("--disable", type=_TYPES, multiple=True, help="Switch a factor off; likewise.")
@click.option("--app", metavar="ID", help="Of this application, not of the whole pool.")
@for_administrator
def settings(
    settings: Settings, enable: tuple[str, ...], disable: tuple[str, ...], app: str | None
) -> None:
    """Show or switch the factors of the pool, or switch those of one application."""
    if app and not (enable or disable):
        raise click.UsageError("--app: wanted --enable or --disable beside it")
    with connected(settings) as service, service.management_client() as client:
        if app:
            enabled = client.update_application_mfa_settings(
                app, enabled_factors=enable, disabled_factors=disable
            )
        else:
            enabled = _switched(client, enable, disable)
    settings.output.fields({"enabled_factors": [str(kind) for kind in enabled]})


@admin.command()
@click.argument("user")
@click.option(
    "--by",
    type=click.Choice([kind.value for kind in UserIdType]),
    default=UserIdType.USER_ID.value,
    show_default=True,
    help="What USER is.",
)
@for_administrator
def user(settings: Settings, user: str, by: str) -> None:
    """Show which factors a user has bound."""
    with connected(settings) as service, service.management_client() as client:
        found = client.get_user_mfa_info(user, user_id_type=UserIdType(by))
    bound = [str(kind) for kind in found.bound]
    settings.output.fields({"user": user, **attrs.asdict(found), "bound": bound})


@admin.command("import-otp")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@click.option("--skip", type=click.IntRange(0), default=0, help="So many are in already.")
@click.option("--batch-size", type=click.IntRange(1), default=50, show_default=True)
@for_administrator
def import_otp(settings: Settings, file: IO[str], skip: int, batch_size: int) -> None:
    """Give users the authenticators that they have elsewhere.

    FILE is CSV (`-`: standard input) with the columns user_id, secret and, if there are any,
    recovery_code. All of it is checked before the first call.
    """
    imports = _read(file)[skip:]
    with (
        connected(settings) as service,
        service.management_client() as client,
        output.progress("importing") as bar,
    ):
        task = bar.add_task("", total=len(imports))
        done = 0

        def report(count: int) -> None:
            nonlocal done
            done = count
            bar.update(task, completed=count)

        try:
            client.import_otp(imports, batch_size=batch_size, on_batch=report)
        finally:
            if done < len(imports):
                output.note(f"{done} of {len(imports)} are in; go on with --skip {skip + done}")
    settings.output.line(f"{done} imported", {"imported": done})


def _switched(
    client: ManagementClient, enable: tuple[str, ...], disable: tuple[str, ...]
) -> tuple[FactorType, ...]:
    enabled = client.get_global_mfa_settings()
    if enable:  # those that are on go along, since some deployments switch all others off
        enabled = client.update_global_mfa_settings(dict.fromkeys((*enabled, *enable)))
    return client.disable_global_mfa_settings(disable) if disable else enabled


def _read(file: IO[str]) -> list[OTPImport]:
    try:
        return _imports(csv.DictReader(file, strict=True))
    except (csv.Error, UnicodeDecodeError):
        raise ConfigurationError("FILE: wanted CSV in UTF-8") from None


def _imports(rows: Iterable[dict[str, Any]]) -> list[OTPImport]:
    imports = []
    for number, row in enumerate(map(_cells, rows), 1):
        for name in ("user_id", "secret"):
            if not row[name]:
                raise ConfigurationError(f"FILE: user {number} has no {name}")
        try:
            imports.append(OTPImport(**{**row, "recovery_code": row["recovery_code"] or None}))
        except ConfigurationError as error:
            raise ConfigurationError(f"FILE: user {number}: {error.message}") from None
    return imports


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    return {name: conceal((row.get(name) or "").strip()) for name in _COLUMNS}
