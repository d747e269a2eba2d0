"""Choosing certificates and proxies: the caller's, their session's, or the environment's."""

from __future__ import annotations

import os
from typing import Final
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies

from .._values import arguments

_CA_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def verify(chosen: bool | str, session: requests.Session | None) -> bool | str:
    """Return the CA bundle: the caller's, their session's, the environment's, or the default."""
    if chosen is not True:
        return chosen
    if session is not None and session.verify is not True:
        return arguments.verify(session.verify, "session.verify")
    if session is not None and not session.trust_env:
        return True
    for name in _CA_BUNDLES:
        if os.environ.get(name):
            return arguments.verify(os.environ[name], name)
    return True


def proxies(
    host: str, chosen: dict[str, str] | None, session: requests.Session | None
) -> dict[str, str]:
    """Return the proxies: the caller's, their session's, or the environment's.

    The environment's are not for a loopback host, which a proxy would not reach.
    """
    if chosen is not None:
        return chosen
    if session is not None and (session.proxies or not session.trust_env):
        return dict(session.proxies or {})
    if arguments.is_loopback(urlsplit(host).hostname or ""):
        return {}
    return dict(get_environ_proxies(host))
