"""A write is never done twice, and its outcome is known or said to be unknown: docs/retries.md."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from authing_mfa import (
    APIError,
    AuthenticationClient,
    AuthingMFAError,
    ConnectionFailedError,
    InvalidResponseError,
    TransportError,
    UnauthorizedError,
)
from authing_mfa.sandbox import Sandbox

from .calls import CALLS, READS, WRITES, make_world
from .people import Lost, Person, Program, came


def _struck(
    sandbox: Sandbox, name: str, fault: str, *args: Any, **options: Any
) -> AuthingMFAError:
    """Make a call whose requests are all struck by a fault; return what it raises."""
    call = CALLS[name]
    prepared = call.prepare(make_world(sandbox, timeout=5, deadline=10))
    sandbox.journal.clear()
    for path in call.paths:
        getattr(sandbox.faults, fault)(*args, path=path, times=None, **options)
    with pytest.raises(AuthingMFAError) as caught:
        prepared()
    return caught.value


@pytest.mark.parametrize("fault", ["reset", "drop"])
@pytest.mark.parametrize("name", WRITES)
def test_a_write_whose_answer_is_lost_is_sent_once_and_in_doubt(
    sandbox: Sandbox, name: str, fault: str
) -> None:
    error = _struck(sandbox, name, fault)
    assert isinstance(error, TransportError)
    assert error.outcome_unknown is True
    assert len(came(sandbox, CALLS[name].path)) == 1


@pytest.mark.parametrize("fault", ["truncate", "html"])
@pytest.mark.parametrize("name", WRITES)
def test_a_write_whose_answer_is_spoilt_is_sent_once_and_in_doubt(
    sandbox: Sandbox, name: str, fault: str
) -> None:
    error = _struck(sandbox, name, fault)
    assert error.outcome_unknown is True
    assert len(came(sandbox, CALLS[name].path)) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 601])
@pytest.mark.parametrize(
    "name", ["reset_factor", "sign_in", "challenge_verify_totp", "import_otp"]
)
def test_a_write_that_the_service_failed_at_is_in_doubt(
    sandbox: Sandbox, name: str, status: int
) -> None:
    error = _struck(sandbox, name, "status", status)
    assert error.outcome_unknown is True
    assert len(came(sandbox, CALLS[name].path)) == 1


@pytest.mark.parametrize("status", [400, 429])
@pytest.mark.parametrize("name", WRITES)
def test_a_refused_write_was_not_done(sandbox: Sandbox, name: str, status: int) -> None:
    error = _struck(sandbox, name, "status", status)
    assert isinstance(error, APIError)
    assert error.outcome_unknown is False
    assert len(came(sandbox, CALLS[name].path)) == 1


@pytest.mark.parametrize("fault", ["reset", "drop"])
@pytest.mark.parametrize("name", READS)
def test_a_read_whose_answer_is_lost_is_asked_again(
    sandbox: Sandbox, name: str, fault: str
) -> None:
    call = CALLS[name]
    prepared = call.prepare(make_world(sandbox, timeout=5, deadline=10))
    sandbox.journal.clear()
    getattr(sandbox.faults, fault)(path=call.path, times=1)
    prepared()
    assert len(came(sandbox, call.path)) >= 2


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_asked_again_after_a_gateway_failed(sandbox: Sandbox, status: int) -> None:
    for name in ("list_enrolled_factors", "introspect_mfa_token", "list_users", "sign_out"):
        call = CALLS[name]
        prepared = call.prepare(make_world(sandbox, timeout=5, deadline=10))
        fault = sandbox.faults.status(status, path=call.path, times=1)
        prepared()
        assert (name, fault.hits) == (name, 1)
        sandbox.reset()


@pytest.mark.parametrize("name", READS)
def test_a_read_never_has_an_unknown_outcome(sandbox: Sandbox, name: str) -> None:
    for fault in ("drop", "truncate"):
        call = CALLS[name]
        world = make_world(sandbox, max_retries=0, timeout=5)
        prepared = call.prepare(world)
        getattr(sandbox.faults, fault)(path=call.path, times=None)
        try:
            prepared()
        except AuthingMFAError as error:
            assert error.outcome_unknown is False  # noqa: PT017
        sandbox.reset()


@pytest.mark.parametrize("name", ["list_enrolled_factors", "list_users", "introspect_mfa_token"])
@pytest.mark.parametrize("max_retries", [0, 1, 2])
def test_a_read_is_tried_one_plus_max_retries_times(
    sandbox: Sandbox, name: str, max_retries: int
) -> None:
    call = CALLS[name]
    prepared = call.prepare(make_world(sandbox, max_retries=max_retries, timeout=5))
    sandbox.journal.clear()
    sandbox.faults.reset(path=call.path, times=None)
    with pytest.raises(ConnectionFailedError):
        prepared()
    assert len(came(sandbox, call.path)) == 1 + max_retries


@pytest.mark.parametrize("status", [500, 501, 601, 602, 400, 404])
def test_a_read_is_not_asked_again_after_other_refusals(sandbox: Sandbox, status: int) -> None:
    error = _struck(sandbox, "list_enrolled_factors", "status", status)
    assert error.outcome_unknown is False
    assert len(came(sandbox, "list-enrolled-factors")) == 1


def test_a_read_is_not_asked_again_after_an_answer_outside_the_contract(sandbox: Sandbox) -> None:
    error = _struck(sandbox, "list_enrolled_factors", "html", 200)
    assert isinstance(error, InvalidResponseError)
    assert len(came(sandbox, "list-enrolled-factors")) == 1


@pytest.mark.parametrize(
    "name", ["reset_factor", "list_enrolled_factors", "sign_in", "import_otp"]
)
def test_what_never_left_is_known_not_to_be_done(sandbox: Sandbox, name: str) -> None:
    prepared = CALLS[name].prepare(make_world(sandbox, timeout=1))
    sandbox.stop()
    try:
        with pytest.raises(ConnectionFailedError) as caught:
            prepared()
    finally:
        sandbox.start()
    assert caught.value.outcome_unknown is False


def test_a_write_that_never_left_is_tried_again() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        records: list[Any] = []
        with (
            AuthenticationClient(
                app_id="app_example",
                app_host=f"http://127.0.0.1:{closed.getsockname()[1]}",
                access_token="t",
                on_call=records.append,
            ) as client,
            pytest.raises(ConnectionFailedError) as caught,
        ):
            client.reset_factor("f|otp")
    assert (caught.value.outcome_unknown, records[0].tries) == (False, 3)


# -- the exchange that changes something


@pytest.mark.parametrize("fault", ["reset", "drop", "truncate"])
def test_a_lost_token_answer_leaves_the_outcome_of_a_write_known(
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


@pytest.mark.parametrize("fault", ["reset", "drop", "truncate"])
def test_a_lost_management_token_leaves_the_outcome_of_a_write_known(
    sandbox: Sandbox, fault: str
) -> None:
    world = make_world(sandbox, max_retries=0, timeout=5)
    getattr(sandbox.faults, fault)(path="get-management-token", times=None)
    with pytest.raises(AuthingMFAError) as caught:
        world.admin.update_global_mfa_settings(["OTP"])
    assert caught.value.outcome_unknown is False
    assert came(sandbox, "update-global-mfa-settings") == []


def test_a_failed_read_before_it_leaves_the_outcome_of_begin_enrollment_known(
    sandbox: Sandbox, anna: Person
) -> None:
    sandbox.faults.status(500, method="GET", times=None)
    try:
        anna.client.begin_enrollment("EMAIL", email="anna@example.com")
    except AuthingMFAError as error:
        assert error.outcome_unknown is False  # noqa: PT017
        assert came(sandbox, "send-enroll-factor-request") == []


def test_a_write_that_met_a_401_was_not_done_and_the_next_call_refreshes(
    sandbox: Sandbox, anna: Person
) -> None:
    sandbox.clock.advance(7201)
    with pytest.raises(UnauthorizedError) as caught:
        anna.client.verify_totp(anna.user.totp_code())
    assert caught.value.outcome_unknown is False
    anna.client.verify_totp(anna.user.totp_code())
    assert len(anna.told) == 1


def test_a_second_process_sees_a_write_once(
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
