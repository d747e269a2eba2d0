"""A write is never done twice, and its outcome is known or said to be unknown: docs/retries.md."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import attrs
import pytest

from authing_mfa import (
    APIError,
    AuthingMFAError,
    ConnectionFailedError,
    InvalidResponseError,
    TransportError,
    UnauthorizedError,
)
from authing_mfa.sandbox import Sandbox
from tests.faults import acts
from tests.faults.server import Act, Server
from tests.support.calls import CALLS, SENT, is_write, ready
from tests.support.sampling import few

from .people import Lost, Person, Program, came, outcome_of

WRITES = [name for name, call in SENT.items() if is_write(call.endpoint)]
READS = [name for name in SENT if name not in WRITES]
LOST = {
    "reset": acts.reset_after_reading,
    "dropped": acts.drop_after_reading,
    "dropped unread": acts.drop_unread,
}
SPOILT = {
    "cut": acts.cut_json,
    "page": acts.page("200 OK"),
    "page of a gateway": acts.page("502 Bad Gateway"),
}
FAILED = {str(code): acts.answer(status_code=code) for code in (500, 502, 503, 504, 601)}
UNCLEAR = {**LOST, **SPOILT, **FAILED}
GATEWAY = {status: acts.page(status) for status in ("502 Bad", "503 Busy", "504 Late")}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Serve a plan; each test makes its own."""
    with Server() as server:
        yield server


def strike(
    server: Server, name: str, *acts: Act, answered: int = 0, max_retries: int = 1
) -> tuple[object, list[str]]:
    """Make a call whose requests are struck after some; return what came of it, and those sent."""
    call = CALLS[name]
    made = ready(server, call, *acts, answered=answered, max_retries=max_retries)
    begun = len(server.arrivals) + answered
    outcome = outcome_of(lambda: call(made))
    struck = server.arrivals[begun:]
    return outcome, [f"{it.method} {urlsplit(it.target).path}" for it in struck]


@pytest.mark.parametrize("unclear", UNCLEAR)
@pytest.mark.parametrize("name", WRITES)
def test_write_without_a_clear_response_is_sent_once_and_in_doubt(
    server: Server, name: str, unclear: str
) -> None:
    for answered in range(len(CALLS[name].answers)):
        error, sent = strike(server, name, UNCLEAR[unclear], answered=answered)
        assert isinstance(error, AuthingMFAError)
        writes = [endpoint for endpoint in sent if is_write(endpoint)]
        assert len(writes) == len(set(writes))
        if unclear != "dropped unread":  # of which the server has no record
            assert error.outcome_unknown is bool(writes)


@pytest.mark.parametrize("status", [400, 429])
@pytest.mark.parametrize("name", WRITES)
def test_refused_write_is_sent_once_and_known_not_to_be_done(
    server: Server, name: str, status: int
) -> None:
    refusal = acts.answer(None, "Retry-After: 99", status_code=status)
    for answered in range(len(CALLS[name].answers)):
        error, sent = strike(server, name, refusal, answered=answered)
        assert isinstance(error, APIError)
        assert error.outcome_unknown is False
        assert len(sent) == len(set(sent))


@pytest.mark.parametrize("unclear", UNCLEAR)
@pytest.mark.parametrize("name", READS)
def test_read_is_never_in_doubt(server: Server, name: str, unclear: str) -> None:
    for answered in range(len(CALLS[name].answers)):
        error, _ = strike(server, name, UNCLEAR[unclear], answered=answered, max_retries=0)
        assert not (isinstance(error, AuthingMFAError) and error.outcome_unknown)


@pytest.mark.parametrize("name", READS)
def test_read_is_sent_again_when_the_service_says_so(server: Server, name: str) -> None:
    busy = acts.answer(None, "Retry-After: 0", status_code=503, http="503 Busy")
    _sent_again(server, name, busy)


@pytest.mark.parametrize("act", [*LOST.values(), *GATEWAY.values()], ids=[*LOST, *GATEWAY])
@pytest.mark.parametrize(
    "name",
    few(["list_users", *READS], 1),
)
def test_read_is_sent_again_when_its_response_is_lost(server: Server, name: str, act: Act) -> None:
    _sent_again(server, name, act)


def _sent_again(server: Server, name: str, act: Act) -> None:
    *before, last = CALLS[name].answers
    begun = server.begun
    value, _ = strike(server, name, act, acts.body(last), answered=len(before))
    assert not isinstance(value, AuthingMFAError)
    assert server.begun - begun == len(CALLS[name].before) + len(before) + 2


