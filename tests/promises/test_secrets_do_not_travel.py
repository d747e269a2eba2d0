"""Secrets stay where they are: README "What it guarantees", SECURITY.md, docs/concurrency.md."""

from __future__ import annotations

import base64
import contextlib
import copy
import io
import json
import pickle
import re
import traceback
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import requests
import responses

import authing_mfa
from authing_mfa import (
    APIError,
    AuthenticationClient,
    AuthingMFAError,
    EnrollmentRequest,
    ManagementClient,
    MFARequiredError,
    MFATrigger,
    OTPImport,
    OTPSecret,
    OTPSetup,
    PasswordEncryption,
    SignInOptions,
    StepUpResult,
    StepUpUser,
    TokenSet,
    UserFilter,
)
from authing_mfa.sandbox import Sandbox
from tests.support.wire import HOST

from .people import Person, Program, begin_challenge, outcome_of

_PASSWORD: Final = "marked-pass-word-7421"
_TOKEN: Final = "marked-access-token-8532"
_CODE: Final = "731946"
_ENROLLMENT_TOKEN: Final = "marked-enrollment-token-9643"
_RECOVERY: Final = "7a1b-2c3d-4e5f-6a7b-8c9d-0e1f"
_APP_SECRET: Final = "marked-app-secret-1754"
_MFA_TOKEN: Final = "marked-mfa-token-2865"
_KEY_SECRET: Final = "marked-access-key-secret-3976"
_OTP_SECRET: Final = "MARKEDMARKEDMARKEDMARKEDMARKED23"
_MARKS: Final = (
    *(_PASSWORD, _TOKEN, _CODE, _ENROLLMENT_TOKEN, _RECOVERY, _APP_SECRET, _MFA_TOKEN),
    *(_KEY_SECRET, _OTP_SECRET),
)


def _found(text: str) -> list[str]:
    return [mark for mark in _MARKS if mark in text]


def _client() -> AuthenticationClient:
    return AuthenticationClient(
        app_id="app_example",
        app_host=HOST,
        app_secret=_APP_SECRET,
        access_token=_TOKEN,
        max_retries=0,
    )


def _admin(signing: str | None = None) -> ManagementClient:
    return ManagementClient(
        access_key_id="key_example",
        access_key_secret=_KEY_SECRET,
        host=HOST,
        max_retries=0,
        signing=signing,
    )


def _trigger() -> MFATrigger:
    return MFATrigger.from_dict(
        {
            "mfaToken": _MFA_TOKEN,
            "applicationMfa": [
                {"mfaPolicy": kind, "status": 1, "sort": place}
                for place, kind in enumerate(["OTP", "SMS", "EMAIL", "FACE"])
            ],
            "mfaPhone": "18800000000",
            "mfaEmail": "test@example.com",
            "totpMfaEnabled": True,
            "faceMfaEnabled": True,
        }
    )


def _challenge() -> Any:
    return _client().challenge(_trigger())


