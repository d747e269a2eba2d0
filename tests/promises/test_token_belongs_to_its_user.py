"""A token belongs to its user: docs/tokens.md, docs/concurrency.md."""

from __future__ import annotations

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
import responses

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    ConfigurationError,
    InvalidResponseError,
    TokenSet,
    UnauthorizedError,
)
from authing_mfa.sandbox import Sandbox
from tests.support.wire import HOST

from .people import Lost, Person, Program, came, odd_answers

_NOW = datetime.now(UTC)
_PAST = _NOW - timedelta(hours=1)
_LATER = _NOW + timedelta(hours=1)
_FACTORS = "/api/v3/list-enrolled-factors"


def _set(access: str, refresh: str | None, *, expires_at: datetime = _PAST) -> TokenSet:
    return TokenSet(access_token=access, refresh_token=refresh, expires_at=expires_at)


class _Service:
    """A service that gives each refresh token's sender new tokens, and lists no factors."""

    def __init__(self, mocked: responses.RequestsMock, **answer: Any) -> None:
        self.answer = answer
        self.bearers: list[str] = []
        self.refreshes = 0
        mocked.assert_all_requests_are_fired = False
        mocked.add_callback("GET", HOST + _FACTORS, self._list)
        mocked.add_callback("POST", HOST + "/oidc/token", self._refresh)

    def _list(self, request: Any) -> tuple[int, dict[str, str], str]:
        self.bearers.append(request.headers["Authorization"].removeprefix("Bearer "))
        return 200, {}, json.dumps({"statusCode": 200, "message": "ok", "data": []})

    def _refresh(self, _: Any) -> tuple[int, dict[str, str], str]:
        self.refreshes += 1
        usual = {"access_token": f"new-{self.refreshes}", "token_type": "bearer"}
        return 200, {}, json.dumps({**usual, "expires_in": 7200, **self.answer})


@pytest.fixture
def client() -> Any:
    with AuthenticationClient(app_id="app_example", app_host=HOST, max_retries=0) as client:
        yield client


# -- two users


def test_each_handle_sees_its_own_user(anna: Person, ben: Person) -> None:
    seen = [person.factor_types for person in (anna, ben, anna, ben)]
    assert seen == [["OTP", "SMS"], ["EMAIL"]] * 2


def test_each_thread_sees_its_own_user(sandbox: Sandbox, anna: Person, ben: Person) -> None:
    sandbox.clock.advance(7201)
    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(lambda person: person.factor_types, [anna, ben] * 20))
    assert seen == [["OTP", "SMS"], ["EMAIL"]] * 20
    assert (len(anna.told), len(ben.told)) == (1, 1)
    assert anna.told != ben.told


@pytest.mark.parametrize("refresh", ["", "0", "null", "constant"])
def test_users_whose_refresh_tokens_are_the_same_text_share_nothing(
    client: AuthenticationClient, refresh: str
) -> None:
    with responses.RequestsMock() as mocked:
        service = _Service(mocked, refresh_token=refresh)
        told: dict[str, list[str]] = {"anna": [], "ben": []}
        handles = {}
        for name in told:

            def store(fresh: TokenSet, name: str = name) -> None:
                told[name].append(fresh.access_token)

            tokens = _set(f"{name}-1", refresh, expires_at=_LATER)
            handles[name] = client.as_user(tokens, on_new_tokens=store)
        for name in ("anna", "ben", "anna", "ben"):
            handles[name].list_enrolled_factors()
        assert service.bearers == ["anna-1", "ben-1"] * 2
        assert told == {"anna": [], "ben": []}


@pytest.mark.parametrize("refresh", ["0", "null", "constant"])
def test_users_with_the_same_refresh_token_are_refreshed_apart(
    client: AuthenticationClient, refresh: str
) -> None:
    with responses.RequestsMock() as mocked:
        service = _Service(mocked, refresh_token=refresh)
        told: dict[str, list[str]] = {"anna": [], "ben": []}
        anna = client.as_user(
            _set("a", refresh), on_new_tokens=lambda it: told["anna"].append(it.access_token)
        )
        ben = client.as_user(
            _set("b", refresh), on_new_tokens=lambda it: told["ben"].append(it.access_token)
        )
        for handle in (anna, ben, anna, ben):
            handle.list_enrolled_factors()
        assert service.bearers == ["new-1", "new-2"] * 2
        assert told == {"anna": ["new-1"], "ben": ["new-2"]}


