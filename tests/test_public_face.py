"""What callers may use: its names, its documentation, its signatures, its endpoints."""

from __future__ import annotations

import importlib
import inspect
import types
import typing
from typing import Any

import attrs
import pytest

import authing_mfa
from authing_mfa import AuthenticationClient, CallRecord, Envelope
from authing_mfa._protocol import endpoints
from authing_mfa._protocol.endpoints import Endpoint
from tests.support.source import PACKAGE
from tests.support.wire import Wire, make_client

_NAMES = sorted(set(authing_mfa.__all__) - {"__version__"})
_PROMISED = {
    "AuthenticationClient",
    "AuthingMFAError",
    "APIError",
    "CallRecord",
    "ClientError",
    "CodeRejectedError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "Enrollment",
    "EnrollmentRequest",
    "Envelope",
    "FaceRejectedError",
    "Factor",
    "FactorProfile",
    "FactorType",
    "ForbiddenError",
    "InvalidArgumentError",
    "InvalidOperationError",
    "InvalidResponseError",
    "MFARequiredError",
    "MFATokenInspection",
    "NotFoundError",
    "OTPSetup",
    "PayloadTooLargeError",
    "PaymentNeededError",
    "RequestTimeoutError",
    "ServerError",
    "ThirdPartyError",
    "ThrottleError",
    "TransportError",
    "UnauthorizedError",
}
_METHODS = {
    "from_env": "(**options)",
    "set_access_token": "(self, access_token)",
    "as_user": "(self, access_token, *, lang=None, real_ip=None)",
    "get_factor": "(self, factor_id)",
    "list_enrolled_factors": "(self)",
    "list_factors_to_enroll": "(self)",
    "send_enroll_factor_request": (
        "(self, factor_type, *, phone_number=None, phone_country_code=None, email=None)"
    ),
    "enroll_factor": (
        "(self, factor_type, *, enrollment_token, pass_code=None, photo=None,"
        " is_external_photo=None)"
    ),
    "reset_factor": "(self, factor_id)",
    "verify_totp": "(self, code)",
    "introspect_mfa_token": "(self, token)",
    "begin_enrollment": (
        "(self, factor_type, *, phone_number=None, phone_country_code=None, email=None)"
    ),
    "request": "(self, method, path, *, params=None, json=None, data=None)",
    "close": "(self)",
}


def public(name: str) -> Any:
    return getattr(authing_mfa, name)


def test_all_is_sorted_and_without_doubles() -> None:
    assert authing_mfa.__all__ == sorted(set(authing_mfa.__all__))


def test_all_names_what_the_package_holds() -> None:
    held = {
        name
        for name in dir(authing_mfa)
        if not name.startswith("_")
        and not isinstance(getattr(authing_mfa, name), types.ModuleType)
    }
    assert set(authing_mfa.__all__) == {*held, "__version__"}


def test_every_promised_name_is_there() -> None:
    assert set(authing_mfa.__all__) >= _PROMISED


def test_version_is_of_numbers() -> None:
    assert all(part.isdigit() for part in authing_mfa.__version__.split(".")[:2])


@pytest.mark.parametrize("name", _NAMES)
def test_every_public_name_is_documented_in_its_own_words(name: str) -> None:
    assert (vars(public(name)).get("__doc__") or "").strip()


def _documented() -> list[tuple[str, str]]:
    return [
        (name, member)
        for name in _NAMES
        for member, value in vars(public(name)).items()
        if not member.startswith("_")
        and (inspect.isfunction(value) or isinstance(value, (property, classmethod)))
    ]


@pytest.mark.parametrize(("name", "member"), _documented())
def test_every_public_method_is_documented(name: str, member: str) -> None:
    assert inspect.getdoc(getattr(public(name), member))


@pytest.mark.parametrize(("name", "signature"), _METHODS.items())
def test_method_is_called_as_promised(name: str, signature: str) -> None:
    found = inspect.signature(getattr(AuthenticationClient, name))
    bare = [one.replace(annotation=one.empty) for one in found.parameters.values()]
    written = str(found.replace(parameters=bare, return_annotation=found.empty))
    promised, added = signature.removesuffix(")"), written[len(signature) - 1 :]
    assert written[: len(promised)] == promised
    assert all("=" in argument for argument in added.removesuffix(")").split(", ")[1:])


@pytest.mark.parametrize("name", [name for name in _NAMES if inspect.isclass(public(name))])
def test_annotations_of_a_class_and_of_its_maker_can_be_read(name: str) -> None:
    cls = public(name)
    for annotated in (cls, cls.__init__):
        told = getattr(annotated, "__annotations__", {})
        assert set(typing.get_type_hints(annotated)) >= set(told)


def test_enrollment_offers_what_is_promised(wire: Wire) -> None:
    wire.plan("list-enrolled-factors", payload="list_enrolled_factors")
    wire.plan("send-enroll-factor-request", payload="send_enroll_factor_request_otp")
    enrollment = make_client().begin_enrollment("OTP")
    members = {"factor_type", "expires_in", "expired", "otp", "confirm", "resend", "reconcile"}
    assert set(dir(enrollment)) >= members


@pytest.mark.parametrize(
    ("cls", "fields"),
    [
        (Envelope, {"status_code", "message", "api_code", "request_id", "data"}),
        (
            CallRecord,
            {
                "method",
                "path",
                "http_status",
                "status_code",
                "api_code",
                "request_id",
                "tries",
                "seconds",
            },
        ),
    ],
)
def test_value_has_the_fields_promised(cls: type, fields: set[str]) -> None:
    assert fields <= {field.name for field in attrs.fields(cls)}


def test_every_value_is_frozen_and_every_response_keyword_only() -> None:
    values = [public(name) for name in _NAMES if attrs.has(public(name))]
    values = [value for value in values if not issubclass(value, Exception)]
    assert all(value.__setattr__ is not object.__setattr__ for value in values)
    positional = {
        value.__name__
        for value in values
        if not all(field.kw_only for field in attrs.fields(value))
    }
    assert positional == {"PasswordEncryption", "QRCode", "UserFilter", "UserSort"}


def test_submodules_do_not_leak_private_names() -> None:
    for name in _NAMES:
        module = importlib.import_module(public(name).__module__)
        assert module.__name__.startswith("authing_mfa")
        assert public(name) is getattr(module, name)


def test_every_endpoint_of_the_factor_family_is_in_the_table() -> None:
    table = {
        (one.method, one.path): one.idempotent
        for one in vars(endpoints).values()
        if isinstance(one, Endpoint)
    }
    family = {
        ("GET", "/api/v3/get-factor"): True,
        ("GET", "/api/v3/list-enrolled-factors"): True,
        ("GET", "/api/v3/list-factors-to-enroll"): True,
        ("POST", "/api/v3/send-enroll-factor-request"): False,
        ("POST", "/api/v3/enroll-factor"): False,
        ("POST", "/api/v3/reset-factor"): False,
        ("POST", "/api/v3/mfa-totp-verify"): False,
        ("POST", "/mfa/token/introspection"): True,
    }
    assert {call: table.get(call) for call in family} == family


def test_every_documented_endpoint_is_in_the_table() -> None:
    table = {
        f"{one.method} {one.path}" for one in vars(endpoints).values() if isinstance(one, Endpoint)
    }
    documented = {
        line.partition("``")[2].partition("``")[0]
        for member in vars(AuthenticationClient).values()
        for line in (getattr(member, "__doc__", None) or "").splitlines()
        if line.strip().startswith("Endpoint:")
    }
    assert documented <= table


def test_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()
