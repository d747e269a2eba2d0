"""Reads are tried again; what changes something goes out once."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from authing_mfa import (
    AuthingMFAError,
    ConnectionFailedError,
    InvalidResponseError,
    RequestTimeoutError,
    ServerError,
    ThirdPartyError,
    ThrottleError,
)
from tests.support.sampling import few
from tests.support.wire import Wire

from .admin import METHODS, READS, WRITES, make_admin, paths, plan, plan_token

each_read = pytest.mark.parametrize("name", READS)
each_write = pytest.mark.parametrize("name", WRITES)
_AT_ONCE = {"Retry-After": "0"}


def test_reads_and_writes_are_told_apart() -> None:
    assert sorted(WRITES) == [
        "disable_global_mfa_settings",
        "import_otp",
        "set_mfa_status",
        "update_application_mfa_settings",
        "update_global_mfa_settings",
    ]


_PASSING: dict[str, dict[str, Any]] = {
    "429": {"payload": "failure_429", "status": 429, "headers": _AT_ONCE},
    "502": {"body": b"<html>", "status": 502, "headers": _AT_ONCE},
    "503 in a 200": {"payload": "failure_503", "headers": _AT_ONCE},
    "drop": {"body": requests.ConnectionError()},
    "silence": {"body": requests.ReadTimeout()},
}


@each_read
@pytest.mark.parametrize("plan_of", _PASSING.values(), ids=_PASSING)
def test_read_succeeds_at_the_next_try(wire: Wire, name: str, plan_of: dict[str, Any]) -> None:
    plan_token(wire)
    plan(wire, name, **plan_of)
    plan(wire, name)
    METHODS[name].call(make_admin(max_retries=1))
    assert paths(wire) == ["get-management-token", METHODS[name].name, METHODS[name].name]


_UNCLEAR: dict[str, tuple[dict[str, Any], type[AuthingMFAError]]] = {
    "503": ({"payload": "failure_503", "headers": _AT_ONCE}, ServerError),
    "601": ({"payload": "failure_601"}, ThirdPartyError),
    "gateway's page": ({"body": b"<html>", "status": 502, "headers": _AT_ONCE}, ServerError),
    "page with 200": ({"body": b"<html>"}, InvalidResponseError),
    "drop": ({"body": requests.ConnectionError()}, ConnectionFailedError),
    "silence": ({"body": requests.ReadTimeout()}, RequestTimeoutError),
}


@each_write
@pytest.mark.parametrize(("plan_of", "cls"), _UNCLEAR.values(), ids=_UNCLEAR)
@pytest.mark.parametrize("signing", [None, "authing", "genauth"])
def test_write_goes_out_once_and_its_outcome_is_unknown(
    wire: Wire,
    name: str,
    plan_of: dict[str, Any],
    cls: type[AuthingMFAError],
    signing: str | None,
) -> None:
    if signing is None:
        plan_token(wire)
    plan(wire, name, **plan_of)
    with pytest.raises(cls) as caught:
        METHODS[name].call(make_admin(max_retries=2, signing=signing))
    assert (caught.value.path, caught.value.outcome_unknown) == (METHODS[name].path, True)
    assert paths(wire).count(METHODS[name].name) == 1


@each_write
def test_throttled_write_goes_out_once_and_is_known_to_be_refused(wire: Wire, name: str) -> None:
    plan_token(wire)
    plan(wire, name, payload="failure_429", status=429, headers={"Retry-After": "7"})
    with pytest.raises(ThrottleError) as caught:
        METHODS[name].call(make_admin(max_retries=2))
    assert (caught.value.retry_after, caught.value.outcome_unknown) == (7.0, False)


@pytest.mark.parametrize("name", few(WRITES, 1))
def test_write_that_never_left_is_tried_again(wire: Wire, name: str) -> None:
    plan_token(wire)
    plan(wire, name, requests.ConnectTimeout())
    plan(wire, name)
    METHODS[name].call(make_admin(max_retries=1))
    assert paths(wire).count(METHODS[name].name) == 2


@each_write
def test_outcome_of_a_write_that_never_left_is_known(wire: Wire, name: str) -> None:
    plan_token(wire)
    plan(wire, name, requests.ConnectTimeout())
    with pytest.raises(RequestTimeoutError) as caught:
        METHODS[name].call(make_admin())
    assert caught.value.outcome_unknown is False


@each_read
def test_outcome_of_a_read_is_never_unknown(wire: Wire, name: str) -> None:
    plan_token(wire)
    plan(wire, name, requests.ConnectionError())
    with pytest.raises(ConnectionFailedError) as caught:
        METHODS[name].call(make_admin())
    assert caught.value.outcome_unknown is False