_CALLS: Final[dict[str, Callable[[], Any]]] = {
    "list_enrolled_factors": lambda: _client().list_enrolled_factors(),
    "get_factor": lambda: _client().get_factor("f|otp"),
    "enroll_factor": lambda: _client().enroll_factor(
        "OTP", enrollment_token=_ENROLLMENT_TOKEN, pass_code=_CODE
    ),
    "enroll_factor_badly": lambda: _client().enroll_factor(
        "OTP", enrollment_token=_ENROLLMENT_TOKEN, pass_code=_CODE + "x"
    ),
    "verify_totp": lambda: _client().verify_totp(_CODE),
    "verify_totp_badly": lambda: _client().verify_totp(_CODE + "7"),
    "reset_factor": lambda: _client().reset_factor("f|otp"),
    "introspect": lambda: _client().introspect_mfa_token(_MFA_TOKEN),
    "sign_in": lambda: _client().sign_in("anna", password=_PASSWORD),
    "sign_in_badly": lambda: _client().sign_in("anna", password=_PASSWORD, pass_code=_CODE),
    "sign_in_directory": lambda: _client().sign_in("anna", password=_PASSWORD, directory="LDAP"),
    "sign_in_code": lambda: _client().sign_in(email="test@example.com", pass_code=_CODE),
    "sign_in_encrypted": lambda: _client().sign_in(
        "anna", password=_PASSWORD, encryption=PasswordEncryption()
    ),
    "sign_in_options": lambda: _client().sign_in(
        "anna", password=_PASSWORD, options=SignInOptions(captcha_code="abcd")
    ),
    "sign_out": lambda: _client().sign_out(),
    "as_user": lambda: _client().as_user(_TOKEN + "\n"),
    "set_access_token": lambda: _client().set_access_token(_TOKEN + "\n"),
    "request": lambda: _client().request("POST", "/api/v3/x", json={"password": _PASSWORD}),
    "challenge_verify_totp": lambda: _challenge().verify_totp(_CODE),
    "challenge_verify_sms": lambda: _challenge().verify_sms(_CODE),
    "challenge_verify_email": lambda: _challenge().verify_email(_CODE),
    "challenge_recovery": lambda: _challenge().verify_recovery_code(_RECOVERY),
    "challenge_recovery_badly": lambda: _challenge().verify_recovery_code(_RECOVERY + "-0000"),
    "challenge_send_sms": lambda: _challenge().send_sms(),
    "challenge_face": lambda: _challenge().verify_face("photo"),
    "admin_settings": lambda: _admin().get_global_mfa_settings(),
    "admin_signed": lambda: _admin("authing").get_global_mfa_settings(),
    "admin_import": lambda: _admin("authing").import_otp(
        [OTPImport(user_id="u", secret=_OTP_SECRET, recovery_code=_RECOVERY)]
    ),
    "admin_set_status": lambda: _admin("authing").set_mfa_status("u", _trigger()),
    "admin_client": lambda: ManagementClient(
        access_key_id="", access_key_secret=_KEY_SECRET, host=HOST
    ),
    "client": lambda: AuthenticationClient(
        app_id="", app_host=HOST, app_secret=_APP_SECRET, access_token=_TOKEN
    ),
}

_MFA_ASKED_FOR: Final = {"mfaToken": _MFA_TOKEN, "applicationMfa": []}
# Each answer repeats what the request carried: {} stands for that.
_ANSWERS: Final[dict[str, tuple[int, Any]]] = {
    "a page": (200, "<html>{}</html>"),
    "a page with 502": (502, "<html>{}</html>"),
    "half of JSON": (200, '{"statusCode": 200, "data": "{}'),
    "a text for data": (200, {"statusCode": 200, "message": "{}", "data": "{}"}),
    "a list for data": (200, {"statusCode": 200, "message": "", "data": ["{}"]}),
    "a refusal": (200, {"statusCode": 400, "message": "wrong: {}", "requestId": "{}"}),
    "a wrong code": (200, {"statusCode": 400, "apiCode": 6001, "message": "wrong: {}"}),
    "a wrong code of the older API": (200, {"code": 6001, "message": "wrong: {}"}),
    "401": (401, {"statusCode": 401, "message": "{}"}),
    "500": (500, {"statusCode": 500, "message": "{}"}),
    "an error of OAuth": (400, {"error": "{}", "error_description": "{}"}),
    "a second factor": (
        200,
        {"statusCode": 403, "apiCode": 1636, "message": "{}", "data": _MFA_ASKED_FOR},
    ),
}


def _carried(request: Any) -> str:
    """Return what a request carried: a form as it was typed, and the end of its header."""
    body = request.body or b""
    text = body.decode() if isinstance(body, bytes) else str(body)
    token = request.headers.get("Authorization", "").split(" ")[-1]
    return f"{token} {urllib.parse.unquote_plus(text)}"


def _spell(answer: Any, carried: str) -> Any:
    if isinstance(answer, str):
        return answer.replace("{}", carried)
    if isinstance(answer, list):
        return [_spell(item, carried) for item in answer]
    if isinstance(answer, dict):
        return {name: _spell(item, carried) for name, item in answer.items()}
    return answer


@contextlib.contextmanager
def _answering(status: int, answer: Any) -> Iterator[None]:
    """Answer every request with what it carried, or fail with it."""

    def reply(request: Any) -> tuple[int, dict[str, str], str]:
        carried = _carried(request)
        if answer is None:
            raise requests.ConnectionError(carried)
        spelt = _spell(answer, carried)
        return status, {}, spelt if isinstance(spelt, str) else json.dumps(spelt)

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        for method in ("GET", "POST"):
            mocked.add_callback(method, re.compile(HOST + "/.*"), reply)
        yield


