"""Behind one's own login: who is asked for a factor, and which token proves that it was given."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
import time_machine

from authing_mfa import (
    AuthenticationClient,
    ConfigurationError,
    InvalidResponseError,
    ManagementClient,
    MFATrigger,
)
from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.wire import Wire, make_client

from .answers import RECORD, base64url, jwt, make_trigger, offered, plan, sent_form, v2
from .flows import asked

_INTROSPECTION: Final = "/mfa/token/introspection"
_NOW: Final = 1_800_000_000
_USER: Final = "0123456789abcdef01234567"


class Used:
    """A store of marks, as an application has one."""

    def __init__(self) -> None:
        self.marks: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, digest: str) -> bool:
        with self._lock:
            known = digest in self.marks
            self.marks.add(digest)
            return known


@pytest.fixture
def used() -> Used:
    return Used()


@pytest.fixture
def now() -> Any:
    with time_machine.travel(_NOW, tick=False) as clock:
        yield clock


def unfinished(at: float = _NOW, user_id: str = _USER, **claims: Any) -> str:
    """Return an mfaToken: of a challenge that began at an instant."""
    data = {"userPoolId": "p", "userId": user_id, "stage": 1}
    return jwt(**{"data": data, "iat": at, "exp": at + 360, **claims})


def finished(at: float = _NOW + 20, user_id: str = _USER, **claims: Any) -> str:
    """Return the token of a challenge that was finished at an instant."""
    return jwt(**{"data": {"id": user_id}, "iat": at, "exp": at + 86400, **claims})


def trigger_of(mfa_token: str | None = None) -> MFATrigger:
    return make_trigger("OTP", mfa_token=mfa_token or unfinished())


def plan_inspection(wire: Wire, **facts: Any) -> None:
    usual = {"active": True, "userPoolId": "p", "userId": _USER, "iat": _NOW + 20}
    plan(wire, _INTROSPECTION, {**usual, **facts})


@pytest.mark.usefixtures("now")
class TestProof:
    def test_is_a_token_of_the_challenge_finished(self, wire: Wire, used: Used) -> None:
        plan_inspection(wire)
        token = finished()
        assert make_client().has_passed(trigger_of(), token, used_before=used) is True
        assert sent_form(wire.request) == {"token": token}
        assert "Authorization" not in wire.request.headers

    def test_is_one_only_once(self, wire: Wire, used: Used) -> None:
        for _ in range(2):
            plan_inspection(wire)
        client, token = make_client(), finished()
        assert client.has_passed(trigger_of(), token, used_before=used)
        assert not client.has_passed(trigger_of(), token, used_before=used)

    def test_is_used_up_under_each_spelling_of_its_signature(self, wire: Wire, used: Used) -> None:
        for _ in range(2):
            plan_inspection(wire)
        client, token = make_client(), finished()
        assert client.has_passed(trigger_of(), token, used_before=used)
        assert not client.has_passed(trigger_of(), token[:-1] + "f", used_before=used)

    @pytest.mark.parametrize(
        "facts",
        [
            {"active": False},
            {"userId": "someone-else"},
            {"iat": _NOW - 1},
            {"iat": _NOW - 3600},
            {"iat": 0},
            {"iat": _NOW + 361},
            {"iat": 253402300799},
        ],
        ids=str,
    )
    def test_is_none_of(self, wire: Wire, used: Used, facts: dict[str, Any]) -> None:
        plan_inspection(wire, **facts)
        assert not make_client().has_passed(trigger_of(), finished(), used_before=used)
        assert used.marks == set()

    @pytest.mark.parametrize("at", [_NOW, _NOW + 0.9])
    def test_is_one_of_the_very_second_too(self, wire: Wire, used: Used, at: float) -> None:
        plan_inspection(wire, iat=at)
        trigger = trigger_of(unfinished(_NOW + 0.5))
        assert make_client().has_passed(trigger, finished(), used_before=used)

    @pytest.mark.parametrize("token", [unfinished(), unfinished(_NOW + 5), unfinished(jti="x")])
    def test_is_no_token_of_an_unfinished_sign_in(
        self, wire: Wire, used: Used, token: str
    ) -> None:
        plan_inspection(wire)
        assert not make_client().has_passed(trigger_of(), token, used_before=used)
        assert used.marks == set()

    @pytest.mark.parametrize("token", [None, "", " ", "two words", "tökèn", "\ud800", "a" * 9000])
    def test_is_nothing_that_cannot_be_sent(
        self, wire: Wire, used: Used, token: str | None
    ) -> None:
        assert not make_client().has_passed(trigger_of(), token, used_before=used)
        assert wire.requests == []

    def test_is_none_that_comes_late(self, wire: Wire, used: Used) -> None:
        trigger = trigger_of(unfinished(_NOW - 601))
        assert not make_client().has_passed(trigger, finished(), used_before=used)
        assert wire.requests == []
        plan_inspection(wire, iat=_NOW - 590)
        assert make_client().has_passed(trigger, finished(), used_before=used, max_age=900)


@pytest.mark.usefixtures("now")
class TestDeploymentThatDoesNotTell:
    @pytest.mark.parametrize(
        "mfa_token",
        [
            "an-opaque-token",
            jwt(),
            jwt(iat=_NOW),
            jwt(data={"userId": _USER, "stage": 1}),
            jwt(data={"userId": _USER, "stage": 1}, iat=None),
            jwt(data={"userId": _USER, "stage": 1}, iat=str(_NOW)),
            jwt(data={"userId": _USER}, iat=_NOW),
            jwt(data={"stage": 1}, iat=_NOW),
            jwt(data={"userId": None, "stage": 1}, iat=_NOW),
            jwt(data=[], iat=_NOW),
        ],
    )
    def test_of_the_challenge_raises(self, wire: Wire, used: Used, mfa_token: str) -> None:
        with pytest.raises(InvalidResponseError, match=r"^mfaToken"):
            make_client().has_passed(trigger_of(mfa_token), finished(), used_before=used)
        assert wire.requests == []

    @pytest.mark.parametrize("missing", ["iat", "userId"])
    def test_of_the_token_raises(self, wire: Wire, used: Used, missing: str) -> None:
        plan_inspection(wire, **{missing: None})
        with pytest.raises(InvalidResponseError, match=missing):
            make_client().has_passed(trigger_of(), finished(), used_before=used)
        assert used.marks == set()

    @pytest.mark.parametrize(
        "token",
        [
            "an-opaque-token",
            jwt(iat=_NOW),
            jwt(sub=_USER, scope="openid"),
            f"e30.{base64url(b'[1]')}.x",
            f"{finished()}=",
            f"{finished()}.x",
        ],
    )
    def test_which_token_it_is_raises(self, wire: Wire, used: Used, token: str) -> None:
        plan_inspection(wire)
        with pytest.raises(InvalidResponseError, match=r"^token\.data"):
            make_client().has_passed(trigger_of(), token, used_before=used)
        assert used.marks == set()


@pytest.mark.usefixtures("now")
class TestRefusedHere:
    @pytest.mark.parametrize(
        ("facts", "name"),
        [
            ({"trigger": None}, "trigger"),
            ({"trigger": {"mfaToken": unfinished()}}, "trigger"),
            ({"token": 7}, "token"),
            ({"token": b"bytes"}, "token"),
            ({"used_before": None}, "used_before"),
            ({"max_age": 0}, "max_age"),
            ({"max_age": None}, "max_age"),
        ],
    )
    def test_argument_that_cannot_work(
        self, wire: Wire, used: Used, facts: dict[str, Any], name: str
    ) -> None:
        usual = {"trigger": trigger_of(), "token": finished(), "used_before": used}
        with pytest.raises(ConfigurationError, match=f"^{name}: wanted"):
            make_client().has_passed(**{**usual, **facts})
        assert wire.requests == []

    @pytest.mark.parametrize("said", [None, 0, 1, "no"])
    def test_store_that_does_not_say_yes_or_no(self, wire: Wire, said: Any) -> None:
        plan_inspection(wire)
        with pytest.raises(ConfigurationError, match="used_before's result"):
            make_client().has_passed(trigger_of(), finished(), used_before=lambda digest: said)

    def test_store_that_is_down_lets_nobody_in(self, wire: Wire) -> None:
        def broken(digest: str) -> bool:
            raise OSError("down")

        plan_inspection(wire)
        with pytest.raises(OSError, match="down"):
            make_client().has_passed(trigger_of(), finished(), used_before=broken)

    def test_digest_holds_nothing_of_the_token(self, wire: Wire, used: Used) -> None:
        plan_inspection(wire)
        token = finished()
        assert make_client().has_passed(trigger_of(), token, used_before=used)
        (digest,) = used.marks
        assert len(digest) == 64
        assert digest not in token


class TestOnTheSandbox:
    @pytest.fixture(autouse=True)
    def _mfa(self, sandbox: Sandbox) -> None:
        sandbox.require_mfa("application", ["OTP"])

    def test_challenge_that_was_passed(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser, used: Used
    ) -> None:
        trigger = asked(client, user)
        result = client.challenge(trigger).verify_totp(user.totp_code())
        assert client.has_passed(trigger, result.token, used_before=used)
        assert not client.has_passed(trigger, result.token, used_before=used)

    def test_tokens_that_prove_nothing(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser, used: Used
    ) -> None:
        trigger, other = asked(client, user), asked(client, user)
        for token in (trigger.mfa_token, other.mfa_token):
            assert client.introspect_mfa_token(token).active
            assert not client.has_passed(trigger, token, used_before=used)

    def test_challenge_of_an_hour_ago(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser, used: Used
    ) -> None:
        result = client.challenge(asked(client, user)).verify_totp(user.totp_code())
        sandbox.clock.advance(3600)
        assert client.introspect_mfa_token(result.token or "").active
        assert not client.has_passed(asked(client, user), result.token, used_before=used)

    def test_challenge_of_another_user(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser, used: Used
    ) -> None:
        ben = sandbox.add_user(username="ben", factors=["OTP"])
        of_anna, of_ben = asked(client, user), asked(client, ben)
        result = client.challenge(of_ben).verify_totp(ben.totp_code())
        assert not client.has_passed(of_anna, result.token, used_before=used)
        assert client.has_passed(of_ben, result.token, used_before=used)

    def test_one_of_many_requests_with_one_token_passes(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser, used: Used
    ) -> None:
        trigger = asked(client, user)
        token = client.challenge(trigger).verify_totp(user.totp_code()).token
        with ThreadPoolExecutor(8) as pool:
            found = pool.map(
                lambda _: client.has_passed(trigger, token, used_before=used), range(8)
            )
            assert sorted(found) == [False] * 7 + [True]


class TestAsksForFactor:
    @pytest.mark.parametrize("totp", [True, False, None])
    def test_where_a_method_is_on(self, totp: bool | None) -> None:
        assert make_trigger("SMS", totp_mfa_enabled=totp).asks_for_factor

    @pytest.mark.parametrize("status", [1, 2, -1, None])
    def test_where_a_method_is_not_known_to_be_off(self, status: int | None) -> None:
        listed = [{"mfaPolicy": "SMS", "status": status}]
        data = {"mfaToken": "t", "applicationMfa": listed, "totpMfaEnabled": False}
        assert MFATrigger.from_dict(data).asks_for_factor

    @pytest.mark.parametrize(("totp", "asks"), [(True, True), (None, True), (False, False)])
    @pytest.mark.parametrize("status", [None, 0])
    def test_where_none_is_on_whoever_may_have_an_authenticator(
        self, totp: bool | None, asks: bool, status: int | None
    ) -> None:
        listed: Any = () if status is None else [{"mfaPolicy": "SMS", "status": status}]
        data = {"mfaToken": "t", "applicationMfa": [*listed], "totpMfaEnabled": totp}
        assert MFATrigger.from_dict(data).asks_for_factor is asks

    @pytest.mark.parametrize(
        "data", [{"mfaToken": "t"}, {"mfaToken": "t", "applicationMfa": None}]
    )
    def test_of_a_trigger_that_tells_nothing(self, data: dict[str, Any]) -> None:
        assert MFATrigger.from_dict(data).asks_for_factor

    @pytest.mark.parametrize("form", ["empty", "absent", "otp"])
    def test_of_a_user_with_an_mfa_of_their_own(
        self,
        sandbox: Sandbox,
        client: AuthenticationClient,
        administrator: ManagementClient,
        user: SandboxUser,
        newcomer: SandboxUser,
        form: str,
    ) -> None:
        sandbox.settings.personal_trigger_methods = form
        sandbox.require_mfa("personal")
        trigger = administrator.get_mfa_trigger_data(sandbox.app_id, user.user_id)
        assert trigger.asks_for_factor
        result = client.challenge(trigger).verify_totp(user.totp_code())
        assert result.user.user_id == user.user_id
        other = administrator.get_mfa_trigger_data(sandbox.app_id, newcomer.user_id)
        assert not other.asks_for_factor


def test_what_asks_can_be_answered(wire: Wire) -> None:
    triggers: list[Callable[[], MFATrigger]] = [
        lambda: make_trigger(application_mfa=()),
        lambda: make_trigger(application_mfa=offered("OTP"), totp_mfa_enabled=None),
        lambda: MFATrigger(mfa_token="t"),
    ]
    for make in triggers:
        plan(wire, "/api/v2/mfa/totp/verify", v2(RECORD))
        assert make().asks_for_factor
        make_client().challenge(make()).verify_totp("123456")
