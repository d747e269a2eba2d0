"""Enrolling a factor: README "A first session", docs/concepts.md, docs/retries.md."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    CodeRejectedError,
    ConfigurationError,
    Enrollment,
    ExpiredError,
    FactorType,
    InvalidOperationError,
    InvalidResponseError,
    ThrottleError,
    TransportError,
    UnauthorizedError,
)
from authing_mfa.sandbox import Sandbox

from .people import Lost, Person, Program, came, outcome_of


def confirm(enrollment: Enrollment, typed: str) -> int:
    """Answer as the README's view does, the status alone."""
    try:
        enrollment.confirm(typed)
    except (CodeRejectedError, ConfigurationError):
        return 422
    except ExpiredError:
        return 410
    except UnauthorizedError:
        return 401
    except AuthingMFAError:
        return 503
    return 200


def _begin(person: Person, kind: str) -> Enrollment:
    if kind == "EMAIL":
        return person.client.begin_enrollment(kind, email=person.user.email)
    if kind == "SMS":
        return person.client.begin_enrollment(kind, phone_number=person.user.phone)
    return person.client.begin_enrollment(kind)


def _code(sandbox: Sandbox, person: Person, kind: str) -> str:
    if kind == "EMAIL":
        return sandbox.outbox.last_code(email=person.user.email)
    if kind == "SMS":
        return sandbox.outbox.last_code(phone=person.user.phone)
    return person.user.totp_code()


_KINDS = ["EMAIL", "SMS", "OTP"]


@pytest.fixture
def carla(sandbox: Sandbox, app: AuthenticationClient) -> Person:
    """Give somebody without a factor."""
    return _newcomer(sandbox, app, "carla", "13600000001")


@pytest.fixture
def dora(sandbox: Sandbox, app: AuthenticationClient) -> Person:
    """Give somebody else without a factor."""
    return _newcomer(sandbox, app, "dora", "13600000002")


def _newcomer(sandbox: Sandbox, app: AuthenticationClient, name: str, phone: str) -> Person:
    user = sandbox.add_user(username=name, phone=phone, email=f"{name}@example.com")
    return Person(user, app.sign_in(name, password=user.password), _handle(app, user), [])


def _handle(app: AuthenticationClient, user: Any) -> AuthenticationClient:
    return app.as_user(user.new_access_token())


# -- what is bound, and when


@pytest.mark.parametrize("kind", _KINDS)
def test_right_code_binds_the_factor(sandbox: Sandbox, carla: Person, kind: str) -> None:
    enrollment = _begin(carla, kind)
    assert carla.factor_types == []
    assert enrollment.confirm(_code(sandbox, carla, kind)) is None  # type: ignore[func-returns-value]
    assert carla.factor_types == [kind]


@pytest.mark.parametrize("kind", _KINDS)
def test_wrong_code_binds_nothing_and_may_be_corrected(
    sandbox: Sandbox, carla: Person, kind: str
) -> None:
    enrollment = _begin(carla, kind)
    right = _code(sandbox, carla, kind)
    wrong = "000000" if right != "000000" else "111111"
    with pytest.raises(CodeRejectedError) as caught:
        enrollment.confirm(wrong)
    assert caught.value.outcome_unknown is False
    assert carla.factor_types == []
    enrollment.confirm(right)
    assert carla.factor_types == [kind]


def test_two_users_enroll_alternately(sandbox: Sandbox, carla: Person, dora: Person) -> None:
    enrollments = {person.user.user_id: _begin(person, "EMAIL") for person in (carla, dora)}
    for person in (dora, carla):
        enrollments[person.user.user_id].confirm(_code(sandbox, person, "EMAIL"))
    for person in (carla, dora):
        [factor] = person.client.list_enrolled_factors()
        assert factor.profile.email == person.user.email


