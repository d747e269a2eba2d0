"""The secrets of signing in and stepping up: each is marked, and searched for in all one sees."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import pytest
import requests

from authing_mfa import (
    AuthingMFAError,
    MFATrigger,
    PasswordEncryption,
    SignInOptions,
    TokenSet,
)
from tests.support.wire import Wire, make_client

from .answers import (
    SIGNIN,
    SYSTEM,
    envelope,
    jwt,
    plan,
    refused,
    v2,
)
from .marks import (
    CASES,
    CODE,
    MARK,
    PATTERN,
    RECOVERY,
    TRIGGER,
    Case,
    call_records,
    challenge,
    make,
    management,
    secret,
)
from .refreshing import ending_in
from .test_passwords import keys


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Search each test's log and call records."""
    call_records.clear()
    caplog.set_level(logging.DEBUG, logger="authing_mfa")
    yield
    logged = [it for it in caplog.get_records("call") if it.name.startswith("authing_mfa")]
    texts = [f"{it.getMessage()} {it.msg} {it.exc_text}" for it in logged]
    assert found([*texts, *map(repr, call_records)]) == []


def found(texts: Iterable[str]) -> list[str]:
    return [f"{mark} in {text[:200]}" for text in texts for mark in PATTERN.findall(text)]


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


_FAILURES: Final[dict[str, tuple[Any, int]]] = {
    "wrong password": (refused(403, 2333), 200),
    "wrong code": (refused(400, 6001), 200),
    "400 in code": ({"code": 400, "message": ""}, 400),
    "dead token": (refused(401, 2020), 200),
    "MFA required": (refused(403, 1636, data=TRIGGER), 200),
    "MFA required without a usable trigger": (
        refused(403, 1636, data={"mfaToken": [TRIGGER["mfaToken"]]}),
        200,
    ),
    "OAuth error": ({"error": "invalid_grant", "error_description": "no"}, 400),
    "page": (f"<html>{MARK}".encode(), 502),
    "page with 200": (f"<html>{MARK}".encode(), 200),
    "broken": (requests.ConnectionError(MARK), 200),
    "slow": (requests.ReadTimeout(MARK), 200),
    "data of another type": (envelope([secret("data")]), 200),
    "tokens of another type": (
        {"access_token": [secret("a")], "expires_in": secret("b"), "refresh_token": [MARK]},
        200,
    ),
    "record of another type": (v2({"id": [secret("id")], "token": [secret("token")]}), 200),
    "token that cannot be sent": (
        envelope({"access_token": secret("a") + "\r\n", "expires_in": 1}),
        200,
    ),
}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@each_case
def test_success_shows_none(wire: Wire, case: Case) -> None:
    plan(wire, case.path, case.success)
    case.then(wire)
    result = case.run()
    assert found([str(result), repr(result)]) == []


@each_case
@pytest.mark.parametrize(("body", "status"), _FAILURES.values(), ids=_FAILURES)
def test_failure_shows_none(wire: Wire, case: Case, body: Any, status: int) -> None:
    plan(wire, case.path, body, status=status)
    result = outcome(case)
    assert found(shown(result) if isinstance(result, AuthingMFAError) else [repr(result)]) == []


def test_key_for_passwords_and_what_it_hides_show_nothing(wire: Wire) -> None:
    wire.plan(SYSTEM, keys())
    plan(wire, SIGNIN, refused(403, 2333))
    with pytest.raises(AuthingMFAError) as caught:
        make().sign_in("u", password=secret("word"), encryption=PasswordEncryption())
    assert found(shown(caught.value)) == []


_BAD: Final[dict[str, Callable[[], Any]]] = {
    "code of letters": lambda: challenge(make()).verify_totp(secret("code")),
    "short code": lambda: challenge(make()).verify_totp(CODE[:-1]),
    "recovery code": lambda: challenge(make()).verify_recovery_code(RECOVERY[1:]),
    "pass code": lambda: make().sign_in(email="a@example.com", pass_code=secret("code")),
    "phone": lambda: make().send_sms(secret("phone")),
    "address": lambda: make().send_email(secret("email")),
    "scope": lambda: make().sign_in("u", password="p", options=SignInOptions(scope=MARK)),
    "address of the end user": lambda: make().sign_in(
        "u", password="p", options=SignInOptions(client_ip=MARK)
    ),
    "password and code": lambda: make().sign_in("u", password=MARK, pass_code=CODE),
    "mfaToken": lambda: make_client().challenge(MFATrigger(mfa_token=MARK + "\n")),
    "mfaToken that has ended": lambda: make_client().challenge(
        MFATrigger(mfa_token=jwt(exp=1) + MARK)
    ),
    "stored trigger": lambda: MFATrigger.from_dict({"mfaToken": [MARK]}),
    "stored tokens": lambda: TokenSet.from_dict({"access_token": [MARK], "expires_at": MARK}),
    "access token": lambda: make().as_user(MARK + "\n"),
    "secret": lambda: make_client(app_secret=MARK + "\n"),
}


@pytest.mark.parametrize("call", _BAD.values(), ids=_BAD)
def test_refusal_here_shows_none(call: Callable[[], Any]) -> None:
    with pytest.raises(AuthingMFAError) as caught:
        call()
    assert found(shown(caught.value)) == []


def test_objects_show_none() -> None:
    client, admin = make(), management()
    trigger = MFATrigger.from_dict(TRIGGER)
    tokens = ending_in(
        -1, access_token=secret("a"), refresh_token=secret("r"), id_token=secret("i")
    )
    values = [client, admin, client.challenge(trigger), trigger, tokens]
    assert found([*map(str, values), *map(repr, values), repr(values)]) == []


def test_attributes_of_objects_show_none() -> None:
    client = make()
    values = [client, management(), client.challenge(MFATrigger.from_dict(TRIGGER))]
    assert found(repr(vars(value)) for value in values) == []


def test_pickled_clients_hold_none() -> None:
    facts = {"on_call": None, "max_retries": 0}
    held = ending_in(-1, access_token=secret("old"), refresh_token=secret("held"))
    client = make_client(access_token=held, app_secret=secret("app"), **facts)
    assert found([repr(pickle.dumps(client)), repr(pickle.dumps(client.as_user(held)))]) == []


def test_search_finds_what_it_looks_for() -> None:
    assert len(found([secret("a"), f"x{CODE}", RECOVERY.upper()])) == 3
