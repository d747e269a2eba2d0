"""`authing-mfa doctor`: what stands between this machine and the service."""

from __future__ import annotations

import platform
import ssl
from collections.abc import Iterator
from importlib.metadata import version

import attrs
import click

from authing_mfa import (
    AuthingMFAError,
    CallRecord,
    __version__,
)

from . import failures, network
from .connect import Place, connected
from .network import FAILED, OK, SKIPPED, WARNING, Finding
from .settings import API_HOST, VARIABLES, Settings, common, key, user


@click.command()
@common
@user
@key
@click.pass_context
def doctor(context: click.Context) -> None:
    """Look at the way to the service, fit to paste.

    Checks DNS, TLS and its certificates, proxy, clock, the tokens and some endpoints; changes
    nothing. No secret is printed. Ends with exit code 1 where something is wrong.
    """
    settings = context.find_object(Settings) or Settings()
    with connected(settings) as place:
        findings = list(_findings(place))
    rows = [attrs.asdict(finding) for finding in findings]
    settings.output.rows(rows, ("state", "what", "detail"))
    context.exit(failures.UNHEALTHY if FAILED in {one.state for one in findings} else 0)


def _findings(place: Place) -> Iterator[Finding]:
    yield from _versions()
    yield from _given(place.settings)
    for host in _hosts(place.settings):
        yield from network.look(host, place.settings.ca_bundle)
    yield from _user_calls(place)
    yield from _administrator_calls(place)


def _versions() -> Iterator[Finding]:
    yield Finding("authing-mfa", OK, __version__)
    yield Finding("python", OK, f"{platform.python_version()} on {platform.platform()}")
    libraries = f"requests {version('requests')}, urllib3 {version('urllib3')}"
    yield Finding("libraries", OK, f"{libraries}, {ssl.OPENSSL_VERSION}")


def _given(settings: Settings) -> Iterator[Finding]:
    """Say which settings there are, never what they say."""
    for name, variable in VARIABLES.items():
        if settings.value(name):
            yield Finding(variable, OK, "given")
        else:
            needed = name in ("app_host", "app_id")
            yield Finding(variable, WARNING if needed else SKIPPED, "not given")


def _hosts(settings: Settings) -> list[str]:
    hosts = [settings.value("app_host")]
    if settings.value("access_key_id"):
        hosts.append(settings.value("api_host") or API_HOST)
    return list(dict.fromkeys(host for host in hosts if host))


def _user_calls(place: Place) -> Iterator[Finding]:
    settings = place.settings
    if not (settings.value("access_token") or settings.keyring):
        yield Finding("user's token", SKIPPED, "not given: no call of a user's")
        return
    records: list[CallRecord] = []
    try:
        with place.user_client(on_call=records.append) as client:
            yield network.token_life(settings.value("access_token") or "")
            client.list_enrolled_factors()
            client.list_factors_to_enroll()
    except AuthingMFAError as error:
        yield Finding("user's calls", FAILED, failures.sentence(error))
    yield from map(_answered, records)


def _administrator_calls(place: Place) -> Iterator[Finding]:
    settings = place.settings
    if not (settings.value("access_key_id") and settings.value("access_key_secret")):
        yield Finding("access key", SKIPPED, "not given: no call of an administrator's")
        return
    records: list[CallRecord] = []
    try:
        with place.management_client(on_call=records.append) as client:
            client.get_global_mfa_settings()
    except AuthingMFAError as error:
        yield Finding("administrator's calls", FAILED, failures.sentence(error))
    yield from map(_answered, records)


def _answered(record: CallRecord) -> Finding:
    fine = record.status_code == 200
    answer = "no answer" if record.http_status is None else f"statusCode {record.status_code}"
    code = "" if record.api_code is None else f", apiCode {record.api_code}"
    tries = "" if record.tries == 1 else f", {record.tries} tries"
    detail = f"{answer}{code}, {record.seconds * 1000:.0f} ms{tries}"
    return Finding(f"{record.method} {record.path}", OK if fine else FAILED, detail)
