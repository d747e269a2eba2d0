"""``authing-mfa doctor``: checks of everything between this machine and the service."""

from __future__ import annotations

import platform
import ssl
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import attrs
import click

from .. import AuthenticationClient, AuthingMFAError, CallRecord, ManagementClient, __version__
from . import failures, network
from .connect import Service, connected
from .network import FAILED, OK, SKIPPED, WARNING, Finding
from .settings import VARIABLES, Settings, for_all_callers


@click.command()
@for_all_callers
def doctor(settings: Settings) -> int:
    """Look at the way to the service, fit to paste.

    Checks DNS, TLS and its certificates, proxy, clock, the tokens and some endpoints; changes
    nothing. No secret is printed. Ends with exit code 1 where something is wrong.
    """
    with connected(settings) as service:
        findings = list(_findings(service))
    rows = [attrs.asdict(finding) for finding in findings]
    settings.output.rows(rows, ("state", "what", "detail"))
    return failures.UNHEALTHY if FAILED in {one.state for one in findings} else 0


def _findings(service: Service) -> Iterator[Finding]:
    yield from _versions()
    yield from _given(service.settings)
    for host in _hosts(service.settings):
        yield from network.check(host, service.settings.ca_bundle)
    yield from _user_calls(service)
    yield from _administrator_calls(service)


def _versions() -> Iterator[Finding]:
    yield Finding("authing-mfa", OK, __version__)
    yield Finding("python", OK, f"{platform.python_version()} on {platform.platform()}")
    libraries = f"requests {version('requests')}, urllib3 {version('urllib3')}"
    yield Finding("libraries", OK, f"{libraries}, {ssl.OPENSSL_VERSION}")


def _given(settings: Settings) -> Iterator[Finding]:
    """List which settings are given, never their values."""
    for name, variable in VARIABLES.items():
        if settings.value(name):
            yield Finding(variable, OK, "given")
        else:
            needed = name in ("app_host", "app_id")
            yield Finding(variable, WARNING if needed else SKIPPED, "not given")


def _hosts(settings: Settings) -> list[str]:
    hosts = [settings.value("app_host")]
    if settings.value("access_key_id"):
        hosts.append(settings.management_host)
    return list(dict.fromkeys(host for host in hosts if host))


def _user_calls(service: Service) -> Iterator[Finding]:
    settings = service.settings
    if not (settings.value("access_token") or settings.keyring):
        yield Finding("user's token", SKIPPED, "not given: no call of a user's")
        return
    yield network.token_life(settings.value("access_token") or "")
    yield from _calls(
        "user's calls",
        service.user_client,
        AuthenticationClient.list_enrolled_factors,
        AuthenticationClient.list_factors_to_enroll,
    )


def _administrator_calls(service: Service) -> Iterator[Finding]:
    settings = service.settings
    if not (settings.value("access_key_id") and settings.value("access_key_secret")):
        yield Finding("access key", SKIPPED, "not given: no call of an administrator's")
        return
    yield from _calls(
        "administrator's calls",
        service.management_client,
        ManagementClient.get_global_mfa_settings,
    )


def _calls(
    what: str, new_client: Callable[..., Any], *calls: Callable[[Any], object]
) -> Iterator[Finding]:
    """Make calls until one fails."""
    records: list[CallRecord] = []
    try:
        with new_client(on_call=records.append) as client:
            for call in calls:
                call(client)
    except AuthingMFAError as error:
        yield Finding(what, FAILED, failures.sentence(error))
    yield from map(_answered, records)


def _answered(record: CallRecord) -> Finding:
    fine = record.status_code == 200
    answer = "no answer" if record.http_status is None else f"statusCode {record.status_code}"
    code = "" if record.api_code is None else f", apiCode {record.api_code}"
    tries = "" if record.tries == 1 else f", {record.tries} tries"
    detail = f"{answer}{code}, {record.seconds * 1000:.0f} ms{tries}"
    return Finding(f"{record.method} {record.path}", OK if fine else FAILED, detail)
