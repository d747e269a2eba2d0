"""The secrets of signing in and stepping up: each is marked, and searched for in all one sees."""

from __future__ import annotations

import logging
import pickle
import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import attrs
import pytest
import requests
from wire import HOST, Wire, make_client

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    CallRecord,
    ManagementClient,
    MFATrigger,
    PasswordEncryption,
    SignInOptions,
    TokenSet,
)

from .answers import (
    DONE,
    MANAGEMENT_TOKEN,
    OIDC_TOKEN,
    RECORD,
    REVOCATION,
    SEND_EMAIL,
    SEND_SMS,
    SIGNIN,
    SYSTEM,
    TRIGGER_DATA,
    envelope,
    jwt,
    plan,
    refused,
    v2,
)
from .refreshing import ending_in, plan_list
from .test_passwords import keys

_MARK: Final = "ma" + "rked"  # no line of this file may hold it: tracebacks show their lines
_CODE: Final = "91827" + "3"
_RECOVERY: Final = "-".join(["feed", "face"] * 3)
_PATTERN: Final = re.compile(f"{_MARK}|{_CODE}|{_RECOVERY}", re.IGNORECASE)


def secret(name: str) -> str:
    return f"example-{_MARK}-{name}"


def marked_record(**facts: Any) -> dict[str, Any]:
    names = ("token", "password", "salt", "encryptedPassword")
    return {**RECORD, **{name: secret(name) for name in names}, "secretInfo": secret("i"), **facts}


_TRIGGER: Final = {
    "mfaToken": jwt(exp=4102444800, jti="x") + secret("mfa"),
    "applicationMfa": [
        {"mfaPolicy": kind, "status": 1, "sort": 1} for kind in ("SMS", "EMAIL", "OTP", "FACE")
    ],
    "mfaPhone": "18800000000",
    "mfaEmail": f"{_MARK}@example.com",
}
_TOKENS: Final = {
    "access_token": secret("access"),
    "refresh_token": secret("refresh"),
    "id_token": secret("id"),
    "expire_in": 7200,
}
_ASSOCIATION: Final = {
    "secret": _MARK.upper(),
    "qrcode_uri": f"otpauth://totp/Demo:{_MARK}?secret={_MARK.upper()}&issuer=Demo",
    "qrcode_data_url": f"data:image/png;base64,{_MARK}==",
    "recovery_code": _RECOVERY,
}


def make() -> AuthenticationClient:
    held = ending_in(-1, access_token=secret("old"), refresh_token=secret("held"))
    return make_client(access_token=held, app_secret=secret("app"), on_call=_records.append)


def management() -> ManagementClient:
    return ManagementClient(
        access_key_id="key_example",
        access_key_secret=secret("key"),
        host=HOST,
        max_retries=0,
        on_call=_records.append,
    )


_records: list[CallRecord] = []


def _management_token() -> str:
    return jwt(scoped_userpool_id="pool_example") + secret("management")


def challenge(client: AuthenticationClient) -> Any:
    return client.challenge(MFATrigger.from_dict(_TRIGGER))


@attrs.frozen
class Case:
    """One call, where it goes, its success with every secret marked, and what then follows."""

    path: str
    success: Any
    run: Callable[[], Any]
    then: Callable[[Wire], None] = lambda wire: None


def _sign_in(**arguments: Any) -> Callable[[], Any]:
    options = SignInOptions(scope="openid", context={"a": secret("context")})
    return lambda: make().sign_in(**arguments, options=options)


