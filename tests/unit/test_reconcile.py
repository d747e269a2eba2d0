"""What became of an enrollment: it is asked of its own target and of its own user."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Final

import pytest
import requests
from requests import PreparedRequest

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    CodeRejectedError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    Enrollment,
    ExpiredError,
    FactorType,
    RequestTimeoutError,
    ServerError,
)
from authing_mfa.sandbox import Sandbox
from tests.support import payloads
from tests.support.wire import HOST, Wire, make_client, sent_json

_LIST, _SEND, _ENROLL = "list-enrolled-factors", "send-enroll-factor-request", "enroll-factor"
_PHONE: Final = "18812348888"


def factor(kind: str = "SMS", name: str = "1", **profile: Any) -> dict[str, Any]:
    """Return a factor as the service lists it."""
    return {"factorId": f"f_{name}", "factorType": kind, "profile": profile}


def phone(number: str | None = _PHONE, country: str | None = "+86", **ids: str) -> dict[str, Any]:
    return factor(phoneNumber=number, phoneCountryCode=country, **ids)


def plan_list(wire: Wire, *factors: dict[str, Any]) -> None:
    wire.plan(_LIST, {"statusCode": 200, "message": "", "data": list(factors)})


def begin(
    wire: Wire,
    kind: str = "SMS",
    before: tuple[dict[str, Any], ...] = (),
    **target: str,
) -> Enrollment:
    """Begin an enrollment of a user who has some factors already."""
    if kind == "SMS" and not target:
        target = {"phone_number": _PHONE}
    plan_list(wire, *before)
    otp = "_otp" if kind == "OTP" else ""
    wire.plan(_SEND, payload=f"send_enroll_factor_request{otp}")
    return make_client().begin_enrollment(kind, **target)


def lose(wire: Wire, enrollment: Enrollment, code: str = "123456") -> None:
    """Have a confirmation get no answer, nor the question after it."""
    wire.plan(_ENROLL, requests.ConnectionError("cut"))
    wire.plan(_LIST, requests.ConnectionError("cut"))
    is_face = enrollment.factor_type is FactorType.FACE
    proof: dict[str, Any] = {"photo": "key"} if is_face else {"pass_code": code}
    with pytest.raises(ConnectionFailedError) as caught:
        enrollment.confirm(**proof)
    assert caught.value.outcome_unknown


def paths(wire: Wire) -> list[str]:
    return [(request.url or "").rpartition("/")[2] for request in wire.requests]


class TestOwnTarget:
    @pytest.mark.parametrize(
        "other",
        [
            phone("18899990000"),
            phone(country="+1"),
            phone("188****0000"),
            phone("199****8888"),
            phone("188****8888", country="+1"),
            phone("18812348888199"),
            factor("EMAIL", email="test@example.com"),
        ],
        ids=str,
    )
    def test_another_ones_factor_is_not_it(self, wire: Wire, other: dict[str, Any]) -> None:
        enrollment = begin(wire)
        lose(wire, enrollment)
        plan_list(wire, other)
        assert enrollment.reconcile() is None

    @pytest.mark.parametrize(
        "own",
        [
            phone(),
            phone("188-1234-8888"),
            phone("+8618812348888"),
            phone(country="86"),
            phone(country=None),
            phone("188****8888"),
            phone("188xxxx8888"),
            phone("*******8888", country=None),
            phone(None, None),
            phone("", ""),
            phone("****"),
        ],
        ids=str,
    )
    def test_its_own_is_found_however_it_is_shown(self, wire: Wire, own: dict[str, Any]) -> None:
        enrollment = begin(wire)
        lose(wire, enrollment)
        plan_list(wire, phone("18899990000", name="2"), own)
        found = enrollment.reconcile()
        assert found is not None
        assert found.factor_id == "f_1"

    @pytest.mark.parametrize(
        ("shown", "is_own"),
        [
            ("test@example.com", True),
            ("Test@Example.com", True),
            ("t***@example.com", True),
            ("t***", True),
            (None, True),
            ("***", True),
            ("other@example.com", False),
            ("o***@example.com", False),
            ("t***@example.org", False),
            ("[t]est@example.com", False),
            ("test?example.com", False),
        ],
    )
    def test_address_is_compared_as_far_as_it_is_shown(
        self, wire: Wire, shown: str | None, is_own: bool
    ) -> None:
        enrollment = begin(wire, "EMAIL", email="test@example.com")
        lose(wire, enrollment)
        plan_list(wire, factor("EMAIL", email=shown))
        assert (enrollment.reconcile() is not None) == is_own

    def test_phone_abroad_is_another_one_than_the_same_digits_at_home(self, wire: Wire) -> None:
        enrollment = begin(wire, phone_number=_PHONE, phone_country_code="+1")
        lose(wire, enrollment)
        plan_list(wire, phone(country="+86"))
        assert enrollment.reconcile() is None
        plan_list(wire, phone(country="+86"), phone(country="+1", name="2"))
        found = enrollment.reconcile()
        assert found is not None
        assert found.factor_id == "f_2"

    @pytest.mark.parametrize("shown", ["188****8888", None])
    def test_of_two_that_it_may_be_neither_is_claimed(self, wire: Wire, shown: str | None) -> None:
        enrollment = begin(wire)
        lose(wire, enrollment)
        plan_list(wire, phone(shown), phone(shown, name="2"))
        assert enrollment.reconcile() is None

    @pytest.mark.parametrize("kind", ["OTP", "FACE"])
    def test_what_shows_no_target_counts_once_it_may_have_been_bound(
        self, wire: Wire, kind: str
    ) -> None:
        enrollment = begin(wire, kind)
        plan_list(wire, factor(kind))
        assert enrollment.reconcile() is None  # nothing was confirmed: it is another one's
        lose(wire, enrollment)
        plan_list(wire, factor(kind))
        assert enrollment.reconcile() is not None

    def test_refused_code_leaves_nothing_to_claim(self, wire: Wire) -> None:
        enrollment = begin(wire, "OTP")
        wire.plan(_ENROLL, payload="v2_wrong_totp")
        with pytest.raises(CodeRejectedError):
            enrollment.confirm("000000")
        plan_list(wire, factor("OTP"))
        assert enrollment.reconcile() is None

    def test_what_was_there_before_does_not_count(self, wire: Wire) -> None:
        enrollment = begin(wire, before=(phone(),))
        lose(wire, enrollment)
        plan_list(wire, phone())
        assert enrollment.reconcile() is None


class TestConfirmAgain:
    def test_lost_answer_is_looked_up_at_once(self, wire: Wire) -> None:
        enrollment = begin(wire)
        wire.plan(_ENROLL, requests.ConnectionError("cut"))
        plan_list(wire, phone())
        enrollment.confirm("123456")
        assert repr(enrollment) == "<Enrollment SMS confirmed>"

    def test_second_try_asks_first_and_sends_nothing_where_it_is_bound(self, wire: Wire) -> None:
        enrollment = begin(wire)
        lose(wire, enrollment)
        plan_list(wire, phone())
        enrollment.confirm("000000")
        assert paths(wire) == [_LIST, _SEND, _ENROLL, _LIST, _LIST]

    def test_second_try_is_sent_where_it_is_not_bound(self, wire: Wire) -> None:
        enrollment = begin(wire)
        lose(wire, enrollment)
        plan_list(wire)
        wire.plan(_ENROLL, payload="enroll_factor")
        enrollment.confirm("123456")
        assert paths(wire)[-2:] == [_LIST, _ENROLL]

    def test_second_try_after_the_minute_finds_it_bound(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enrollment = begin(wire)
        lose(wire, enrollment)
        now = time.monotonic() + 61
        monkeypatch.setattr(time, "monotonic", lambda: now)
        plan_list(wire)
        with pytest.raises(ExpiredError):
            enrollment.confirm("123456")
        plan_list(wire, phone())
        enrollment.confirm("123456")

    def test_refusal_of_what_was_bound_meanwhile_is_none(self, wire: Wire) -> None:
        enrollment = begin(wire)
        lose(wire, enrollment)
        plan_list(wire)
        wire.plan(_ENROLL, payload="failure_409")
        plan_list(wire, phone())
        enrollment.confirm("123456")

    def test_refusal_in_doubt_stays_one_where_nothing_is_bound(self, wire: Wire) -> None:
        enrollment = begin(wire)
        lose(wire, enrollment)
        plan_list(wire)
        wire.plan(_ENROLL, payload="failure_409")
        with pytest.raises(ConflictError):
            enrollment.confirm("123456")

    def test_question_that_fails_is_the_error_and_nothing_is_sent(self, wire: Wire) -> None:
        enrollment = begin(wire)
        lose(wire, enrollment)
        wire.plan(_LIST, payload="failure_500")
        with pytest.raises(ServerError) as caught:
            enrollment.confirm("123456")
        assert paths(wire)[-2:] == [_LIST, _LIST]
        assert caught.value.outcome_unknown  # of the try before

    def test_refusal_asks_nothing(self, wire: Wire) -> None:
        enrollment = begin(wire)
        wire.plan(_ENROLL, payload="v2_wrong_totp")
        with pytest.raises(CodeRejectedError):
            enrollment.confirm("000000")
        assert paths(wire) == [_LIST, _SEND, _ENROLL]

    def test_two_threads_with_one_code_both_succeed(self, wire: Wire) -> None:
        enrollment, inside, go = begin(wire), threading.Event(), threading.Event()

        def slow(_: PreparedRequest) -> tuple[int, dict[str, str], str]:
            inside.set()
            assert go.wait(10)
            return 200, {}, json.dumps(payloads.read("enroll_factor"))

        wire.add_callback("POST", f"{HOST}/api/v3/{_ENROLL}", slow)
        errors: list[AuthingMFAError] = []
        threads = [threading.Thread(target=_confirm, args=(enrollment, errors)) for _ in range(2)]
        threads[0].start()
        assert inside.wait(10)
        threads[1].start()
        go.set()
        for thread in threads:
            thread.join(10)
        assert errors == []
        assert paths(wire).count(_ENROLL) == 1


def _confirm(enrollment: Enrollment, errors: list[AuthingMFAError]) -> None:
    try:
        enrollment.confirm("123456")
    except AuthingMFAError as error:
        errors.append(error)


class TestResend:
    def test_in_doubt_finds_it_bound_and_sends_no_code(self, wire: Wire) -> None:
        enrollment = begin(wire)
        lose(wire, enrollment)
        plan_list(wire, phone())
        with pytest.raises(ConfigurationError, match="confirmed already"):
            enrollment.resend()
        assert paths(wire).count(_SEND) == 1

    def test_in_doubt_gives_up_an_authenticator_for_another(self, wire: Wire) -> None:
        enrollment = begin(wire, "OTP")
        lose(wire, enrollment)
        plan_list(wire)
        wire.plan(_SEND, payload="send_enroll_factor_request_otp")
        enrollment.resend()
        plan_list(wire, factor("OTP"))
        assert enrollment.reconcile() is None


class TestOneUser:
    def test_enrollment_stays_with_the_user_who_began_it(self, wire: Wire) -> None:
        plan_list(wire)
        wire.plan(_SEND, payload="send_enroll_factor_request")
        client = make_client(access_token="example-anna")
        enrollment = client.begin_enrollment("SMS", phone_number=_PHONE)
        client.set_access_token("example-ben")
        wire.plan(_ENROLL, payload="enroll_factor")
        enrollment.confirm("123456")
        plan_list(wire, phone())
        assert enrollment.reconcile() is not None
        signed = {request.headers["Authorization"] for request in wire.requests}
        assert signed == {"Bearer example-anna"}

    def test_two_users_enrollments_go_on_side_by_side(self) -> None:
        with Sandbox() as sandbox:
            anna, ben = sandbox.add_user(), sandbox.add_user()
            with AuthenticationClient(**anna.credentials) as client:
                first = client.begin_enrollment("SMS", phone_number="13800000001")
                client.set_access_token(ben.access_token)
                second = client.begin_enrollment("SMS", phone_number="13800000002")
                sandbox.faults.drop(path="enroll-factor")
                second.confirm(sandbox.outbox.last_code(phone="13800000002"))
                assert first.reconcile() is None
                first.confirm(sandbox.outbox.last_code(phone="13800000001"))
                assert [one.masked_target for one in client.list_enrolled_factors()] == [
                    "+86 138****0002"
                ]
                client.set_access_token(anna.access_token)
                assert [one.masked_target for one in client.list_enrolled_factors()] == [
                    "+86 138****0001"
                ]

    def test_two_enrollments_of_one_user_are_told_apart(self) -> None:
        with Sandbox() as sandbox:
            sandbox.settings.several_per_type = True
            user = sandbox.add_user()
            with AuthenticationClient(**user.credentials) as client:
                first = client.begin_enrollment("SMS", phone_number="13800000001")
                second = client.begin_enrollment("SMS", phone_number="13800000002")
                second.confirm(sandbox.outbox.last_code(phone="13800000002"))
                assert first.reconcile() is None
                found = second.reconcile()
                assert found is not None
                assert found.profile.phone_number == "13800000002"


class TestTime:
    def test_minute_counts_from_before_the_request(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real, moved = time.monotonic, [0.0]
        monkeypatch.setattr(time, "monotonic", lambda: real() + moved[0])
        plan_list(wire)

        def slow(_: PreparedRequest) -> tuple[int, dict[str, str], str]:
            moved[0] += 9
            return 200, {}, json.dumps(payloads.read("send_enroll_factor_request"))

        wire.add_callback("POST", f"{HOST}/api/v3/{_SEND}", slow)
        enrollment = make_client().begin_enrollment("SMS", phone_number=_PHONE)
        assert 50 < enrollment.expires_in <= 51

    @pytest.mark.parametrize("slow", [_LIST, _SEND])
    def test_beginning_has_one_deadline(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch, slow: str
    ) -> None:
        self._spend(wire, monkeypatch, slow, 2)
        with pytest.raises(RequestTimeoutError) as caught:
            make_client(deadline=1.5).begin_enrollment("SMS", phone_number=_PHONE)
        assert caught.value.outcome_unknown is (slow == _SEND)
        assert paths(wire) == ([_LIST] if slow == _LIST else [_LIST, _SEND])

    def test_confirming_and_looking_up_have_one_deadline(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan_list(wire)
        wire.plan(_SEND, payload="send_enroll_factor_request")
        enrollment = make_client(deadline=5).begin_enrollment("SMS", phone_number=_PHONE)
        self._spend(wire, monkeypatch, _ENROLL, 6)
        with pytest.raises(AuthingMFAError) as caught:
            enrollment.confirm("123456")
        assert caught.value.outcome_unknown
        assert paths(wire) == [_LIST, _SEND, _ENROLL]

    def _spend(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch, slow: str, seconds: float
    ) -> None:
        """Have each call take its time, one of them very long; none of them succeeds late."""
        real, moved = time.monotonic, [0.0]
        monkeypatch.setattr(time, "monotonic", lambda: real() + moved[0])
        wire.assert_all_requests_are_fired = False
        answers = {
            _LIST: ("GET", payloads.read("list_enrolled_factors_none")),
            _SEND: ("POST", payloads.read("send_enroll_factor_request")),
            _ENROLL: ("POST", payloads.read("enroll_factor")),
        }

        def reply(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
            name = (request.url or "").rpartition("/")[2]
            moved[0] += seconds if name == slow else 0
            if name == slow and name != _LIST:
                raise requests.ReadTimeout("slow")
            return 200, {}, json.dumps(answers[name][1])

        for name, (verb, _) in answers.items():
            if name not in paths(wire) or name == slow:
                wire.add_callback(verb, f"{HOST}/api/v3/{name}", reply)


def test_code_is_sent_with_the_latest_token(wire: Wire) -> None:
    enrollment = begin(wire)
    lose(wire, enrollment)
    plan_list(wire)
    wire.plan(_ENROLL, payload="enroll_factor")
    enrollment.confirm("654321")
    assert sent_json(wire.requests[-1])["enrollmentData"] == {"passCode": "654321"}
