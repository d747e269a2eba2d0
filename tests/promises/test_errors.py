"""Every failure is an error of ours, with a type by its code: README "Errors", docs/codes.md."""

from __future__ import annotations

import base64
import contextlib
import copy
import gzip
import io
import json
import pickle
import re
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
import urllib3

import authing_mfa
from authing_mfa import (
    APIError,
    AuthenticationClient,
    AuthingMFAError,
    ClientError,
    ConfigurationError,
    FactorNotOfferedError,
    InvalidResponseError,
    ManagementClient,
    MFARequiredError,
    ServerError,
    ThirdPartyError,
    ThrottleError,
    TransportError,
    UnauthorizedError,
)
from authing_mfa.sandbox import Sandbox
from tests.support.wire import HOST, METHODS, make_client

from .people import Person, Program, outcome_of

_PAGES = Path(__file__).parents[2]
_LIST = "/api/v3/list-enrolled-factors"


def _error_of(answer: Any, *, status: int = 200, headers: Any = None, lang: str = "en-US") -> Any:
    """Return what the client makes of an answer: an error, or the value."""
    body = answer if isinstance(answer, (str, bytes, Exception)) else json.dumps(answer)
    with responses.RequestsMock() as mocked, make_client(lang=lang) as client:
        mocked.add("GET", HOST + _LIST, body=body, status=status, headers=headers)
        try:
            return client.list_enrolled_factors()
        except AuthingMFAError as error:
            return error


def _table(page: str, heading: str) -> list[list[str]]:
    text = (_PAGES / "docs" / page).read_text("utf-8").split(f"## {heading}")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row] for row in rows[2:]]


@pytest.mark.repository
def test_each_api_code_has_the_class_of_the_table() -> None:
    for code, name, english, chinese in _table("codes.md", "apiCode"):
        expected = "ForbiddenError" if name == "by `statusCode" else name
        for spelt in (int(code), code):
            error = _error_of({"statusCode": 403, "apiCode": spelt, "message": "x"})
            assert (code, type(error).__name__) == (code, expected)
            assert (error.api_code, error.hint, error.hint_in("zh-CN")) == (
                int(code),
                english,
                chinese,
            )


@pytest.mark.repository
def test_each_status_code_has_the_class_of_the_table() -> None:
    for codes, name in _table("codes.md", "statusCode")[1:]:
        for code in codes.split(", "):
            for spelt in (int(code), code):
                error = _error_of({"statusCode": spelt, "message": "x"})
                assert (code, type(error).__name__) == (code, name)


@pytest.mark.parametrize(
    ("code", "kind"),
    [(418, ClientError), (451, ClientError), (599, ServerError), (699, ThirdPartyError)],
)
def test_unknown_code_is_of_its_family(code: int, kind: type[APIError]) -> None:
    assert type(_error_of({"statusCode": code, "message": ""})) is kind


@pytest.mark.parametrize("code", [0, -1, 1, 100, 201, 302, 700, 999, 10**6])
def test_any_other_number_is_a_plain_api_error(code: int) -> None:
    error = _error_of({"statusCode": code, "message": ""})
    assert (type(error), error.status_code) == (APIError, code)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 499, 500, 502, 503, 504])
def test_without_an_envelope_the_http_status_decides(status: int) -> None:
    for body in ("", "<html>", "null", "[]", "{}", '"x"', "0"):
        error = _error_of(body, status=status)
        expected = _error_of({"statusCode": status, "message": ""}) if status != 504 else error
        assert isinstance(error, APIError)
        assert type(error) is type(expected)
        assert error.http_status == status


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "0",
        '""',
        "[]",
        "{}",
        "[[[[",
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"statusCode": 1e999}',
        '{"statusCode": ' + "9" * 5000 + "}",
        '{"statusCode": NaN}',
        '{"statusCode": true, "message": ""}',
        '{"statusCode": null, "message": ""}',
        '{"statusCode": [], "message": ""}',
        '{"statusCode": "two hundred", "message": ""}',
        '{"statusCode": 200.5, "message": ""}',
        '{"statusCode": 200, "message": "", "data": null}',
        '{"statusCode": 200, "message": "", "data": 0}',
        '{"statusCode": 200, "message": "", "data": ""}',
        '{"statusCode": 200, "message": "", "data": "[]"}',
        '{"statusCode": 200, "message": "", "data": [null]}',
        '{"statusCode": 200, "message": "", "data": [[]]}',
        '{"statusCode": 200, "message": "", "data": [{}]}',
        '{"statusCode": 200, "message": "", "data": [{"factorId": ""}]}',
        '{"statusCode": 200, "message": ""}',
        b"\xff\xfe",
        b"\x00" * 100,
        b"\xef\xbb\xbf{",
        "<html>OK</html>",
    ],
)
def test_hostile_answer_is_an_error_of_ours(answer: Any) -> None:
    error = _error_of(answer)
    assert isinstance(error, AuthingMFAError)
    assert str(error).isprintable()
    assert type(pickle.loads(pickle.dumps(error))) is type(error)
    assert error.outcome_unknown is False