def _as_sentry_sees_it(error: BaseException) -> str:
    """Return the traceback with the locals of this package's frames."""
    exception = traceback.TracebackException.from_exception(error, capture_locals=True)
    waiting, shown = [exception], []
    while waiting:
        one = waiting.pop()
        shown.append("".join(one.format_exception_only()))
        shown += [
            f"{frame.name}: {frame.locals}"
            for frame in one.stack
            if "/authing_mfa/" in frame.filename
        ]
        waiting += [it for it in (one.__cause__, one.__context__) if it]
    return "\n".join(shown)


def _faces(error: AuthingMFAError) -> dict[str, str]:
    """Return all that a report could show of an error."""
    return {
        "str": str(error),
        "repr": repr(error),
        "args": repr(error.args),
        "vars": repr(vars(error)),
        "pickle": repr(pickle.dumps(error)),
        "traceback": "".join(traceback.format_exception(error)),
        "locals": _as_sentry_sees_it(error),
        "hint": str(getattr(error, "hint", "")),
    }


@pytest.mark.parametrize("answer", [*_ANSWERS, "a connection that broke"])
def test_no_error_of_any_call_shows_a_secret(answer: str, log: pytest.LogCaptureFixture) -> None:
    shown, raised = [], 0
    with _answering(*_ANSWERS.get(answer, (0, None))):
        for name, call in _CALLS.items():
            error = outcome_of(call)
            if isinstance(error, AuthingMFAError):
                raised += 1
                shown += [(name, face, _found(text)) for face, text in _faces(error).items()]
    shown += [
        ("log", it.getMessage(), _found(it.getMessage() + repr(vars(it)))) for it in log.records
    ]
    assert [it for it in shown if it[2]] == []
    assert raised > len(_CALLS) // 2


def _values() -> list[Any]:
    otp = OTPSetup(
        qr_code_uri=f"otpauth://totp/Pool:test%40example.com?secret={_OTP_SECRET}&issuer=Pool",
        qr_code_data_url=f"data:image/png;base64,{_OTP_SECRET}",
        recovery_code=_RECOVERY,
    )
    tokens = TokenSet.from_dict(
        {
            "access_token": _TOKEN,
            "refresh_token": _ENROLLMENT_TOKEN,
            "id_token": _MFA_TOKEN,
            "expires_at": 1893456000,
            "token_type": "bearer",
        }
    )
    return [
        otp,
        otp.qr,
        tokens,
        _trigger(),
        EnrollmentRequest(enrollment_token=_ENROLLMENT_TOKEN, otp_data=otp),
        OTPSecret(secret=_OTP_SECRET),
        OTPImport(user_id="u", secret=_OTP_SECRET, recovery_code=_RECOVERY),
        _client(),
        _admin(),
        _challenge(),
    ]


def test_no_value_shows_a_secret() -> None:
    for value in _values():
        shown = [repr(value), str(value), f"{value}", f"{[value]}", f"{value!a}"]
        html = getattr(value, "_repr_html_", None)
        if html is not None:
            shown.append(html() or "")
        assert _found("".join(shown)) == []


def test_no_value_shows_an_address_or_a_number() -> None:
    values = [
        _trigger(),
        authing_mfa.FactorProfile(phone_number="18800000000", email="test@example.com"),
        UserFilter("phone", "EQUAL", "18800000000"),
        UserFilter("email", "EQUAL", "test@example.com"),
        UserFilter("email", "IN", ["test@example.com", "18800000000"]),
        authing_mfa.PoolUser(
            user_id="u",
            status="Activated",
            username="test@example.com",
            nickname="18800000000",
            name="test@example.com",
            email="test@example.com",
            phone="18800000000",
        ),
    ]
    for value in values:
        assert [it for it in ("18800000000", "test@example.com") if it in repr(value)] == []


