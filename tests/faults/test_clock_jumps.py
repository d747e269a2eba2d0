"""The machine's clock jumps by a year, forth and back: what is measured is not moved by it.

Deadlines, pauses and an enrollment's minute are measured. When a token or a challenge ends is
told by the clock on the wall, as it must be: a wrong one costs one call there, never a storm.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import cycle

import pytest
import time_machine

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    CallRecord,
    ExpiredError,
    ManagementClient,
    MFARequiredError,
    RequestTimeoutError,
    ThrottleError,
    TokenSet,
)
from authing_mfa.sandbox import Sandbox, SandboxUser

from . import acts
from .conftest import Connect
from .promises import failure_in_time, get_factor
from .server import Act, Arrival, Server, Steps
from .services import TOKEN_PATHS, TokenService

YEAR = timedelta(days=365)
each_way = pytest.mark.parametrize("jump", [YEAR, -YEAR], ids=["forth", "back"])


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Give the clock on the wall, which runs on from now and can be moved."""
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        yield clock


def _moving(clock: time_machine.Traveller, jump: timedelta, *steps: bytes | float) -> Act:
    """Move the clock once the request is there, and then answer."""

    def play(_: Arrival) -> Steps:
        clock.shift(jump)
        yield from steps

    return Act(steps=play)


@each_way
class TestDuringACall:
    def test_answer_is_read(
        self, connect: Connect, server: Server, clock: time_machine.Traveller, jump: timedelta
    ) -> None:
        good = acts.whole(acts.envelope(acts.FACTOR))
        server.plan(_moving(clock, jump, good[:40], 0.1, good[40:]))
        records: list[CallRecord] = []
        get_factor(connect(server.url, on_call=records.append))
        assert 0.1 <= records[0].seconds < 5

    def test_deadline_stays(
        self, connect: Connect, server: Server, clock: time_machine.Traveller, jump: timedelta
    ) -> None:
        server.plan(_moving(clock, jump, acts.head("Content-Length: 5000"), *(0.05, b" ") * 400))
        client = connect(server.url, deadline=0.1)
        error = failure_in_time(lambda: get_factor(client), deadline=0.1)
        assert isinstance(error, RequestTimeoutError)

    def test_pause_before_another_try_stays(
        self, connect: Connect, server: Server, clock: time_machine.Traveller, jump: timedelta
    ) -> None:
        throttled = acts.whole(
            acts.envelope(status_code=429), "Retry-After: 0.1", status="429 Too Many Requests"
        )
        server.plan(_moving(clock, jump, throttled), acts.echo)
        client = connect(server.url, max_retries=1)
        began = time.monotonic()
        get_factor(client)
        assert 0.1 <= time.monotonic() - began < 5
        assert len(server.arrivals) == 2


def _throttled_until(instant: datetime) -> Act:
    return acts.throttle(f"Retry-After: {format_datetime(instant, usegmt=True)}")


def test_date_to_wait_for_that_has_passed_meanwhile_is_not_waited_for(
    connect: Connect, server: Server, clock: time_machine.Traveller
) -> None:
    server.plan(_throttled_until(datetime.now(UTC) + timedelta(seconds=60)))
    clock.shift(YEAR)
    client = connect(server.url, max_retries=3)
    error = failure_in_time(lambda: get_factor(client), deadline=5)
    assert isinstance(error, ThrottleError)
    assert (error.retry_after, len(server.arrivals)) == (0.0, 4)


def test_date_to_wait_for_that_is_a_year_off_is_told_at_once(
    connect: Connect, server: Server, clock: time_machine.Traveller
) -> None:
    server.plan(_throttled_until(datetime.now(UTC)))
    clock.shift(-YEAR)
    client = connect(server.url, max_retries=3)
    error = failure_in_time(lambda: get_factor(client), deadline=5)
    assert isinstance(error, ThrottleError)
    assert error.retry_after == pytest.approx(YEAR.total_seconds(), abs=60)
    assert len(server.arrivals) == 1


class _Signed:
    """A client whose tokens come from a service, and how often it has fetched them."""

    def __init__(self, service: TokenService, server: Server, call: Callable[[], object]) -> None:
        self.service = service
        self.call = call
        self._server = server

    @property
    def fetches(self) -> int:
        return sum(it.target in TOKEN_PATHS for it in self._server.arrivals)


def _user(server: Server) -> AuthenticationClient:
    end = datetime.now(UTC) + timedelta(hours=2)
    tokens = TokenSet(access_token="example", refresh_token="example", expires_at=end)
    return AuthenticationClient(app_id="app_example", app_host=server.url, access_token=tokens)


def _administrator(server: Server) -> ManagementClient:
    return ManagementClient(
        access_key_id="key_example", access_key_secret="example", host=server.url
    )