def test_success_is_200_alone() -> None:
    data = [{"factorId": "f", "factorType": "OTP", "profile": {}}]
    assert len(_error_of({"statusCode": 200, "message": "", "data": data})) == 1
    for code in (0, 199, 201, 204, 300, "201"):
        assert isinstance(_error_of({"statusCode": code, "message": "", "data": data}), APIError)


@pytest.mark.parametrize("odd", ["", 0, None, [], {}, False, "x", 1.5, -1, 10**30])
@pytest.mark.parametrize("name", ["message", "apiCode", "requestId"])
def test_odd_field_of_a_refusal_hides_no_refusal(name: str, odd: Any) -> None:
    error = _error_of({"statusCode": 404, "message": "m", "requestId": "r", name: odd})
    assert isinstance(error, AuthingMFAError)
    assert isinstance(error, (APIError, InvalidResponseError))
    assert str(error).isprintable()


@pytest.mark.parametrize("name", sorted(METHODS))
@pytest.mark.parametrize(
    "body",
    [
        ConnectionResetError(),
        OSError(5, "x"),
        ssl.SSLError("x"),
        requests.RequestException("x"),
        requests.exceptions.ChunkedEncodingError("x"),
        urllib3.exceptions.HTTPError("x"),
    ],
)
def test_whatever_breaks_below_is_an_error_of_ours(name: str, body: Exception) -> None:
    method = METHODS[name]
    with responses.RequestsMock() as mocked, make_client() as client:
        mocked.add(method.verb, HOST + method.path, body=body)
        with pytest.raises(TransportError) as caught:
            method.call(client)
    assert caught.value.outcome_unknown is not method.safe


@pytest.mark.slow
def test_gzip_bomb_is_read_to_its_bound_only() -> None:
    bomb = gzip.compress(b" " * 64 * 1024 * 1024)
    error = _error_of(bomb, headers={"Content-Encoding": "gzip"})
    assert isinstance(error, InvalidResponseError)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "compress", "x", "gzip,deflate"])
def test_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    body = gzip.compress(gzip.compress(b"{}"))
    error = _error_of(body, headers={"Content-Encoding": encoding})
    assert isinstance(error, (InvalidResponseError, TransportError))


# -- the tree


@pytest.mark.repository
def test_tree_of_the_readme_is_the_tree() -> None:
    text = (_PAGES / "README.md").read_text("utf-8").split("## Errors")[1].split("```")[1]
    parents: list[tuple[int, str]] = []
    for line in text.splitlines()[1:]:
        found = re.match(r"^([│ ├└─]*)(\w+)", line)
        if not found:
            continue
        depth, name = len(found[1]), found[2]
        while parents and parents[-1][0] >= depth:
            parents.pop()
        kind = getattr(authing_mfa, name)
        if parents:
            assert issubclass(kind, getattr(authing_mfa, parents[-1][1]))
        parents.append((depth, name))
    assert issubclass(ConfigurationError, ValueError)


def _all_errors() -> list[type[AuthingMFAError]]:
    kinds = [getattr(authing_mfa, name) for name in authing_mfa.__all__ if name.endswith("Error")]
    assert len(kinds) > 25
    return kinds


@pytest.mark.parametrize("kind", _all_errors())
def test_errors_are_pickled_and_copied(kind: type[AuthingMFAError]) -> None:
    facts: dict[str, Any] = {"method": "GET", "path": "/x", "outcome_unknown": True}
    for error in (kind(), kind("a message"), kind("a message", **facts)):
        for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
            assert (type(twin), str(twin), vars(twin)) == (kind, str(error), vars(error))
            assert twin.outcome_unknown == error.outcome_unknown


@pytest.mark.slow
def test_errors_cross_a_process(second_process: Program) -> None:
    program = """if True:
        import base64, json, pickle
        import authing_mfa
        kinds = [getattr(authing_mfa, it) for it in authing_mfa.__all__ if it.endswith("Error")]
        print(json.dumps(base64.b64encode(pickle.dumps([it("m") for it in kinds])).decode()))
    """
    errors = pickle.loads(base64.b64decode(second_process(program)))
    assert [type(it) for it in errors] == _all_errors()


