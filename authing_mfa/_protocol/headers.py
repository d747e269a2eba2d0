"""Make the headers that say who calls; the version stands here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from requests.utils import default_user_agent

__version__ = "0.1.0"

USER_AGENT: Final = f"authing-mfa/{__version__} {default_user_agent()}"

_STATIC_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": USER_AGENT,
    "x-authing-request-from": "authing-mfa",
    "x-authing-sdk-version": f"authing-mfa:{__version__}",
}


def identify(
    identity: Mapping[str, str | None], *, lang: str | None, genauth: bool
) -> dict[str, str]:
    """Return the headers that say who calls.

    Args:
        identity: Headers of the client's own; None ones are left out.
        lang: What ``x-authing-lang`` says; the service's default where None.
        genauth: Repeat each ``x-authing-`` header under its ``x-genauth-`` name.
    """
    wanted = {**_STATIC_HEADERS, **identity, "x-authing-lang": lang}
    headers = {name: value for name, value in wanted.items() if value is not None}
    return with_twins(headers, genauth)


def with_twins(headers: dict[str, str], genauth: bool) -> dict[str, str]:
    """Return headers, each ``x-authing-`` one under its ``x-genauth-`` name as well if wanted."""
    twins = {
        name.replace("authing", "genauth", 1): value
        for name, value in headers.items()
        if genauth and name.startswith("x-authing-")
    }
    return {**headers, **twins}