def test_a_pickled_client_carries_no_secret_and_settings(anna: Person) -> None:
    for client in (_client(), _admin()):
        assert _found(repr(pickle.dumps(client))) == []
    with pytest.raises(authing_mfa.ConfigurationError):
        pickle.loads(pickle.dumps(anna.client)).list_enrolled_factors()


def test_a_copied_client_keeps_its_secrets(sandbox: Sandbox, anna: Person, ben: Person) -> None:
    for copied in (copy.copy(anna.client), copy.deepcopy(anna.client)):
        assert len(copied.list_enrolled_factors()) == 2
        copied.close()
    assert (anna.factor_types, ben.factor_types) == (["OTP", "SMS"], ["EMAIL"])


def test_a_second_process_gets_the_secrets_only_where_they_were_let(
    sandbox: Sandbox, anna: Person, second_process: Program
) -> None:
    program = """if True:
        import base64, json, pickle, sys
        from authing_mfa import ConfigurationError
        seen = []
        for text in sys.argv[1:]:
            with pickle.loads(base64.b64decode(text)) as client:
                try:
                    seen.append(len(client.list_enrolled_factors()))
                except ConfigurationError:
                    seen.append("no token")
        print(json.dumps(seen))
    """
    texts = []
    for let in (False, True):
        with AuthenticationClient(
            app_id=sandbox.app_id,
            app_host=sandbox.url,
            access_token=anna.tokens,
            pickle_secrets=let,
        ) as client:
            texts.append(base64.b64encode(pickle.dumps(client)).decode())
    assert second_process(program, *texts) == ["no token", 2]


def test_an_enrollment_and_a_challenge_are_not_pickled(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    enrollment = anna.client.begin_enrollment("EMAIL", email="anna@example.com")
    for value in (enrollment, _challenge()):
        with pytest.raises((TypeError, pickle.PicklingError)):
            pickle.dumps(value)


def test_a_trigger_is_copied_with_an_error_and_not_pickled(
    sandbox: Sandbox, app: AuthenticationClient, anna_user: Any
) -> None:
    sandbox.require_mfa("application", methods=["OTP"])
    with pytest.raises(MFARequiredError) as caught:
        app.sign_in("anna", password=anna_user.password)
    error = caught.value
    assert error.trigger is not None
    for copied in (copy.copy(error), copy.deepcopy(error)):
        assert copied.trigger == error.trigger
    pickled = pickle.dumps(error)
    assert error.trigger.mfa_token.encode() not in pickled
    assert pickle.loads(pickled).trigger is None


def test_the_user_s_record_of_the_older_api_loses_its_password_hash(
    sandbox: Sandbox, app: AuthenticationClient, anna_user: Any
) -> None:
    sandbox.require_mfa("application", methods=["OTP"])
    result = begin_challenge(app, anna_user).verify_totp(anna_user.totp_code())
    kept = repr(pickle.dumps(result))
    assert [it for it in (anna_user.password_hash, anna_user.salt) if it in kept] == []
    assert result.token
    assert result.token not in repr(result)


@pytest.mark.parametrize(
    "odd", ["a\nb", "a\x1b]0;x\x07b", "a\x00b", "a\u2028b", "a\ud800b", "a\x9bb"]
)
def test_no_control_character_of_the_service_is_shown(
    odd: str, log: pytest.LogCaptureFixture
) -> None:
    answer = {"statusCode": 400, "message": odd, "requestId": odd}
    with _answering(200, answer), _client() as client, pytest.raises(APIError) as caught:
        client.list_enrolled_factors()
    shown = [str(caught.value), *(record.getMessage() for record in log.records)]
    assert [text for text in shown if not text.isprintable()] == []
    print(caught.value, file=io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))


def test_the_journal_of_the_sandbox_shows_nothing_that_was_carried(
    sandbox: Sandbox, anna: Person
) -> None:
    code = anna.user.totp_code()
    anna.client.verify_totp(code)
    shown = sandbox.journal.tail(100) + repr(list(sandbox.journal))
    for secret in (code, anna.tokens.access_token, anna.user.password):
        assert secret not in shown


def test_a_result_with_a_new_recovery_code_hides_it() -> None:
    user = StepUpUser(user_id="u")
    result = StepUpResult(user=user, token=_TOKEN, recovery_code=_RECOVERY)
    assert _found(repr(result)) == []
