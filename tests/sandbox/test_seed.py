"""Snapshots, and seeds written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from authing_mfa.sandbox import RefusalCode, Sandbox, SandboxUser, Settings

from .calls import Caller, codes, enroll_otp
from .conftest import EMAIL, PHONE


@pytest.fixture
def used(caller: Caller, sandbox: Sandbox, user: SandboxUser) -> Sandbox:
    """A sandbox with something of everything in its state."""
    enroll_otp(caller, user)
    caller.request_enrollment("SMS", phoneNumber=PHONE)
    user.new_mfa_token()
    sandbox.settings.refusals["already_enrolled"] = RefusalCode(422, 7)
    sandbox.settings.authorization_schemes = ("bearer",)
    sandbox.settings.code_length = 4
    sandbox.disable_factor("FACE")
    return sandbox


def test_a_snapshot_is_json(used: Sandbox) -> None:
    snapshot = used.snapshot()
    assert snapshot == json.loads(json.dumps(snapshot))


def test_a_snapshot_seeds_the_same_state(used: Sandbox) -> None:
    snapshot = used.snapshot()
    assert snapshot == Sandbox(seed=snapshot).snapshot()


def test_what_was_begun_goes_on_in_the_copy(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    token = caller.request_enrollment("SMS", phoneNumber=PHONE)["data"]["enrollmentToken"]
    code = sandbox.outbox.last_code(phone=PHONE)
    with Sandbox(seed=sandbox.snapshot()) as copy, Caller(copy, user.access_token) as other:
        assert (200, None) == codes(other.enroll("SMS", token, passCode=code))
        assert [f"{user.user_id}|phone"] == list(copy.users[0].factor_ids)


def test_a_seed_by_hand_needs_little(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    seed = {"users": [{"phone": PHONE, "factors": ["SMS", "OTP"]}, {"email": EMAIL}]}
    path.write_text(json.dumps(seed), encoding="utf-8")
    first, second = Sandbox(seed=path).users
    assert (PHONE, 2, EMAIL, 0) == (
        first.phone,
        len(first.factor_ids),
        second.email,
        len(second.factor_ids),
    )


def test_a_seed_may_set_settings() -> None:
    seed = {"settings": {"code_length": 4, "refusals": {"wrong_totp": {"status_code": 403}}}}
    settings = Sandbox(seed=seed).settings
    assert 4 == settings.code_length
    assert RefusalCode(403) == settings.refusals["wrong_totp"]
    assert RefusalCode(409) == settings.refusals["already_enrolled"]


def test_a_reset_goes_back_to_the_seed() -> None:
    sandbox = Sandbox(seed={"users": [{"phone": PHONE}]})
    sandbox.add_user(email=EMAIL)
    sandbox.reset()
    assert [PHONE] == [user.phone for user in sandbox.users]


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        ({"user": []}, "seed: unknown user;"),
        ({"users": [{"fone": PHONE}]}, r"seed.users\[0\]: unknown fone;"),
        ({"users": [{"factors": ["SMS"]}]}, r"seed.users\[0\]: this factor needs phone="),
        ({"users": [{"factors": [{"id": "x"}]}]}, "not the members of a Factor"),
        ({"users": [{"email": EMAIL}, {"email": EMAIL}]}, r"seed.users\[1\]: another user"),
        ({"settings": {"code_size": 4}}, "seed.settings: unknown code_size;"),
        ({"settings": {"code_length": "4"}}, "seed.settings.code_length: not a value"),
        ({"application": {"id": "x"}}, "seed.application: unknown id;"),
        ({"tokens": {"x": {"value": "x"}}}, "not the members of a Token"),
    ],
)
def test_a_seed_that_does_not_fit_says_where(seed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sandbox(seed=seed)


@pytest.mark.parametrize("text", ["[]", "{", "7"])
def test_a_file_that_is_no_seed_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "seed.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's own error among them
        Sandbox(seed=str(path))


def test_settings_given_first_are_not_changed_later() -> None:
    settings = Settings()
    sandbox = Sandbox(settings=settings)
    sandbox.settings.code_length = 4
    sandbox.settings.refusals["wrong_totp"] = RefusalCode(403)
    assert Settings() == settings
    sandbox.reset()
    assert Settings() == sandbox.settings
