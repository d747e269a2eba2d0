"""How to reach the service: what both clients take by the same names."""

from __future__ import annotations

import inspect

import pytest

from authing_mfa import AuthenticationClient, ManagementClient
from authing_mfa._http.options import DEADLINE, MAX_RETRIES, TIMEOUT

each_client = pytest.mark.parametrize("client", [AuthenticationClient, ManagementClient])


@each_client
def test_defaults_are_the_promised_ones_and_stand_once(client: type) -> None:
    taken = inspect.signature(client).parameters
    wanted = {"timeout": TIMEOUT, "deadline": DEADLINE, "max_retries": MAX_RETRIES}
    assert {name: taken[name].default for name in wanted} == wanted
    assert wanted == {"timeout": (3.05, 10), "deadline": 30, "max_retries": 2}
    assert taken["timeout"].default is TIMEOUT


@each_client
def test_both_clients_take_what_reaches_the_service(client: type) -> None:
    names = {"timeout", "deadline", "max_retries", "verify", "proxies", "session", "on_call"}
    assert names <= set(inspect.signature(client).parameters)
