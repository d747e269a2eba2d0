"""Snapshots, and seeds written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from authing_mfa.sandbox import RefusalCode, Sandbox, SandboxUser, Settings

from .calls import EMAIL, PHONE, Caller, codes, enroll_otp


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
        assert codes(other.enroll("SMS", token, passCode=code)) == (200, None)
        assert list(copy.users[0].factor_ids) == [f"{user.user_id}|phone"]


def test_a_seed_by_hand_needs_little(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    seed = {"users": [{"phone": PHONE, "factors": ["SMS", "OTP"]}, {"email": EMAIL}]}
    path.write_text(json.dumps(seed), encoding="utf-8")
    first, second = Sandbox(seed=path).users
    assert (
        first.phone,
        len(first.factor_ids),
        second.email,
        len(second.factor_ids),
    ) == (PHONE, 2, EMAIL, 0)


def test_a_seed_may_set_settings() -> None:
    seed = {"settings": {"code_length": 4, "refusals": {"wrong_totp": {"status_code": 403}}}}
    settings = Sandbox(seed=seed).settings
    assert settings.code_length == 4
    assert RefusalCode(403) == settings.refusals["wrong_totp"]
    assert RefusalCode(409) == settings.refusals["already_enrolled"]


def test_a_reset_goes_back_to_the_seed() -> None:
    sandbox = Sandbox(seed={"users": [{"phone": PHONE}]})
    sandbox.add_user(email=EMAIL)
    sandbox.reset()
    assert [user.phone for user in sandbox.users] == [PHONE]


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
        ([], "seed: wanted an object, or a path"),
        ({5: []}, "seed: wanted an object"),
        ({"pool_id": 5}, "seed.pool_id: not a value"),
        ({"access_keys": {"k": 5}}, "seed.access_keys: not a value"),
        ({"enabled_factors": "SMS"}, "seed.enabled_factors: not a value"),
        ({"enabled_factors": ["PASSKEY"]}, "seed.enabled_factors: not a value"),
        ({"application": []}, "seed.application: wanted an object"),
        ({"application": {"secret": None}}, "seed.application.secret: not a value"),
        ({"settings": 5}, "seed.settings: wanted an object"),
        ({"settings": {"refusals": 5}}, "seed.settings.refusals: wanted an object"),
        ({"settings": {"refusals": {"x": {}}}}, "seed.settings.refusals: unknown x;"),
        ({"settings": {"refusals": {"broken": 5}}}, "refusals: wanted an object"),
        ({"settings": {"refusals": {"broken": {"status_code": 7}}}}, "refusals: statusCode 7"),
        ({"settings": {"header_prefixes": 5}}, "seed.settings.header_prefixes: not a value"),
        ({"generated": 5}, "seed.generated: wanted an object"),
        ({"generated": {"size": "5"}}, r"seed.generated.size: wanted int, got str"),
        ({"generated": {"size": -5}}, r"seed.generated: 'size' must be"),
        ({"gone": 5}, "seed.gone: wanted a list"),
        ({"gone": ["x"]}, "seed.gone: not a value"),
        ({"gone": ["x", 5]}, "seed.gone: not a value"),
        ({"users": {"phone": PHONE}}, "seed.users: wanted a list, got dict"),
        ({"users": "all"}, "seed.users: wanted a list, got str"),
        ({"users": [5]}, r"seed.users\[0\]: wanted an object, got int"),
        ({"users": [{"phone": 5}]}, r"seed.users\[0\].phone: wanted str \| None, got int"),
        ({"users": [{"email": EMAIL, "logins": 1.5}]}, r"seed.users\[0\].logins: wanted int"),
        ({"users": [{"created_at": True}]}, r"seed.users\[0\].created_at: wanted float"),
        ({"users": [{"created_at": float("nan")}]}, r"seed.users\[0\].created_at: wanted float"),
        ({"users": [{"created_at": 1e300}]}, r"seed.users\[0\].created_at: wanted an instant"),
        ({"users": [{"username": "\ud800"}]}, r"seed.users\[0\].username: wanted str"),
        ({"users": [{"status": "Gone"}]}, r"seed.users\[0\]: "),
        ({"users": [{"factors": "SMS"}]}, r"seed.users\[0\].factors: wanted a list"),
        ({"users": [{"factors": [5]}]}, r"seed.users\[0\].factors: wanted an object"),
        (
            {"users": [{"factors": [{"factor_id": "x", "factor_type": "PASSKEY"}]}]},
            r"seed.users\[0\].factors: wanted one of OTP",
        ),
        ({"users": [{"code_tries": 5}]}, r"seed.users\[0\].code_tries: wanted an object"),
        ({"users": [{"identities": {"a": 5}}]}, r"seed.users\[0\].identities: wanted dict"),
        ({"tokens": []}, "seed.tokens: wanted an object"),
        ({"tokens": {"x": 5}}, "seed.tokens: wanted an object"),
        ({"nonces": {"x": {"expires_at": "x"}}}, "seed.nonces.expires_at: wanted float, got str"),
        ({"pending": {"x": {"address": 5}}}, "seed.pending.address: wanted an object"),
    ],
)
def test_a_seed_that_does_not_fit_says_where(seed: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Sandbox(seed=seed)


@pytest.mark.parametrize(
    "text", ["[]", "{", "7", "null", "[" * 100_000], ids=lambda text: text[:5]
)
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
