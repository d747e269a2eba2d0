"""Secrets stay where they are: README "What it guarantees", SECURITY.md, docs/concurrency.md."""

from __future__ import annotations

import base64
import copy
import io
import pickle
from typing import Any, Final

import pytest

import authing_mfa
from authing_mfa import (
    APIError,
    AuthenticationClient,
    EnrollmentRequest,
    ManagementClient,
    MFARequiredError,
    MFATrigger,
    OTPImport,
    OTPSecret,
    OTPSetup,
    StepUpResult,
    StepUpUser,
    TokenSet,
    UserFilter,
)
from authing_mfa.sandbox import Sandbox
from tests.support.wire import HOST, Wire

from .people import Person, Program, begin_challenge

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


def test_pickled_client_carries_no_secret_and_settings(anna: Person) -> None:
    for client in (_client(), _admin()):
        assert _found(repr(pickle.dumps(client))) == []
    with pytest.raises(authing_mfa.ConfigurationError):
        pickle.loads(pickle.dumps(anna.client)).list_enrolled_factors()


def test_copied_client_keeps_its_secrets(sandbox: Sandbox, anna: Person, ben: Person) -> None:
    for copied in (copy.copy(anna.client), copy.deepcopy(anna.client)):
        assert len(copied.list_enrolled_factors()) == 2
        copied.close()
    assert (anna.factor_types, ben.factor_types) == (["OTP", "SMS"], ["EMAIL"])


def test_second_process_gets_the_secrets_only_where_they_were_let(
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


def test_enrollment_and_a_challenge_are_not_pickled(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    enrollment = anna.client.begin_enrollment("EMAIL", email="anna@example.com")
    for value in (enrollment, _challenge()):
        with pytest.raises((TypeError, pickle.PicklingError)):
            pickle.dumps(value)


def test_trigger_is_copied_with_an_error_and_not_pickled(
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


def test_user_record_of_the_older_api_loses_its_password_hash(
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
    wire: Wire, odd: str, log: pytest.LogCaptureFixture
) -> None:
    wire.plan("get-factor", {"statusCode": 400, "message": odd, "requestId": odd})
    with _client() as client, pytest.raises(APIError) as caught:
        client.get_factor("f_1")
    shown = [str(caught.value), *(record.getMessage() for record in log.records)]
    assert [text for text in shown if not text.isprintable()] == []
    print(caught.value, file=io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))


def test_journal_of_the_sandbox_shows_nothing_that_was_carried(
    sandbox: Sandbox, anna: Person
) -> None:
    code = anna.user.totp_code()
    anna.client.verify_totp(code)
    shown = sandbox.journal.tail(100) + repr(list(sandbox.journal))
    for secret in (code, anna.tokens.access_token, anna.user.password):
        assert secret not in shown


def test_result_with_a_new_recovery_code_hides_it() -> None:
    user = StepUpUser(user_id="u")
    result = StepUpResult(user=user, token=_TOKEN, recovery_code=_RECOVERY)
    assert _found(repr(result)) == []
