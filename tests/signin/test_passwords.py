"""A password encrypted with the service's key: what is asked for, sent, and refused."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from typing import Any, Literal

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gmalg import SM2

from authing_mfa import (
    ConfigurationError,
    InvalidResponseError,
    NotFoundError,
    PasswordEncryption,
    RequestTimeoutError,
    ServerError,
    SignInOptions,
)
from tests.support.wire import Wire, make_client

from .answers import (
    EMAIL,
    SIGNIN,
    SYSTEM,
    TOKENS,
    authorization,
    envelope,
    plan,
    refused,
    sent_body,
    went_to,
)

_WORD = "pässwörd 密码"
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_SM2_SECRET, _SM2_PUBLIC = SM2().generate_keypair()
_DECODERS: dict[str, Callable[[str], bytes]] = {
    "base64": lambda text: base64.b64decode(text, validate=True),
    "hex": bytes.fromhex,
}


def pem(key: Any = _RSA) -> str:
    text = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return str(text.decode())


def der() -> str:
    """Return the key as bare base64."""
    data = _RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(data).decode()


def of_another_algorithm() -> str:
    data = bytearray(base64.b64decode(der()))
    data[data.index(bytes.fromhex("2a864886f70d010101")) + 8] = 99
    return base64.b64encode(data).decode()


def keys(**facts: Any) -> dict[str, Any]:
    published = {"rsa": {"publicKey": pem()}, "sm2": {"publicKey": _SM2_PUBLIC.hex()}}
    return {**published, "version": {"server": "1"}, "publicIps": [], **facts}


def plan_both(wire: Wire, system: Any) -> None:
    wire.plan(SYSTEM, system)
    plan(wire, SIGNIN, envelope(TOKENS))


def sent(wire: Wire, encryption: PasswordEncryption, system: Any, **arguments: Any) -> Any:
    plan_both(wire, system)
    usual = {"account": "u", "password": _WORD}
    make_client().sign_in(**{**usual, **arguments}, encryption=encryption)
    return sent_body(wire.requests[1])


def refusal(wire: Wire, system: Any, kind: Any = "rsa", **facts: Any) -> Any:
    wire.plan(SYSTEM, system, **facts)
    encryption = PasswordEncryption(kind)
    with pytest.raises(InvalidResponseError) as caught:
        make_client().sign_in("u", password=_WORD, encryption=encryption)
    return caught.value


@pytest.mark.parametrize("encoding", ["base64", "hex"])
@pytest.mark.parametrize("key", [pem(), der()], ids=["PEM", "bare"])
def test_rsa_is_read_with_the_private_key(
    wire: Wire, encoding: Literal["base64", "hex"], key: str
) -> None:
    encryption = PasswordEncryption(encoding=encoding)
    body = sent(wire, encryption, keys(rsa={"publicKey": key}))
    written = body["passwordPayload"]["password"]
    assert _RSA.decrypt(_DECODERS[encoding](written), PKCS1v15()).decode() == _WORD
    assert body["options"] == {"passwordEncryptType": "rsa"}


@pytest.mark.parametrize("encoding", ["base64", pytest.param("hex", marks=pytest.mark.slow)])
def test_sm2_is_read_with_the_private_key(wire: Wire, encoding: Literal["base64", "hex"]) -> None:
    body = sent(wire, PasswordEncryption("sm2", encoding), keys())
    written = _DECODERS[encoding](body["passwordPayload"]["password"])
    assert SM2(sk=_SM2_SECRET).decrypt(written).decode() == _WORD
    assert body["options"] == {"passwordEncryptType": "sm2"}


@pytest.mark.parametrize(("directory", "payload"), [("LDAP", "ldapPayload"), ("AD", "adPayload")])
def test_password_of_a_directory_is_encrypted_too(
    wire: Wire, directory: str, payload: str
) -> None:
    body = sent(wire, PasswordEncryption(), keys(), directory=directory)
    written = base64.b64decode(body[payload]["password"])
    assert _RSA.decrypt(written, PKCS1v15()).decode() == _WORD


def test_it_is_off_by_default(wire: Wire) -> None:
    plan(wire, SIGNIN, envelope(TOKENS))
    make_client().sign_in("u", password=_WORD)
    assert sent_body(wire.request)["passwordPayload"] == {"password": _WORD, "account": "u"}


def test_code_needs_no_key(wire: Wire) -> None:
    plan(wire, SIGNIN, envelope(TOKENS))
    make_client().sign_in(email=EMAIL, pass_code="123456", encryption=PasswordEncryption())
    assert sent_body(wire.request)["passCodePayload"]["passCode"] == "123456"


def test_key_is_asked_for_as_nobody(wire: Wire) -> None:
    sent(wire, PasswordEncryption(), keys())
    assert went_to(wire.requests[0]) == ("GET", SYSTEM)
    assert [authorization(request) for request in wire.requests] == [None, None]
    assert not wire.requests[0].body


def test_key_may_come_in_an_envelope(wire: Wire) -> None:
    body = sent(wire, PasswordEncryption(), envelope(keys()))
    assert _WORD not in str(body)


def test_keys_of_the_other_kind_may_be_missing(wire: Wire) -> None:
    assert _WORD not in str(sent(wire, PasswordEncryption(), {"rsa": {"publicKey": pem()}}))


_UNREADABLE: dict[str, Any] = {
    "none": {},
    "null": {"rsa": None},
    "empty": {"rsa": {"publicKey": ""}},
    "text": {"rsa": {"publicKey": "example"}},
    "half a surrogate pair": {"rsa": {"publicKey": "\ud800"}},
    "cut": {"rsa": {"publicKey": pem()[:200]}},
    "of a curve": {"rsa": {"publicKey": pem(ec.generate_private_key(ec.SECP256R1()))}},
    "of another algorithm": {"rsa": {"publicKey": of_another_algorithm()}},
}


@pytest.mark.parametrize("system", _UNREADABLE.values(), ids=_UNREADABLE)
def test_rsa_key_that_cannot_be_read_is_an_invalid_response(wire: Wire, system: Any) -> None:
    error = refusal(wire, system)
    assert (type(error), error.where) == (InvalidResponseError, "rsa.publicKey")
    assert (error.__cause__, error.__suppress_context__ or not error.__context__) == (None, True)


def test_rsa_key_that_is_too_small_is_refused_before_the_password_leaves(wire: Wire) -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=2047)
    error = refusal(wire, keys(rsa={"publicKey": pem(small)}))
    assert type(error) is InvalidResponseError
    assert error.message == "rsa.publicKey: wanted at least 2048 bits, got 2047"
    assert [went_to(one) for one in wire.requests] == [("GET", SYSTEM)]


@pytest.mark.parametrize("key", ["", "00", "example", "04" + "11" * 63])
def test_sm2_key_that_cannot_be_read_is_an_invalid_response(wire: Wire, key: str) -> None:
    error = refusal(wire, {"sm2": {"publicKey": key}}, "sm2")
    assert (type(error), error.where) == (InvalidResponseError, "sm2.publicKey")


@pytest.mark.parametrize("system", [{"rsa": []}, {"rsa": {}}, {"rsa": {"publicKey": 7}}])
def test_keys_that_do_not_fit_are_an_invalid_response(wire: Wire, system: Any) -> None:
    error = refusal(wire, system)
    assert (type(error), error.path) == (InvalidResponseError, SYSTEM)


def test_password_too_long_for_the_key_is_refused(wire: Wire) -> None:
    wire.plan(SYSTEM, keys())
    with pytest.raises(InvalidResponseError) as caught:
        make_client().sign_in("u", password="x" * 246, encryption=PasswordEncryption())
    error = caught.value
    assert error.message == (
        "rsa.publicKey: wanted a key that is long enough for the password, got 2048 bits"
    )
    assert (error.path, error.outcome_unknown) == (SYSTEM, False)
    assert [went_to(one) for one in wire.requests] == [("GET", SYSTEM)]


def test_password_may_fill_the_key(wire: Wire) -> None:
    body = sent(wire, PasswordEncryption(), keys(), password="x" * 245)
    written = base64.b64decode(body["passwordPayload"]["password"])
    assert _RSA.decrypt(written, PKCS1v15()) == b"x" * 245


@pytest.mark.parametrize(
    ("kind", "module"),
    [("rsa", "cryptography.hazmat.primitives.asymmetric.padding"), ("sm2", "gmalg")],
)
def test_missing_extra_is_named_with_its_install_line_and_nothing_is_sent(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, kind: Any, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError) as caught:
        make_client().sign_in("u", password=_WORD, encryption=PasswordEncryption(kind))
    assert f'pip install "authing-mfa[{kind}]"' in caught.value.message
    assert len(wire.requests) == 0


def test_code_needs_no_extra(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gmalg", None)
    plan(wire, SIGNIN, envelope(TOKENS))
    make_client().sign_in(email=EMAIL, pass_code="123456", encryption=PasswordEncryption("sm2"))
    assert len(wire.requests) == 1


@pytest.mark.parametrize("name", ["context", "custom_data"])
@pytest.mark.parametrize(
    "value", [{"a": {1}}, {"a": object()}, {"a": float("nan")}], ids=["set", "object", "NaN"]
)
def test_options_that_are_no_json_are_refused_before_the_key_is_asked_for(
    wire: Wire, name: str, value: Any
) -> None:
    options = SignInOptions(**{name: value})
    with pytest.raises(ConfigurationError, match=r"^json: wanted JSON types"):
        make_client().sign_in(
            "u", password=_WORD, encryption=PasswordEncryption(), options=options
        )
    assert len(wire.requests) == 0


def test_refused_key_ends_the_sign_in(wire: Wire) -> None:
    wire.plan(SYSTEM, refused(404), status=404)
    with pytest.raises(NotFoundError) as caught:
        make_client().sign_in("u", password=_WORD, encryption=PasswordEncryption())
    assert (
        caught.value.method,
        caught.value.path,
        caught.value.outcome_unknown,
    ) == ("GET", SYSTEM, False)


def test_key_is_asked_for_again_where_the_service_was_down(wire: Wire) -> None:
    wire.plan(SYSTEM, b"<html>", status=503, headers={"Retry-After": "0"})
    plan_both(wire, keys())
    client = make_client(max_retries=1)
    client.sign_in("u", password=_WORD, encryption=PasswordEncryption())
    assert [went_to(request) for request in wire.requests] == [
        ("GET", SYSTEM),
        ("GET", SYSTEM),
        ("POST", SIGNIN),
    ]


def test_one_deadline_bounds_key_and_sign_in(wire: Wire) -> None:
    wire.plan(SYSTEM, b"<html>", status=503, headers={"Retry-After": "60"})
    with pytest.raises((ServerError, RequestTimeoutError)):
        make_client(deadline=1, max_retries=1).sign_in(
            "u", password=_WORD, encryption=PasswordEncryption()
        )
    assert len(wire.requests) == 1
