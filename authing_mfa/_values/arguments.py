"""Refuse what cannot work, before anything is sent.

Each check returns the value to use, or raises ``ConfigurationError`` that says what was wrong,
what was wanted and what to do; never the value itself.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import os
import ssl
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, filterfalse
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import requests
from requests.utils import check_header_validity
from urllib3.util import parse_url

from .._secrets import Hidden, Sealed, conceal
from ..errors import ConfigurationError

T = TypeVar("T")

LONGEST_SECONDS: Final = 86_400

# Beside the category Pd: hyphen bullet, swung dash, minus, prolonged sound mark, modifier minus.
_DASHES: Final = "\u2043\u2053\u2212\u30fc\u02d7"
_HEXADECIMAL: Final = frozenset("0123456789abcdef")


def text(name: str, value: object) -> str:
    """Return a non-empty string."""
    if not isinstance(value, str):
        value = conceal(value)
        raise ConfigurationError(f"{name}: wanted a str, got {_type_name(value)}")
    if not value.strip():
        raise ConfigurationError(f"{name}: wanted a non-empty str; it is empty")
    with contextlib.suppress(UnicodeEncodeError):
        value.encode()
        return value
    value = conceal(value)
    raise ConfigurationError(f"{name}: wanted text; it holds half a surrogate pair")


def header_text(name: str, value: object) -> str:
    """Return a string that can stand in a header: visible ASCII, no spaces at its ends."""
    checked = text(name, value)
    if not (checked.isascii() and checked.isprintable()) or checked != checked.strip():
        checked = value = conceal(checked)
        raise ConfigurationError(
            f"{name}: wanted visible ASCII; it holds a space at an end, a control or a non-ASCII "
            "character: was it read from a file with its line end?"
        )
    return checked


def environ(name: str) -> str:
    """Return an environment variable that must be set."""
    value = os.environ.get(name)
    if not value:
        raise ConfigurationError(f"{name}: wanted this environment variable; set it")
    return value


def optional(check: Callable[[str, object], T], name: str, value: object) -> T | None:
    """Return None, or what the check returns."""
    return None if value is None else check(name, value)


def tidied(value: str) -> str:
    """Return what a person typed or pasted, in plain characters, without spaces and dashes.

    Dashes of every script count, with the minus and the Japanese long vowel sign; so do spaces
    without a width.
    """
    return conceal("".join(filterfalse(_is_filler, unicodedata.normalize("NFKC", value))))


def _is_filler(char: str) -> bool:
    return char.isspace() or char in _DASHES or unicodedata.category(char) in ("Pd", "Cf")


def code(name: str, value: object, digits: int | None = None) -> str:
    """Return a one-time code, tidied."""
    value = conceal(value)
    tidy = tidied(text(name, value))
    if not (tidy.isascii() and tidy.isdigit()):
        raise ConfigurationError(f"{name}: wanted digits only; ask the user to type it again")
    if digits is not None and len(tidy) != digits:
        raise ConfigurationError(f"{name}: wanted {digits} digits, got {len(tidy)}")
    return tidy


def recovery_code(name: str, value: object) -> str:
    """Return a recovery code, tidied: lower case, six groups of four."""
    value = conceal(value)
    tidy = conceal(tidied(text(name, value)).lower())
    if len(tidy) != 24 or not set(tidy) <= _HEXADECIMAL:
        raise ConfigurationError(f"{name}: wanted six groups of four hexadecimal digits")
    return conceal("-".join(tidy[i : i + 4] for i in range(0, 24, 4)))


def seconds(name: str, value: object) -> float:
    """Return a positive number of seconds, a day at most."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConfigurationError(f"{name}: wanted seconds as a number, got {_type_name(value)}")
    if not 0 < value <= LONGEST_SECONDS:
        raise ConfigurationError(f"{name}: wanted seconds, more than 0 and a day at most")
    return float(value)


def timeout(value: object) -> tuple[float, float]:
    """Return ``(connect, read)`` in seconds; one number stands for both."""
    connect, read = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
    return seconds("timeout (connect)", connect), seconds("timeout (read)", read)


def count(name: str, value: object) -> int:
    """Return a whole number, zero or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigurationError(f"{name}: wanted a whole number, zero or more")
    return value


def flag(name: str, value: object) -> bool:
    """Return True or False; anything else that counts as one is refused."""
    if not isinstance(value, bool):
        raise ConfigurationError(f"{name}: wanted True or False, got {_type_name(value)}")
    return value


def one_of(name: str, value: object, choices: Iterable[str]) -> str:
    """Return one of the texts that are allowed."""
    for choice in choices:
        if value == choice:
            return choice
    raise ConfigurationError(f"{name}: wanted one of {', '.join(choices)}")


def ip_address(name: str, value: object) -> str:
    """Return an IPv4 or IPv6 address."""
    checked = header_text(name, value)
    address = parse_ip(checked)
    if address is None or "%" in checked:
        raise ConfigurationError(f"{name}: wanted an IP address such as 203.0.113.7")
    return str(address)


def pairs(name: str, value: object) -> dict[str, str] | None:
    """Return None, or a dict of strings to strings."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{name}: wanted a dict of strings, got {_type_name(value)}")
    value = {key: conceal(member) for key, member in value.items()}
    for part in chain(*value.items()):
        if part != "":
            text(name, part)
    return value