def test_two_users_enroll_in_threads(sandbox: Sandbox, carla: Person, dora: Person) -> None:
    errors: list[Exception] = []

    def enroll(person: Person) -> None:
        try:
            for kind in _KINDS:
                _begin(person, kind).confirm(_code(sandbox, person, kind))
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)

    threads = [threading.Thread(target=enroll, args=[it]) for it in (carla, dora)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert carla.factor_types == dora.factor_types == ["EMAIL", "OTP", "SMS"]
    ids = {
        it.factor_id for person in (carla, dora) for it in person.client.list_enrolled_factors()
    }
    assert len(ids) == 6


# -- the same thing twice


@pytest.mark.parametrize("kind", _KINDS)
def test_confirming_twice_sends_once(sandbox: Sandbox, carla: Person, kind: str) -> None:
    enrollment = _begin(carla, kind)
    code = _code(sandbox, carla, kind)
    enrollment.confirm(code)
    enrollment.confirm(code)
    assert len(came(sandbox, "enroll-factor")) == 1
    assert carla.factor_types == [kind]


@pytest.mark.parametrize("kind", _KINDS)
def test_view_answers_a_right_code_twice_with_success(
    sandbox: Sandbox, carla: Person, kind: str
) -> None:
    enrollment = _begin(carla, kind)
    code = _code(sandbox, carla, kind)
    assert [confirm(enrollment, code), confirm(enrollment, code)] == [200, 200]


@pytest.mark.parametrize("kind", _KINDS)
def test_view_answers_a_lost_answer_and_a_second_try_with_success(
    sandbox: Sandbox, carla: Person, lost_after: Lost, kind: str
) -> None:
    enrollment = _begin(carla, kind)
    code = _code(sandbox, carla, kind)
    lost_after("enroll-factor")
    assert [confirm(enrollment, code), confirm(enrollment, code)] == [200, 200]


@pytest.mark.parametrize("kind", _KINDS)
def test_view_lets_a_request_that_was_lost_be_repeated(
    sandbox: Sandbox, carla: Person, lost_before: Lost, kind: str
) -> None:
    enrollment = _begin(carla, kind)
    code = _code(sandbox, carla, kind)
    lost_before("enroll-factor")
    assert [confirm(enrollment, code), confirm(enrollment, code)] == [503, 200]


@pytest.mark.parametrize("kind", _KINDS)
def test_what_nobody_can_tell_is_in_doubt_and_the_next_try_asks_first(
    sandbox: Sandbox, carla: Person, lost_after: Lost, kind: str
) -> None:
    enrollment = _begin(carla, kind)
    code = _code(sandbox, carla, kind)
    lost_after("enroll-factor")
    lost_after("list-enrolled-factors", times=3)
    with pytest.raises(TransportError) as caught:
        enrollment.confirm(code)
    assert caught.value.outcome_unknown is True
    assert confirm(enrollment, code) == 200
    assert len(came(sandbox, "enroll-factor")) == 1


def test_two_threads_that_confirm_send_once(sandbox: Sandbox, carla: Person) -> None:
    enrollment = _begin(carla, "EMAIL")
    code = _code(sandbox, carla, "EMAIL")
    sandbox.faults.latency(0.1, path="enroll-factor", times=None)
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda _: confirm(enrollment, code), range(2))) == [200, 200]
    assert len(came(sandbox, "enroll-factor")) == 1


# -- reconcile


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize(("lost", "bound"), [("lost_before", False), ("lost_after", True)])
def test_reconcile_says_what_became_of_a_lost_confirmation(
    sandbox: Sandbox,
    carla: Person,
    dora: Person,
    kind: str,
    lost: str,
    bound: bool,
    request: pytest.FixtureRequest,
) -> None:
    lose: Lost = request.getfixturevalue(lost)
    enrollment = _begin(carla, kind)
    _begin(dora, kind).confirm(_code(sandbox, dora, kind))
    lose("enroll-factor")
    outcome = outcome_of(lambda: enrollment.confirm(_code(sandbox, carla, kind)))
    assert isinstance(outcome, TransportError) is not bound
    factor = enrollment.reconcile()
    assert (factor and factor.factor_type) == (kind if bound else None)


