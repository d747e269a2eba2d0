"""A list of 1,000 factors, envelope included, from its bytes to values: by us and by others."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any, TypeVar

import attrs
import cattrs
import pydantic
from cattrs.gen import make_dict_structure_fn, override
from pydantic.alias_generators import to_camel

from authing_mfa import Factor, FactorType
from authing_mfa._protocol.envelope import build_data, unwrap
from authing_mfa._protocol.response import Response
from bench.measure import Call

T = TypeVar("T")

KINDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("SMS", {"phoneNumber": "188****8888", "phoneCountryCode": "+86"}),
    ("EMAIL", {"email": "t***@example.com"}),
    ("OTP", {}),
)


def factors(count: int) -> list[dict[str, Any]]:
    """Return factors as the wire writes them, of three kinds by turns."""
    return [
        {
            "factorId": f"6229ffaa{number:016}|{kind.lower()}",
            "factorType": kind,
            "profile": profile,
        }
        for number in range(count)
        for kind, profile in [KINDS[number % len(KINDS)]]
    ]


def body(count: int = 1000) -> bytes:
    envelope = {"statusCode": 200, "message": "Success", "requestId": "bcfd5aad-0000-4000-8000"}
    return json.dumps({**envelope, "data": factors(count)}).encode()


def by_json() -> Call:
    """No more than JSON: nothing is checked, nothing has a type."""
    received = body()
    return lambda: json.loads(received)


def by_us() -> Call:
    received = body()
    return lambda: build_data(tuple[Factor, ...], unwrap(Response(http_status=200, body=received)))


def by_cattrs() -> Call:
    """Structure into classes like ours, with hooks that coerce nothing; errors tell no path."""
    received, converter = body(), cattrs.Converter(detailed_validation=False)
    for exact in (str, int):
        converter.register_structure_hook(exact, _exactly)
    converter.register_structure_hook(
        FactorType, lambda value, _: FactorType(_exactly(value, str))
    )
    for cls in (_Profile, _Factor, _Envelope):
        names = {field.name: override(rename=to_camel(field.name)) for field in attrs.fields(cls)}
        structure = make_dict_structure_fn(cls, converter, **names)  # type: ignore[arg-type]
        converter.register_structure_hook(cls, structure)
    return lambda: converter.structure(json.loads(received), _Envelope)


def by_pydantic() -> Call:
    """Validate strictly, JSON included, in Rust."""
    received = body()
    return lambda: _EnvelopeModel.model_validate_json(received)


def memory_beside_dicts(count: int) -> float:
    """Return the memory of so many factors by that of the dicts that JSON gives."""
    received = body(count)

    def dicts() -> object:
        return json.loads(received)["data"]

    def ours() -> object:
        envelope = unwrap(Response(http_status=200, body=received))
        return build_data(tuple[Factor, ...], envelope)

    return _bytes_kept(ours) / _bytes_kept(dicts)


def _bytes_kept(make: Call) -> int:
    make()
    tracemalloc.start()
    kept = make()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return size


@attrs.frozen(kw_only=True)
class _Profile:
    phone_number: str | None = None
    phone_country_code: str | None = None
    email: str | None = None


@attrs.frozen(kw_only=True)
class _Factor:
    factor_id: str
    factor_type: FactorType
    profile: _Profile


@attrs.frozen(kw_only=True)
class _Envelope:
    status_code: int
    message: str
    api_code: int | None = None
    request_id: str | None = None
    data: tuple[_Factor, ...]


def _exactly(value: Any, kind: type[T]) -> T:
    if type(value) is not kind:
        raise TypeError(kind)
    return value


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True, frozen=True, alias_generator=to_camel)


class _ProfileModel(_Model):
    phone_number: str | None = None
    phone_country_code: str | None = None
    email: str | None = None


class _FactorModel(_Model):
    factor_id: str
    factor_type: FactorType
    profile: _ProfileModel


class _EnvelopeModel(_Model):
    status_code: int
    message: str
    api_code: int | None = None
    request_id: str | None = None
    data: tuple[_FactorModel, ...]
