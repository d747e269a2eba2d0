"""Each refusal of a challenge's calls has its typed error, in each form that it comes in."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests

from authing_mfa import (
    AccountLockedError,
    APIError,
    AuthingMFAError,
    ClientError,
    CodeRejectedError,
    ConflictError,
    ConnectionFailedError,
    ExpiredError,
    FaceRejectedError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidOperationError,
    InvalidResponseError,
    MFAChallenge,
    NotFoundError,
    RequestTimeoutError,
    ServerError,
    ThirdPartyError,
    ThrottleError,
    UnauthorizedError,
)
from tests.support.sampling import few
from tests.support.wire import HOST, Wire, make_client

from .answers import (
    RECORD,
    RECOVERY_CODE,
    SEND_EMAIL,
    SEND_SMS,
    make_challenge,
    plan,
    refused,
    v2,
    went_to,
)

_CONFIRM = "/api/v2/mfa/totp/associate/confirm"
_VERIFY = "/api/v2/mfa/totp/verify"
_CALLS: dict[str, tuple[Any, str]] = {
    "verify_sms": (lambda it: it.verify_sms("123456"), "/api/v2/applications/mfa/sms/verify"),
    "verify_email": (
        lambda it: it.verify_email("123456"),
        "/api/v2/applications/mfa/email/verify",
    ),
    "verify_totp": (lambda it: it.verify_totp("123456"), _VERIFY),
    "verify_recovery_code": (
        lambda it: it.verify_recovery_code(RECOVERY_CODE),
        "/api/v2/mfa/totp/recovery",
    ),
    "verify_face": (lambda it: it.verify_face("example/photo.jpg"), "/api/v2/mfa/face/verify"),
    "associate_totp": (MFAChallenge.associate_totp, "/api/v2/mfa/totp/associate"),
    "confirm_totp": (lambda it: it.confirm_totp("123456"), _CONFIRM),
    "associate_face": (
        lambda it: it.associate_face("a.jpg", "b.jpg"),
        "/api/v2/mfa/face/associate",
    ),
    "can_bind": (lambda it: it.can_bind(email="a@example.com"), "/api/v2/applications/mfa/check"),
}
each_call = pytest.mark.parametrize(("call", "path"), _CALLS.values(), ids=_CALLS)


def refusal(wire: Wire, call: Any, path: str, body: Any, **facts: Any) -> Any:
    plan(wire, path, body, **facts)
    with pytest.raises(AuthingMFAError) as caught:
        call(make_challenge(make_client(lang="en-US")))
    assert (caught.value.method, caught.value.path) == ("POST", path)
    return caught.value


def in_each_form(status_code: int, api_code: int | None) -> dict[str, dict[str, Any]]:
    """Return one refusal as V3 writes it, and as the older API may."""
    code = api_code or status_code
    return {
        "V3": refused(status_code, api_code),
        "code": {"code": code, "message": "refused, as an example"},
        "code as text": {"code": str(code), "message": "refused, as an example"},
        "apiCode as text": {
            "uniqueId": "u_1",
            "statusCode": status_code,
            "apiCode": str(code),
            "message": "refused, as an example",
            "data": None,
        },
        "code beside apiCode": {
            "code": status_code,
            "apiCode": api_code and str(api_code),
            "message": "refused, as an example",
        },
    }


_REFUSALS: list[tuple[str, int, int | None, type[APIError]]] = [
    ("verify_sms", 400, 2001, CodeRejectedError),
    ("verify_sms", 400, 2300, CodeRejectedError),
    ("verify_email", 400, 2001, CodeRejectedError),
    ("verify_totp", 400, 6001, CodeRejectedError),
    ("verify_totp", 400, 6003, CodeRejectedError),
    ("verify_recovery_code", 400, 6002, CodeRejectedError),
    ("verify_recovery_code", 400, 6004, CodeRejectedError),
    ("verify_totp", 403, 2005, AccountLockedError),
    ("verify_sms", 403, 1643, AccountLockedError),
    ("verify_email", 429, None, ThrottleError),
    ("verify_face", 400, 1700, FaceRejectedError),
    ("verify_face", 400, 1701, FaceRejectedError),
    ("verify_face", 400, 1702, FaceRejectedError),
    ("associate_face", 400, 1703, FaceRejectedError),
    ("associate_face", 400, 1706, FaceRejectedError),
    ("associate_face", 400, 1707, FaceRejectedError),
    ("associate_totp", 409, None, ConflictError),
    ("verify_totp", 404, 2004, NotFoundError),
    ("verify_totp", 403, None, ForbiddenError),
    ("verify_totp", 400, None, InvalidArgumentError),
    ("verify_totp", 422, None, InvalidOperationError),
    ("verify_totp", 499, None, ClientError),
    ("verify_totp", 500, None, ServerError),
    ("verify_totp", 603, None, ThirdPartyError),
    ("can_bind", 400, None, InvalidArgumentError),
]


@pytest.mark.parametrize(("name", "status_code", "api_code", "cls"), few(_REFUSALS, 8))
@pytest.mark.parametrize("form", in_each_form(403, 2005))
def test_refusal_is_the_error_of_its_code_in_each_form(
    wire: Wire, name: str, status_code: int, api_code: int | None, cls: type[APIError], form: str
) -> None:
    error = refusal(wire, *_CALLS[name], in_each_form(status_code, api_code)[form])
    assert (type(error), error.message) == (cls, "refused, as an example")
    if api_code is not None:
        assert error.api_code == api_code
        assert error.hint


def test_code_alone_under_api_code_is_read(wire: Wire) -> None:
    body = {"apiCode": "6001", "message": "refused, as an example"}
    error = refusal(wire, *_CALLS["verify_totp"], body)
    assert (type(error), error.api_code) == (CodeRejectedError, 6001)


_DEAD: dict[str, tuple[Any, int]] = {
    "V3": (refused(401, 2020), 200),
    "V3 without a code": (refused(401), 200),
    "code": ({"code": 2020, "message": "not signed in"}, 200),
    "status in code": ({"code": 401, "message": "not signed in"}, 401),
    "page": (b"<html>", 401),
}


@each_call
@pytest.mark.parametrize(("body", "status"), _DEAD.values(), ids=_DEAD)
def test_mfa_token_that_is_not_taken_means_signing_in_again(
    wire: Wire, call: Any, path: str, body: Any, status: int
) -> None:
    error = refusal(wire, call, path, body, status=status)
    assert (type(error), error.outcome_unknown) == (ExpiredError, False)
    assert "sign in again" in error.message
    assert error.__context__ is None
    assert len(wire.requests) == 1


@pytest.mark.parametrize("code", [2021, 2206, 2207])
@pytest.mark.parametrize("as_text", [False, True])
def test_older_codes_of_a_dead_token_mean_signing_in_again(
    wire: Wire, code: int, as_text: bool
) -> None:
    body = {"statusCode": 403, "apiCode": str(code)} if as_text else {"code": code}
    error = refusal(wire, *_CALLS["verify_totp"], {**body, "message": "not signed in"})
    assert type(error) is ExpiredError


class TestConfirming:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"code": 400, "message": "wrong, as an example"}, 400),
            ({"code": 400, "message": "wrong, as an example"}, 200),
            ({"code": "400", "message": "wrong, as an example"}, 200),
            ({"statusCode": 400, "message": "wrong, as an example"}, 200),
            ({"statusCode": 400, "apiCode": "400", "message": "wrong, as an example"}, 200),
        ],
    )
    def test_with_a_wrong_code_is_a_rejected_code(
        self, wire: Wire, body: Any, status: int
    ) -> None:
        plan(wire, _VERIFY, refused(404))
        error = refusal(wire, *_CALLS["confirm_totp"], body, status=status)
        assert (type(error), error.message) == (CodeRejectedError, "wrong, as an example")
        assert (error.status_code, error.http_status) == (400, status)
        assert (error.lang, error.__context__) == ("en-US", None)

    def test_with_a_wrong_code_that_has_its_code(self, wire: Wire) -> None:
        plan(wire, _VERIFY, {"code": 6001, "message": "wrong"})
        error = refusal(wire, *_CALLS["confirm_totp"], {"code": 6001, "message": ""})
        assert (type(error), error.api_code) == (CodeRejectedError, 6001)

    def test_may_be_refused_by_the_verification(self, wire: Wire) -> None:
        plan(wire, _CONFIRM, v2())
        plan(wire, _VERIFY, {"code": 6001, "message": "used, as an example"})
        with pytest.raises(CodeRejectedError) as caught:
            make_challenge(make_client()).confirm_totp("123456")
        assert caught.value.path == _VERIFY

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"code": 400, "apiCode": "4999", "message": "source, as an example"}, 400),
            (b"<html>", 400),
        ],
    )
    def test_with_another_400_is_no_rejected_code(
        self, wire: Wire, body: Any, status: int
    ) -> None:
        error = refusal(wire, *_CALLS["confirm_totp"], body, status=status)
        assert type(error) is InvalidArgumentError
        assert len(wire.requests) == 1

    def test_goes_on_by_verifying(self, wire: Wire) -> None:
        challenge = make_challenge(make_client(), totp_mfa_enabled=False)
        plan(wire, _CONFIRM, v2())
        plan(wire, _VERIFY, requests.ReadTimeout("slow"))
        with pytest.raises(RequestTimeoutError) as caught:
            challenge.confirm_totp("123456")
        assert caught.value.outcome_unknown
        plan(wire, _VERIFY, v2(RECORD))
        assert challenge.verify_totp("123456").user.user_id == RECORD["id"]

    def test_again_after_the_verification_got_lost_finishes(self, wire: Wire) -> None:
        challenge = make_challenge(make_client(), totp_mfa_enabled=False)
        plan(wire, _CONFIRM, v2())
        plan(wire, _VERIFY, requests.ReadTimeout("slow"))
        with pytest.raises(RequestTimeoutError):
            challenge.confirm_totp("123456")
        plan(wire, _CONFIRM, {"code": 400, "message": "nothing to confirm"}, status=400)
        plan(wire, _VERIFY, v2(RECORD))
        assert challenge.confirm_totp("123456").user.user_id == RECORD["id"]

    @pytest.mark.parametrize(
        ("answer", "cls"),
        [
            (requests.ReadTimeout("slow"), RequestTimeoutError),
            (refused(403, 2005), AccountLockedError),
            (refused(429), ThrottleError),
            (refused(401), ExpiredError),
            (refused(500), ServerError),
        ],
    )
    def test_refused_tells_what_the_verification_met(
        self, wire: Wire, answer: Any, cls: type[AuthingMFAError]
    ) -> None:
        plan(wire, _CONFIRM, {"code": 400, "message": "nothing to confirm"}, status=400)
        plan(wire, _VERIFY, answer)
        with pytest.raises(cls):
            make_challenge(make_client()).confirm_totp("123456")

    def test_that_ends_the_challenge_itself_is_the_result(self, wire: Wire) -> None:
        plan(wire, _CONFIRM, v2(RECORD))
        result = make_challenge(make_client()).confirm_totp("123456")
        assert (result.user.user_id, result.token) == (RECORD["id"], "example-v2-token")
        assert len(wire.requests) == 1

    def test_that_ends_it_without_a_token_is_the_result_too(self, wire: Wire) -> None:
        plan(wire, _CONFIRM, v2({"id": "u_1"}))
        plan(wire, _VERIFY, refused(401))
        result = make_challenge(make_client()).confirm_totp("123456")
        assert (result.user.user_id, result.token) == ("u_1", None)

    @pytest.mark.parametrize("data", [None, [], {}, "bound", {"id": 7, "token": "t"}])
    def test_that_tells_nothing_of_the_user_goes_on_by_verifying(
        self, wire: Wire, data: Any
    ) -> None:
        plan(wire, _CONFIRM, v2(data))
        plan(wire, _VERIFY, v2(RECORD))
        assert make_challenge(make_client()).confirm_totp("123456").token == "example-v2-token"

    def test_ends_by_one_deadline(self, monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
        real, moved = time.monotonic, [0.0]
        monkeypatch.setattr(time, "monotonic", lambda: real() + moved[0])

        def slow(_: Any) -> tuple[int, dict[str, str], str]:
            moved[0] += 20
            return 200, {}, json.dumps(v2())

        wire.add_callback("POST", HOST + _CONFIRM, slow)
        with pytest.raises(RequestTimeoutError):
            make_challenge(make_client(deadline=19)).confirm_totp("123456")
        assert [went_to(one)[1] for one in wire.requests] == [_CONFIRM]


@pytest.mark.parametrize(
    ("failure", "cls"),
    [
        (requests.ConnectionError("cut"), ConnectionFailedError),
        (requests.ReadTimeout("slow"), RequestTimeoutError),
    ],
)
@each_call
def test_broken_connection_is_a_transport_error(
    wire: Wire, call: Any, path: str, failure: Exception, cls: type[AuthingMFAError]
) -> None:
    error = refusal(wire, call, path, failure)
    assert (type(error), error.outcome_unknown) == (cls, not path.endswith("/check"))


@each_call
def test_page_with_200_is_an_invalid_response(wire: Wire, call: Any, path: str) -> None:
    assert InvalidResponseError is type(refusal(wire, call, path, b"<html>"))


class TestSending:
    @pytest.mark.parametrize(
        ("status_code", "api_code", "cls"),
        [
            (422, None, InvalidOperationError),
            (400, 2080, ThrottleError),
            (429, None, ThrottleError),
            (601, None, ThirdPartyError),
        ],
    )
    def test_refused_has_its_error(
        self, wire: Wire, status_code: int, api_code: int | None, cls: type[APIError]
    ) -> None:
        challenge = make_challenge(make_client())
        for path, send in ((SEND_SMS, challenge.send_sms), (SEND_EMAIL, challenge.send_email)):
            plan(wire, path, refused(status_code, api_code))
            with pytest.raises(cls) as caught:
                send()
            assert cls is type(caught.value)

    def test_that_wants_a_token_is_unauthorized(self, wire: Wire) -> None:
        plan(wire, SEND_SMS, refused(401))
        with pytest.raises(UnauthorizedError):
            make_challenge(make_client()).send_sms()

    def test_by_a_dead_mfa_token_means_signing_in_again(self, wire: Wire) -> None:
        challenge = make_challenge(make_client(), settings={"authorize_sends": True})
        plan(wire, SEND_SMS, refused(401, 2020))
        with pytest.raises(ExpiredError, match="sign in again"):
            challenge.send_sms()