def test_reconcile_is_about_this_target(sandbox: Sandbox, carla: Person) -> None:
    sandbox.settings.several_per_type = True
    first = carla.client.begin_enrollment("SMS", phone_number="13600000011")
    second = carla.client.begin_enrollment("SMS", phone_number="13600000012")
    second.confirm(sandbox.outbox.last_code(phone="13600000012"))
    assert first.reconcile() is None
    bound = second.reconcile()
    assert bound is not None
    assert bound.profile.phone_number == "13600000012"


def test_reconcile_tells_a_country_code_apart(sandbox: Sandbox, carla: Person) -> None:
    sandbox.settings.several_per_type = True
    first = carla.client.begin_enrollment(
        "SMS", phone_number="13600000011", phone_country_code="+1"
    )
    second = carla.client.begin_enrollment("SMS", phone_number="13600000011")
    second.confirm(sandbox.outbox.last_code(phone="13600000011"))
    assert first.reconcile() is None


def test_enrollment_belongs_to_the_user_who_began_it(
    sandbox: Sandbox, app: AuthenticationClient, carla: Person, dora: Person
) -> None:
    shared = app.as_user(carla.user.access_token)
    enrollment = shared.begin_enrollment("EMAIL", email=carla.user.email)
    code = sandbox.outbox.last_code(email=carla.user.email)
    _begin(dora, "EMAIL").confirm(_code(sandbox, dora, "EMAIL"))
    shared.set_access_token(dora.user.access_token)
    assert enrollment.reconcile() is None
    enrollment.confirm(code)
    assert carla.factor_types == ["EMAIL"]
    [factor] = dora.client.list_enrolled_factors()
    assert factor.profile.email == dora.user.email


def test_enrollment_outlives_a_refresh(sandbox: Sandbox, anna: Person) -> None:
    sandbox.settings.enrollment_lifetime = sandbox.settings.code_lifetime = 90000
    enrollment = _begin(anna, "EMAIL")
    sandbox.clock.advance(7201)
    assert anna.factor_types == ["OTP", "SMS"]
    enrollment.confirm(_code(sandbox, anna, "EMAIL"))
    assert anna.factor_types == ["EMAIL", "OTP", "SMS"]
    assert len(anna.told) == 1


# -- the minute


def test_minute_counts_from_before_the_request(sandbox: Sandbox, carla: Person) -> None:
    sandbox.faults.latency(0.4, path="send-enroll-factor-request")
    enrollment = _begin(carla, "EMAIL")
    assert 55 < enrollment.expires_in <= 59.6
    assert enrollment.expired is False


def test_after_its_minute_an_enrollment_is_expired_and_sends_nothing(
    sandbox: Sandbox, carla: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrollment = _begin(carla, "EMAIL")
    monotonic = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + 60.1)
    assert (enrollment.expired, enrollment.expires_in) == (True, 0)
    sent = len(sandbox.journal)
    with pytest.raises(ExpiredError):
        enrollment.confirm(_code(sandbox, carla, "EMAIL"))
    assert len(sandbox.journal) == sent


def test_resend_begins_another_minute_with_another_code(sandbox: Sandbox, carla: Person) -> None:
    enrollment = _begin(carla, "EMAIL")
    old = _code(sandbox, carla, "EMAIL")
    sandbox.clock.advance(61)
    enrollment.resend()
    new = _code(sandbox, carla, "EMAIL")
    if old != new:
        with pytest.raises(CodeRejectedError):
            enrollment.confirm(old)
    enrollment.confirm(new)
    assert carla.factor_types == ["EMAIL"]


def test_resending_too_early_leaves_the_first_code_good(sandbox: Sandbox, carla: Person) -> None:
    enrollment = _begin(carla, "SMS")
    code = _code(sandbox, carla, "SMS")
    with pytest.raises(AuthingMFAError) as caught:
        enrollment.resend()
    assert caught.value.outcome_unknown is False
    enrollment.confirm(code)
    assert carla.factor_types == ["SMS"]


