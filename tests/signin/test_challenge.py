"""A challenge: its methods, its end, how it is stored, and that it hides what is secret."""

from __future__ import annotations

import json
import pickle
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from authing_mfa import (
    ChallengeMethod,
    FactorType,
    MFATrigger,
    OfferedMethod,
)
from authing_mfa._auth.read_tokens import jwt_claims
from tests.support import payloads
from tests.support.wire import Wire, make_client

from .answers import (
    RECORD,
    authorization,
    base64url,
    jwt,
    make_challenge,
    make_trigger,
    mfa_token,
    offered,
    plan,
    v2,
)


class TestMethods:
    def test_stand_in_the_applications_order(self) -> None:
        sorts = {"EMAIL": 3, "OTP": 1, "FACE": 4, "SMS": 2}
        listed = tuple(
            OfferedMethod.from_dict({"mfaPolicy": kind, "sort": sort})
            for kind, sort in sorts.items()
        )
        challenge = make_challenge(make_client(), application_mfa=listed)
        kinds = [method.factor_type for method in challenge.methods]
        assert kinds == [FactorType.OTP, FactorType.SMS, FactorType.EMAIL, FactorType.FACE]

    def test_without_an_order_stand_as_they_came(self) -> None:
        listed = tuple(OfferedMethod.from_dict({"mfaPolicy": kind}) for kind in ("FACE", "EMAIL"))
        challenge = make_challenge(make_client(), application_mfa=listed)
        assert [method.factor_type for method in challenge.methods] == ["FACE", "EMAIL"]

    def test_that_are_off_are_left_out(self) -> None:
        off = OfferedMethod.from_dict({"mfaPolicy": "SMS", "status": 0})
        challenge = make_challenge(make_client(), application_mfa=(off, *offered("OTP")))
        assert [method.factor_type for method in challenge.methods] == ["OTP"]

    def test_say_where_codes_go(self) -> None:
        assert make_challenge(make_client()).methods == (
            ChallengeMethod(
                factor_type=FactorType.SMS, bound=True, masked_target="+86 188****0000"
            ),
            ChallengeMethod(
                factor_type=FactorType.EMAIL, bound=True, masked_target="t***@example.com"
            ),
            ChallengeMethod(factor_type=FactorType.OTP, bound=True),
            ChallengeMethod(factor_type=FactorType.FACE, bound=True),
        )

    def test_say_so_where_the_country_is_not_told(self) -> None:
        challenge = make_challenge(make_client(), "SMS", mfa_phone_country_code=None)
        assert challenge.methods[0].masked_target == "188****0000"

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_say_what_is_not_bound(self, nothing: str | None) -> None:
        challenge = make_challenge(
            make_client(),
            mfa_phone=nothing,
            mfa_email=nothing,
            totp_mfa_enabled=False,
            face_mfa_enabled=False,
        )
        assert {(method.bound, method.masked_target) for method in challenge.methods} == {
            (False, "")
        }

    def test_of_an_unknown_kind_are_listed(self) -> None:
        (method,) = make_challenge(make_client(), "PASSKEY").methods
        assert (method.factor_type, method.bound) == ("PASSKEY", True)

    @pytest.mark.parametrize("enabled", [True, False])
    def test_of_the_users_own_mfa_are_totp(self, enabled: bool) -> None:
        challenge = make_challenge(
            make_client(), application_mfa=(), totp_mfa_enabled=enabled, mfa_phone=None
        )
        assert challenge.methods == (ChallengeMethod(factor_type=FactorType.OTP, bound=True),)

    def test_that_are_all_off_leave_the_users_own_mfa(self) -> None:
        off = OfferedMethod.from_dict({"mfaPolicy": "SMS", "status": 0})
        (method,) = make_challenge(make_client(), application_mfa=(off,)).methods
        assert method == ChallengeMethod(factor_type=FactorType.OTP, bound=True)


