"""Threads, forks, pickles: docs/concurrency.md."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from authing_mfa import (
    AuthenticationClient,
    CallRecord,
    ConfigurationError,
    ManagementClient,
    TransportError,
)
from authing_mfa.sandbox import Sandbox

from .people import Lost, Person, Program, came, outcome_of


def keep(_: CallRecord) -> None:
    """Do nothing: a function of a module travels by its name."""


def _count(client: AuthenticationClient) -> int:
    with client:
        return len(client.list_enrolled_factors())


def _reset(client: AuthenticationClient, factor_id: str) -> str:
    with client:
        return type(outcome_of(lambda: client.reset_factor(factor_id))).__name__


def _travelling(sandbox: Sandbox, token: Any) -> AuthenticationClient:
    return AuthenticationClient(
        app_id=sandbox.app_id, app_host=sandbox.url, access_token=token, pickle_secrets=True
    )


@pytest.mark.slow
def test_each_spawned_process_sees_its_own_user(
    sandbox: Sandbox, anna: Person, ben: Person
) -> None:
    context = multiprocessing.get_context("spawn")
    with (
        _travelling(sandbox, anna.tokens) as annas,
        _travelling(sandbox, ben.tokens) as bens,
        ProcessPoolExecutor(2, mp_context=context) as processes,
    ):
        assert list(processes.map(_count, [annas, bens] * 4)) == [2, 1] * 4


@pytest.mark.slow
def test_spawned_process_sends_a_write_once_and_says_that_it_is_in_doubt(
    sandbox: Sandbox, anna: Person, lost_after: Lost
) -> None:
    lost_after("reset-factor")
    context = multiprocessing.get_context("spawn")
    with (
        _travelling(sandbox, anna.tokens) as client,
        ProcessPoolExecutor(1, mp_context=context) as processes,
    ):
        outcome = processes.submit(_reset, client, anna.user.factor_ids[0]).result()
    assert issubclass(getattr(sys.modules["authing_mfa"], outcome), TransportError)
    assert len(came(sandbox, "reset-factor")) == 1


def test_forked_children_and_their_parent_see_their_own_users(
    sandbox: Sandbox, anna: Person, ben: Person, second_process: Program
) -> None:
    program = """if True:
        import json, os, sys
        from authing_mfa import AuthenticationClient
        app_id, app_host, *tokens = sys.argv[1:]
        app = AuthenticationClient(app_id=app_id, app_host=app_host)
        handles = [app.as_user(token) for token in tokens]
        expected = [2, 1]
        assert [len(it.list_enrolled_factors()) for it in handles] == expected
        children = []
        for _ in range(4):
            child = os.fork()
            if child == 0:
                seen = [len(it.list_enrolled_factors()) for it in handles * 5]
                os._exit(0 if seen == expected * 5 else 1)
            children.append(child)
        seen = [len(it.list_enrolled_factors()) for it in handles * 5]
        codes = [os.waitpid(child, 0)[1] for child in children]
        app.close()
        print(json.dumps([codes, seen == expected * 5]))
    """
    tokens = [person.user.new_access_token() for person in (anna, ben)]
    assert second_process(program, sandbox.app_id, sandbox.url, *tokens) == [[0] * 4, True]


def test_what_cannot_travel_says_so(sandbox: Sandbox, anna: Person) -> None:
    usual: dict[str, Any] = {"app_id": sandbox.app_id, "app_host": sandbox.url}
    with AuthenticationClient(**usual, on_call=keep) as client:
        pickle.loads(pickle.dumps(client)).close()
    with (
        AuthenticationClient(**usual, on_call=lambda _: None) as client,
        pytest.raises((pickle.PicklingError, AttributeError, TypeError, ConfigurationError)),
    ):
        pickle.dumps(client)


def test_pickled_client_keeps_its_settings() -> None:
    with AuthenticationClient(
        app_id="app_example",
        app_host="https://demo.example.com",
        lang="en-US",
        deadline=7,
        max_retries=0,
        real_ip="203.0.113.7",
    ) as client:
        there = pickle.loads(pickle.dumps(client))
        assert repr(there) == repr(client)
        assert pickle.dumps(there) == pickle.dumps(client)
        there.close()


def test_pickled_administrator_has_no_key(sandbox: Sandbox) -> None:
    with ManagementClient(**sandbox.management_credentials) as admin:
        there = pickle.loads(pickle.dumps(admin))
    with there, pytest.raises(ConfigurationError):
        there.list_users()


def test_closing_a_handle_leaves_the_connections(anna: Person, ben: Person) -> None:
    anna.client.close()
    assert ben.factor_types == ["EMAIL"]
    assert anna.factor_types == ["OTP", "SMS"]
