"""`factors` and `verify`, in this process, on a sandbox."""

from __future__ import annotations

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

from .conftest import Call

SHOWN = "SMS\t+86 138****0000"


def test_list_shows_a_line_a_factor_without_whole_numbers(call: Call, person: SandboxUser) -> None:
    done = call("factors", "list")
    assert done.code == 0
    assert [f"{SHOWN}\t{person.user_id}|phone", f"OTP\t\t{person.user_id}|otp"] == sorted(
        done.out.splitlines(), reverse=True
    )


def test_list_is_a_json_array(call: Call, person: SandboxUser) -> None:
    document = call("factors", "list", "--json").document
    assert {"OTP", "SMS"} == {one["factor_type"] for one in document}
    assert {*person.factor_ids} == {one["factor_id"] for one in document}


def test_options_may_stand_before_the_command_too(call: Call, person: SandboxUser) -> None:
    assert call("factors", "list", "--json").document == call("--json", "factors", "list").document


def test_available_shows_what_could_be_bound(call: Call, person: SandboxUser) -> None:
    assert {"EMAIL", "FACE"} == {
        one["factor_type"] for one in call("factors", "available", "--json").document
    }


@pytest.mark.parametrize("name", ["SMS", "sms", "{user_id}|phone"])
def test_get_takes_an_id_or_a_type(call: Call, person: SandboxUser, name: str) -> None:
    done = call("factors", "get", name.format(user_id=person.user_id), "--json")
    assert done.document["target"] == "+86 138****0000"


def test_get_of_a_type_that_is_not_bound_is_a_refusal(call: Call, person: SandboxUser) -> None:
    assert call("factors", "get", "EMAIL").code == 11


def test_reset_asks_first(call: Call, person: SandboxUser) -> None:
    done = call("factors", "reset", "OTP", "--json", answers=("y",))
    assert (done.code, done.document["reset"]) == (0, True)
    assert "Unbind OTP?" in done.err
    assert (f"{person.user_id}|phone",) == person.factor_ids


def test_reset_that_is_not_agreed_to_changes_nothing(call: Call, person: SandboxUser) -> None:
    done = call("factors", "reset", "OTP", answers=("",))
    assert (done.code, done.out) == (0, "OTP stays bound\n")
    assert len(person.factor_ids) == 2


def test_reset_with_yes_does_not_ask(call: Call, person: SandboxUser) -> None:
    done = call("factors", "reset", "SMS", "--yes")
    assert (done.out, done.err) == ("SMS +86 138****0000 is unbound\n", "")


def test_enroll_binds_what_a_sent_code_proves(
    call: Call, person: SandboxUser, sandbox: Sandbox
) -> None:
    done = call(
        *("factors", "enroll", "EMAIL", "--email", "a@example.com"),
        answers=(lambda: sandbox.outbox.last_code(email="a@example.com"),),
    )
    assert (done.code, done.out, done.err) == (0, "EMAIL is bound\n", "Code:\n")


def test_phone_may_have_a_country_code(call: Call, person: SandboxUser, sandbox: Sandbox) -> None:
    call("factors", "reset", "SMS", "--yes")
    done = call(
        *("factors", "enroll", "sms", "--phone", "2025550100", "--country-code", "+1"),
        answers=(lambda: sandbox.outbox.last_code(phone="2025550100"),),
    )
    assert done.code == 0
    assert "+1 ****0100" in call("factors", "list").out


def test_authenticator_is_enrolled_by_its_key(call: Call, person: SandboxUser) -> None:
    call("factors", "reset", "OTP", "--yes")
    done = call("factors", "enroll", "OTP", "--json", answers=(person.totp_code,))
    assert done.document == {"factor_type": "OTP", "bound": True}
    assert person.recovery_code() in done.err
    assert "type this key into the app:" in done.err


def test_wrong_code_ends_with_the_code_of_rejections(call: Call, person: SandboxUser) -> None:
    done = call("factors", "enroll", "EMAIL", "--email", "a@example.com", answers=("000000",))
    assert done.code == 5
    assert "Hint: The verification code is wrong or has expired." in done.err


def test_enroll_asks_for_what_the_type_needs(call: Call, person: SandboxUser) -> None:
    done = call("factors", "enroll", "EMAIL", answers=("b@example.com",))
    assert "E-mail address:" in done.err
    assert "Code: standard input ended" in done.err
    assert done.code == 2


def test_face_is_enrolled_by_its_photo(call: Call, person: SandboxUser) -> None:
    done = call("factors", "enroll", "FACE", "--photo", "example-key")
    assert (done.code, done.out) == (0, "FACE is bound\n")


def test_enrollment_without_an_answer_is_looked_up(
    call: Call, person: SandboxUser, sandbox: Sandbox
) -> None:
    sandbox.faults.drop(path="enroll-factor")
    done = call("factors", "enroll", "FACE", "--photo", "example-key", "--json")
    assert (done.code, done.document["bound"]) == (0, True)


def test_right_code_is_verified(call: Call, person: SandboxUser) -> None:
    done = call("verify", answers=(person.totp_code(),))
    assert (done.code, done.out) == (0, "the code is right\n")


def test_wrong_code_is_not_asked_for_again_in_a_pipe(call: Call, person: SandboxUser) -> None:
    done = call("verify", answers=("000000", person.totp_code()))
    assert done.code == 5