_CASES: Final = {
    "sign in": Case(
        SIGNIN, envelope(_TOKENS), _sign_in(account=secret("user"), password=secret("word"))
    ),
    "sign in by code": Case(
        SIGNIN, envelope(_TOKENS), _sign_in(email=f"{_MARK}@example.com", pass_code=_CODE)
    ),
    "LDAP": Case(
        SIGNIN,
        envelope(_TOKENS),
        _sign_in(account="u", password=secret("word"), directory="LDAP"),
    ),
    "send SMS": Case(SEND_SMS, DONE, lambda: make().send_sms("18800000000")),
    "send e-mail": Case(SEND_EMAIL, DONE, lambda: make().send_email(f"{_MARK}@example.com")),
    "refresh": Case(OIDC_TOKEN, _TOKENS, lambda: make().list_enrolled_factors(), plan_list),
    "sign out": Case(REVOCATION, b"", lambda: make().sign_out()),
    "challenge's SMS": Case(SEND_SMS, DONE, lambda: challenge(make()).send_sms()),
    "SMS": Case(
        "/api/v2/applications/mfa/sms/verify",
        v2(marked_record()),
        lambda: challenge(make()).verify_sms(_CODE),
    ),
    "e-mail": Case(
        "/api/v2/applications/mfa/email/verify",
        v2(marked_record()),
        lambda: challenge(make()).verify_email(_CODE),
    ),
    "TOTP": Case(
        "/api/v2/mfa/totp/verify",
        v2(marked_record()),
        lambda: challenge(make()).verify_totp(_CODE),
    ),
    "recovery code": Case(
        "/api/v2/mfa/totp/recovery",
        v2(marked_record(), recoveryCode=_RECOVERY),
        lambda: challenge(make()).verify_recovery_code(_RECOVERY),
    ),
    "recovery code inside": Case(
        "/api/v2/mfa/totp/recovery",
        v2(marked_record(recoveryCode=_RECOVERY)),
        lambda: challenge(make()).verify_recovery_code(_RECOVERY),
    ),
    "face": Case(
        "/api/v2/mfa/face/verify",
        v2(marked_record()),
        lambda: challenge(make()).verify_face(secret("photo")),
    ),
    "associate TOTP": Case(
        "/api/v2/mfa/totp/associate",
        v2(_ASSOCIATION),
        lambda: challenge(make()).associate_totp(),
    ),
    "confirm TOTP": Case(
        "/api/v2/mfa/totp/associate/confirm",
        v2(),
        lambda: challenge(make()).confirm_totp(_CODE),
        lambda wire: plan(wire, "/api/v2/mfa/totp/verify", v2(marked_record())),
    ),
    "check": Case(
        "/api/v2/applications/mfa/check",
        v2(True),
        lambda: challenge(make()).can_bind(email=f"{_MARK}@example.com"),
    ),
    "management token": Case(
        MANAGEMENT_TOKEN,
        envelope({"access_token": _management_token(), "expires_in": 7200}),
        lambda: management().get_mfa_trigger_data("app_example", "u_1"),
        lambda wire: wire.plan(TRIGGER_DATA, envelope(_TRIGGER)),
    ),
}


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Search each test's log and call records."""
    _records.clear()
    caplog.set_level(logging.DEBUG, logger="authing_mfa")
    yield
    logged = [it for it in caplog.records if it.name.startswith("authing_mfa")]
    texts = [f"{it.getMessage()} {it.msg} {it.exc_text}" for it in logged]
    assert [] == found([*texts, *map(repr, _records)])


def found(texts: Iterable[str]) -> list[str]:
    return [f"{mark} in {text[:200]}" for text in texts for mark in _PATTERN.findall(text)]


def shown(error: BaseException) -> Iterator[str]:
    yield from (str(error), repr(error), repr(vars(error)), repr(error.args))
    yield repr(pickle.dumps(error))
    yield "".join(traceback.format_exception(error))
    for link in (error.__cause__, error.__context__):
        if link is not None:
            yield from shown(link)


def outcome(case: Case) -> Any:
    try:
        return case.run()
    except AuthingMFAError as error:
        return error


def search(result: Any) -> None:
    texts = shown(result) if isinstance(result, AuthingMFAError) else (str(result), repr(result))
    assert [] == found(texts)


_FAILURES: Final[dict[str, tuple[Any, int]]] = {
    "wrong password": (refused(403, 2333), 200),
    "wrong code": (refused(400, 6001), 200),
    "400 in code": ({"code": 400, "message": ""}, 400),
    "dead token": (refused(401, 2020), 200),
    "MFA required": (refused(403, 1636, data=_TRIGGER), 200),
    "MFA required without a usable trigger": (
        refused(403, 1636, data={"mfaToken": [_TRIGGER["mfaToken"]]}),
        200,
    ),
    "OAuth error": ({"error": "invalid_grant", "error_description": "no"}, 400),
    "page": (f"<html>{_MARK}".encode(), 502),
    "page with 200": (f"<html>{_MARK}".encode(), 200),
    "broken": (requests.ConnectionError(_MARK), 200),
    "slow": (requests.ReadTimeout(_MARK), 200),
    "data of another type": (envelope([secret("data")]), 200),
    "tokens of another type": (
        {"access_token": [secret("a")], "expires_in": secret("b"), "refresh_token": [_MARK]},
        200,
    ),
    "record of another type": (v2({"id": [secret("id")], "token": [secret("token")]}), 200),
    "token that cannot be sent": (
        envelope({"access_token": secret("a") + "\r\n", "expires_in": 1}),
        200,
    ),
}
each_case = pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)