@pytest.fixture(params=["user", "administrator"])
def signed(
    request: pytest.FixtureRequest, server: Server, clock: time_machine.Traveller
) -> Iterator[_Signed]:
    """Give a client that has made one call with a token of two hours."""
    service = TokenService(lifetime=7200)
    server.plan(service.act)
    if request.param == "user":
        with _user(server) as user:
            yield _Signed(service, server, lambda: user.get_factor("f_1"))
    else:
        with _administrator(server) as administrator:
            signed = _Signed(service, server, lambda: administrator.get_user_mfa_info("u_1"))
            signed.call()
            yield signed


class TestTokens:
    def test_are_replaced_once_after_a_jump_forth(
        self, signed: _Signed, clock: time_machine.Traveller
    ) -> None:
        before = signed.fetches
        clock.shift(YEAR)
        for _ in range(5):
            signed.call()
        assert before + 1 == signed.fetches

    def test_stand_after_a_jump_back(self, signed: _Signed, clock: time_machine.Traveller) -> None:
        before = signed.fetches
        clock.shift(-YEAR)
        for _ in range(5):
            signed.call()
        assert before == signed.fetches

    def test_are_replaced_once_however_often_the_clock_jumps(
        self, signed: _Signed, clock: time_machine.Traveller
    ) -> None:
        before = signed.fetches
        for _, jump in zip(range(20), cycle([YEAR, -YEAR]), strict=False):
            clock.shift(jump)
            signed.call()
        assert before + 1 == signed.fetches

    @each_way
    def test_are_replaced_once_where_the_clock_jumps_during_the_fetch(
        self, signed: _Signed, clock: time_machine.Traveller, jump: timedelta
    ) -> None:
        before = signed.fetches
        signed.service.before_token = lambda: clock.shift(jump)
        clock.shift(YEAR)  # so that there is a fetch
        for _ in range(5):
            signed.call()
        assert before + 1 == signed.fetches

    def test_that_only_seem_to_stand_are_replaced_once_the_service_refuses_them(
        self, signed: _Signed, clock: time_machine.Traveller
    ) -> None:
        clock.shift(YEAR)
        signed.call()
        clock.shift(-YEAR)
        before = signed.fetches
        signed.service.revoked = set(signed.service.issued)
        for _ in range(5):
            signed.call()
        assert before + 1 == signed.fetches


@pytest.fixture
def sandbox(clock: time_machine.Traveller) -> Iterator[Sandbox]:
    """Give a service whose own clock does not jump: it stands still."""
    with Sandbox() as sandbox:
        sandbox.clock.freeze()
        yield sandbox


@pytest.fixture
def user(sandbox: Sandbox) -> SandboxUser:
    return sandbox.add_user(username="example-user", phone="13800138000", factors=["SMS"])


@each_way
def test_minute_of_an_enrollment_stays(
    sandbox: Sandbox, clock: time_machine.Traveller, jump: timedelta
) -> None:
    newcomer = sandbox.add_user()
    with AuthenticationClient(**newcomer.credentials) as client:
        enrollment = client.begin_enrollment("SMS", phone_number="13900139000")
        clock.shift(jump)
        assert 50 < enrollment.expires_in <= 60
        enrollment.confirm(sandbox.outbox.last_code(phone="13900139000"))


def test_challenge_ends_by_the_clock_and_is_taken_up_where_it_jumps_back(
    sandbox: Sandbox, user: SandboxUser, clock: time_machine.Traveller
) -> None:
    sandbox.require_mfa("application", ["SMS"])
    with AuthenticationClient(app_id=sandbox.app_id, app_host=sandbox.url) as client:
        with pytest.raises(MFARequiredError) as caught:
            client.sign_in("example-user", password=user.password)
        challenge = client.challenge(caught.value.trigger)
        clock.shift(YEAR)
        asked = len(sandbox.journal)
        with pytest.raises(ExpiredError):
            challenge.send_sms()
        assert (True, asked) == (challenge.expired, len(sandbox.journal))
        clock.shift(-YEAR)
        challenge.send_sms()
        code = sandbox.outbox.last_code(phone="13800138000")
        assert user.user_id == challenge.verify_sms(code).user.user_id


@each_way
def test_signature_of_a_wrong_clock_is_refused_and_the_right_one_taken(
    sandbox: Sandbox, clock: time_machine.Traveller, jump: timedelta
) -> None:
    with ManagementClient(
        access_key_id=sandbox.access_key_id,
        access_key_secret=sandbox.access_key_secret,
        host=sandbox.url,
        signing="authing",
    ) as administrator:
        clock.shift(jump)
        asked = len(sandbox.journal)
        with pytest.raises(AuthingMFAError):
            administrator.get_global_mfa_settings()
        assert asked + 1 == len(sandbox.journal)
        clock.shift(-jump)
        administrator.get_global_mfa_settings()
