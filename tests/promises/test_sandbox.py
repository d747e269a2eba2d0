"""The sandbox and its fixtures behave as docs/testing.md says."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from authing_mfa import (
    APIError,
    AuthenticationClient,
    AuthingMFAError,
    CodeRejectedError,
    ConnectionFailedError,
    FactorType,
    InvalidResponseError,
    ManagementClient,
    RequestTimeoutError,
    ServerError,
    SignInIncompleteError,
    ThrottleError,
)
from authing_mfa.sandbox import Sandbox, SandboxUser

from .people import Person, Program, came, outcome_of

pytest_plugins = ["pytester"]


# -- the three fixtures


def test_fixtures_are_what_the_page_says(
    authing_sandbox: Sandbox, mfa_user: SandboxUser, mfa_client: AuthenticationClient
) -> None:
    assert [user.user_id for user in authing_sandbox.users] == [mfa_user.user_id]
    assert (mfa_user.phone, mfa_user.email) == ("13800000000", "user@example.com")
    assert mfa_client.list_enrolled_factors() == ()


@pytest.mark.parametrize("_", range(2))
def test_each_test_finds_a_fresh_state(authing_sandbox: Sandbox, _: int) -> None:
    assert (list(authing_sandbox.users), len(authing_sandbox.journal)) == ([], 0)
    assert (list(authing_sandbox.faults), list(authing_sandbox.outbox)) == ([], [])
    assert abs(authing_sandbox.clock.now() - time.time()) < 5
    authing_sandbox.add_user(username="left over")
    authing_sandbox.faults.status(503, times=None)
    authing_sandbox.clock.advance(10_000)
    authing_sandbox.settings.wrong_totp = "6001"
    requests.get(authing_sandbox.url, timeout=5)


@pytest.mark.slow
def test_failing_test_shows_the_last_requests_without_what_they_carried(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        def test_it(mfa_client, mfa_user):
            mfa_client.list_enrolled_factors()
            assert False
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    shown = result.stdout.str()
    assert "GET /api/v3/list-enrolled-factors -> HTTP 200" in shown
    assert "sandbox_" not in shown


def test_application_that_reads_the_environment_is_pointed_at_it(
    mfa_user: SandboxUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in mfa_user.credentials.items():
        monkeypatch.setenv(f"AUTHING_{name.upper()}", value)
    with AuthenticationClient.from_env() as client:
        assert FactorType.SMS in client.list_factors_to_enroll()


# -- starting and stopping


def test_it_starts_fast_and_stops(sandbox: Sandbox) -> None:
    begun = time.monotonic()
    with Sandbox() as other:
        assert time.monotonic() - begun < 1
        url = other.url
        assert requests.get(url, timeout=5).headers["X-Authing-Sandbox"] == "1"
        assert other.url != sandbox.url
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=1)


def test_its_state_stays_over_a_stop(sandbox: Sandbox, anna_user: SandboxUser) -> None:
    sandbox.stop()
    sandbox.start()
    with AuthenticationClient(**anna_user.credentials) as client:
        assert len(client.list_enrolled_factors()) == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_it_serves_loopback_only(host: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Sandbox(host=host).start()


def test_two_sandboxes_know_nothing_of_each_other(anna: Person) -> None:
    with Sandbox() as other:
        with (
            AuthenticationClient(
                app_id=other.app_id, app_host=other.url, access_token=anna.tokens.access_token
            ) as client,
            pytest.raises(APIError),
        ):
            client.list_enrolled_factors()
        assert list(other.users) == []


@pytest.mark.slow
def test_second_process_uses_it(
    sandbox: Sandbox, anna_user: SandboxUser, second_process: Program
) -> None:
    program = """if True:
        import json, sys
        from authing_mfa import AuthenticationClient
        with AuthenticationClient(**json.loads(sys.argv[1])) as client:
            print(json.dumps(sorted(it.factor_type for it in client.list_enrolled_factors())))
    """
    assert second_process(program, json.dumps(anna_user.credentials)) == ["OTP", "SMS"]


# -- neighbours that should not be let in


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example.com"},
        {"Host": "evil.example.com:80"},
        {"Host": "127.0.0.1.example.com"},
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
    ],
)
def test_foreign_page_reads_and_does_nothing(sandbox: Sandbox, headers: dict[str, str]) -> None:
    for path in ("/", "/api/v3/list-enrolled-factors", "/api/v3/send-sms", "/openapi.json", "/x"):
        for method in ("GET", "POST"):
            answer = requests.request(
                method,
                sandbox.url + path,
                headers={"Content-Type": "text/plain", **headers},
                data='{"phoneNumber": "13800000000", "channel": "CHANNEL_LOGIN"}',
                timeout=5,
            )
            assert answer.status_code == 403
            assert answer.headers.get("Access-Control-Allow-Origin") in (None, "null")
    assert list(sandbox.outbox) == []


def test_loopback_names_are_let_in(sandbox: Sandbox) -> None:
    port = sandbox.url.rsplit(":", 1)[1]
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert requests.get(sandbox.url + "/", headers=headers, timeout=5).status_code == 200


def test_smuggled_request_is_refused_and_its_connection_closed(sandbox: Sandbox) -> None:
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(
            b"POST /api/v3/send-sms HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        )
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1 ") == 1


# -- the outbox and the clock


def test_codes_go_to_whom_they_are_for(sandbox: Sandbox, app: AuthenticationClient) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda it: app.send_sms(f"1380000{it:04}"), range(40)))
    codes = [sandbox.outbox.last_code(phone=f"1380000{it:04}") for it in range(40)]
    assert len(list(sandbox.outbox)) == 40
    assert {len(code) for code in codes} == {6}


def test_code_is_waited_for_once(sandbox: Sandbox, app: AuthenticationClient) -> None:
    app.send_email("anna@example.com")
    code = sandbox.outbox.wait_for_code(email="ANNA@example.com", timeout=2)
    assert code == sandbox.outbox.last_code(email="anna@example.com")
    with pytest.raises(TimeoutError):
        sandbox.outbox.wait_for_code(email="anna@example.com", timeout=0)
    with pytest.raises(LookupError):
        sandbox.outbox.last_code(email="ben@example.com")


def test_second_code_within_the_minute_is_refused(
    sandbox: Sandbox, app: AuthenticationClient
) -> None:
    app.send_sms("13800000000")
    with pytest.raises(APIError):
        app.send_sms("13800000000")
    sandbox.clock.advance(61)
    app.send_sms("13800000000")


def test_frozen_clock_stands_and_no_clock_goes_back(
    sandbox: Sandbox, anna_user: SandboxUser
) -> None:
    sandbox.clock.freeze()
    assert sandbox.clock.now() == sandbox.clock.now()
    assert anna_user.totp_code() == anna_user.totp_code()
    before = sandbox.clock.now()
    sandbox.clock.advance(0)
    sandbox.clock.unfreeze()
    assert sandbox.clock.now() >= before
    for odd in (-1, float("nan"), float("inf"), "1", None):
        with pytest.raises((ValueError, TypeError)):
            sandbox.clock.advance(odd)  # type: ignore[arg-type]
    assert sandbox.clock.now() < before + 60


# -- the faults


def _outcome(client: AuthenticationClient) -> Any:
    outcome = outcome_of(client.list_enrolled_factors)
    return type(outcome) if isinstance(outcome, AuthingMFAError) else len(outcome)


@pytest.mark.parametrize(
    ("fault", "arguments", "outcome"),
    [
        ("status", [503], ServerError),
        ("throttle", [1], ThrottleError),
        ("html", [502], ServerError),
        ("html", [200], InvalidResponseError),
        ("truncate", [], InvalidResponseError),
        ("drop", [], ConnectionFailedError),
        ("reset", [], ConnectionFailedError),
        ("latency", [0.01], 2),
        ("unknown_factor", ["PASSKEY"], 3),
        ("extra_fields", [], 2),
        ("null_fields", ["factorId"], InvalidResponseError),
    ],
)
def test_fault_meets_one_request_and_is_gone(
    sandbox: Sandbox, anna_user: SandboxUser, fault: str, arguments: list[Any], outcome: Any
) -> None:
    with AuthenticationClient(**anna_user.credentials, max_retries=0) as client:
        one = getattr(sandbox.faults, fault)(*arguments)
        assert [_outcome(client), _outcome(client)] == [outcome, 2]
        assert (one.hits, len(sandbox.faults)) == (1, 0)
        assert sandbox.journal[0].fault is not None


def test_times_says_how_many(sandbox: Sandbox, anna_user: SandboxUser) -> None:
    with AuthenticationClient(**anna_user.credentials, max_retries=0) as client:
        sandbox.faults.status(503, times=3)
        assert [_outcome(client) for _ in range(4)] == [ServerError] * 3 + [2]
        sandbox.faults.status(503, times=None)
        assert [_outcome(client) for _ in range(4)] == [ServerError] * 4
        sandbox.faults.clear()
        assert _outcome(client) == 2


@pytest.mark.parametrize("times", [0, -1, "1"])
def test_odd_number_of_times_is_an_error(sandbox: Sandbox, times: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        sandbox.faults.status(503, times=times)
    assert len(sandbox.faults) == 0


@pytest.mark.parametrize(
    "path", ["no-such-endpoint", "get-factors", "", "/api/v3/", "get-factor?"]
)
def test_path_that_can_match_nothing_is_an_error(sandbox: Sandbox, path: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        sandbox.faults.status(503, path=path)


def test_path_and_method_choose(sandbox: Sandbox, anna: Person) -> None:
    sandbox.faults.status(500, path="mfa-totp-verify", times=None)
    assert anna.factor_types == ["OTP", "SMS"]
    with pytest.raises(ServerError):
        anna.client.verify_totp(anna.user.totp_code())


@pytest.mark.parametrize(("fault", "left"), [("drop", ["OTP"]), ("reset", ["OTP", "SMS"])])
def test_drop_acts_and_reset_does_not(
    sandbox: Sandbox, anna: Person, fault: str, left: list[str]
) -> None:
    [factor_id] = [it for it in anna.user.factor_ids if it.endswith("|phone")]
    getattr(sandbox.faults, fault)(path="reset-factor")
    with pytest.raises(ConnectionFailedError):
        anna.client.reset_factor(factor_id)
    assert anna.factor_types == left


def test_fault_strikes_one_of_the_requests_of_many_threads(sandbox: Sandbox, anna: Person) -> None:
    fault = sandbox.faults.status(500, path="list-enrolled-factors", times=5)
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda _: _outcome(anna.client), range(20)))
    assert (outcomes.count(ServerError), fault.hits) == (5, 5)


def test_latency_is_waited_for(sandbox: Sandbox, anna_user: SandboxUser) -> None:
    sandbox.faults.latency(1)
    with (
        AuthenticationClient(**anna_user.credentials, timeout=0.2, max_retries=0) as client,
        pytest.raises(RequestTimeoutError),
    ):
        client.list_enrolled_factors()


# -- the journal


def test_journal_holds_what_came_in_order(sandbox: Sandbox, anna: Person) -> None:
    sandbox.journal.clear()
    anna.client.list_enrolled_factors()
    sandbox.faults.status(503, path="list-enrolled-factors")
    anna.client.list_enrolled_factors()
    seen = [(it.method, it.path, it.status_code, it.fault) for it in sandbox.journal]
    path = "/api/v3/list-enrolled-factors"
    assert seen == [
        ("GET", path, 200, None),
        ("GET", path, 503, "status 503"),
        ("GET", path, 200, None),
    ]
    assert len(sandbox.journal.tail(2).splitlines()) == 2


# -- policies


def test_policies_do_what_the_table_says(
    sandbox: Sandbox, app: AuthenticationClient, anna_user: SandboxUser, ben_user: SandboxUser
) -> None:
    def codes() -> list[int | None]:
        outcomes = [
            outcome_of(partial(app.sign_in, user.username, password=user.password))
            for user in (anna_user, ben_user)
        ]
        return [getattr(outcome, "api_code", None) for outcome in outcomes]

    sandbox.require_mfa("application", methods=["SMS", "OTP", "EMAIL"])
    assert codes() == [1636, 1636]
    sandbox.require_mfa("personal")
    assert codes() == [1635, None]
    sandbox.require_mfa(None)
    assert codes() == [None, None]
    for odd in ("", "always", 0):
        with pytest.raises(ValueError):  # noqa: PT011
            sandbox.require_mfa(odd)  # type: ignore[arg-type]


def test_disabled_factor_is_not_offered(sandbox: Sandbox, anna: Person) -> None:
    assert "FACE" in anna.client.list_factors_to_enroll()
    sandbox.disable_factor("FACE")
    assert "FACE" not in anna.client.list_factors_to_enroll()
    sandbox.enable_factor("FACE")
    assert "FACE" in anna.client.list_factors_to_enroll()


def test_blocked_user_is_refused_and_others_are_not(
    sandbox: Sandbox, app: AuthenticationClient, anna_user: SandboxUser, ben_user: SandboxUser
) -> None:
    anna_user.block_sign_in("must_complete")
    with pytest.raises(SignInIncompleteError):
        app.sign_in("anna", password=anna_user.password)
    app.sign_in("ben", password=ben_user.password)
    anna_user.block_sign_in(None)
    app.sign_in("anna", password=anna_user.password)


def test_settings_are_read_at_once_and_odd_ones_are_refused(
    sandbox: Sandbox, anna: Person
) -> None:
    sandbox.settings.wrong_totp = "6001"
    right = anna.user.totp_code()
    with pytest.raises(CodeRejectedError) as caught:
        anna.client.verify_totp("000000" if right != "000000" else "111111")
    assert caught.value.api_code == 6001
    with pytest.raises((ValueError, TypeError)):
        sandbox.settings.wrong_totp = "maybe"


# -- seeds and snapshots


def test_snapshot_is_json_and_begins_the_same_sandbox(
    sandbox: Sandbox, anna: Person, tmp_path: Path
) -> None:
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(sandbox.snapshot()), "utf-8")
    with Sandbox(seed=str(file)) as twin:
        assert [user.username for user in twin.users] == ["anna"]
        with AuthenticationClient(
            app_id=twin.app_id, app_host=twin.url, access_token=anna.tokens.access_token
        ) as client:
            assert len(client.list_enrolled_factors()) == 2
        assert twin.users[0].totp_code() == anna.user.totp_code()


@pytest.mark.parametrize(
    "seed",
    [
        "",
        "no-such-file.json",
        0,
        [],
        {"users": 1},
        {"users": [{"username": ""}]},
        {"users": [{"username": "a", "factors": "SMS"}]},
        {"users": [{"username": "a", "factors": ["SMS"]}]},
        {"users": [{"username": "a"}, {"username": "a"}]},
        {"users": [{"username": "a", "created_at": "x"}]},
        {"nonsense": 1},
    ],
)
def test_seed_that_does_not_fit_is_an_error(seed: Any) -> None:
    with pytest.raises((ValueError, OSError)):
        Sandbox(seed=seed)


def test_reset_begins_anew(sandbox: Sandbox, anna: Person) -> None:
    sandbox.faults.status(500, times=None)
    sandbox.require_mfa("application")
    sandbox.disable_factor("OTP")
    sandbox.generate_users(100)
    sandbox.clock.advance(99)
    sandbox.reset()
    assert (list(sandbox.users), len(sandbox.faults)) == ([], 0)
    user = sandbox.add_user(username="anna")
    with AuthenticationClient(app_id=sandbox.app_id, app_host=sandbox.url) as app:
        tokens = app.sign_in("anna", password=user.password)
        assert "OTP" in app.as_user(tokens).list_factors_to_enroll()
    with ManagementClient(**sandbox.management_credentials) as admin:
        assert admin.list_users(limit=1).total_count == 1


# -- large pools and tools


def test_generated_users_are_the_same_for_a_seed(
    sandbox: Sandbox, admin: ManagementClient
) -> None:
    begun = time.monotonic()
    sandbox.generate_users(100_000, seed=7)
    first = admin.list_users(limit=3)
    assert first.total_count == 100_000
    with (
        Sandbox() as other,
        ManagementClient(**other.management_credentials) as their_admin,
    ):
        other.generate_users(100_000, seed=7)
        assert their_admin.list_users(limit=3).users == first.users
    assert time.monotonic() - begun < 20


def test_description_for_tools_names_every_path_of_the_journal(
    sandbox: Sandbox, anna: Person
) -> None:
    document = requests.get(sandbox.url + "/openapi.json", timeout=5).json()
    anna.client.list_enrolled_factors()
    assert {it.path for it in came(sandbox, "factors")} <= set(document["paths"])


def test_its_tokens_say_what_they_are(anna: Person) -> None:
    assert anna.tokens.access_token.startswith("sandbox_")
