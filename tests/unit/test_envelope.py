"""An HTTP answer -> its envelope, or the right error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authing_mfa import (
    AccountLockedError,
    APIError,
    ClientError,
    CodeRejectedError,
    ConflictError,
    CredentialsRejectedError,
    Envelope,
    FaceRejectedError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidOperationError,
    InvalidResponseError,
    MFARequiredError,
    NotFoundError,
    PasswordResetRequiredError,
    PayloadTooLargeError,
    PaymentNeededError,
    ServerError,
    SignInIncompleteError,
    ThirdPartyError,
    ThrottleError,
    UnauthorizedError,
)
from authing_mfa._protocol.envelope import unwrap, unwrap_bare, unwrap_nothing
from authing_mfa._protocol.response import Response
from tests.support import payloads

_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


def answer(body: Any, http_status: int = 200, **facts: Any) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(http_status=http_status, body=raw, **facts)


def refusal(body: Any, http_status: int = 200, **facts: Any) -> APIError:
    with pytest.raises(APIError) as caught:
        unwrap(answer(body, http_status, **facts))
    return caught.value


def test_success_is_an_envelope_with_status_code_200() -> None:
    opened = unwrap(answer(payloads.raw("get_factor")))
    assert (
        opened.status_code,
        opened.message,
        opened.request_id,
    ) == (200, "操作成功", _REQUEST_ID)
    assert payloads.read("get_factor")["data"] == opened.data


@pytest.mark.parametrize("name", ["enroll_factor", "enroll_factor_null_data"])
def test_success_may_have_no_data(name: str) -> None:
    assert unwrap(answer(payloads.raw(name))).data is None


def test_success_may_have_no_message() -> None:
    assert Envelope(status_code=200, message="") == unwrap(answer({"statusCode": 200}))


def test_success_of_the_older_api_has_its_200_in_code() -> None:
    opened = unwrap(answer(payloads.raw("v2_success")))
    assert (opened.status_code, opened.api_code) == (200, None)


def test_status_code_beats_the_older_code() -> None:
    assert unwrap(answer({"statusCode": 200, "code": 500, "message": ""})).status_code == 200


@pytest.mark.parametrize("http_status", [200, 201, 299])
def test_any_2xx_may_carry_success(http_status: int) -> None:
    assert unwrap(answer({"statusCode": 200}, http_status)).status_code == 200


@pytest.mark.parametrize("http_status", [199, 300, 302, 400, 401, 500, 503])
def test_success_under_an_http_status_that_says_no_is_no_success(http_status: int) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        unwrap(answer({"statusCode": 200}, http_status))
    assert caught.value.where == "HTTP status"
    assert (
        caught.value.message
        == "HTTP status: wanted 2xx with an answer that says it worked, got another"
    )


_BY_STATUS_CODE = {
    400: InvalidArgumentError,
    401: UnauthorizedError,
    402: PaymentNeededError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    413: PayloadTooLargeError,
    422: InvalidOperationError,
    429: ThrottleError,
    499: ClientError,
    500: ServerError,
    501: ServerError,
    502: ServerError,
    503: ServerError,
    601: ThirdPartyError,
    602: ThirdPartyError,
    603: ThirdPartyError,
    302: APIError,
    418: ClientError,
    700: APIError,
}


@pytest.mark.parametrize(("status_code", "cls"), _BY_STATUS_CODE.items())
@pytest.mark.parametrize("http_status", [200, 400, 429, 503])
def test_status_code_names_the_error_whatever_http_says(
    status_code: int, cls: type[APIError], http_status: int
) -> None:
    error = refusal(payloads.raw(f"failure_{status_code}"), http_status)
    assert type(error) is cls
    assert (status_code, None, http_status) == (
        error.status_code,
        error.api_code,
        error.http_status,
    )
    assert (error.message, error.request_id) == ("refused, as an example", _REQUEST_ID)


def test_each_failure_of_the_table_has_a_payload() -> None:
    names = {name for name in payloads.names() if name.startswith("failure_")}
    assert names >= {f"failure_{status_code}" for status_code in _BY_STATUS_CODE}


_BY_API_CODE: dict[type[APIError], tuple[int, ...]] = {
    MFARequiredError: (1635, 1636),
    PasswordResetRequiredError: (1639, 2058),
    SignInIncompleteError: (1640, 1641, 1642),
    AccountLockedError: (1643, 2005),
    CredentialsRejectedError: (2006, 2333),
    FaceRejectedError: tuple(range(1700, 1708)),
    CodeRejectedError: (2001, 2300, 6001, 6002, 6003, 6004),
    NotFoundError: (2004, 2011, 2224),
    UnauthorizedError: (1300, 1301, 1302, 1303, 1304, 1305, 1306, 2020, 2206, 2207),
    ThrottleError: (2080,),
    PaymentNeededError: (4021,),
}


@pytest.mark.parametrize(
    ("api_code", "cls"), [(code, cls) for cls, codes in _BY_API_CODE.items() for code in codes]
)
@pytest.mark.parametrize("status_code", [400, 403, 499, 500])
def test_api_code_decides_before_the_status_code(
    api_code: int, cls: type[APIError], status_code: int
) -> None:
    error = refusal({"statusCode": status_code, "apiCode": api_code, "message": ""})
    assert type(error) is cls
    assert (status_code, api_code) == (error.status_code, error.api_code)


def test_other_api_codes_leave_it_to_the_status_code() -> None:
    error = refusal(payloads.raw("failure_unknown_api_code"))
    assert (type(error), error.api_code) == (InvalidArgumentError, 9999999)


@pytest.mark.parametrize("api_code", [1299, 1307, 1600, 1634, 1637, 1638, 1644, 1699, 1708])
def test_codes_beside_those_leave_it_too(api_code: int) -> None:
    assert InvalidArgumentError is type(refusal({"statusCode": 400, "apiCode": api_code}))


def test_wrong_password_comes_as_the_documents_show_it() -> None:
    error = refusal(payloads.raw("failure_wrong_password"))
    assert (
        type(error),
        error.status_code,
        error.api_code,
    ) == (CredentialsRejectedError, 403, 2333)


@pytest.mark.parametrize(
    ("name", "cls", "status_code", "api_code"),
    [
        ("v2_wrong_totp", CodeRejectedError, 6001, 6001),
        ("v2_wrong_recovery_code", CodeRejectedError, 6002, 6002),
        ("v2_code_as_text", CodeRejectedError, 6001, 6001),
        ("v2_mfa_required", MFARequiredError, 1636, 1636),
        ("v2_api_code_as_text", MFARequiredError, 403, 1636),
        ("v2_confirm_failed", InvalidArgumentError, 400, None),
    ],
)
def test_older_envelopes_give_the_same_errors(
    name: str, cls: type[APIError], status_code: int, api_code: int | None
) -> None:
    error = refusal(payloads.raw(name))
    assert (type(error), error.status_code, error.api_code) == (cls, status_code, api_code)


@pytest.mark.parametrize(("code", "api_code"), [(401, None), (999, None), (1000, 1000)])
def test_older_code_of_four_digits_is_an_api_code(code: int, api_code: int | None) -> None:
    assert (
        refusal({"code": code}).status_code,
        refusal({"code": code}).api_code,
    ) == (code, api_code)


@pytest.mark.parametrize("api_code", [6001, "6001"])
def test_api_code_alone_is_a_refusal(api_code: Any) -> None:
    error = refusal({"apiCode": api_code})
    assert (type(error), error.status_code, error.api_code) == (CodeRejectedError, 6001, 6001)


@pytest.mark.parametrize(
    ("body", "cls", "status_code", "api_code"),
    [
        ({"code": None, "apiCode": "6001"}, CodeRejectedError, 6001, 6001),
        ({"statusCode": None, "code": None, "apiCode": 6002}, CodeRejectedError, 6002, 6002),
        ({"statusCode": None, "code": "403"}, ForbiddenError, 403, None),
        ({"statusCode": "400"}, InvalidArgumentError, 400, None),
        ({"statusCode": "400", "apiCode": "6001"}, CodeRejectedError, 400, 6001),
        ({"statusCode": 400, "code": 6001}, CodeRejectedError, 400, 6001),
        ({"statusCode": "429", "code": None}, ThrottleError, 429, None),
    ],
    ids=str,
)
def test_codes_are_read_wherever_they_are_told(
    body: Any, cls: type[APIError], status_code: int, api_code: int | None
) -> None:
    error = refusal(body)
    assert (type(error), error.status_code, error.api_code) == (cls, status_code, api_code)


@pytest.mark.parametrize(
    "body", [{"statusCode": "200"}, {"statusCode": None, "code": 200}, {"code": "200"}], ids=str
)
def test_success_is_read_wherever_it_is_told(body: Any) -> None:
    assert unwrap(answer(body)).status_code == 200


def test_api_code_as_text_has_up_to_nine_digits() -> None:
    assert refusal({"statusCode": 400, "apiCode": "123456789"}).api_code == 123456789


@pytest.mark.parametrize(
    "api_code", ["", "x", "1636x", "-1", "1.0", "١٦٣٦", "1234567890", 1.5, True, [], None]
)
def test_api_code_that_is_no_number_is_none(api_code: Any) -> None:
    assert refusal({"statusCode": 400, "apiCode": api_code}).api_code is None


@pytest.mark.parametrize("name", ["failure_bare", "failure_null_fields"])
def test_error_without_message_bears_its_class_name(name: str) -> None:
    error = refusal(payloads.raw(name))
    assert (type(error), error.message) == (NotFoundError, "NotFoundError")
    assert (error.api_code, error.request_id) == (None, None)


def test_message_is_cut_where_it_is_too_long_to_read() -> None:
    assert refusal({"statusCode": 400, "message": "x" * 501}).message == "x" * 500


@pytest.mark.parametrize("message", [None, 7, ["x"], {"x": 1}])
def test_message_that_is_no_text_is_left_out(message: Any) -> None:
    assert refusal({"statusCode": 404, "message": message}).message == "NotFoundError"


@pytest.mark.parametrize("api_code", [None, 2080])
def test_throttle_error_says_how_long_to_wait(api_code: int | None) -> None:
    error = refusal({"statusCode": 429, "apiCode": api_code}, 429, retry_after=7.5)
    assert isinstance(error, ThrottleError)
    assert error.retry_after == 7.5


def test_throttle_error_may_not_know_how_long() -> None:
    error = refusal({"statusCode": 429}, 429)
    assert isinstance(error, ThrottleError)
    assert error.retry_after is None


_NO_ENVELOPE = {
    "empty": b"",
    "blank": b" \r\n",
    "text": b"ok",
    "page": b"<!DOCTYPE html><html>bad gateway</html>",
    "cut": b'{"statusCode": 200, "mess',
    "two values": b'{"statusCode": 200}{"statusCode": 200}',
    "not UTF-8": b'{"statusCode": 200, "message": "\xff"}',
    "UTF-16": '{"statusCode": 200}'.encode("utf-16"),
    "BOM": b'\xef\xbb\xbf{"statusCode": 200}',
    "NaN": b'{"statusCode": 200, "data": NaN}',
    "Infinity": b'{"statusCode": 200, "data": [-Infinity]}',
    "huge whole number": b'{"statusCode": 200, "data": ' + b"9" * 5000 + b"}",
    "deep": b"[" * 100_000,
    "deep but whole": b'{"statusCode": 200, "data": ' + b"[" * 99_999 + b"]" * 99_999 + b"}",
    "null": b"null",
    "true": b"true",
    "number": b"200",
    "list": b'[{"statusCode": 200}]',
    "string": b'"statusCode"',
    "no status code": b"{}",
    "null status code": b'{"statusCode": null}',
    "empty status code": b'{"statusCode": "", "code": 200}',
    "text status code": b'{"statusCode": "ok", "code": 200}',
    "float status code": b'{"statusCode": 200.0}',
    "bool status code": b'{"statusCode": true}',
    "list status code": b'{"statusCode": [200]}',
    "bad older code": b'{"code": "ok"}',
    "data only": b'{"data": {"factorId": "f_1"}}',
}


@pytest.mark.parametrize("body", _NO_ENVELOPE.values(), ids=_NO_ENVELOPE)
@pytest.mark.parametrize("http_status", [200, 204, 302])
def test_what_is_no_envelope_is_an_invalid_response(body: bytes, http_status: int) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        unwrap(answer(body, http_status))
    assert caught.value.where in {"body", "statusCode", "code"}
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize("body", _NO_ENVELOPE.values(), ids=_NO_ENVELOPE)
@pytest.mark.parametrize(
    ("http_status", "cls"),
    [
        (400, InvalidArgumentError),
        (401, UnauthorizedError),
        (404, NotFoundError),
        (418, ClientError),
        (429, ThrottleError),
        (500, ServerError),
        (502, ServerError),
    ],
)
def test_http_status_speaks_where_there_is_no_envelope(
    body: bytes, http_status: int, cls: type[APIError]
) -> None:
    error = refusal(body, http_status)
    assert type(error) is cls
    assert (http_status, http_status) == (error.status_code, error.http_status)
    assert error.message == "the answer is not an envelope"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "body: wanted a JSON object, got 0 bytes of no JSON"),
        (b"<html>", "body: wanted a JSON object, got 6 bytes of no JSON"),
        (b"[1]", "body: wanted a JSON object, got JSON list"),
        (b"{}", "statusCode: wanted int, got nothing"),
        (b'{"statusCode": "ok"}', "statusCode: wanted int, got str"),
        (b'{"statusCode": null, "code": true}', "code: wanted int, got bool"),
    ],
)
def test_invalid_response_says_what_came_but_not_its_contents(body: bytes, message: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        unwrap(answer(body))
    assert caught.value.message == message


def test_whole_number_beyond_float_is_read() -> None:
    assert unwrap(answer({"statusCode": 200, "data": 10**400})).data == 10**400


def test_status_code_beyond_float_is_an_api_error() -> None:
    assert APIError is type(refusal({"statusCode": 10**400}))


class TestBare:
    def test_whole_body_is_the_data(self) -> None:
        opened = unwrap_bare(answer(payloads.raw("introspection_active")))
        data = payloads.read("introspection_active")
        assert Envelope(status_code=200, message="", data=data) == opened

    def test_envelope_that_comes_all_the_same_is_opened(self) -> None:
        opened = unwrap_bare(answer(payloads.raw("introspection_in_envelope")))
        assert opened.data == {"active": False}

    def test_refusal_in_an_envelope_is_its_error(self) -> None:
        with pytest.raises(NotFoundError):
            unwrap_bare(answer(payloads.raw("failure_404")))

    def test_http_status_decides_without_an_envelope(self) -> None:
        with pytest.raises(InvalidArgumentError, match="no token, as an example"):
            unwrap_bare(answer(payloads.raw("introspection_oauth_error"), 400))

    @pytest.mark.parametrize("http_status", [400, 499])
    def test_http_status_decides_without_a_word_of_an_error(self, http_status: int) -> None:
        with pytest.raises(APIError) as caught:
            unwrap_bare(answer({"active": True}, http_status))
        assert http_status == caught.value.status_code

    def test_error_alone_is_the_message(self) -> None:
        with pytest.raises(UnauthorizedError, match="invalid_client"):
            unwrap_bare(answer({"error": "invalid_client"}, 401))

    @pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"null", b'{"active": NaN}'])
    def test_what_is_no_object_is_an_invalid_response(self, body: bytes) -> None:
        with pytest.raises(InvalidResponseError):
            unwrap_bare(answer(body))

    def test_page_of_a_gateway_is_its_http_status(self) -> None:
        with pytest.raises(ServerError) as caught:
            unwrap_bare(answer(b"<html>", 502))
        assert caught.value.status_code == 502

    def test_redirect_with_an_object_is_an_invalid_response(self) -> None:
        with pytest.raises(InvalidResponseError):
            unwrap_bare(answer({"active": True}, 302))


class TestNothing:
    @pytest.mark.parametrize("http_status", [200, 204, 299])
    @pytest.mark.parametrize("body", [b"", b" \r\n"])
    def test_empty_body_is_success(self, http_status: int, body: bytes) -> None:
        opened = unwrap_nothing(answer(body, http_status))
        assert Envelope(status_code=200, message="") == opened

    @pytest.mark.parametrize("http_status", [199, 300, 302])
    def test_empty_body_is_no_success_under_another_http_status(self, http_status: int) -> None:
        with pytest.raises(InvalidResponseError):
            unwrap_nothing(answer(b"", http_status))

    def test_body_that_is_there_is_opened(self) -> None:
        with pytest.raises(NotFoundError):
            unwrap_nothing(answer(payloads.raw("failure_404")))
