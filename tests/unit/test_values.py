"""Values as callers use them: made, stored, matched and hashed."""

from __future__ import annotations

import json
from collections import UserDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from traceback import TracebackException
from types import MappingProxyType
from typing import Any

import attrs
import pytest

import authing_mfa
from authing_mfa import (
    Channel,
    ConfigurationError,
    EnrollmentRequest,
    Envelope,
    Factor,
    FactorProfile,
    FactorType,
    InvalidResponseError,
    MFATrigger,
    OTPImport,
    OTPSetup,
    QRCode,
    SignInOptions,
    StepUpResult,
    StepUpUser,
    TokenSet,
    UserFilter,
    UserIdType,
)
from authing_mfa._values.codec import build
from tests.support import payloads

SECRET = "marked-secret"
FACTOR = payloads.read("get_factor")["data"]
OTP = payloads.read("send_enroll_factor_request_otp")["data"]["otpData"]
TRIGGER = payloads.read("get_mfa_status")["data"]
WHEN = datetime(2030, 1, 1, tzinfo=UTC)
TOKENS = TokenSet(access_token=SECRET, expires_at=WHEN, refresh_token=SECRET)
_PUBLIC: list[Any] = [getattr(authing_mfa, name) for name in authing_mfa.__all__]
VALUES = [one for one in _PUBLIC if attrs.has(one) and not issubclass(one, Exception)]


def shown_by_frames(error: BaseException) -> str:
    """Return the variables of the frames that an error passed in the package."""
    trace: TracebackException | None = TracebackException.from_exception(
        error, capture_locals=True
    )
    stack = trace.stack if trace else ()
    return str([frame.locals for frame in stack if "tests/" not in frame.filename])


@pytest.mark.parametrize("wrong", ["x", None, 1, datetime(2030, 1, 1)], ids=repr)
def test_tokens_without_an_instant_are_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^expires_at: wanted an instant") as caught:
        TokenSet(access_token=SECRET, expires_at=wrong)
    assert SECRET not in shown_by_frames(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"qr_code_uri": "nonsense"},
        {"qr_code_uri": f"otpauth://totp/a?secret={SECRET}&digits=x"},
        {"qr_code_uri": None},
        {"qr_code_uri": b"otpauth://totp/a?secret=A"},
        {"qr_code_data_url": None},
        {"recovery_code": 5},
    ],
    ids=repr,
)
def test_otp_setup_of_nonsense_is_refused(wrong: dict[str, Any]) -> None:
    given: dict[str, Any] = {
        "qr_code_uri": f"otpauth://totp/a?secret={SECRET}",
        "qr_code_data_url": "",
        "recovery_code": SECRET,
    }
    with pytest.raises(ConfigurationError, match=f"^{next(iter(wrong))}: wanted") as caught:
        OTPSetup(**{**given, **wrong})
    assert SECRET not in shown_by_frames(caught.value)


_MISFITS: dict[str, tuple[Any, Any]] = {
    "tokens": (TokenSet, {"access_token": SECRET, "expires_at": SECRET}),
    "token of another type": (TokenSet, {"access_token": [SECRET], "expires_at": 1}),
    "trigger": (MFATrigger, {"mfaToken": SECRET, "applicationMfa": SECRET}),
    "nested": (EnrollmentRequest, {"enrollmentToken": SECRET, "otpData": {"qrCodeUri": SECRET}}),
    "completed": (OTPSetup, {"qrCodeUri": SECRET, "qrCodeDataUrl": "", "recoveryCode": SECRET}),
    "list": (tuple[OTPImport, ...], [{"userId": 5, "secret": SECRET}]),
}


@pytest.mark.parametrize(("shape", "data"), _MISFITS.values(), ids=_MISFITS)
def test_answer_that_does_not_fit_shows_in_no_frame(shape: Any, data: Any) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        build(shape, data)
    assert SECRET not in shown_by_frames(caught.value)


@pytest.mark.parametrize("name", [name for name in _MISFITS if name != "list"])
def test_dict_that_does_not_fit_shows_in_no_frame(name: str) -> None:
    cls, data = _MISFITS[name]
    with pytest.raises(ConfigurationError) as caught:
        cls.from_dict(data)
    assert SECRET not in shown_by_frames(caught.value)


_OF_A_WRONG_TYPE: dict[str, tuple[Any, dict[str, Any]]] = {
    "id_token: wanted str | None, got int": (
        TokenSet,
        {"access_token": SECRET, "expires_at": WHEN, "id_token": 7},
    ),
    "phone: wanted str | None, got int": (MFATrigger, {"mfa_token": SECRET, "phone": 7}),
    "application_mfa: wanted tuple[authing_mfa.OfferedMethod, ...], got list": (
        MFATrigger,
        {"mfa_token": SECRET, "application_mfa": [SECRET]},
    ),
    "secret: wanted str, got bytes": (OTPImport, {"user_id": "u", "secret": b"marked-secret"}),
    "auto_register: wanted bool | None, got int": (
        SignInOptions,
        {"auto_register": 1, "captcha_code": SECRET},
    ),
    "operator: wanted": (UserFilter, {"field": "phone", "operator": None, "value": SECRET}),
    "text: wanted str, got list": (QRCode, {"text": [SECRET]}),
    "otp_data: wanted": (EnrollmentRequest, {"enrollment_token": SECRET, "otp_data": {}}),
}


@pytest.mark.parametrize("message", _OF_A_WRONG_TYPE)
def test_value_that_callers_make_refuses_a_wrong_type(message: str) -> None:
    cls, arguments = _OF_A_WRONG_TYPE[message]
    with pytest.raises(ConfigurationError) as caught:
        cls(**arguments)
    assert caught.value.message.startswith(message)
    assert SECRET not in shown_by_frames(caught.value)