@each_case
def test_success_shows_none(wire: Wire, case: Case) -> None:
    plan(wire, case.path, case.success)
    case.then(wire)
    result = case.run()
    assert [] == found([str(result), repr(result)])


@each_case
@pytest.mark.parametrize(("body", "status"), _FAILURES.values(), ids=_FAILURES)
def test_failure_shows_none(wire: Wire, case: Case, body: Any, status: int) -> None:
    plan(wire, case.path, body, status=status)
    result = outcome(case)
    assert [] == found(shown(result) if isinstance(result, AuthingMFAError) else [repr(result)])


def test_key_for_passwords_and_what_it_hides_show_nothing(wire: Wire) -> None:
    wire.plan(SYSTEM, keys())
    plan(wire, SIGNIN, refused(403, 2333))
    with pytest.raises(AuthingMFAError) as caught:
        make().sign_in("u", password=secret("word"), encryption=PasswordEncryption())
    assert [] == found(shown(caught.value))


_BAD: Final[dict[str, Callable[[], Any]]] = {
    "code of letters": lambda: challenge(make()).verify_totp(secret("code")),
    "short code": lambda: challenge(make()).verify_totp(_CODE[:-1]),
    "recovery code": lambda: challenge(make()).verify_recovery_code(_RECOVERY[1:]),
    "pass code": lambda: make().sign_in(email="a@example.com", pass_code=secret("code")),
    "phone": lambda: make().send_sms(secret("phone")),
    "address": lambda: make().send_email(secret("email")),
    "scope": lambda: make().sign_in("u", password="p", options=SignInOptions(scope=_MARK)),
    "address of the end user": lambda: make().sign_in(
        "u", password="p", options=SignInOptions(client_ip=_MARK)
    ),
    "password and code": lambda: make().sign_in("u", password=_MARK, pass_code=_CODE),
    "mfaToken": lambda: make_client().challenge(MFATrigger(mfa_token=_MARK + "\n")),
    "mfaToken that has ended": lambda: make_client().challenge(
        MFATrigger(mfa_token=jwt(exp=1) + _MARK)
    ),
    "stored trigger": lambda: MFATrigger.from_dict({"mfaToken": [_MARK]}),
    "stored tokens": lambda: TokenSet.from_dict({"access_token": [_MARK], "expires_at": _MARK}),
    "access token": lambda: make().as_user(_MARK + "\n"),
    "secret": lambda: make_client(app_secret=_MARK + "\n"),
}


@pytest.mark.parametrize("call", _BAD.values(), ids=_BAD)
def test_refusal_here_shows_none(call: Callable[[], Any]) -> None:
    with pytest.raises(AuthingMFAError) as caught:
        call()
    assert [] == found(shown(caught.value))


def test_objects_show_none() -> None:
    client, admin = make(), management()
    trigger = MFATrigger.from_dict(_TRIGGER)
    tokens = ending_in(
        -1, access_token=secret("a"), refresh_token=secret("r"), id_token=secret("i")
    )
    values = [client, admin, client.challenge(trigger), trigger, tokens]
    assert [] == found([*map(str, values), *map(repr, values), repr(values)])


def test_attributes_of_objects_show_none() -> None:
    client = make()
    values = [client, management(), client.challenge(MFATrigger.from_dict(_TRIGGER))]
    assert [] == found(repr(vars(value)) for value in values)


def test_pickled_clients_hold_none() -> None:
    facts = {"on_call": None, "max_retries": 0}
    held = ending_in(-1, access_token=secret("old"), refresh_token=secret("held"))
    client = make_client(access_token=held, app_secret=secret("app"), **facts)
    assert [] == found([repr(pickle.dumps(client)), repr(pickle.dumps(client.as_user(held)))])


def test_search_finds_what_it_looks_for() -> None:
    assert 3 == len(found([secret("a"), f"x{_CODE}", _RECOVERY.upper()]))
