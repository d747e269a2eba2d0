"""Tests for requests of other sites: the service and its page serve this machine alone.

Any site may make a browser post to a loopback port, and may have its own name point to one.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from ..wire import Request

_OWN = ("same-origin", "none")
_SITE: Final = re.compile(r"(?:(?P<name>[A-Za-z0-9.-]+)|\[(?P<ipv6>[0-9A-Fa-f:.]+)\])(?::[0-9]*)?")
"""A host, and a port perhaps; no user before them and no path behind."""


def is_foreign(host: str | None, origin: str | None) -> bool:
    """Return whether a request was caused by a site elsewhere, or sent to a name of elsewhere.

    Sites on this machine may call the service: those of any loopback name and port. Without a
    ``Host`` it comes from no browser.
    """
    if origin is not None:
        scheme, _, site = origin.partition("://")
        if scheme not in ("http", "https") or not _is_loopback(site):
            return True
    return host is not None and not _is_loopback(host)


def is_of_this_page(request: Request) -> bool:
    """Return whether a request was neither caused by another site nor sent to another name."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    if not _is_loopback(host) or origin not in (None, f"http://{host}"):
        return False
    if request.method == "POST" and not _is_json(request):
        return False
    return request.headers.get("sec-fetch-site", "none") in _OWN or _is_visit(request)


def _is_loopback(host: str) -> bool:
    if not (site := _SITE.fullmatch(host)):
        return False
    name = site["name"] or site["ipv6"]
    try:
        return name.lower() == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_json(request: Request) -> bool:
    """Return whether the body says that it is JSON, which no form of another site can say."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == "application/json"


def _is_visit(request: Request) -> bool:
    """Return whether somebody followed a link from elsewhere to the page."""
    is_navigation = request.headers.get("sec-fetch-mode") == "navigate"
    return is_navigation and request.method == "GET" and request.path == "/"
