"""Two hundred threads on one client, whose tokens change under them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

import attrs
import pytest

from authing_mfa import (
    AuthenticationClient,
    CallRecord,
    ManagementClient,
    SignInOptions,
    TokenSet,
)
from authing_mfa.sandbox import Sandbox, Settings

from . import acts
from .server import Act, Arrival, Server, Steps
from .services import TOKEN_PATHS, TokenService

T = TypeVar("T")

pytestmark = pytest.mark.slow

THREADS = 200
USERS = 20
ROUNDS = 5
LIFETIME = 7200
PATIENT: dict[str, Any] = {"deadline": 60, "timeout": 60, "max_retries": 0}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _at_once(call: Callable[[int], T], *, rounds: int = 1, between: Callable[[], None]) -> list[T]:
    """Return what each thread got in each round, in which all call at the same moment."""
    barrier = threading.Barrier(THREADS, action=between)

    def run(number: int) -> list[T]:
        found = []
        for _ in range(rounds):
            barrier.wait(60)
            found.append(call(number))
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        return [each for found in pool.map(run, range(THREADS)) for each in found]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Give a service that ends a whole sign-in where a used refresh token comes again."""
    with Sandbox(settings=Settings(refresh_reuse_revokes=True, calls_per_second=None)) as sandbox:
        yield sandbox


@pytest.fixture
def records() -> list[CallRecord]:
    """Give what will be all calls of the test's client; a sandbox's journal holds the latest."""
    return []


@pytest.fixture
def client(sandbox: Sandbox, records: list[CallRecord]) -> Iterator[AuthenticationClient]:
    settings = {**PATIENT, "on_call": records.append}
    with AuthenticationClient(app_id=sandbox.app_id, app_host=sandbox.url, **settings) as client:
        yield client


@pytest.fixture
def sign_ins(sandbox: Sandbox, client: AuthenticationClient) -> list[TokenSet]:
    """Give the tokens of users, each of whom has one factor, a phone of their own."""
    offline = SignInOptions(scope="openid offline_access")
    found = []
    for number in range(USERS):
        name = f"example-{number}"
        user = sandbox.add_user(username=name, phone=f"138{number:08}", factors=["SMS"])
        found.append(client.sign_in(name, password=user.password, options=offline))
    return found


def _count(records: list[CallRecord], path: str) -> int:
    return sum(record.path == path for record in records)


def test_tokens_of_many_users_are_each_refreshed_once_a_round(
    sandbox: Sandbox,
    client: AuthenticationClient,
    sign_ins: list[TokenSet],
    records: list[CallRecord],
) -> None:
    stored: list[TokenSet] = []
    handles = [
        client.as_user(sign_ins[number % USERS], on_new_tokens=stored.append)
        for number in range(THREADS)
    ]

    def call(number: int) -> str | None:
        (factor,) = handles[number].list_enrolled_factors()
        return factor.profile.phone_number

    found = _at_once(call, rounds=ROUNDS, between=lambda: sandbox.clock.advance(LIFETIME + 1))
    expected = [f"138{number % USERS:08}" for number in range(THREADS) for _ in range(ROUNDS)]
    assert [phone[-8:] for phone in expected] == [(phone or "")[-8:] for phone in found]
    assert _count(records, "/oidc/token") == USERS * ROUNDS
    assert len(stored) == THREADS * ROUNDS  # each handle is told of each new set, once


def test_handles_made_for_each_request_share_the_refresh_of_their_user(
    client: AuthenticationClient, sign_ins: list[TokenSet], records: list[CallRecord]
) -> None:
    expired = [attrs.evolve(tokens, expires_at=LONG_AGO) for tokens in sign_ins]
    kept: list[AuthenticationClient] = []

    def call(number: int) -> int:
        handle = client.as_user(TokenSet.from_dict(expired[number % USERS].to_dict()))
        kept.append(handle)
        return len(handle.list_enrolled_factors())

    assert _at_once(call, between=lambda: None) == [1] * THREADS
    assert _count(records, "/oidc/token") == USERS


def test_request_that_comes_late_with_the_old_set_does_not_use_its_refresh_token_again(
    client: AuthenticationClient, sign_ins: list[TokenSet], records: list[CallRecord]
) -> None:
    expired = [attrs.evolve(tokens, expires_at=LONG_AGO) for tokens in sign_ins]

    def call(number: int) -> int:
        loaded = TokenSet.from_dict(expired[number % USERS].to_dict())
        time.sleep(number / THREADS)  # by now the first has come and gone
        return len(client.as_user(loaded).list_enrolled_factors())

    assert _at_once(call, between=lambda: None) == [1] * THREADS
    assert _count(records, "/oidc/token") == USERS