def test_odd_refresh_tokens_of_an_answer_mix_nobody_up(client: AuthenticationClient) -> None:
    usual = {"access_token": "new", "token_type": "bearer", "expires_in": 7200}
    for answer in odd_answers({**usual, "refresh_token": "r"}, "refresh_token"):
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
            sent: list[str] = []

            def answer_factors(request: Any, sent: list[str] = sent) -> Any:
                sent.append(request.headers["Authorization"])
                return 200, {}, json.dumps({"statusCode": 200, "message": "", "data": []})

            count = iter(range(1, 9))

            def answer_token(_: Any, answer: Any = answer, count: Any = count) -> Any:
                return 200, {}, json.dumps({**answer, "access_token": f"new-{next(count)}"})

            mocked.add_callback("GET", HOST + _FACTORS, answer_factors)
            mocked.add_callback("POST", HOST + "/oidc/token", answer_token)
            told: dict[str, list[TokenSet]] = {"a": [], "b": []}
            for name, list_ in told.items():
                handle = client.as_user(_set(name, f"refresh-{name}"), on_new_tokens=list_.append)
                try:
                    handle.list_enrolled_factors()
                except AuthingMFAError as error:
                    assert isinstance(error, InvalidResponseError)  # noqa: PT017
            assert len(set(sent)) == len(sent)
            tokens = [it.access_token for list_ in told.values() for it in list_]
            assert len(set(tokens)) == len(tokens)


# -- the newer set wins


def test_newer_set_with_the_same_refresh_token_is_used(client: AuthenticationClient) -> None:
    with responses.RequestsMock() as mocked:
        service = _Service(mocked)
        told: list[TokenSet] = []
        handle = client.as_user(_set("older", "r", expires_at=_LATER), on_new_tokens=told.append)
        handle.list_enrolled_factors()
        handle.set_access_token(_set("newer", "r", expires_at=_LATER + timedelta(hours=1)))
        handle.list_enrolled_factors()
        client.as_user(
            _set("newest", "r", expires_at=_LATER + timedelta(hours=2)), on_new_tokens=told.append
        ).list_enrolled_factors()
        assert service.bearers == ["older", "newer", "newest"]
        assert told == []


def test_set_that_another_process_refreshed_is_signed_with(
    sandbox: Sandbox, anna: Person, second_process: Program
) -> None:
    sandbox.settings.rotate_refresh_token = False
    sandbox.clock.advance(7201)
    program = """if True:
        import json, sys
        from authing_mfa import AuthenticationClient, TokenSet
        stored = []
        with AuthenticationClient(app_id=sys.argv[1], app_host=sys.argv[2]) as client:
            held = TokenSet.from_dict(json.loads(sys.argv[3]))
            handle = client.as_user(held, on_new_tokens=stored.append)
            handle.list_enrolled_factors()
        [fresh] = stored
        print(json.dumps(fresh.to_dict()))
    """
    fresh = TokenSet.from_dict(
        second_process(program, sandbox.app_id, sandbox.url, json.dumps(anna.tokens.to_dict()))
    )
    anna.client.set_access_token(fresh)
    refreshes = len(came(sandbox, "/oidc/token"))
    assert anna.factor_types == ["OTP", "SMS"]
    assert len(came(sandbox, "/oidc/token")) == refreshes
    assert anna.told == []


# -- being told


def test_two_handles_of_the_same_stored_set_are_told_of_nothing_without_a_refresh(
    app: AuthenticationClient, anna: Person
) -> None:
    stored = anna.tokens.to_dict()
    told: list[TokenSet] = []
    for _ in range(2):
        handle = app.as_user(TokenSet.from_dict(stored), on_new_tokens=told.append)
        handle.list_enrolled_factors()
    assert told == []