class TestEnd:
    def test_is_what_the_token_claims(self) -> None:
        challenge = make_challenge(make_client(), mfa_token=jwt(exp=4102444800))
        assert challenge.expires_at == datetime(2100, 1, 1, tzinfo=UTC)
        assert not challenge.expired

    def test_comes_with_time(self) -> None:
        challenge = make_challenge(make_client(), mfa_token=mfa_token(60))
        with time_machine.travel(time.time() + 61):
            assert challenge.expired

    @pytest.mark.parametrize(
        "token",
        [
            "example-mfa-token",
            "a.b.c",
            "a.!!!.c",
            jwt(),
            jwt(exp=None),
            jwt(exp="4102444800"),
            jwt(exp=True),
            jwt(exp=10**30),
            jwt(exp=-(10**30)),
            f"e30.{base64url(b'[1]')}.x",
            f"e30.{base64url(b'{')}.x",
            f"e30.{base64url(bytes([255]))}.x",
            f"e30.{base64url(b'[' * 100_000)}.x",
            f"e30.{base64url(b'9' * 5000)}.x",
        ],
        ids=lambda token: token[:20],
    )
    def test_is_not_known_from_a_token_that_does_not_say(self, token: str) -> None:
        challenge = make_challenge(make_client(), mfa_token=token)
        assert (challenge.expires_at, challenge.expired) == (None, False)

    def test_may_be_a_fraction_of_a_second(self) -> None:
        challenge = make_challenge(make_client(), mfa_token=jwt(exp=4102444800.5))
        assert challenge.expires_at is not None

    @settings(deadline=None, max_examples=20)
    @given(st.text())
    def test_of_no_token_raises(self, token: str) -> None:
        assert isinstance(jwt_claims(token), dict)

    @settings(deadline=None, max_examples=20)
    @given(st.dictionaries(st.text(), st.integers() | st.text()))
    def test_claims_are_read_in_the_url_safe_alphabet(self, members: dict[str, Any]) -> None:
        data = json.dumps(members, ensure_ascii=True).encode()
        assert jwt_claims(f"e30.{base64url(data)}.x") == members

    def test_payload_that_needs_the_url_safe_alphabet_is_read(self) -> None:
        payload = base64url(b'{"a":"???>>>~~~"}')
        assert {"-", "_"} & set(payload)
        assert jwt_claims(f"e30.{payload}.x") == {"a": "???>>>~~~"}


class TestStoring:
    @pytest.mark.parametrize(
        "name", ["mfa_required_application", "mfa_required_one_method", "mfa_required_personal"]
    )
    def test_goes_on_where_it_stopped(self, wire: Wire, name: str) -> None:
        trigger = MFATrigger.from_dict(payloads.read(name)["data"])
        stored = json.dumps(make_client().challenge(trigger).trigger.to_dict())
        again = MFATrigger.from_dict(json.loads(stored))
        assert trigger == again
        assert make_client().challenge(trigger).methods == make_client().challenge(again).methods

    def test_is_spelled_as_on_the_wire(self) -> None:
        trigger = make_trigger("OTP", mfa_token="example-mfa-token", mfa_phone=None)
        stored = trigger.to_dict()
        assert stored["mfaToken"] == "example-mfa-token"
        assert stored["applicationMfa"] == [{"mfaPolicy": "OTP", "status": 1, "sort": 0}]
        assert "mfaPhone" not in stored

    def test_token_of_a_stored_one_signs_the_calls(self, wire: Wire) -> None:
        plan(wire, "/api/v2/mfa/totp/verify", v2(RECORD))
        stored = make_trigger(mfa_token="example-mfa-token").to_dict()
        make_client().challenge(MFATrigger.from_dict(stored)).verify_totp("123456")
        assert authorization(wire.request) == "Bearer example-mfa-token"

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_pickle_is_refused_with_what_to_do(self, protocol: int) -> None:
        with pytest.raises(TypeError, match=r"store trigger\.to_dict\(\)"):
            pickle.dumps(make_challenge(make_client()), protocol)


def test_repr_names_methods_and_end_alone() -> None:
    challenge = make_challenge(make_client(), "OTP", "SMS", mfa_token=jwt(exp=4102444800))
    assert repr(challenge) == "<MFAChallenge by OTP, SMS, until 2100-01-01 00:00:00+00:00>"


def test_trigger_hides_its_token_and_masks_what_is_personal() -> None:
    text = repr(make_trigger(mfa_token="example-mfa-token", phone="18812348888", email="a@b.c"))
    for secret in ("example-mfa-token", "18800000000", "18812348888", "test@", "a@b.c"):
        assert secret not in text
