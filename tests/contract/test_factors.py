"""Every method of the client, its successes and refusals, on the mocked wire and the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from authing_mfa import (
    APIError,
    AuthenticationClient,
    AuthingMFAError,
    CodeRejectedError,
    ConflictError,
    ConnectionFailedError,
    EnrollmentRequest,
    Factor,
    FactorProfile,
    FactorType,
    ForbiddenError,
    InvalidArgumentError,
    InvalidOperationError,
    InvalidResponseError,
    NotFoundError,
    ServerError,
    ThirdPartyError,
    ThrottleError,
    UnauthorizedError,
)
from tests.support.wire import METHODS, WRITES

from .stages import EMAIL, KINDS, PHONE, Stage, other_than

_TARGETS: dict[str, dict[str, str]] = {
    "SMS": {"phone_number": PHONE},
    "EMAIL": {"email": EMAIL},
    "OTP": {},
    "FACE": {},
}
_PROFILES = {
    "SMS": FactorProfile(phone_number=PHONE, phone_country_code="+86"),
    "EMAIL": FactorProfile(email=EMAIL),
    "OTP": FactorProfile(),
    "FACE": FactorProfile(),
}
each_kind = pytest.mark.parametrize("kind", KINDS)
each_method = pytest.mark.parametrize("name", METHODS)


def send(stage: Stage, kind: str) -> EnrollmentRequest:
    return stage.client.send_enroll_factor_request(kind, **_TARGETS[kind])


def enroll(stage: Stage, kind: str, token: str, pass_code: str | None = None) -> None:
    if kind == "FACE":
        stage.client.enroll_factor(kind, enrollment_token=token, photo="face/example")
    else:
        pass_code = pass_code or stage.code(kind)
        stage.client.enroll_factor(kind, enrollment_token=token, pass_code=pass_code)


class TestListing:
    """get-factor, list-enrolled-factors, list-factors-to-enroll."""

    @each_kind
    def test_get_factor_returns_a_bound_factor(self, stage: Stage, kind: str) -> None:
        factor_id = stage.bind(kind)
        assert Factor(
            factor_id=factor_id, factor_type=FactorType(kind), profile=_PROFILES[kind]
        ) == stage.client.get_factor(factor_id)

    def test_get_factor_of_another_id_is_not_found(self, stage: Stage) -> None:
        stage.bind("SMS")
        with pytest.raises(NotFoundError) as caught:
            stage.client.get_factor("no|such&factor")
        assert (caught.value.status_code, caught.value.http_status) == (404, 200)

    def test_list_enrolled_factors_is_empty_at_first(self, stage: Stage) -> None:
        assert stage.client.list_enrolled_factors() == ()

    def test_list_enrolled_factors_lists_what_is_bound(self, stage: Stage) -> None:
        ids = [stage.bind(kind) for kind in KINDS]
        factors = stage.client.list_enrolled_factors()
        assert [*zip(ids, KINDS, strict=True)] == [
            (factor.factor_id, factor.factor_type) for factor in factors
        ]

    def test_list_factors_to_enroll_lists_all_at_first(self, stage: Stage) -> None:
        assert stage.client.list_factors_to_enroll() == KINDS

    @each_kind
    def test_list_factors_to_enroll_leaves_out_what_is_bound(
        self, stage: Stage, kind: str
    ) -> None:
        stage.bind(kind)
        assert set(stage.client.list_factors_to_enroll()) == set(KINDS) - {kind}

    def test_list_factors_to_enroll_leaves_out_what_is_not_offered(self, stage: Stage) -> None:
        stage.disable("FACE")
        assert stage.client.list_factors_to_enroll() == ("OTP", "SMS", "EMAIL")


class TestEnrolling:
    """send-enroll-factor-request, enroll-factor."""

    @each_kind
    def test_factor_is_bound_in_two_calls(self, stage: Stage, kind: str) -> None:
        enroll(stage, kind, send(stage, kind).enrollment_token)
        (factor,) = stage.client.list_enrolled_factors()
        assert kind == factor.factor_type

    @each_kind
    def test_only_otp_comes_with_what_an_app_needs(self, stage: Stage, kind: str) -> None:
        otp = send(stage, kind).otp_data
        assert (kind == "OTP") is (otp is not None)

    def test_otp_setup_can_be_read(self, stage: Stage) -> None:
        otp = send(stage, "OTP").otp_data
        assert otp is not None
        assert (otp.digits, otp.period, otp.algorithm, otp.account) == (6, 30, "SHA1", EMAIL)
        assert len(otp.secret) in (16, 32)
        assert [len(group) for group in otp.recovery_code.split("-")] == [4] * 6
        assert otp.png.startswith(b"\x89PNG\r\n")

    @each_kind
    def test_kind_that_is_bound_cannot_be_begun_again(self, stage: Stage, kind: str) -> None:
        stage.bind(kind)
        stage.wait_a_minute()
        with pytest.raises(ConflictError):
            send(stage, kind)

    @each_kind
    def test_kind_that_is_not_offered_cannot_be_begun(self, stage: Stage, kind: str) -> None:
        stage.disable(kind)
        with pytest.raises(ForbiddenError):
            send(stage, kind)

    @pytest.mark.parametrize("kind", ["SMS", "EMAIL"])
    def test_second_code_within_a_minute_is_refused(self, stage: Stage, kind: str) -> None:
        send(stage, kind)
        with pytest.raises(InvalidOperationError) as caught:
            send(stage, kind)
        assert (caught.value.status_code, caught.value.outcome_unknown) == (422, False)

    @pytest.mark.parametrize("kind", ["SMS", "EMAIL"])
    def test_second_code_after_a_minute_is_sent(self, stage: Stage, kind: str) -> None:
        send(stage, kind)
        stage.wait_a_minute()
        send(stage, kind)

    @pytest.mark.parametrize("kind", ["SMS", "EMAIL", "OTP"])
    def test_wrong_code_is_rejected_and_binds_nothing(self, stage: Stage, kind: str) -> None:
        token = send(stage, kind).enrollment_token
        with pytest.raises(CodeRejectedError) as caught:
            enroll(stage, kind, token, other_than(stage.code(kind)))
        assert caught.value.outcome_unknown is False
        assert caught.value.hint
        assert stage.client.list_enrolled_factors() == ()

    @each_kind
    def test_token_that_was_never_issued_is_refused(self, stage: Stage, kind: str) -> None:
        send(stage, kind)
        with pytest.raises(InvalidArgumentError):
            enroll(stage, kind, "example-other-token")

    @each_kind
    def test_token_is_dead_after_a_minute(self, stage: Stage, kind: str) -> None:
        token = send(stage, kind).enrollment_token
        code = None if kind == "FACE" else stage.code(kind)
        stage.wait_a_minute()
        with pytest.raises(InvalidArgumentError):
            enroll(stage, kind, token, code)

    @each_kind
    def test_guided_enrollment_binds_the_factor(self, stage: Stage, kind: str) -> None:
        enrollment = stage.client.begin_enrollment(kind, **_TARGETS[kind])
        if kind == "FACE":
            enrollment.confirm(photo="face/example")
        else:
            enrollment.confirm(stage.code(kind))
        factor = enrollment.reconcile()
        assert factor is not None
        assert kind == factor.factor_type

    @pytest.mark.parametrize("kind", ["SMS", "EMAIL", "OTP"])
    def test_guided_enrollment_takes_the_right_code_after_a_wrong_one(
        self, stage: Stage, kind: str
    ) -> None:
        enrollment = stage.client.begin_enrollment(kind, **_TARGETS[kind])
        right = stage.code(kind)
        with pytest.raises(CodeRejectedError):
            enrollment.confirm(other_than(right))
        enrollment.confirm(f" {right[:3]} {right[3:]} ")

    def test_answer_that_is_lost_is_looked_up(self, stage: Stage) -> None:
        enrollment = stage.client.begin_enrollment("SMS", phone_number=PHONE)
        code = stage.code("SMS")
        stage.misbehave("dropped")
        enrollment.confirm(code)
        factor = enrollment.reconcile()
        assert factor is not None
        assert factor.profile.phone_number == PHONE

    def test_outcome_of_what_never_happened_is_reconciled_too(self, stage: Stage) -> None:
        enrollment = stage.client.begin_enrollment("SMS", phone_number=PHONE)
        stage.misbehave("gateway page")
        with pytest.raises(ServerError) as caught:
            enrollment.confirm(stage.code("SMS"))
        assert caught.value.outcome_unknown is True
        assert enrollment.reconcile() is None
        enrollment.confirm(stage.code("SMS"))


class TestResetting:
    """reset-factor."""

    @each_kind
    def test_factor_is_gone_afterwards(self, stage: Stage, kind: str) -> None:
        factor_id = stage.bind(kind)
        stage.client.reset_factor(factor_id)
        assert stage.client.list_enrolled_factors() == ()
        assert kind in stage.client.list_factors_to_enroll()

    def test_factor_that_is_gone_is_not_found(self, stage: Stage) -> None:
        factor_id = stage.bind("SMS")
        stage.client.reset_factor(factor_id)
        with pytest.raises(NotFoundError):
            stage.client.reset_factor(factor_id)


class TestVerifying:
    """mfa-totp-verify, token introspection."""

    def test_right_code_is_verified(self, stage: Stage) -> None:
        stage.bind("OTP")
        stage.client.verify_totp(stage.code("OTP"))

    def test_wrong_code_is_rejected(self, stage: Stage) -> None:
        stage.bind("OTP")
        with pytest.raises(CodeRejectedError) as caught:
            stage.client.verify_totp(other_than(stage.code("OTP")))
        assert caught.value.outcome_unknown is False

    def test_user_without_an_authenticator_has_none_to_verify(self, stage: Stage) -> None:
        with pytest.raises(NotFoundError):
            stage.client.verify_totp("123456")

    def test_live_mfa_token_is_active(self, stage: Stage) -> None:
        inspection = stage.client.introspect_mfa_token(stage.mfa_token())
        assert inspection.active is True
        assert len(inspection.user_id or "") == 24
        assert len(inspection.user_pool_id or "") == 24
        assert inspection.issued_at is not None
        assert inspection.expires_at is not None
        assert inspection.issued_at < inspection.expires_at

    def test_any_other_token_is_not_active(self, stage: Stage) -> None:
        inspection = stage.client.introspect_mfa_token("example-other-token")
        assert inspection.active is False
        assert (inspection.user_id, inspection.expires_at) == (None, None)

    def test_introspection_needs_no_sign_in(self, stage: Stage) -> None:
        token = stage.mfa_token()
        stage.misbehave("extra keys")
        assert stage.client.introspect_mfa_token(token).active is True


class TestEveryMethod:
    """What any call may meet."""

    @pytest.mark.parametrize("name", sorted(set(METHODS) - {"introspect_mfa_token"}))
    def test_token_that_is_dead_is_unauthorized(self, stage: Stage, name: str) -> None:
        stage.sign_out()
        with pytest.raises(UnauthorizedError) as caught:
            METHODS[name].call(stage.client)
        assert (caught.value.status_code, caught.value.api_code) == (401, 2020)
        assert caught.value.outcome_unknown is False

    @each_method
    def test_throttled_call_says_how_long_to_wait(self, stage: Stage, name: str) -> None:
        stage.misbehave("throttled")
        with pytest.raises(ThrottleError) as caught:
            METHODS[name].call(stage.client)
        assert (
            caught.value.retry_after,
            caught.value.http_status,
            caught.value.outcome_unknown,
        ) == (7.0, 429, False)

    _FAULTS: tuple[tuple[str, type[AuthingMFAError]], ...] = (
        ("unavailable", ServerError),
        ("third party", ThirdPartyError),
        ("gateway page", ServerError),
        ("page", InvalidResponseError),
        ("cut", InvalidResponseError),
        ("dropped", ConnectionFailedError),
    )

    @each_method
    @pytest.mark.parametrize(("fault", "cls"), _FAULTS, ids=[fault for fault, _ in _FAULTS])
    def test_outcome_is_unknown_after_this_for_a_write_only(
        self, stage: Stage, name: str, fault: str, cls: type[AuthingMFAError]
    ) -> None:
        method = METHODS[name]
        stage.misbehave(fault)
        with pytest.raises(cls) as caught:
            method.call(stage.client)
        error = caught.value
        assert (error.method, error.path) == (method.verb, method.path)
        assert (name in WRITES) is error.outcome_unknown

    def test_unknown_kind_of_factor_breaks_no_list(self, stage: Stage) -> None:
        stage.bind("SMS")
        stage.misbehave("unknown kind")
        assert [factor.factor_type for factor in stage.client.list_enrolled_factors()] == [
            "SMS",
            "PASSKEY",
        ]

    @pytest.mark.parametrize(
        "call",
        [
            lambda client, factor_id: client.get_factor(factor_id),
            lambda client, factor_id: client.list_enrolled_factors(),
            lambda client, factor_id: client.list_factors_to_enroll(),
            lambda client, factor_id: client.send_enroll_factor_request("OTP"),
            lambda client, factor_id: client.reset_factor(factor_id),
        ],
    )
    def test_keys_that_are_new_change_nothing(
        self, stage: Stage, call: Callable[[AuthenticationClient, str], Any]
    ) -> None:
        factor_id = stage.bind("SMS")
        stage.misbehave("extra keys")
        call(stage.client, factor_id)

    @pytest.mark.parametrize("name", ["list_enrolled_factors", "send_enroll_factor_request"])
    def test_answer_without_data_is_an_invalid_response(self, stage: Stage, name: str) -> None:
        stage.misbehave("null data")
        with pytest.raises(InvalidResponseError) as caught:
            METHODS[name].call(stage.client)
        assert caught.value.where == "data"

    def test_message_is_in_words(self, stage: Stage) -> None:
        with pytest.raises(APIError) as caught:
            stage.client.get_factor("no|such|factor")
        assert caught.value.message
        assert caught.value.request_id
