"""The management token: fetched once, in force with the caller's options, renewed once."""

from __future__ import annotations

import io
import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import certifi
import pytest
import requests
from requests.adapters import HTTPAdapter

from authing_mfa import (
    APIError,
    CallRecord,
    ForbiddenError,
    NotFoundError,
    ServerError,
    UnauthorizedError,
)
from tests.support import payloads
from tests.support.wire import HOST, Wire, make_client

from .admin import METHODS, READS, TOKEN_PATH, WRITES, make_admin, paths, plan, plan_token, refused

TOKEN_NAME = "get-management-token"
each_read = pytest.mark.parametrize("name", READS)
each_write = pytest.mark.parametrize("name", WRITES)


class _OwnAdapter(HTTPAdapter):
    """Stands in the caller's session; answers by itself, and notes how it was asked."""

    def __init__(self, *, first_refused_after: float | None = None) -> None:
        super().__init__()
        self._first_refused_after = first_refused_after
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        path = (request.url or "").removeprefix(HOST)
        self.sent.append((path, options))
        response = requests.Response()
        response.status_code = 200
        answer = "get_management_token" if path == TOKEN_PATH else "get_global_mfa_settings"
        if path != TOKEN_PATH and self._first_refused_after is not None:
            time.sleep(self._first_refused_after)
            self._first_refused_after, answer = None, "failure_401"
        response.raw = io.BytesIO(payloads.raw(answer))
        return response


def options_of(**options: Any) -> dict[str, dict[str, Any]]:
    """Return what the token's call and the call itself were sent with, by path."""
    adapter = _OwnAdapter()
    with requests.Session() as session:
        session.mount(HOST, adapter)
        with make_admin(session=session, **options) as admin:
            admin.get_global_mfa_settings()
    return dict(adapter.sent)


class TestInForce:
    """For the fetch of the token as well."""

    def test_proxy(self) -> None:
        proxies = {"https": "http://proxy.example.com:3128"}
        sent = options_of(proxies=proxies)
        assert [options["proxies"] for options in sent.values()] == [proxies, proxies]

    def test_ca_bundle(self, tmp_path: Path) -> None:
        bundle = tmp_path / "ca.pem"
        shutil.copy(certifi.where(), bundle)
        sent = options_of(verify=str(bundle))
        assert [options["verify"] for options in sent.values()] == [str(bundle)] * 2

    def test_verification_without_one(self) -> None:
        assert [options["verify"] for options in options_of().values()] == [True, True]

    def test_timeouts(self) -> None:
        sent = options_of(timeout=(1, 2))
        assert [options["timeout"] for options in sent.values()] == [(1.0, 2.0)] * 2

    def test_deadline(self) -> None:
        sent = options_of(deadline=60, timeout=(300, 300))
        fetch, call = (options["timeout"] for options in sent.values())
        assert 60 >= max(fetch) >= max(call) > 0

    def test_deadline_of_the_call_that_the_token_is_for(self) -> None:
        adapter = _OwnAdapter(first_refused_after=0.1)
        with requests.Session() as session:
            session.mount(HOST, adapter)
            with make_admin(session=session, deadline=60, timeout=300) as admin:
                admin.get_global_mfa_settings()
        fetches = [options["timeout"] for path, options in adapter.sent if path == TOKEN_PATH]
        assert max(fetches[1]) <= 60 - 0.1