def test_field_that_a_value_refuses_is_named() -> None:
    with pytest.raises(
        InvalidResponseError, match=r"^data\.otpData\.qrCodeUri: wanted an otpauth"
    ):
        build(EnrollmentRequest, {"enrollmentToken": "e", "otpData": {**OTP, "qrCodeUri": "x"}})


_INSTANTS = [
    datetime.max.replace(tzinfo=UTC),
    datetime.min.replace(tzinfo=UTC),
    datetime(2303, 1, 1, 1, 1, 1, 752841, UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2030, 1, 1, 8, 0, 0, 1, timezone(timedelta(hours=8))),
]


@pytest.mark.parametrize("when", _INSTANTS, ids=str)
def test_every_instant_comes_back_from_what_was_stored(when: datetime) -> None:
    tokens = TokenSet(access_token="a", expires_at=when)
    assert TokenSet.from_dict(json.loads(json.dumps(tokens.to_dict()))) == tokens


@pytest.mark.parametrize(
    "told",
    [
        *("2030-01-01T00:00:00", "soon", "", "9999-12-31T23:59:60Z"),
        *("2030-01-01T00:00:00+00:00", "2303-01-01T01:01:01Z"),  # seconds say these
    ],
)
def test_text_that_stored_no_instant_is_refused(told: str) -> None:
    with pytest.raises(ConfigurationError, match=r"expires_at: wanted unix seconds, got str$"):
        TokenSet.from_dict({"access_token": "a", "expires_at": told})


def test_subclass_with_names_for_type_checkers_alone_is_made() -> None:
    class Kept(TokenSet):
        keeper: NotThere  # type: ignore[name-defined]  # noqa: F821

    assert Kept(access_token="a", expires_at=datetime.now(UTC)).access_token == "a"
    with pytest.raises(ConfigurationError, match=r"^access_token: wanted str, got int$"):
        Kept(access_token=7, expires_at=datetime.now(UTC))  # type: ignore[arg-type]


def test_qr_codes_compare_by_their_contents() -> None:
    assert QRCode("a") == QRCode("a")
    assert QRCode("a") != QRCode("b")
    assert hash(QRCode("a")) == hash(QRCode("a"))


def _mappings(wrap: Callable[[dict[str, Any]], Mapping[str, Any]], value: Any) -> Any:
    if isinstance(value, dict):
        return wrap({key: _mappings(wrap, member) for key, member in value.items()})
    return tuple(_mappings(wrap, each) for each in value) if isinstance(value, list) else value


@pytest.mark.parametrize("wrap", [MappingProxyType, UserDict, dict])
@pytest.mark.parametrize(
    ("cls", "data"), [(Factor, FACTOR), (MFATrigger, TRIGGER), (OTPSetup, OTP)]
)
def test_from_dict_takes_any_mapping(
    wrap: Callable[[dict[str, Any]], Mapping[str, Any]], cls: Any, data: dict[str, Any]
) -> None:
    assert cls.from_dict(_mappings(wrap, data)) == cls.from_dict(data)


def test_from_dict_takes_what_is_a_text() -> None:
    class Text(str):
        __slots__ = ()

    made = Factor.from_dict({**FACTOR, "factorId": Text("f_1"), "factorType": FactorType.SMS})
    assert (made.factor_id, type(made.factor_id)) == ("f_1", str)
    assert made.factor_type is FactorType.SMS


def _looped() -> dict[str, Any]:
    data: dict[str, Any] = dict(FACTOR)
    data["profile"] = data
    return data


@pytest.mark.parametrize("data", [None, 5, "text", [FACTOR, FACTOR], {1, 2}, _looped()])
def test_from_dict_of_anything_else_is_refused(data: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^Factor: wanted"):
        Factor.from_dict(data)


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
def test_fields_are_matched_in_their_order(cls: Any) -> None:
    assert cls.__match_args__ == tuple(field.name for field in attrs.fields(cls) if field.init)


def test_factor_is_matched_by_position() -> None:
    factor: Any = Factor.from_dict(FACTOR)
    found = None
    match factor:
        case Factor(factor_id, FactorType.SMS, FactorProfile(phone_number)):  # type: ignore[misc]
            found = factor_id, phone_number  # type: ignore[unreachable]
    assert found == (FACTOR["factorId"], FACTOR["profile"]["phoneNumber"])


_HASHED = {
    "options": lambda: SignInOptions(context={"a": [1]}, custom_data={"b": {}}, scope="openid"),
    "filter": lambda: UserFilter("status", "IN", ["Activated", "Suspended"]),
    "envelope": lambda: Envelope(status_code=200, message="", data={"list": []}),
    "tokens": lambda: attrs.evolve(TOKENS),
    "trigger": lambda: MFATrigger.from_dict(TRIGGER),
    "otp": lambda: OTPSetup.from_dict(OTP),
    "step-up": lambda: StepUpResult(user=StepUpUser(user_id="u_1")),
}


@pytest.mark.parametrize("make", _HASHED.values(), ids=_HASHED)
def test_equal_values_have_one_hash(make: Callable[[], Any]) -> None:
    assert (len({make(), make()}), make() == make()) == (1, True)


def test_kinds_read_as_the_service_writes_them() -> None:
    kinds = (FactorType.SMS, FactorType("PASSKEY"), Channel.LOGIN, UserIdType.EMAIL)
    expected = ["SMS", "PASSKEY", "CHANNEL_LOGIN", "email"]
    assert [str(kind) for kind in kinds] == expected
    assert [f"{kind}" for kind in kinds] == expected