def test_hint_is_for_any_language() -> None:
    error = APIError(api_code=6001, lang="en-US")
    assert error.hint_in("zh-CN") != error.hint_in("en-US") == error.hint
    for odd in ("", "zh", "fr-FR", "ZH-cn"):
        assert isinstance(error.hint_in(odd), str)
    assert APIError(api_code=0).hint is None
    assert APIError().hint_in("en-US") is None
    odds: list[Any] = [None, 0, b"zh"]
    for lang in odds:
        with contextlib.suppress(ConfigurationError):
            assert isinstance(error.hint_in(lang), str)


def test_no_error_prints_what_cannot_be_printed() -> None:
    error = _error_of('{"statusCode": 400, "message": "half \\ud800 of one"}')
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict")
    print(error, repr(error), error.message, file=stream)
    stream.flush()


# -- facts


def test_error_says_which_call_it_was(sandbox: Sandbox, anna: Person) -> None:
    with pytest.raises(authing_mfa.NotFoundError) as caught:
        anna.client.get_factor("6229ffaa0000000000001234|sms")
    error = caught.value
    assert (error.method, error.path) == ("GET", "/api/v3/get-factor")
    assert (error.status_code, error.http_status) == (404, 200)
    assert error.request_id


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7), ("0", 0), ("", None), ("soon", None), (None, None)]
)
def test_retry_after_is_told_where_the_service_said_so(value: Any, seconds: Any) -> None:
    headers = {"Retry-After": value} if value is not None else None
    error = _error_of({"statusCode": 429, "message": ""}, status=429, headers=headers)
    assert isinstance(error, ThrottleError)
    assert error.retry_after == seconds


def test_invalid_response_says_where() -> None:
    answer = {"statusCode": 200, "message": "", "data": [{}]}
    ok = {"factorId": "f", "factorType": "OTP", "profile": {}}
    answer["data"] = [ok, {**ok, "factorId": 7}]
    error = _error_of(answer)
    assert isinstance(error, InvalidResponseError)
    assert error.where == "data[1].factorId"
    assert "7" not in str(error).replace("HTTP 200", "")


@pytest.mark.parametrize(
    "data", [None, "", 0, [], {}, {"mfaToken": ""}, {"mfaToken": None}, {"mfaToken": 0}]
)
@pytest.mark.parametrize("code", [1635, 1636, "1636"])
def test_demand_for_mfa_with_an_odd_trigger_is_still_one(code: Any, data: Any) -> None:
    error = _error_of({"statusCode": 403, "apiCode": code, "message": "", "data": data})
    assert isinstance(error, MFARequiredError)
    with (
        AuthenticationClient(app_id="app", app_host=HOST) as client,
        pytest.raises(ConfigurationError),
    ):
        client.challenge(error.trigger)


def test_two_users_errors_do_not_mix(sandbox: Sandbox, anna: Person, ben: Person) -> None:
    sandbox.faults.status(401, path="list-enrolled-factors", times=2)
    for person in (anna, ben):
        error = outcome_of(person.client.list_enrolled_factors)
        assert isinstance(error, UnauthorizedError) or len(error) in (1, 2)
    assert (anna.factor_types, ben.factor_types) == (["OTP", "SMS"], ["EMAIL"])


# -- closing, and callbacks


def test_closed_client_raises_our_errors_or_works(sandbox: Sandbox, anna: Person) -> None:
    client = AuthenticationClient(**anna.user.credentials)
    client.list_enrolled_factors()
    client.close()
    client.close()
    outcome_of(client.list_enrolled_factors)


def test_closing_during_calls_raises_only_our_errors(sandbox: Sandbox, anna: Person) -> None:
    client = AuthenticationClient(**anna.user.credentials)
    sandbox.faults.latency(0.02, times=None)

    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(outcome_of, client.list_enrolled_factors) for _ in range(60)]
        for _ in range(20):
            client.close()
        results = [future.result() for future in futures]
    assert len(results) == 60


def test_subclass_is_caught_first(sandbox: Sandbox) -> None:
    assert issubclass(FactorNotOfferedError, ConfigurationError)


def test_wrong_key_of_an_administrator_is_unauthorized(sandbox: Sandbox) -> None:
    wrong = {**sandbox.management_credentials, "access_key_secret": "not the secret"}
    for signing in (None, "authing", "genauth"):
        with (
            ManagementClient(**wrong, signing=signing) as admin,
            pytest.raises(UnauthorizedError),
        ):
            admin.get_global_mfa_settings()
