"""A `TokenSet` is refreshed before it ends: what a refresh sends, reads and tells of."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
import time_machine

from authing_mfa import (
    AuthenticationClient,
    ConfigurationError,
    ConnectionFailedError,
    TokenSet,
)
from tests.support.wire import Wire, make_client

from .answers import (
    FACTORS,
    OIDC_TOKEN,
    authorization,
    plan,
    sent_form,
    went_to,
)
from .refreshing import NEW, REFRESH, ending_in, plan_list, refreshed


class TestWhatIsSent:
    def test_without_a_secret_the_application_is_named(self, wire: Wire) -> None:
        assert refreshed(wire) == {**REFRESH, "client_id": "app_example"}
        assert authorization(wire.requests[0]) is None

    def test_post_proves_it_in_the_form(self, wire: Wire) -> None:
        proof = {"client_id": "app_example", "client_secret": "example-app-secret"}
        assert {**REFRESH, **proof} == refreshed(wire, app_secret="example-app-secret")
        assert authorization(wire.requests[0]) is None

    def test_basic_proves_it_in_the_header(self, wire: Wire) -> None:
        secret = {"app_secret": "example-app-secret", "client_auth": "client_secret_basic"}
        assert refreshed(wire, NEW, None, **secret) == REFRESH
        pair = base64.b64encode(b"app_example:example-app-secret").decode()
        assert authorization(wire.requests[0]) == f"Basic {pair}"

    def test_the_call_itself_goes_with_the_new_token(self, wire: Wire) -> None:
        refreshed(wire)
        assert authorization(wire.requests[1]) == "Bearer example-new-token"

    def test_refresh_token_is_written_as_a_form_writes_it(self, wire: Wire) -> None:
        form = refreshed(wire, tokens=ending_in(-1, refresh_token="a+b/c= &d"))
        assert form["refresh_token"] == "a+b/c= &d"

    def test_mode_that_lacks_its_secret_is_refused_here(self, wire: Wire) -> None:
        client = make_client(access_token=ending_in(-1), client_auth="client_secret_post")
        with pytest.raises(ConfigurationError, match="app_secret"):
            client.list_enrolled_factors()
        assert wire.requests == []


class TestWhen:
    @pytest.mark.parametrize("seconds", [-3600, 0, 1, 59])
    def test_a_minute_before_the_end(self, wire: Wire, seconds: float) -> None:
        refreshed(wire, tokens=ending_in(seconds))

    @pytest.mark.parametrize("seconds", [120, 7200])
    def test_not_before(self, wire: Wire, seconds: float) -> None:
        plan_list(wire)
        make_client(access_token=ending_in(seconds)).list_enrolled_factors()
        assert authorization(wire.request) == "Bearer example-old-token"

    def test_once_for_all_calls_that_follow(self, wire: Wire) -> None:
        plan(wire, OIDC_TOKEN, NEW)
        client = make_client(access_token=ending_in(-1))
        for _ in range(3):
            plan_list(wire)
            client.list_enrolled_factors()
        assert [went_to(one)[1] for one in wire.requests] == [
            OIDC_TOKEN,
            FACTORS,
            FACTORS,
            FACTORS,
        ]

    def test_at_half_of_a_life_that_is_shorter_than_two_minutes(self, wire: Wire) -> None:
        for _ in range(2):
            plan(wire, OIDC_TOKEN, {**NEW, "expires_in": 40})
        with time_machine.travel(1_800_000_000, tick=False) as clock:
            client = make_client(access_token=ending_in(-1))
            for moved in (0, 15, 10):
                clock.shift(timedelta(seconds=moved))
                plan_list(wire)
                client.list_enrolled_factors()
        assert [went_to(one)[1] for one in wire.requests] == [
            OIDC_TOKEN,
            FACTORS,
            FACTORS,
            OIDC_TOKEN,
            FACTORS,
        ]

    def test_for_a_write_too(self, wire: Wire) -> None:
        plan(wire, OIDC_TOKEN, NEW)
        plan(wire, "reset-factor")
        make_client(access_token=ending_in(-1)).reset_factor("f_1")
        assert authorization(wire.requests[1]) == "Bearer example-new-token"

    @pytest.mark.parametrize("seconds", [-1, 7200])
    def test_never_without_a_refresh_token(self, wire: Wire, seconds: float) -> None:
        plan_list(wire)
        tokens = ending_in(seconds, refresh_token=None)
        make_client(access_token=tokens).list_enrolled_factors()
        assert authorization(wire.request) == "Bearer example-old-token"

    def test_never_for_a_call_that_belongs_to_no_user(self, wire: Wire) -> None:
        plan(wire, "/mfa/token/introspection", payload="introspection_active")
        plan(wire, "send-sms")
        client = make_client(access_token=ending_in(-1))
        client.introspect_mfa_token("example-mfa-token")
        client.send_sms("18800000000")
        assert [authorization(one) for one in wire.requests] == [None, None]

    @pytest.mark.parametrize("give", ["argument", "set_access_token", "as_user"])
    def test_however_the_tokens_were_given(self, wire: Wire, give: str) -> None:
        plan(wire, OIDC_TOKEN, NEW)
        plan_list(wire)
        client = make_client(access_token=ending_in(-1) if give == "argument" else None)
        if give == "set_access_token":
            client.set_access_token(ending_in(-1))
        if give == "as_user":
            client = client.as_user(ending_in(-1))
        client.list_enrolled_factors()
        assert authorization(wire.requests[1]) == "Bearer example-new-token"


class TestWhatIsRead:
    @pytest.mark.parametrize("key", ["expire_in", "expires_in"])
    def test_lifetime_under_both_its_names(self, wire: Wire, key: str) -> None:
        stored: list[TokenSet] = []
        answer = {"access_token": "example-new-token", "token_type": "Bearer", key: 7200}
        refreshed(wire, answer, on_new_tokens=stored.append)
        left = stored[0].expires_at - datetime.now(UTC)
        assert timedelta(seconds=7100) < left <= timedelta(seconds=7200)

    def test_rotated_refresh_token_is_the_next_ones(self, wire: Wire) -> None:
        again = {**NEW, "expires_in": 0}
        plan(wire, OIDC_TOKEN, again)
        plan(wire, OIDC_TOKEN, NEW)
        client = make_client(access_token=ending_in(-1))
        for _ in range(2):
            plan_list(wire)
            client.list_enrolled_factors()
        assert sent_form(wire.requests[2])["refresh_token"] == "example-new-refresh-token"

    @pytest.mark.parametrize("left_out", [{}, {"refresh_token": None}])
    def test_refresh_token_that_is_not_renewed_is_kept(
        self, wire: Wire, left_out: dict[str, Any]
    ) -> None:
        stored: list[TokenSet] = []
        answer = {"access_token": "example-new-token", "expires_in": 7200, **left_out}
        refreshed(wire, answer, on_new_tokens=stored.append)
        assert stored[0].refresh_token == "example-refresh-token"

    def test_scope_that_is_not_told_is_the_old_one(self, wire: Wire) -> None:
        stored: list[TokenSet] = []
        answer = {"access_token": "example-new-token", "expires_in": 7200}
        tokens = ending_in(-1, scope="openid offline_access")
        refreshed(wire, answer, tokens, on_new_tokens=stored.append)
        assert stored[0].scope == "openid offline_access"

    def test_envelope_that_comes_all_the_same_is_opened(self, wire: Wire) -> None:
        refreshed(wire, {"statusCode": 200, "message": "", "data": NEW})
        assert authorization(wire.requests[1]) == "Bearer example-new-token"


class TestOnNewTokens:
    def test_is_told_of_the_new_set_before_the_call_goes_out(self, wire: Wire) -> None:
        stored: list[tuple[TokenSet, int]] = []
        told = lambda tokens: stored.append((tokens, len(wire.calls)))  # noqa: E731
        refreshed(wire, on_new_tokens=told)
        ((tokens, sent_by_then),) = stored
        assert (tokens.access_token, sent_by_then) == ("example-new-token", 1)

    def test_of_a_handle_is_its_own(self, wire: Wire) -> None:
        ours: list[TokenSet] = []
        theirs: list[TokenSet] = []
        plan(wire, OIDC_TOKEN, NEW)
        plan_list(wire)
        client = make_client(on_new_tokens=ours.append)
        client.as_user(ending_in(-1), on_new_tokens=theirs.append).list_enrolled_factors()
        assert (ours, len(theirs)) == ([], 1)

    def test_of_a_handle_without_one_is_the_clients(self, wire: Wire) -> None:
        ours: list[TokenSet] = []
        plan(wire, OIDC_TOKEN, NEW)
        plan_list(wire)
        make_client(on_new_tokens=ours.append).as_user(ending_in(-1)).list_enrolled_factors()
        assert len(ours) == 1

    @pytest.mark.parametrize("lifetime", [7200, 10])
    def test_may_use_the_client(self, wire: Wire, lifetime: float) -> None:
        plan(wire, OIDC_TOKEN, {**NEW, "expires_in": lifetime})
        for _ in range(2):
            plan_list(wire)
        clients: list[AuthenticationClient] = []
        told = lambda tokens: clients[0].list_enrolled_factors()  # noqa: E731
        clients.append(make_client(access_token=ending_in(-1), on_new_tokens=told, deadline=2))
        clients[0].list_enrolled_factors()
        assert [went_to(one)[1] for one in wire.requests] == [OIDC_TOKEN, FACTORS, FACTORS]

    @pytest.mark.parametrize("seconds", [30, -1])
    @pytest.mark.parametrize("error", [LookupError("full"), ConnectionFailedError("gone")])
    def test_that_fails_is_told_and_the_new_set_is_held(
        self, wire: Wire, seconds: float, error: Exception
    ) -> None:
        def fail(tokens: TokenSet) -> None:
            raise error

        plan(wire, OIDC_TOKEN, NEW)
        plan_list(wire)
        client = make_client(access_token=ending_in(seconds), on_new_tokens=fail)
        with pytest.raises(type(error), match=r"full|gone"):
            client.list_enrolled_factors()
        client.list_enrolled_factors()
        assert authorization(wire.requests[1]) == "Bearer example-new-token"

    def test_stored_set_goes_on_in_another_request(self, wire: Wire) -> None:
        stored: list[dict[str, Any]] = []
        refreshed(wire, on_new_tokens=lambda tokens: stored.append(tokens.to_dict()))
        plan_list(wire)
        make_client(access_token=TokenSet.from_dict(stored[0])).list_enrolled_factors()
        assert authorization(wire.requests[2]) == "Bearer example-new-token"

    @pytest.mark.parametrize("told", [7, "print", object()])
    def test_must_be_callable(self, told: Any) -> None:
        with pytest.raises(ConfigurationError, match="on_new_tokens: wanted a callable"):
            make_client(on_new_tokens=told)
        with pytest.raises(ConfigurationError, match="on_new_tokens: wanted a callable"):
            make_client().as_user("example-token", on_new_tokens=told)


@pytest.mark.parametrize(
    "ended", [datetime.min.replace(tzinfo=UTC), datetime.fromtimestamp(0, UTC)]
)
def test_set_that_ended_whenever_is_refreshed(wire: Wire, ended: datetime) -> None:
    plan(wire, OIDC_TOKEN, {"access_token": "example-new-token", "expires_in": 7200})
    plan_list(wire)
    tokens = attrs.evolve(ending_in(-1), expires_at=ended.replace(tzinfo=UTC))
    make_client(access_token=tokens).list_enrolled_factors()
    assert authorization(wire.requests[1]) == "Bearer example-new-token"