def proxies(value: object) -> dict[str, str] | None:
    """Return None, or proxies as requests takes them: scheme to URL."""
    checked = pairs("proxies", value)
    for part in chain(*(checked or {}).items()):
        header_text("proxies", part)
    return checked


def path(name: str, value: object) -> str:
    """Return a path of the API, without host, query and fragment."""
    checked = header_text(name, value)
    if not checked.startswith("/") or set(" ?#\\") & set(checked):
        raise ConfigurationError(
            f"{name}: wanted a path such as /api/v3/get-factor; the query goes in params"
        )
    return checked


def items(name: str, values: object, kind: type[T]) -> Iterator[T]:
    """Yield the members of an iterable, each of a kind."""
    given = Sealed(values)
    del values
    if isinstance(given.open(), (str, bytes)) or not isinstance(given.open(), Iterable):
        raise ConfigurationError(
            f"{name}: wanted a list of {kind.__name__}, got {_type_name(given.open())}"
        )
    for value in given.open():
        if not isinstance(value, kind):
            got = _type_name(value)
            del value
            raise ConfigurationError(f"{name}: wanted {kind.__name__} in the list, got {got}")
        yield value


def host(name: str, value: object) -> str:
    """Return scheme and host without a trailing slash; plain ``http`` only for loopback."""
    value = conceal(value)  # somebody may have put a password into it
    url = conceal(header_text(name, value).rstrip("/"))
    scheme, hostname = _split(name, url)
    if scheme not in ("https", "http") or not hostname:
        raise ConfigurationError(
            f"{name}: wanted https:// and a host, such as https://demo.authing.cn"
        )
    if set("?#@\\ ") & set(url):
        raise ConfigurationError(f"{name}: wanted a host only; leave out user, query and fragment")
    if scheme == "http" and not is_loopback(hostname):
        raise ConfigurationError(
            f"{name}: http:// would send tokens in the clear; use https:// "
            "(http:// is for a loopback host only)"
        )
    return url


def is_loopback(hostname: str) -> bool:
    """Return whether a host name means this machine."""
    address = parse_ip(hostname)
    return hostname.lower() == "localhost" if address is None else address.is_loopback


def parse_ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a host is written as; None for a name."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host)
    return None


def verify(value: object, name: str = "verify") -> bool | str:
    """Return True, or the path of a CA bundle that can be read."""
    if value is True:
        return True
    if value is False:
        raise ConfigurationError(
            "verify: TLS is always verified; give the path of your own CA bundle instead of False"
        )
    path = text(name, str(value) if isinstance(value, Path) else value)
    try:
        changed = Path(path).stat().st_mtime_ns
    except (OSError, ValueError):  # also a path that is too long, or holds a null character
        changed = None
    if changed is None:
        raise ConfigurationError(f"{name}: there is no CA bundle at that path")
    if not _holds_certificates(path, changed):
        raise ConfigurationError(f"{name}: no certificates in PEM can be read from that CA bundle")
    return path


@functools.lru_cache  # it takes some milliseconds, and most programs have one bundle
def _holds_certificates(path: str, changed: int) -> bool:
    if Path(path).is_dir():  # which certificate is wanted, and read, shows when one is met
        return True
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:
        return False
    return True


def session(value: object) -> requests.Session:
    """Return the caller's session, which must verify TLS."""
    if not isinstance(value, requests.Session):
        raise ConfigurationError(f"session: wanted a requests.Session, got {_type_name(value)}")
    verify(value.verify, "session.verify")
    return value


def session_header(name: Any, value: Any) -> tuple[str, str]:
    """Return a header of the caller's session, which HTTP must be able to carry."""
    try:
        check_header_validity((name, value))
        native = _native(name, "ascii"), _native(value, "latin-1")
    except (requests.exceptions.InvalidHeader, UnicodeError):
        raise ConfigurationError(
            "session.headers: wanted names in ASCII and values in Latin-1, str or bytes, without "
            "line ends and without a space in front"
        ) from None
    return native


def _native(text: str | bytes, encoding: str) -> str:
    return (text.encode(encoding) if isinstance(text, str) else text).decode(encoding)


def callback(name: str, value: Any) -> Any:
    """Return None or something callable."""
    if value is not None and not callable(value):
        raise ConfigurationError(f"{name}: wanted a callable, got {_type_name(value)}")
    return value


def _split(name: str, url: str) -> tuple[str, str | None]:
    """Return scheme and host name of a URL, which may hold a password."""
    with contextlib.suppress(ValueError):  # which would show the URL
        return _parts(url)
    raise ConfigurationError(f"{name}: wanted a URL; host or port cannot be read")


def _parts(url: str) -> tuple[str, str | None]:
    parts = urlsplit(url)
    parts.port  # noqa: B018  reading it checks it
    parse_url(url)  # as the transport will read it
    return parts.scheme, parts.hostname


def _type_name(value: object) -> str:
    if isinstance(value, Sealed):
        return _type_name(value.open())
    if isinstance(value, Hidden):
        return "str"
    return "None" if value is None else type(value).__name__