def test_too_early_a_resend_has_a_type_of_its_own(sandbox: Sandbox, carla: Person) -> None:
    enrollment = _begin(carla, "SMS")
    with pytest.raises((ThrottleError, InvalidOperationError)):
        enrollment.resend()


def test_resend_after_it_is_bound_sends_nothing(sandbox: Sandbox, carla: Person) -> None:
    enrollment = _begin(carla, "OTP")
    enrollment.confirm(carla.user.totp_code())
    sent = len(sandbox.journal)
    with pytest.raises(ConfigurationError):
        enrollment.resend()
    assert len(sandbox.journal) == sent


def test_resend_of_an_authenticator_shows_another_secret(carla: Person) -> None:
    enrollment = _begin(carla, "OTP")
    assert enrollment.otp is not None
    first = enrollment.otp.secret
    enrollment.resend()
    assert enrollment.otp.secret != first
    enrollment.confirm(carla.user.totp_code())
    assert carla.factor_types == ["OTP"]


# -- odd answers


@pytest.mark.parametrize("name", ["enrollmentToken", "qrCodeUri", "recoveryCode", "otpData"])
def test_answer_that_lacks_what_an_enrollment_needs_is_no_enrollment(
    sandbox: Sandbox, carla: Person, name: str
) -> None:
    sandbox.faults.null_fields(name, path="send-enroll-factor-request")
    with pytest.raises(InvalidResponseError) as caught:
        _begin(carla, "OTP")
    assert caught.value.outcome_unknown is True


def test_fields_that_are_new_are_ignored(sandbox: Sandbox, carla: Person) -> None:
    sandbox.faults.extra_fields(times=None)
    for kind in _KINDS:
        _begin(carla, kind).confirm(_code(sandbox, carla, kind))
    assert carla.factor_types == ["EMAIL", "OTP", "SMS"]


def test_unknown_kind_of_factor_breaks_no_list(sandbox: Sandbox, anna: Person) -> None:
    sandbox.faults.unknown_factor("PASSKEY", times=None)
    assert "PASSKEY" in anna.factor_types
    assert FactorType("PASSKEY") in [it.factor_type for it in anna.client.list_enrolled_factors()]


# -- in two web requests, in two processes


@pytest.mark.slow
def test_second_process_confirms_with_the_stored_token(
    sandbox: Sandbox, carla: Person, second_process: Program
) -> None:
    request = carla.client.send_enroll_factor_request("EMAIL", email=carla.user.email)
    program = """if True:
        import json, sys
        from authing_mfa import AuthenticationClient, EnrollmentRequest
        app_id, app_host, token, stored, code = sys.argv[1:]
        with AuthenticationClient(app_id=app_id, app_host=app_host, access_token=token) as client:
            held = EnrollmentRequest.from_dict(json.loads(stored))
            client.enroll_factor("EMAIL", enrollment_token=held.enrollment_token, pass_code=code)
            print(json.dumps([it.factor_type for it in client.list_enrolled_factors()]))
    """
    code = sandbox.outbox.last_code(email=carla.user.email)
    stored = json.dumps(request.to_dict())
    assert second_process(
        program, sandbox.app_id, sandbox.url, carla.user.access_token, stored, code
    ) == ["EMAIL"]
    assert carla.factor_types == ["EMAIL"]


def test_enrollment_token_of_another_user_is_refused(
    sandbox: Sandbox, carla: Person, dora: Person
) -> None:
    request = carla.client.send_enroll_factor_request("EMAIL", email=carla.user.email)
    code = sandbox.outbox.last_code(email=carla.user.email)
    with pytest.raises(AuthingMFAError):
        dora.client.enroll_factor(
            "EMAIL", enrollment_token=request.enrollment_token, pass_code=code
        )
    assert (carla.factor_types, dora.factor_types) == ([], [])
