"""Tokens belong to one user's one sign-in, whatever texts the service puts into them."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from authing_mfa import (
    AuthenticationClient,
    ConfigurationError,
    InvalidResponseError,
    RequestTimeoutError,
    TokenSet,
    UnauthorizedError,
)
from authing_mfa.sandbox import Sandbox
from tests.support.wire import Wire, make_client

from .answers import (
    FACTORS,
    OIDC_TOKEN,
    REVOCATION,
    SIGNIN,
    authorization,
    plan,
    refused,
    sent_form,
    went_to,
)
from .conftest import Connect, arrivals
from .flows import ending_in as ended
from .refreshing import NEW, ending_in, plan_list

SHARED_TEXTS = ["", "-", "example-constant", None]


class Held(requests.Session):
    """A session that holds one path's requests back until they may go, and keeps all."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.arrived, self.may_go = threading.Event(), threading.Event()
        self.requests: list[requests.PreparedRequest] = []
        self._path = path

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        self.requests.append(request)
        if str(request.url).endswith(self._path):
            self.arrived.set()
            self.may_go.wait(5)
        return super().send(request, **options)


def signatures(wire: Wire) -> list[str | None]:
    return [authorization(one) for one in wire.requests if went_to(one)[1] != OIDC_TOKEN]


def jwt(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"example.{payload}.example"


class TestTwoUsers:
    @pytest.mark.parametrize("shared", SHARED_TEXTS)
    def test_with_one_refresh_token_sign_with_their_own(self, wire: Wire, shared: Any) -> None:
        client = make_client()
        handles = [
            client.as_user(ending_in(3600, access_token=name, refresh_token=shared))
            for name in ("anna", "ben")
        ]
        for handle in [*handles, *handles]:
            plan_list(wire)
            handle.list_enrolled_factors()
        assert signatures(wire) == ["Bearer anna", "Bearer ben"] * 2

    @pytest.mark.parametrize("shared", ["-", "example-constant"])
    def test_with_one_refresh_token_each_store_their_own(self, wire: Wire, shared: str) -> None:
        client, anna, ben = make_client(), [], []  # type: ignore[var-annotated]
        for name, store in (("anna", anna), ("ben", ben)):
            plan(wire, OIDC_TOKEN, {**NEW, "access_token": f"{name}-new", "refresh_token": shared})
            plan_list(wire)
            tokens = ending_in(-1, access_token=name, refresh_token=shared)
            client.as_user(tokens, on_new_tokens=store.append).list_enrolled_factors()
        assert [[one.access_token for one in store] for store in (anna, ben)] == [
            ["anna-new"],
            ["ben-new"],
        ]

    def test_with_one_access_token_are_told_apart_by_the_rest(self, wire: Wire) -> None:
        client, stored = make_client(), []  # type: ignore[var-annotated]
        for name in ("anna", "ben"):
            plan(wire, OIDC_TOKEN, {**NEW, "access_token": f"{name}-new"})
            plan_list(wire)
            tokens = ending_in(-1, access_token="example-token", id_token=f"{name}-id")
            client.as_user(tokens, on_new_tokens=stored.append).list_enrolled_factors()
        assert [one.access_token for one in stored] == ["anna-new", "ben-new"]

    def test_signing_out_leaves_the_other_signed_in(self, wire: Wire) -> None:
        client = make_client()
        anna, ben = (
            client.as_user(ending_in(3600, access_token=name, refresh_token="example-constant"))
            for name in ("anna", "ben")
        )
        for _ in range(2):
            plan(wire, REVOCATION, b"")
        anna.sign_out()
        plan_list(wire)
        ben.list_enrolled_factors()
        assert signatures(wire)[-1] == "Bearer ben"

    def test_refreshed_tokens_of_another_user_are_refused(self, wire: Wire) -> None:
        held = ending_in(-1, access_token=jwt(sub="anna"))
        plan(wire, OIDC_TOKEN, {**NEW, "access_token": jwt(sub="ben")})
        with pytest.raises(InvalidResponseError, match="a token of the same user"):
            make_client(access_token=held).list_enrolled_factors()
        assert len(wire.requests) == 1

    @pytest.mark.parametrize("name", ["access_token", "id_token"])
    @pytest.mark.parametrize("other", [{}, {"access_token": jwt(sub="anna")}])
    def test_refreshed_token_of_another_user_is_refused_beside_one_of_the_same(
        self, wire: Wire, name: str, other: dict[str, str]
    ) -> None:
        held = ending_in(-1, access_token=jwt(sub="anna"), id_token=jwt(sub="anna"))
        fresh = {"access_token": "opaque", **other, name: jwt(sub="ben")}
        plan(wire, OIDC_TOKEN, {"expires_in": 7200, **fresh})
        with pytest.raises(InvalidResponseError, match="a token of the same user"):
            make_client(access_token=held).list_enrolled_factors()
        assert len(wire.requests) == 1

    def test_refreshed_tokens_of_the_same_user_are_taken(self, wire: Wire) -> None:
        held = ending_in(-1, access_token="opaque", id_token=jwt(sub="anna"))
        plan(wire, OIDC_TOKEN, {**NEW, "access_token": jwt(sub="anna"), "id_token": None})
        plan_list(wire)
        make_client(access_token=held).list_enrolled_factors()
        assert signatures(wire) == [f"Bearer {jwt(sub='anna')}"]


class TestTheNewerSet:
    """Another process refreshed, and the service does not rotate refresh tokens."""

    @pytest.mark.parametrize(
        "give",
        [
            lambda client, tokens: (client.set_access_token(tokens), client)[1],
            lambda client, tokens: client.as_user(tokens),
        ],
    )
    def test_signs(
        self, wire: Wire, give: Callable[[AuthenticationClient, TokenSet], AuthenticationClient]
    ) -> None:
        told: list[TokenSet] = []
        client = make_client(access_token=ending_in(3600), on_new_tokens=told.append)
        for handle in (client, give(client, ending_in(7200, access_token="example-newer"))):
            plan_list(wire)
            handle.list_enrolled_factors()
        assert (signatures(wire)[-1], told) == ("Bearer example-newer", [])

    def test_is_what_a_refused_one_is_replaced_from(self, wire: Wire) -> None:
        client = make_client(access_token=ending_in(3600))
        client.set_access_token(ending_in(7200, access_token="example-newer"))
        plan_list(wire, refused(401))
        plan(wire, OIDC_TOKEN, NEW)
        plan_list(wire)
        client.list_enrolled_factors()
        assert signatures(wire) == ["Bearer example-newer", "Bearer example-new-token"]


class TestOnNewTokens:
    def test_is_not_called_without_a_refresh(self, wire: Wire) -> None:
        stored, told = ending_in(3600).to_dict(), []  # type: ignore[var-annotated]
        client = make_client(on_new_tokens=told.append)
        for handle in [client.as_user(TokenSet.from_dict(stored)) for _ in range(3)]:
            plan_list(wire)
            handle.list_enrolled_factors()
        assert told == []

    def test_is_called_once_for_a_set_by_each_handle_that_was_given_an_older_one(
        self, wire: Wire
    ) -> None:
        stored, told = ending_in(-1).to_dict(), []  # type: ignore[var-annotated]
        client = make_client(on_new_tokens=told.append)
        plan(wire, OIDC_TOKEN, NEW)
        handles = [client.as_user(TokenSet.from_dict(stored)) for _ in range(2)]
        for handle in [*handles, *handles]:
            plan_list(wire)
            handle.list_enrolled_factors()
        plan_list(wire)
        client.as_user(told[0]).list_enrolled_factors()
        assert [one.access_token for one in told] == ["example-new-token"] * 2

    def test_hears_of_a_refresh_within_itself_last(self, wire: Wire) -> None:
        told: list[str] = []
        clients: list[AuthenticationClient] = []

        def store(tokens: TokenSet) -> None:
            if not told and len(wire.requests) == 1:
                plan_list(wire, refused(401))
                plan(wire, OIDC_TOKEN, {**NEW, "access_token": "example-newest"})
                plan_list(wire)
                clients[0].list_enrolled_factors()
            told.append(tokens.access_token)

        clients.append(make_client(access_token=ending_in(-1), on_new_tokens=store))
        plan(wire, OIDC_TOKEN, NEW)
        plan_list(wire)
        clients[0].list_enrolled_factors()
        assert told == ["example-new-token", "example-newest"]

    def test_hears_of_an_older_set_never_last(
        self, sandbox: Sandbox, client: AuthenticationClient, tokens: TokenSet
    ) -> None:
        """The first callback is slow; meanwhile another handle refreshes again."""
        told: list[TokenSet] = []
        is_storing, may_store = threading.Event(), threading.Event()

        def slowly(fresh: TokenSet) -> None:
            is_storing.set()
            may_store.wait(5)
            told.append(fresh)

        old = ended(tokens, -1)
        slow = client.as_user(old, on_new_tokens=slowly)
        quick = client.as_user(old, on_new_tokens=lambda fresh: told.append(fresh))
        first = threading.Thread(target=slow.list_enrolled_factors)
        first.start()
        assert is_storing.wait(5)
        sandbox.clock.advance(3 * 3600)
        second = threading.Thread(target=quick.list_enrolled_factors)
        second.start()
        second.join(0.1)
        may_store.set()
        first.join()
        second.join()
        assert arrivals(sandbox, OIDC_TOKEN) == 2
        assert told[-1] == max(told, key=lambda fresh: fresh.expires_at)
        assert len(set(told)) == 2

    def test_tells_a_late_request_of_the_newest_set(self, wire: Wire) -> None:
        told: list[str] = []
        client = make_client()
        old = ending_in(-1)
        plan(wire, OIDC_TOKEN, NEW)
        for _ in range(2):
            plan_list(wire)
            handle = client.as_user(old, on_new_tokens=lambda one: told.append(one.access_token))
            handle.list_enrolled_factors()
            del handle
        assert told == ["example-new-token"] * 2


class TestAfterSigningOut:
    def sign_out(self, wire: Wire, handle: AuthenticationClient) -> None:
        for _ in range(2):
            plan(wire, REVOCATION, b"")
        handle.sign_out()

    def test_other_handles_of_the_sign_in_are_signed_out(self, wire: Wire) -> None:
        client, tokens = make_client(), ending_in(3600)
        one, other = client.as_user(tokens), client.as_user(tokens)
        self.sign_out(wire, one)
        with pytest.raises(UnauthorizedError, match="nothing was sent"):
            other.list_enrolled_factors()
        assert len(wire.requests) == 2

    def test_other_handles_of_a_set_without_a_refresh_token_are_signed_out(
        self, wire: Wire
    ) -> None:
        client, tokens = make_client(), ending_in(3600, refresh_token=None)
        one, other = client.as_user(tokens), client.as_user(TokenSet.from_dict(tokens.to_dict()))
        plan(wire, REVOCATION, b"")
        one.sign_out()
        with pytest.raises(UnauthorizedError, match="nothing was sent"):
            other.list_enrolled_factors()
        assert len(wire.requests) == 1

    def test_copy_and_enrollment_of_a_bare_token_are_signed_out(self, wire: Wire) -> None:
        client = make_client(access_token="example-token")
        wire.plan(FACTORS, payload="list_enrolled_factors")
        wire.plan("send-enroll-factor-request", payload="send_enroll_factor_request")
        enrollment = client.begin_enrollment("SMS", phone_number="13900000000")
        twin = copy.copy(client)
        plan(wire, REVOCATION, b"")
        client.sign_out()
        for call in (twin.list_enrolled_factors, lambda: enrollment.confirm("123456")):
            with pytest.raises(UnauthorizedError, match="nothing was sent"):
                call()
        assert len(wire.requests) == 3

    @pytest.mark.parametrize("refresh_token", [None, "example-refresh-token"])
    def test_pickle_of_another_handle_brings_no_session_back(
        self, wire: Wire, refresh_token: str | None
    ) -> None:
        client = make_client(pickle_secrets=True)
        tokens = ending_in(3600, refresh_token=refresh_token)
        one = client.as_user(tokens)
        others = [client.as_user(tokens), client.as_user(tokens, on_new_tokens=print)]
        for _ in filter(None, [tokens.access_token, refresh_token]):
            plan(wire, REVOCATION, b"")
        one.sign_out()
        for other in others:
            with pytest.raises(ConfigurationError, match="no access token"):
                pickle.loads(pickle.dumps(other)).list_enrolled_factors()

    def test_tokens_given_while_it_revokes_are_kept(
        self, sandbox: Sandbox, connect: Connect, tokens: TokenSet
    ) -> None:
        with Held(REVOCATION) as held:
            leaving = connect(session=held, access_token=tokens)
            request = threading.Thread(target=leaving.sign_out)
            request.start()
            assert held.arrived.wait(5)
            leaving.set_access_token(sandbox.add_user(factors=["OTP"]).access_token)
            held.may_go.set()
            request.join()
            assert len(leaving.list_enrolled_factors()) == 1

    def test_tokens_of_a_refresh_under_way_are_revoked_and_never_told(
        self, connect: Connect, tokens: TokenSet
    ) -> None:
        told: list[TokenSet] = []
        with Held(OIDC_TOKEN) as held:
            client, old = connect(session=held), ended(tokens, -1)
            late, leaving = client.as_user(old, on_new_tokens=told.append), client.as_user(old)
            threads = [
                threading.Thread(target=_quietly, args=(call,))
                for call in (late.list_enrolled_factors, leaving.sign_out)
            ]
            threads[0].start()
            assert held.arrived.wait(5)
            threads[1].start()
            threads[1].join(0.2)
            held.may_go.set()
            for thread in threads:
                thread.join()
        revoked = [
            sent_form(one)["token"] for one in held.requests if str(one.url).endswith(REVOCATION)
        ]
        assert {tokens.refresh_token, tokens.access_token}.isdisjoint(revoked)
        assert (len(revoked), told) == (2, [])

    def test_takes_one_deadline_for_both_tokens(self, sandbox: Sandbox, connect: Connect) -> None:
        user = sandbox.add_user(username="example-leaving", password="example-password")
        client = connect(deadline=0.35, max_retries=0)
        signed_in = client.as_user(
            TokenSet(
                access_token=user.access_token,
                refresh_token="example-refresh-token",
                expires_at=datetime.now(UTC) + timedelta(hours=1),
            )
        )
        sandbox.faults.latency(0.3, path="revocation", times=2)
        with pytest.raises(RequestTimeoutError):
            signed_in.sign_out()


@pytest.mark.parametrize("token", ["", "two words", "line\n", "\x00", "ü"])
@pytest.mark.parametrize("name", ["access_token", "refresh_token", "id_token"])
def test_token_that_cannot_stand_in_a_header_is_refused(wire: Wire, name: str, token: str) -> None:
    answer = {**NEW, "expire_in": 7200, name: token}
    plan(wire, SIGNIN, {"statusCode": 200, "message": "", "data": answer})
    with pytest.raises(InvalidResponseError) as caught:
        make_client().sign_in("example-user", password="example-password")
    assert caught.value.where == f"data.{name}"


def test_id_token_that_is_not_told_anew_is_kept(wire: Wire) -> None:
    stored: list[TokenSet] = []
    plan(wire, OIDC_TOKEN, {"access_token": "example-new-token", "expires_in": 7200})
    plan_list(wire)
    tokens = ending_in(-1, id_token="example-id-token", scope="openid")
    make_client(access_token=tokens, on_new_tokens=stored.append).list_enrolled_factors()
    assert (stored[0].id_token, stored[0].scope) == ("example-id-token", "openid")


def test_empty_scope_is_not_an_absent_one(wire: Wire) -> None:
    stored: list[TokenSet] = []
    plan(wire, OIDC_TOKEN, {**NEW, "scope": ""})
    plan_list(wire)
    tokens = ending_in(-1, scope="openid offline_access")
    make_client(access_token=tokens, on_new_tokens=stored.append).list_enrolled_factors()
    assert stored[0].scope == ""


def test_lifetime_counts_from_before_the_request(
    sandbox: Sandbox, client: AuthenticationClient, user: Any
) -> None:
    sandbox.faults.latency(0.3, path="signin")
    before = datetime.now(UTC)
    tokens = client.sign_in("example-user", password=user.password)
    lifetime = sandbox.settings.access_token_lifetime
    assert tokens.expires_at < before + timedelta(seconds=lifetime + 0.3)


@pytest.mark.parametrize(
    ("body", "status"),
    [({"error": "invalid_grant"}, 400), (refused(401), 200), (refused(403), 403)],
)
def test_refused_early_refresh_leaves_the_token_in_use(
    wire: Wire, body: dict[str, Any], status: int
) -> None:
    plan(wire, OIDC_TOKEN, body, status=status)
    client = make_client(access_token=ending_in(30))
    for _ in range(2):
        plan_list(wire)
        client.list_enrolled_factors()
    assert [went_to(one)[1] for one in wire.requests] == [OIDC_TOKEN, FACTORS, FACTORS]
    assert signatures(wire) == ["Bearer example-old-token"] * 2


def test_refresh_sends_its_own_refresh_token(wire: Wire) -> None:
    client = make_client()
    for name in ("anna", "ben"):
        plan(wire, OIDC_TOKEN, NEW)
        plan_list(wire)
        tokens = ending_in(-1, access_token=name, refresh_token=f"{name}-refresh")
        client.as_user(tokens).list_enrolled_factors()
    refreshes = [one for one in wire.requests if went_to(one)[1] == OIDC_TOKEN]
    assert [sent_form(one)["refresh_token"] for one in refreshes] == [
        "anna-refresh",
        "ben-refresh",
    ]


def _quietly(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception as error:  # noqa: BLE001  what becomes of it is not the question here
        del error