def test_late_request_with_the_set_of_before_shares_the_refresh(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    sandbox.clock.advance(7201)
    assert anna.factor_types == ["OTP", "SMS"]
    late: list[TokenSet] = []
    handle = app.as_user(TokenSet.from_dict(anna.tokens.to_dict()), on_new_tokens=late.append)
    assert len(handle.list_enrolled_factors()) == 2
    assert late == anna.told
    assert len(came(sandbox, "/oidc/token")) == 1


def test_each_handle_tells_of_a_set_once(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    told: list[list[TokenSet]] = [[] for _ in range(8)]
    handles = [app.as_user(anna.tokens, on_new_tokens=one.append) for one in told]
    sandbox.clock.advance(7201)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(AuthenticationClient.list_enrolled_factors, handles * 3))
    assert len(came(sandbox, "/oidc/token")) == 1
    assert [len(one) for one in told] == [1] * 8
    assert all(one == told[0] for one in told)


def test_newest_set_is_told_last(sandbox: Sandbox, anna: Person) -> None:
    for _ in range(3):
        sandbox.clock.advance(7201)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: anna.client.list_enrolled_factors(), range(8)))
    assert len(anna.told) == len(came(sandbox, "/oidc/token")) == 3
    ends = [it.expires_at for it in anna.told]
    assert ends == sorted(ends)
    refresh_tokens = {it.refresh_token for it in anna.told}
    assert len(refresh_tokens) == 3