def test_management_token_that_ends_is_fetched_once_a_round(
    sandbox: Sandbox, records: list[CallRecord]
) -> None:
    user = sandbox.add_user(phone="13800138000", factors=["SMS"])
    with ManagementClient(
        access_key_id=sandbox.access_key_id,
        access_key_secret=sandbox.access_key_secret,
        host=sandbox.url,
        **{**PATIENT, "on_call": records.append},
    ) as administrator:
        found = _at_once(
            lambda _: administrator.get_user_mfa_info(user.user_id),
            rounds=ROUNDS,
            between=lambda: sandbox.clock.advance(LIFETIME + 1),
        )
    assert len(found) == THREADS * ROUNDS
    assert _count(records, "/api/v3/get-management-token") == ROUNDS


def test_management_token_of_half_a_second_is_fetched_one_at_a_time(server: Server) -> None:
    service = TokenService(lifetime=0.5, slowness=0.05)
    server.plan(service.act)
    with ManagementClient(
        access_key_id="key_example",
        access_key_secret="example-secret",
        host=server.url,
        **PATIENT,
    ) as administrator:
        began = time.monotonic()
        _at_once(
            lambda _: administrator.get_user_mfa_info("u_1"), rounds=ROUNDS, between=lambda: None
        )
        took = time.monotonic() - began
    assert service.most_at_once == 1
    # A token is replaced at half of its life at the earliest: more fetches would be a storm.
    assert 1 <= len(service.issued) <= 1 + took / (service.lifetime / 2)
    used = {it.token for it in server.arrivals if it.target not in TOKEN_PATHS}
    assert used <= {f"Bearer {token}" for token in service.issued}


def _tell_the_token(arrival: Arrival) -> Steps:
    used = (arrival.token or "").removeprefix("Bearer ")
    return (acts.whole(acts.envelope({**acts.FACTOR, "factorId": used})),)


class _Switcher:
    """Gives a client one token after the other, and tells which it has at least and at most."""

    def __init__(self, client: AuthenticationClient) -> None:
        self.given = 0
        self.begun = 0
        self._client = client

    def switch(self, until: threading.Event) -> None:
        while not until.is_set():
            self.begun += 1
            self._client.set_access_token(_token(self.begun))
            self.given = self.begun
            time.sleep(0.002)


def _token(number: int) -> str:
    """Return a token in which a mixture of two would show."""
    return ".".join([str(number)] * 60)


def test_token_that_is_switched_goes_out_whole_and_in_its_time(server: Server) -> None:
    server.plan(Act(steps=_tell_the_token))
    done = threading.Event()
    with AuthenticationClient(
        app_id="app_example",
        app_host=server.url,
        access_token=_token(0),
        **PATIENT,
    ) as client:
        switcher = _Switcher(client)

        def call(_: int) -> tuple[int, str, int]:
            least = switcher.given
            used = client.get_factor("f_1").factor_id
            return least, used, switcher.begun

        thread = threading.Thread(target=switcher.switch, args=(done,))
        thread.start()
        try:
            found = _at_once(call, rounds=ROUNDS, between=lambda: None)
        finally:
            done.set()
            thread.join()
    wrong = [
        (least, used, most)
        for least, used, most in found
        if used not in {_token(number) for number in range(least, most + 1)}
    ]
    assert wrong == []
    assert len({used for _, used, _ in found}) > 10


@pytest.mark.parametrize("closes", [1, 3])
def test_client_that_is_closed_under_its_threads_serves_them_on(
    server: Server, closes: int
) -> None:
    server.plan(acts.echo)
    with AuthenticationClient(
        app_id="app_example",
        app_host=server.url,
        access_token="example-token",
        # A call whose pool is closed before its request leaves is made again, and may be unlucky
        # with each of the others, too.
        **{**PATIENT, "max_retries": 2 * closes},
    ) as client:

        def call(number: int) -> str:
            if number < closes:
                client.close()
            return client.get_factor(f"f_{number}").factor_id

        found = _at_once(call, rounds=2, between=lambda: None)
    assert [f"f_{number}" for number in range(THREADS) for _ in range(2)] == found
