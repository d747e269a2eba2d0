"""Any JSON as any value that callers receive, or that a client reads on the way to one."""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NoReturn

from authing_mfa import (
    AuthingMFAError,
    ConfigurationError,
    FactorType,
    InvalidResponseError,
    MFATrigger,
    OTPSetup,
)
from authing_mfa._values.base import WireValue
from authing_mfa._values.codec import build, to_wire
from authing_mfa._values.signin import TokenResponse, TokenSet
from tests.support.calls import client

from . import seeds
from .oracle import MARK, check_value, outcome
from .target import Target, holding_nothing


def _values_of(cls: type[WireValue]) -> Iterator[type[WireValue]]:
    for child in cls.__subclasses__():
        yield child
        yield from _values_of(child)


CLASSES = {cls.__name__: cls for cls in _values_of(WireValue)}
# What the clients read beside the values.
_PLAIN: dict[str, Any] = {
    "bool": bool,
    "dict": dict,
    "datetime": datetime,
    "factor types": tuple[FactorType, ...],
}
SHAPES: dict[str, Any] = {
    **CLASSES,
    **{f"{name} list": tuple[cls, ...] for name, cls in CLASSES.items()},  # type: ignore[valid-type]
    **_PLAIN,
}
_MESSAGE = re.compile(
    r"data(\.\w+|\[\d+\])*: wanted [^\n]+, got (nothing|null|str|int|float|bool|list|dict)"
)
_SURELY_FITS = 1000
_OF_EACH = 5
_AT = datetime(2030, 1, 1, tzinfo=UTC)
_HELD = TokenSet(access_token="example", expires_at=_AT, refresh_token="example", scope="openid")


def _finite(text: str) -> float:
    """Read a number; one that no float holds cannot be written again."""
    if math.isinf(number := float(text)):
        raise ValueError(text)
    return number


def _run(data: bytes) -> None:
    """Try the name of a shape on a line of its own, and JSON below it."""
    head, _, body = data.partition(b"\n")
    try:
        document = json.loads(body, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        return
    names = sorted(SHAPES)
    name = head.decode("latin-1")
    shape = SHAPES.get(name) or SHAPES[names[sum(head) % len(names)]]
    found = outcome(lambda: build(shape, document))
    if isinstance(found, AuthingMFAError):
        _check_refusal(found, shape, document)
    else:
        _check_success(found, shape)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_refusal(error: AuthingMFAError, shape: Any, document: Any) -> None:
    assert type(error) is InvalidResponseError
    assert _MESSAGE.fullmatch(error.message), error.message
    assert MARK not in f"{error!r} {error} {error.where}"
    if shape in CLASSES.values():
        stored = outcome(lambda: shape.from_dict(document))
        assert type(stored) is ConfigurationError
        assert shape.__name__ + error.message.removeprefix("data") == stored.message


def _check_success(value: Any, shape: Any) -> None:
    check_value(value, shape)
    document = json.loads(json.dumps(to_wire(value), allow_nan=False))
    assert value == build(shape, document)
    if isinstance(value, WireValue):
        assert value == type(value).from_dict(value.to_dict())
    for use in _USES.get(type(value), ()):
        found = outcome(functools.partial(use, value))
        assert found is not None


def _look_at_challenge(trigger: MFATrigger) -> str:
    challenge = _CLIENT.challenge(trigger)
    return f"{challenge} {challenge.methods} {challenge.expired}"


def _draw(setup: OTPSetup) -> str:
    is_plain = setup.qr_code_uri.isascii() and len(setup.qr_code_uri) < _SURELY_FITS
    return "" if is_plain else setup.qr.terminal()  # drawing takes a hundred times a run


# What callers do with a value next: it works, or the error is ours.
_CLIENT = client("https://demo.example.com")
_USES: dict[type, tuple[Callable[[Any], object], ...]] = {
    OTPSetup: (_draw,),
    MFATrigger: (_look_at_challenge,),
    TokenResponse: (TokenResponse.to_tokens, lambda answer: answer.to_tokens(held=_HELD)),
}


def _seeds() -> list[bytes]:
    documents = [*_MADE, *seeds.payload_data().values()]
    found = [("Factor", document) for document in documents]
    for name, shape in SHAPES.items():
        fitting = (each for each in documents if is_fit(shape, each))
        found += [(name, document) for document in islice(fitting, _OF_EACH)]
    return [f"{name}\n{json.dumps(document)}".encode() for name, document in found]


def is_fit(shape: Any, document: Any) -> bool:
    """Tell whether a document can be read as a shape."""
    try:
        build(shape, document)
    except InvalidResponseError:
        return False
    return True


_MADE: tuple[Any, ...] = (
    {"access_token": "example", "expires_in": 7200, "refresh_token": "example"},
    {"access_token": "example", "expires_at": 1767225600, "scope": "openid"},
    {"id": "u_1", "userPoolId": "p_1", "token": "example", "recoveryCode": "example"},
    {"rsa": {"publicKey": "example"}, "sm2": {"publicKey": ""}},
    {"scope": "openid", "clientIp": "192.0.2.1", "context": {"a": [1]}, "autoRegister": True},
    {"userId": "u_1", "secret": "EXAMPLE"},
    {"userId": "u_1", "status": "Activated", "createdAt": "2026-01-01T00:00:00.000Z"},
    {"publicKey": "example"},
    {
        "qrCodeUri": "otpauth://totp/pool:ada?secret=EXAMPLE&period=30&digits=6",
        "qrCodeDataUrl": "data:image/png;base64,AAAA",
        "recoveryCode": "0123-4567-89ab-cdef-0123-4567",
    },
    {"success": True},
    {"mfaPolicy": "SMS"},
    [{"factorType": "SMS"}],
    ["SMS", "PASSKEY"],
    1767225600.5,
    True,
)
TARGET = Target(
    opened=functools.partial(holding_nothing, _run),
    seeds=_seeds,
    words=(MARK, *seeds.keys(), *sorted(SHAPES)),
)