def test_callback_that_raises_reaches_the_caller_once(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    calls = []

    def fail(fresh: TokenSet) -> None:
        calls.append(fresh)
        raise OSError("the store is full")

    handle = app.as_user(anna.tokens, on_new_tokens=fail)
    sandbox.clock.advance(7201)
    with pytest.raises(OSError, match="the store is full"):
        handle.list_enrolled_factors()
    assert len(handle.list_enrolled_factors()) == 2
    assert len(calls) == 1


def test_callback_may_use_the_client(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    seen: list[int] = []
    handle = app.as_user(
        anna.tokens, on_new_tokens=lambda _: seen.append(len(handle.list_enrolled_factors()))
    )
    sandbox.clock.advance(7201)
    assert len(handle.list_enrolled_factors()) == 2
    assert seen == [2]


# -- early refreshes


@pytest.mark.parametrize("refusal", [400, 401, 403, 500, 503])
def test_failed_early_refresh_leaves_the_token_that_still_stands(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person, refusal: int
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=30)
    handle = app.as_user(attrs.evolve(anna.tokens, expires_at=soon))
    sandbox.faults.status(refusal, path="/oidc/token", times=None)
    for _ in range(3):
        assert len(handle.list_enrolled_factors()) == 2


def test_failed_early_refresh_is_tried_again_after_a_pause_only(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=30)
    handle = app.as_user(attrs.evolve(anna.tokens, expires_at=soon))
    sandbox.faults.status(400, path="/oidc/token", times=None)
    for _ in range(5):
        handle.list_enrolled_factors()
    assert len(came(sandbox, "/oidc/token")) == 1


@pytest.mark.parametrize("lost", ["lost_before", "lost_after"])
def test_lost_response_to_a_refresh_gives_no_token_of_another_user(
    sandbox: Sandbox, anna: Person, ben: Person, lost: str, request: pytest.FixtureRequest
) -> None:
    lose: Lost = request.getfixturevalue(lost)
    sandbox.clock.advance(7201)
    lose("/oidc/token", times=1)
    try:
        seen = anna.factor_types
    except AuthingMFAError:
        seen = ["OTP", "SMS"]
    assert seen == ["OTP", "SMS"]
    assert ben.factor_types == ["EMAIL"]
    assert {it.access_token for it in anna.told}.isdisjoint({it.access_token for it in ben.told})


# -- odd instants


@pytest.mark.parametrize(
    "instant",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_any_instant_may_end_a_set(app: AuthenticationClient, instant: datetime) -> None:
    tokens = TokenSet(access_token="t", expires_at=instant)
    assert TokenSet.from_dict(json.loads(json.dumps(tokens.to_dict()))) == tokens
    assert tokens.expired is (instant.year < 9999)
    app.as_user(tokens).close()


def test_set_of_1970_is_refreshed(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    old = attrs.evolve(anna.tokens, expires_at=datetime(1970, 1, 1, tzinfo=UTC))
    assert len(app.as_user(old).list_enrolled_factors()) == 2
    assert len(came(sandbox, "/oidc/token")) == 1


@pytest.mark.parametrize("token", ["", None, 0, b"t", "a\nb", "ü", " "])
def test_token_that_cannot_be_sent_is_refused_here(app: AuthenticationClient, token: Any) -> None:
    with pytest.raises(ConfigurationError):
        app.as_user(token)


@pytest.mark.parametrize("token", ["", 0, b"t", "a\nb"])
def test_set_access_token_refuses_it_and_keeps_the_old_one(anna: Person, token: Any) -> None:
    with pytest.raises(ConfigurationError):
        anna.client.set_access_token(token)
    assert anna.factor_types == ["OTP", "SMS"]


# -- a refreshed set of somebody else


def _jwt(subject: str) -> str:
    def part(it: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(it).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': subject})}.c2ln"


def test_refreshed_set_of_another_user_is_refused(client: AuthenticationClient) -> None:
    with responses.RequestsMock() as mocked:
        service = _Service(mocked, access_token=_jwt("ben"), refresh_token="r2")
        told: list[TokenSet] = []
        handle = client.as_user(_set(_jwt("anna"), "r1"), on_new_tokens=told.append)
        with pytest.raises(InvalidResponseError):
            handle.list_enrolled_factors()
        assert (service.bearers, told) == ([], [])


# -- signing out


def test_sign_out_ends_the_sign_in_of_one_user_only(
    sandbox: Sandbox, anna: Person, ben: Person
) -> None:
    anna.client.sign_out()
    with pytest.raises(ConfigurationError):
        anna.client.list_enrolled_factors()
    assert ben.factor_types == ["EMAIL"]


def test_other_handles_of_the_sign_in_are_signed_out_and_send_nothing(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    other = app.as_user(TokenSet.from_dict(anna.tokens.to_dict()))
    other.list_enrolled_factors()
    anna.client.sign_out()
    seen = len(sandbox.journal)
    with pytest.raises(UnauthorizedError):
        other.list_enrolled_factors()
    assert len(sandbox.journal) == seen


def test_signing_out_revokes_the_token(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    bare = anna.tokens.access_token
    anna.client.sign_out()
    with pytest.raises(UnauthorizedError):
        app.as_user(bare).list_enrolled_factors()


@pytest.mark.parametrize("fault", ["reset", "drop"])
def test_lost_answer_to_sign_out_is_tried_again(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person, fault: str
) -> None:
    getattr(sandbox.faults, fault)(path="/oidc/token/revocation")
    anna.client.sign_out()
    with pytest.raises(UnauthorizedError):
        app.as_user(anna.tokens.access_token).list_enrolled_factors()


def test_sign_out_that_failed_may_be_called_again(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    sandbox.faults.status(500, path="/oidc/token/revocation", times=2)
    with pytest.raises(AuthingMFAError):
        anna.client.sign_out()
    sandbox.faults.clear()
    anna.client.sign_out()
    with pytest.raises(UnauthorizedError):
        app.as_user(anna.tokens.access_token).list_enrolled_factors()


def test_refresh_under_way_brings_no_session_back(
    sandbox: Sandbox, app: AuthenticationClient, anna: Person
) -> None:
    sandbox.clock.advance(7201)
    arrived = threading.Event()
    sandbox.faults.latency(0.4, path="/oidc/token")
    errors: list[Exception] = []

    def call() -> None:
        arrived.set()
        try:
            anna.client.list_enrolled_factors()
        except AuthingMFAError as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    arrived.wait()
    while list(sandbox.faults):
        time.sleep(0.005)
    anna.client.sign_out()
    thread.join()
    assert anna.told == []
    with pytest.raises(AuthingMFAError):
        app.as_user(anna.tokens).list_enrolled_factors()


# -- calls of nobody


def test_calls_without_a_user_carry_no_token() -> None:
    sent = []
    with responses.RequestsMock() as mocked:
        for path in ("/api/v3/send-sms", "/api/v3/send-email", "/mfa/token/introspection"):

            def answer(request: Any) -> tuple[int, dict[str, str], str]:
                sent.append(str(request.headers) + str(request.body))
                if "introspection" in request.url:
                    return 200, {}, '{"active": false}'
                return 200, {}, '{"statusCode": 200, "message": ""}'

            mocked.add_callback("POST", HOST + path, answer)
        with AuthenticationClient(
            app_id="app_example", app_host=HOST, access_token="annas-token"
        ) as client:
            client.send_sms("13800000000")
            client.send_email("ben@example.com")
            client.introspect_mfa_token("an-mfa-token")
    assert len(sent) == 3
    assert [it for it in sent if "annas-token" in it] == []
