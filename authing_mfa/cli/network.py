"""Checks of the way to a host: DNS, proxy, TLS, clock."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import attrs
import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy

from .._auth.read_tokens import jwt_claims
from .._http import environment
from .._secrets import conceal, without_password

OK: Final = "ok"
WARNING: Final = "warning"
FAILED: Final = "failed"
SKIPPED: Final = "skipped"

_SECONDS: Final = 5
_WORST_SKEW: Final = 30
_FAR_FUTURE: Final = 1e11  # the year 5138; infinity and NaN are not below it
_PROBE: Final = "/api/v3/system"


@attrs.frozen
class Finding:
    """One thing that was checked, and its state."""

    what: str
    state: str
    detail: str


def check(host: str, ca_bundle: str | None) -> Iterator[Finding]:
    """Check everything on the way to a host; ``ca_bundle`` beats the environment's."""
    try:
        parts = urlsplit(host)
        name, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        name = ""
    if not name:
        yield Finding("host", FAILED, "wanted https:// and a host")
        return
    proxy = conceal(select_proxy(host, environment.proxies(host, None, None)))
    yield _dns(name, port, behind_proxy=proxy is not None)
    yield Finding(f"proxy for {name}", OK, without_password(proxy) if proxy else "none")
    bundle = ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if parts.scheme == "https":
        yield Finding("certificates", OK, _without_home(bundle or DEFAULT_CA_BUNDLE_PATH))
        if proxy is None:
            yield _tls(name, port, bundle or DEFAULT_CA_BUNDLE_PATH)
    proxies = {parts.scheme: proxy} if proxy else {}
    yield from _http(host, name, verify=bundle or True, proxies=proxies)


def token_life(token: str) -> Finding:
    """Return when a token ends, if it is a JWT that says so."""
    token = conceal(token)
    what, end = "user's token", jwt_claims(token).get("exp")
    if not (isinstance(end, (int, float)) and abs(end) < _FAR_FUTURE):
        return Finding(what, SKIPPED, "does not say when it ends")
    remaining = end - time.time()
    if remaining <= 0:
        return Finding(what, FAILED, f"ended {_duration(-remaining)} ago: sign in again")
    return Finding(what, OK, f"ends in {_duration(remaining)}")


def _dns(name: str, port: int, *, behind_proxy: bool) -> Finding:
    what = f"DNS {name}"
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as error:
        if behind_proxy:
            return Finding(what, WARNING, "no address here; the proxy may know one")
        return Finding(what, FAILED, f"no address ({error.strerror or type(error).__name__})")
    return Finding(what, OK, ", ".join(sorted({str(one[4][0]) for one in found})))


def _tls(name: str, port: int, bundle: str) -> Finding:
    what = f"TLS {name}"
    try:
        folder = Path(bundle).is_dir()
        context = ssl.create_default_context(
            cafile=None if folder else bundle, capath=bundle if folder else None
        )
        with (
            socket.create_connection((name, port), timeout=_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=name) as secured,
        ):
            certificate, version = secured.getpeercert() or {}, secured.version()
    except ssl.SSLCertVerificationError as error:
        return Finding(what, FAILED, f"not trusted: {error.verify_message}")
    except OSError as error:
        return Finding(what, FAILED, f"{error.strerror or type(error).__name__}")
    return Finding(what, OK, f"{version}, {_of(certificate)}")


def _of(certificate: dict[str, Any]) -> str:
    issuer = {key: value for part in certificate.get("issuer", ()) for key, value in part}
    name = issuer.get("organizationName") or issuer.get("commonName") or "an unnamed authority"
    return f"certificate by {name} until {certificate.get('notAfter', 'no stated end')}"


def _http(
    host: str, name: str, *, verify: str | bool, proxies: dict[str, str]
) -> Iterator[Finding]:
    what = f"HTTP {name}"
    began = time.monotonic()
    try:
        with requests.Session() as session:
            session.trust_env = False  # read above, without ~/.netrc
            response = session.get(
                host.rstrip("/") + _PROBE,
                timeout=_SECONDS,
                verify=verify,
                proxies=proxies,
                allow_redirects=False,
                stream=True,
            )
            response.close()
    except (requests.RequestException, ValueError) as error:
        yield Finding(what, FAILED, _reason(error))
        return
    milliseconds = (time.monotonic() - began) * 1000
    yield Finding(what, OK, f"answers with HTTP {response.status_code} in {milliseconds:.0f} ms")
    yield _clock(response.headers.get("Date"))


def _reason(error: Exception) -> str:
    """Return what failed, without the address: secrets may stand in it."""
    kinds = {
        requests.exceptions.ProxyError: "the proxy refuses or cannot be reached",
        requests.exceptions.SSLError: "TLS failed",
        requests.exceptions.Timeout: f"no answer within {_SECONDS} s",
        requests.exceptions.ConnectionError: "no connection",
    }
    return next((text for kind, text in kinds.items() if isinstance(error, kind)), "no answer")


def _clock(date: str | None) -> Finding:
    what = "clock"
    try:
        theirs = parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return Finding(what, SKIPPED, "the server does not tell its time")
    ahead = time.time() - theirs
    side = "ahead of" if ahead > 0 else "behind"
    if abs(ahead) > _WORST_SKEW:
        return Finding(what, FAILED, f"{_duration(abs(ahead))} {side} the server's: set it")
    return Finding(what, OK, f"within {_WORST_SKEW} s of the server's")


def _without_home(path: str) -> str:
    """Return a path with ``~`` for the home, which shows the user's name."""
    home = str(Path.home())
    return path.replace(home, "~", 1) if len(home) > 1 and path.startswith(home) else path


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
