"""Keep secrets out of reprs, frames and texts, and mask personal data."""

from __future__ import annotations

import functools
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote, quote_plus

T = TypeVar("T")

HIDDEN: Final = "<hidden>"
_JOINERS: Final = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SEPARATORS: Final = re.compile(r"[\s().-]+")
_PHONE: Final = re.compile(r"\+?\d{7,15}", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
SHORTEST_SCRUBBED: Final = 4
"""A secret shorter than this is not looked for in what the service says: too much would match."""


class Hidden(str):
    """A secret text that works like any other but never shows in a ``repr``.

    Tools that show the variables of a failed call show ``<hidden>`` for it. A method of ``str``
    returns a plain text, so conceal that, too, where it gets a name.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return HIDDEN

    def __getitem__(self, index: Any) -> Hidden:
        return Hidden(super().__getitem__(index))  # such tools shorten a text before they show it

    def __copy__(self) -> Hidden:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Hidden:
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str.__str__(self),)  # so that no pickle names this class, which may move


class Sealed:
    """A carrier of a secret of any type, such as a whole body, whose ``repr`` shows nothing of it.

    Opened by a call: IPython evaluates the attributes and members that a line names, too.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value: Any = value

    def open(self) -> Any:
        """Return what it carries."""
        return self._value


def conceal(value: T) -> T:
    """Return a secret argument so that no frame shows it: a text is hidden, another type sealed.

    None stays None. Rebind the parameter with it before anything can fail:
    ``code = conceal(code)``.
    """
    if value is None or isinstance(value, (Hidden, Sealed)):
        return value
    return cast(T, Hidden(value) if isinstance(value, str) else Sealed(value))


def conceal_all(value: Any) -> Any:
    """Return JSON types with each text in them concealed."""
    if isinstance(value, Mapping):
        return {name: conceal_all(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [conceal_all(member) for member in value]
    return Hidden(value) if isinstance(value, str) else value


def conceal_pairs(value: Any) -> Any:
    """Return names and texts with each text concealed, and anything else sealed."""
    if isinstance(value, Mapping):
        return {name: conceal(member) for name, member in value.items()}
    return conceal(value)


def secrets_in(value: Any) -> Iterator[str]:
    """Yield the secret texts in the contents of a request."""
    if isinstance(value, Hidden):
        yield str(value)
    elif isinstance(value, Sealed):
        yield from secrets_in(conceal_all(value.open()))
    elif isinstance(value, (dict, list, tuple)):
        for member in value.values() if isinstance(value, dict) else value:
            yield from secrets_in(member)


def printable(text: str) -> str:
    """Return a text of the service's as one line without control characters.

    Spaces of all kinds become plain ones; other characters that do not print become U+FFFD.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _stand_in(char) for char in text)


def _stand_in(char: str) -> str:
    if char in _JOINERS:  # they shape Persian and Indic words, and emoji
        return char
    return " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Return a text of the service's with each secret in it hidden.

    A secret is found in the spellings of a URL, a form, JSON and HTML, too.
    """
    for secret in sorted(set(secrets), key=len, reverse=True):
        if SHORTEST_SCRUBBED <= len(secret) <= len(text):  # no spelling is shorter
            for spelling in _spellings(secret):
                if spelling.lower() in text.lower():
                    text = re.sub(re.escape(spelling), HIDDEN, text, flags=re.IGNORECASE)
    return text


def _spellings(secret: str) -> set[str]:
    if secret.isalnum() and secret.isascii():
        return {secret}
    return {
        secret,
        quote(secret, "", errors="replace"),
        quote_plus(secret, errors="replace"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
    }


def safe_repr(show: Callable[[Any], str]) -> Callable[[Any], str]:
    """Give a ``repr`` a text for an object whose ``__init__`` raised: tools show that object, too.

    ``TracebackException`` of Python 3.11 passes on an error of a ``repr``.
    """

    @functools.wraps(show)
    def shown(self: object) -> str:
        try:
            return show(self)
        except AttributeError:
            return f"<{type(self).__name__}, not finished>"

    return shown


def secret_of(value: object, name: str) -> Any:
    """Return a secret attribute, concealed; a line that names the attribute would show it."""
    return conceal(getattr(value, name))


def hide(value: object) -> str:
    """Show a secret as ``<hidden>``, as an attrs ``repr`` function; None as it is."""
    return repr(value) if value is None else HIDDEN


def without_password(url: str) -> str:
    """Return a proxy's URL without its user and password, whatever these hold."""
    url = Hidden(url)
    scheme = _SCHEME.match(url)
    start = scheme.group() if scheme else ""
    return start + url[len(start) :].rpartition("@")[2]


def mask_phone(phone: str) -> str:
    """Return ``188****8888`` for ``18812348888``."""
    if len(phone) < 8:
        return "*" * len(phone)
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) > 10 else f"****{phone[-4:]}"


def mask_email(email: str) -> str:
    """Return ``t***@example.com`` for ``test@example.com``."""
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if at else "***"


def repr_phone(phone: str | None) -> str:
    """Mask a phone number as an attrs ``repr`` function."""
    return repr(phone and mask_phone(phone))


def repr_email(email: str | None) -> str:
    """Mask an e-mail address as an attrs ``repr`` function."""
    return repr(email and mask_email(email))


def repr_account(name: object) -> str:
    """Mask what is an e-mail or a phone as an attrs ``repr`` function, and show any other name.

    A list is masked one by one: filters hold such.
    """
    if isinstance(name, (list, tuple, set, frozenset)):
        return f"[{', '.join(map(repr_account, name))}]"
    if isinstance(name, bool) or not isinstance(name, (str, int)):
        return repr(name)
    text = unicodedata.normalize("NFKC", str(name))
    if "@" in text:
        return repr(mask_email(text))
    digits = _SEPARATORS.sub("", text)
    if _PHONE.fullmatch(digits) and not _DATE.fullmatch(text):
        return repr(mask_phone(digits))
    return repr(name)