class TestFetched:
    def test_at_the_first_call_not_before(self, wire: Wire) -> None:
        make_admin()
        assert wire.requests == []

    def test_once_for_many_threads(self) -> None:
        with Wire() as wire:
            barrier = threading.Barrier(32)

            def fetch(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
                time.sleep(0.05)  # so that the others come meanwhile
                return 200, {}, payloads.raw("get_management_token")

            wire.add_callback("POST", HOST + TOKEN_PATH, fetch)
            plan(wire, "get_global_mfa_settings")
            admin = make_admin()

            def call(_: int) -> int:
                barrier.wait(timeout=20)
                return len(admin.get_global_mfa_settings())

            with ThreadPoolExecutor(32) as pool:
                assert list(pool.map(call, range(32))) == [2] * 32
            assert (paths(wire).count(TOKEN_NAME), len(wire.requests)) == (1, 33)

    def test_once_after_it_failed_for_one(self, wire: Wire) -> None:
        plan_token(wire, refused(503))
        admin = make_admin()
        with pytest.raises(ServerError):
            admin.get_global_mfa_settings()
        plan_token(wire)
        plan(wire, "get_global_mfa_settings")
        admin.get_global_mfa_settings()
        assert paths(wire) == [TOKEN_NAME, TOKEN_NAME, "get-global-mfa-settings"]

    def test_again_after_a_passing_failure_even_for_a_write(self, wire: Wire) -> None:
        plan_token(wire, refused(503), headers={"Retry-After": "0"})
        plan_token(wire)
        plan(wire, "import_otp")
        METHODS["import_otp"].call(make_admin(max_retries=1))
        assert paths(wire) == [TOKEN_NAME, TOKEN_NAME, "import-otp"]

    def test_in_vain_a_write_never_left(self, wire: Wire) -> None:
        plan_token(wire, requests.ConnectionError())
        with pytest.raises(Exception, match="get-management-token") as caught:
            METHODS["import_otp"].call(make_admin())
        assert getattr(caught.value, "outcome_unknown", None) is False
        assert paths(wire) == [TOKEN_NAME]

    def test_as_a_call_of_its_own_in_the_records(self, wire: Wire) -> None:
        plan_token(wire)
        plan(wire, "list_users")
        records: list[CallRecord] = []
        make_admin(on_call=records.append).list_users()
        assert [(record.path, record.tries) for record in records] == [
            (TOKEN_PATH, 1),
            (METHODS["list_users"].path, 1),
        ]


class TestRefusedKeys:
    @pytest.mark.parametrize("name", METHODS)
    def test_they_are_told_by_the_tokens_call(self, wire: Wire, name: str) -> None:
        plan_token(wire, refused(401))
        with pytest.raises(UnauthorizedError) as caught:
            METHODS[name].call(make_admin(max_retries=2))
        assert (
            caught.value.path,
            caught.value.status_code,
            caught.value.outcome_unknown,
        ) == (TOKEN_PATH, 401, False)
        assert paths(wire) == [TOKEN_NAME]

    def test_they_may_be_refused_in_other_words(self, wire: Wire) -> None:
        plan_token(wire, refused(403))
        with pytest.raises(ForbiddenError):
            make_admin().list_users()


class TestRenewed:
    @each_read
    def test_once_after_a_401_on_a_read(self, wire: Wire, name: str) -> None:
        plan_token(wire)
        plan(wire, name, refused(401, 2020))
        plan_token(wire)
        plan(wire, name)
        METHODS[name].call(make_admin())
        assert paths(wire) == [TOKEN_NAME, METHODS[name].name] * 2

    @each_read
    def test_not_twice(self, wire: Wire, name: str) -> None:
        for _ in range(2):
            plan_token(wire)
            plan(wire, name, refused(401, 2020))
        with pytest.raises(UnauthorizedError):
            METHODS[name].call(make_admin(max_retries=5))

    @each_write
    def test_not_for_a_write_but_for_the_next_call(self, wire: Wire, name: str) -> None:
        admin = make_admin(max_retries=2)
        plan_token(wire)
        plan(wire, name, refused(401, 2020))
        with pytest.raises(UnauthorizedError) as caught:
            METHODS[name].call(admin)
        assert caught.value.outcome_unknown is False
        plan_token(wire)
        plan(wire, name)
        METHODS[name].call(admin)
        assert paths(wire) == [TOKEN_NAME, METHODS[name].name] * 2

    def test_by_another_one(self, wire: Wire) -> None:
        answer = payloads.read("get_management_token")
        answer["data"]["access_token"] += "2"
        plan_token(wire)
        plan(wire, "list_users", refused(401))
        plan_token(wire, answer)
        plan(wire, "list_users")
        make_admin().list_users()
        header = wire.requests[-1].headers["Authorization"]
        assert f"Bearer {answer['data']['access_token']}" == header

    @pytest.mark.parametrize("status_code", [400, 403, 404, 422, 499])
    def test_not_after_another_refusal(self, wire: Wire, status_code: int) -> None:
        plan_token(wire)
        plan(wire, "list_users", refused(status_code))
        plan(wire, "list_users")
        admin = make_admin(max_retries=2)
        with pytest.raises(APIError) as caught:
            admin.list_users()
        assert caught.value.status_code == status_code
        admin.list_users()
        assert paths(wire) == [TOKEN_NAME, "list-users", "list-users"]

    def test_once_for_many_threads(self) -> None:
        with Wire() as wire:
            barrier, lock = threading.Barrier(16), threading.Lock()
            issued: list[str] = []

            def fetch(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
                answer = payloads.read("get_management_token")
                with lock:
                    issued.append(f"{answer['data']['access_token']}{len(issued)}")
                    answer["data"]["access_token"] = issued[-1]
                time.sleep(0.05)
                return 200, {}, json.dumps(answer)

            def info(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
                stale = request.headers["Authorization"] == f"Bearer {issued[0]}"
                if stale:
                    barrier.wait(timeout=20)  # all were sent with the first token
                return 200, {}, payloads.raw("failure_401" if stale else "get_user_mfa_info")

            wire.add_callback("POST", HOST + TOKEN_PATH, fetch)
            wire.add_callback("GET", HOST + METHODS["get_user_mfa_info"].path, info)
            admin = make_admin()
            with ThreadPoolExecutor(16) as pool:
                found = list(pool.map(admin.get_user_mfa_info, map(str, range(16))))
            assert (len(found), len(issued)) == (16, 2)


def test_users_client_and_administrators_do_not_share(wire: Wire) -> None:
    plan_token(wire)
    plan(wire, "list_users")
    make_admin().list_users()
    wire.plan("get-factor", payload="failure_404", verb="GET")
    with pytest.raises(NotFoundError):
        make_client().get_factor("f_1")
    assert wire.requests[-1].headers["Authorization"] == "Bearer example-token"
