"""What methods return: no coercion, open enums, instants, round trips: docs/concepts.md."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import attrs
import pytest
import responses

from authing_mfa import (
    AuthingMFAError,
    ConfigurationError,
    EnrollmentRequest,
    Factor,
    FactorProfile,
    FactorType,
    InvalidResponseError,
    MFATokenInspection,
    MFATrigger,
    OTPSetup,
    PoolUser,
    QRCode,
    SignInOptions,
    TokenSet,
    UserFilter,
    UserMFAInfo,
    UserPage,
)
from tests.support import payloads
from tests.support.wire import HOST, make_client

from .people import ABSENT, Person, Program, odd_answers

_FACTOR = {
    "factorId": "f1|email",
    "factorType": "EMAIL",
    "profile": {"email": "test@example.com"},
}
_USER: dict[str, Any] = payloads.read("list_users")["data"]["list"][0]
_STORED: list[tuple[type[Any], dict[str, Any]]] = [
    (Factor, _FACTOR),
    (MFATrigger, payloads.read("mfa_required_application")["data"]),
    (EnrollmentRequest, payloads.read("send_enroll_factor_request_otp")["data"]),
    (OTPSetup, payloads.read("send_enroll_factor_request_otp")["data"]["otpData"]),
    (MFATokenInspection, payloads.read("introspection_active")),
    (UserMFAInfo, payloads.read("get_user_mfa_info")["data"]),
    (PoolUser, _USER),
    (UserPage, payloads.read("list_users")["data"]),
    (SignInOptions, {"scope": "openid", "customData": {"a": 1}, "autoRegister": False}),
    (TokenSet, {"access_token": "t", "expires_at": 0, "refresh_token": "r"}),
]


def _factors(data: Any) -> Any:
    with responses.RequestsMock() as mocked, make_client() as client:
        answer = {"statusCode": 200, "message": "", "data": data}
        mocked.add("GET", HOST + "/api/v3/list-enrolled-factors", json=answer)
        return client.list_enrolled_factors()


# -- round trips


@pytest.mark.parametrize(("kind", "stored"), _STORED)
def test_value_comes_back_as_it_was(kind: type[Any], stored: dict[str, Any]) -> None:
    value = kind.from_dict(stored)
    as_json = json.loads(json.dumps(value.to_dict()))
    assert kind.from_dict(as_json) == value
    assert kind.from_dict(as_json).to_dict() == value.to_dict()
    for twin in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert (twin, hash(twin)) == (value, hash(value))


@pytest.mark.parametrize(("kind", "stored"), _STORED)
def test_any_mapping_is_read(kind: type[Any], stored: dict[str, Any]) -> None:
    assert kind.from_dict(MappingProxyType(stored)) == kind.from_dict(stored)


@pytest.mark.parametrize(("kind", "_"), _STORED)
@pytest.mark.parametrize("odd", [None, "", 0, [], (), "x", 7, [("a", 1)], object(), b"{}"])
def test_what_is_no_mapping_is_refused(kind: type[Any], _: Any, odd: Any) -> None:
    with pytest.raises(ConfigurationError):
        kind.from_dict(odd)


@pytest.mark.parametrize(("kind", "stored"), _STORED)
def test_odd_member_is_refused_or_kept_and_never_changed(
    kind: type[Any], stored: dict[str, Any]
) -> None:
    for name in stored:
        for odd in odd_answers(stored, name, extra=("x", 1970, 9999, -1, 1.5, True, b"x")):
            try:
                value = kind.from_dict(odd)
            except AuthingMFAError as error:
                assert isinstance(error, ConfigurationError)  # noqa: PT017
                continue
            assert kind.from_dict(value.to_dict()) == value


@pytest.mark.parametrize(("kind", "stored"), _STORED)
def test_values_are_frozen(kind: type[Any], stored: dict[str, Any]) -> None:
    value = kind.from_dict(stored)
    for field in attrs.fields(kind):
        with pytest.raises(AttributeError):
            setattr(value, field.name, None)


@pytest.mark.parametrize(("kind", "stored"), _STORED)
def test_values_can_be_matched(kind: type[Any], stored: dict[str, Any]) -> None:
    assert isinstance(kind.__match_args__, tuple)
    match kind.from_dict(stored):
        case Factor(factor_type=FactorType.EMAIL):
            assert kind is Factor
        case _:
            assert kind is not Factor


def test_what_the_service_adds_is_ignored() -> None:
    stored = {**_FACTOR, "new": {"a": [1]}, "": None, "profile": {"email": "a@b.cn", "more": 1}}
    assert Factor.from_dict(stored).profile.email == "a@b.cn"


# -- no coercion


@pytest.mark.parametrize("odd", ["", 0, 7, None, True, [], {}, ["f1"], 1.0])
def test_id_is_a_text(odd: Any) -> None:
    with pytest.raises(InvalidResponseError):
        _factors([{**_FACTOR, "factorId": odd}])


@pytest.mark.parametrize("odd", [0, None, True, [], {}, ["OTP"]])
def test_type_is_a_text(odd: Any) -> None:
    with pytest.raises(InvalidResponseError):
        _factors([{**_FACTOR, "factorType": odd}])


@pytest.mark.parametrize("odd", [0, 7, True, [], {}])
def test_profile_is_not_made_of_other_things(odd: Any) -> None:
    with pytest.raises(InvalidResponseError):
        _factors([{**_FACTOR, "profile": {"email": odd}}])


@pytest.mark.parametrize("odd", ["false", "true", "", "yes", 0, 1, None, [], {}])
def test_flag_is_a_flag(odd: Any) -> None:
    stored = {**payloads.read("get_user_mfa_info")["data"], "totpStatus": odd}
    with pytest.raises(ConfigurationError):
        UserMFAInfo.from_dict(stored)


@pytest.mark.parametrize(
    ("odd", "flag"), [("enabled", True), ("disabled", False), (True, True), (False, False)]
)
def test_flag_is_read_both_ways_that_are_documented(odd: Any, flag: bool) -> None:
    stored = {**payloads.read("get_user_mfa_info")["data"], "totpStatus": odd}
    assert UserMFAInfo.from_dict(stored).totp is flag


@pytest.mark.parametrize("odd", ["x", 0, True, "[]"])
def test_list_is_a_list(odd: Any) -> None:
    with pytest.raises(InvalidResponseError):
        _factors(odd)


def test_empty_list_and_none_are_two_things() -> None:
    assert _factors([]) == ()
    for odd in (None, ABSENT):
        with pytest.raises(InvalidResponseError):
            _factors(None if odd is None else {})


def test_one_element_or_many_come_as_they_are() -> None:
    many = [{**_FACTOR, "factorId": f"f{number}"} for number in range(5000)]
    assert len(_factors(many)) == 5000
    assert len(_factors(many[:1])) == 1


# -- open enums


@pytest.mark.parametrize("kind", ["PASSKEY", "otp", "a b", "Ü", "x" * 1000, "\n", "None"])
def test_unknown_kind_equals_its_text(kind: str) -> None:
    [factor] = _factors([{**_FACTOR, "factorType": kind}])
    assert factor.factor_type == kind == FactorType(kind) == str(FactorType(kind))
    assert isinstance(factor.factor_type, FactorType)
    assert Factor.from_dict(factor.to_dict()) == factor
    assert pickle.loads(pickle.dumps(factor)) == factor
    assert repr(factor).isprintable()
    assert hash(factor.factor_type) == hash(kind)


def test_known_kind_is_its_member() -> None:
    for member in FactorType:
        assert FactorType(str(member)) is member
    members = list(FactorType)
    FactorType("SOMETHING-ELSE")
    assert list(FactorType) == members


@pytest.mark.parametrize("odd", [None, 0, b"OTP", []])
def test_kind_is_made_of_a_text(odd: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        FactorType(odd)


@pytest.mark.slow
def test_unknown_kind_crosses_a_process(second_process: Program) -> None:
    program = """if True:
        import base64, json, pickle
        from authing_mfa import Factor
        stored = {"factorId": "f", "factorType": "PASSKEY", "profile": {}}
        print(json.dumps(base64.b64encode(pickle.dumps(Factor.from_dict(stored))).decode()))
    """
    factor = pickle.loads(base64.b64decode(second_process(program)))
    assert factor == Factor(
        factor_id="f", factor_type=FactorType("PASSKEY"), profile=FactorProfile()
    )


# -- instants


_INSTANTS = {
    "0001-01-01T00:00:00Z": datetime(1, 1, 1, tzinfo=UTC),
    "1969-12-31T23:59:59.999Z": datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    "1970-01-01T00:00:00Z": datetime(1970, 1, 1, tzinfo=UTC),
    "1970-01-01T00:00:00.000Z": datetime(1970, 1, 1, tzinfo=UTC),
    "2038-01-19T03:14:08Z": datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    "9999-12-31T23:59:59Z": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
}


@pytest.mark.parametrize("text", _INSTANTS)
def test_every_instant_is_read_and_written(text: str) -> None:
    user = PoolUser.from_dict({**_USER, "createdAt": text})
    assert user.created_at == _INSTANTS[text]
    assert user.created_at.utcoffset() is not None
    assert PoolUser.from_dict(json.loads(json.dumps(user.to_dict()))) == user


@pytest.mark.parametrize("odd", ["", "yesterday", 0, 1.5, True, [], {}, "0000-00-00", "9" * 40])
def test_what_is_no_instant_is_refused(odd: Any) -> None:
    with pytest.raises(ConfigurationError):
        PoolUser.from_dict({**_USER, "createdAt": odd})


def test_instant_may_be_null_or_absent() -> None:
    assert PoolUser.from_dict({**_USER, "createdAt": None}).created_at is None
    absent = {name: value for name, value in _USER.items() if name != "createdAt"}
    assert PoolUser.from_dict(absent).created_at is None


@pytest.mark.parametrize("seconds", [0, 1, 2**31, 253_402_300_799])
def test_seconds_since_1970_are_read_and_written(seconds: int) -> None:
    stored = {**payloads.read("introspection_active"), "iat": seconds, "exp": seconds}
    value = MFATokenInspection.from_dict(stored)
    assert value.issued_at == value.expires_at
    assert value.issued_at is not None
    assert value.issued_at.timestamp() == seconds
    assert MFATokenInspection.from_dict(value.to_dict()) == value


@pytest.mark.parametrize("odd", [10**18, float("inf"), float("nan"), -(10**18), "0", True, [], ""])
def test_what_are_no_seconds_is_refused(odd: Any) -> None:
    with pytest.raises(ConfigurationError):
        MFATokenInspection.from_dict({**payloads.read("introspection_active"), "exp": odd})


@pytest.mark.parametrize("lifetime", ["", "7200", None, True, [], {}, ABSENT])
def test_odd_lifetime_of_a_sign_in_is_an_error_of_ours(lifetime: Any) -> None:
    data = {"access_token": "t", "token_type": "bearer", "expire_in": lifetime}
    if lifetime is ABSENT:
        del data["expire_in"]
    with responses.RequestsMock() as mocked, make_client() as client:
        answer = {"statusCode": 200, "message": "", "data": data}
        mocked.add("POST", HOST + "/api/v3/signin", json=answer)
        with pytest.raises(InvalidResponseError) as caught:
            client.sign_in("anna", password="p")
    assert caught.value.outcome_unknown is True


@pytest.mark.parametrize(("lifetime", "expired"), [(0, True), (10**9, False), (10**30, False)])
def test_any_lifetime_ends_at_some_instant(lifetime: int, expired: bool) -> None:
    data = {"access_token": "t", "token_type": "bearer", "expire_in": lifetime}
    with responses.RequestsMock() as mocked, make_client() as client:
        answer = {"statusCode": 200, "message": "", "data": data}
        mocked.add("POST", HOST + "/api/v3/signin", json=answer)
        tokens = client.sign_in("anna", password="p")
    assert tokens.expired is expired
    assert TokenSet.from_dict(json.loads(json.dumps(tokens.to_dict()))) == tokens


@pytest.mark.parametrize(
    "name", ["access_token", "refresh_token", "id_token", "token_type", "scope"]
)
def test_odd_token_of_a_sign_in_is_an_error_of_ours_or_none(name: str) -> None:
    usual = {"access_token": "t", "refresh_token": "r", "id_token": "i", "expire_in": 7200}
    usual |= {"token_type": "bearer", "scope": "openid"}
    for data in odd_answers(usual, name, extra=("a\nb", "ü", "\ud800", True)):
        with responses.RequestsMock() as mocked, make_client() as client:
            body = json.dumps({"statusCode": 200, "message": "", "data": data})
            mocked.add("POST", HOST + "/api/v3/signin", body=body)
            try:
                tokens = client.sign_in("anna", password="p")
            except InvalidResponseError:
                continue
            assert tokens.access_token == "t"
            client.as_user(tokens)


# -- made by hand


@pytest.mark.parametrize(
    "make",
    [
        lambda: OTPSetup(qr_code_uri="nonsense", qr_code_data_url="", recovery_code=""),
        lambda: OTPSetup(qr_code_uri="otpauth://totp/x", qr_code_data_url="", recovery_code=""),
        lambda: TokenSet(access_token="t", expires_at="x"),  # type: ignore[arg-type]
        lambda: TokenSet(access_token="t", expires_at=datetime(2030, 1, 1)),
        lambda: TokenSet(access_token="t", expires_at=None),  # type: ignore[arg-type]
        lambda: TokenSet(access_token="", expires_at=datetime.now(UTC)),
        lambda: UserFilter("", "EQUAL", "x"),
        lambda: UserFilter("status", "RESEMBLES", "x"),  # type: ignore[arg-type]
        lambda: UserFilter("status", "IN", "Activated"),
    ],
)
def test_what_cannot_be_is_refused_with_an_error_of_ours(make: Callable[[], Any]) -> None:
    try:
        value = make()
        for name in ("expired", "secret", "qr", "manual_key"):
            getattr(value, name, None)
        to_wire = getattr(value, "to_wire", None) or value.to_dict
        to_wire()
    except AuthingMFAError as error:
        assert str(error)  # noqa: PT017


def test_sign_in_options_can_be_hashed() -> None:
    options = SignInOptions(scope="openid", context={"a": [1]}, custom_data={"b": {}})
    assert hash(options) == hash(copy.deepcopy(options))
    assert len({options, copy.deepcopy(options)}) == 1


@pytest.mark.parametrize("scale", [0, -1, "4", None, True, float("nan")])
def test_picture_needs_a_size(scale: Any) -> None:
    code = QRCode("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP")
    for draw in (code.svg, code.png):
        with pytest.raises(ConfigurationError):
            draw(scale=scale)


def test_two_users_values_are_their_own(anna: Person, ben: Person) -> None:
    first, second = anna.client.list_enrolled_factors(), ben.client.list_enrolled_factors()
    assert set(first).isdisjoint(second)
    assert anna.client.list_enrolled_factors() == first