@pytest.mark.parametrize("name", ["list_enrolled_factors", "list_users", "introspect_mfa_token"])
@pytest.mark.parametrize("max_retries", [0, 1, 2])
def test_read_is_tried_one_plus_max_retries_times(
    server: Server, name: str, max_retries: int
) -> None:
    error, sent = strike(server, name, acts.reset_after_reading, max_retries=max_retries)
    assert isinstance(error, ConnectionFailedError)
    assert sent == [CALLS[name].endpoint] * (1 + max_retries)


@pytest.mark.parametrize("status", [500, 501, 601, 602, 400, 404])
def test_read_is_not_sent_again_after_other_refusals(server: Server, status: int) -> None:
    error, sent = strike(server, "list_enrolled_factors", acts.answer(status_code=status))
    assert isinstance(error, APIError)
    assert len(sent) == 1


def test_read_is_not_sent_again_after_a_response_outside_the_contract(server: Server) -> None:
    error, sent = strike(server, "list_enrolled_factors", acts.page("200 OK"))
    assert isinstance(error, InvalidResponseError)
    assert len(sent) == 1


@pytest.mark.parametrize("name", SENT)
def test_what_never_left_is_known_not_to_be_done(server: Server, name: str) -> None:
    call = CALLS[name]
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    if not call.before:
        made = call.subject(f"http://127.0.0.1:{port}")
        error = outcome_of(lambda: call(made))
        assert isinstance(error, ConnectionFailedError)
        assert error.outcome_unknown is False


# -- on the sandbox: what was done, and what was not


@pytest.mark.parametrize(("fault", "left"), [("reset", ["OTP", "SMS"]), ("drop", ["SMS"])])
def test_write_in_doubt_may_be_done_or_not(
    sandbox: Sandbox, anna: Person, fault: str, left: list[str]
) -> None:
    Lost(sandbox, fault)("reset-factor")
    [factor_id] = [it for it in anna.user.factor_ids if it.endswith("|otp")]
    with pytest.raises(TransportError) as caught:
        anna.client.reset_factor(factor_id)
    assert caught.value.outcome_unknown is True
    assert anna.factor_types == left


@pytest.mark.parametrize("fault", ["reset", "drop", "truncate"])
def test_lost_token_response_leaves_the_outcome_of_a_write_known(
    sandbox: Sandbox, anna: Person, fault: str
) -> None:
    [factor_id] = [it for it in anna.user.factor_ids if it.endswith("|otp")]
    sandbox.clock.advance(7201)
    ended = attrs.evolve(anna.tokens, expires_at=datetime(1970, 1, 1, tzinfo=UTC))
    anna.client.set_access_token(ended)
    getattr(sandbox.faults, fault)(path="/oidc/token", times=None)
    with pytest.raises(AuthingMFAError) as caught:
        anna.client.reset_factor(factor_id)
    assert caught.value.outcome_unknown is False
    assert came(sandbox, "reset-factor") == []


def test_write_that_met_a_401_was_not_done_and_the_next_call_refreshes(
    sandbox: Sandbox, anna: Person
) -> None:
    sandbox.clock.advance(7201)
    with pytest.raises(UnauthorizedError) as caught:
        anna.client.verify_totp(anna.user.totp_code())
    assert caught.value.outcome_unknown is False
    anna.client.verify_totp(anna.user.totp_code())
    assert len(anna.told) == 1


def test_write_of_a_second_process_is_done_once(
    sandbox: Sandbox, anna: Person, lost_after: Lost, second_process: Program
) -> None:
    lost_after("reset-factor")
    [factor_id] = [it for it in anna.user.factor_ids if it.endswith("|otp")]
    program = """if True:
        import json, sys
        from authing_mfa import AuthenticationClient, TransportError
        app_id, app_host, token, factor_id = sys.argv[1:]
        with AuthenticationClient(app_id=app_id, app_host=app_host, access_token=token) as client:
            try:
                client.reset_factor(factor_id)
            except TransportError as error:
                print(json.dumps(error.outcome_unknown))
    """
    told = second_process(
        program, sandbox.app_id, sandbox.url, anna.tokens.access_token, factor_id
    )
    assert told is True
    assert len(came(sandbox, "reset-factor")) == 1
    assert anna.factor_types == ["SMS"]
