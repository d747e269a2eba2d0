"""The page for people, over HTTP: what it shows, what its buttons do, whom it refuses."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import EMAIL, PHONE, Caller, Json, codes, enroll_otp

FILES = {
    "/": "text/html",
    "/sandbox/page.css": "text/css",
    "/sandbox/page.js": "text/javascript",
    "/sandbox/icon.svg": "image/svg+xml",
}
STATE = "/sandbox/state"
ADVANCE = "/sandbox/clock/advance"


def state(caller: Caller) -> Json:
    return dict(caller.send("GET", STATE).json())


def act(caller: Caller, action: str, **body: Any) -> requests.Response:
    return caller.send("POST", f"/sandbox/{action}", json=body)


class Tags(HTMLParser):
    """The tags of a page, each with its attributes and what stands in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


class TestFiles:
    @pytest.mark.parametrize(("path", "kind"), FILES.items())
    def test_is_served(self, stranger: Caller, path: str, kind: str) -> None:
        answer = stranger.send("GET", path)
        assert (
            answer.status_code,
            answer.headers["Content-Type"].partition(";")[0],
        ) == (200, kind)
        assert answer.content
        assert answer.headers["X-Authing-Sandbox"] == "1"

    @pytest.mark.parametrize("path", [*FILES, STATE, "/sandbox/unknown"])
    def test_has_the_headers_that_hold_others_off(self, stranger: Caller, path: str) -> None:
        headers = stranger.send("GET", path).headers
        policy = dict(
            each.split(" ", 1) for each in headers["Content-Security-Policy"].split("; ")
        )
        assert policy.pop("default-src") == "'none'"
        assert policy.pop("require-trusted-types-for") == "'script'"
        assert set(policy.values()) == {"'self'", "'none'"}
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"

    def test_has_nothing_inline_and_nothing_from_elsewhere(self, stranger: Caller) -> None:
        text = stranger.send("GET", "/").text
        tags = Tags(text).found
        addresses = [each.get("src") or each.get("href") for _, each in tags]
        assert set(filter(None, addresses)) == {
            "/sandbox/icon.svg",
            "/sandbox/page.css",
            "/sandbox/page.js",
            "#outbox",
        }
        assert all("src" in each for tag, each in tags if tag == "script")
        assert "style" not in {tag for tag, _ in tags}
        names = {name for _, each in tags for name in each}
        assert {name for name in names if name == "style" or name.startswith("on")} == set()

    def test_writes_no_html_from_its_script(self, stranger: Caller) -> None:
        text = stranger.send("GET", "/sandbox/page.js").text
        assert re.findall("innerHTML|outerHTML|insertAdjacentHTML|document.write|eval", text) == []

    def test_every_field_has_a_label(self, stranger: Caller) -> None:
        text = stranger.send("GET", "/").text
        fields = len(re.findall("<input|<select", text))
        assert len(re.findall(r"<label[^>]*>[^<]*\s*(?:<input|<select)", text)) == fields

    @pytest.mark.parametrize("path", ["/sandbox/", "/sandbox/view.py", "/sandbox/../clock.py"])
    def test_nothing_else_is_served(self, stranger: Caller, path: str) -> None:
        assert stranger.send("GET", path).status_code == 404

    def test_a_head_has_no_body(self, stranger: Caller) -> None:
        answer = stranger.send("HEAD", "/")
        assert (answer.status_code, answer.content) == (200, b"")

    def test_other_methods_at_the_root_are_the_services(self, stranger: Caller) -> None:
        assert codes(stranger.send("POST", "/", json={}).json()) == (404, None)


class TestState:
    def test_shows_messages_the_newest_first(self, caller: Caller, sandbox: Sandbox) -> None:
        caller.request_enrollment("SMS", phoneNumber=PHONE)
        caller.request_enrollment("EMAIL", email=EMAIL)
        found = [(each["kind"], each["to"], each["code"]) for each in state(caller)["messages"]]
        assert found == [
            ("E-mail", EMAIL, sandbox.outbox.last_code(email=EMAIL)),
            ("SMS", f"+86 {PHONE}", sandbox.outbox.last_code(phone=PHONE)),
        ]

    def test_tells_which_codes_are_dead(self, caller: Caller, sandbox: Sandbox) -> None:
        caller.request_enrollment("SMS", phoneNumber=PHONE)
        sandbox.clock.advance(59)
        assert [each["expired"] for each in state(caller)["messages"]] == [False]
        sandbox.clock.advance(1)
        assert [each["expired"] for each in state(caller)["messages"]] == [True]

    def test_shows_users_with_their_factors(
        self, caller: Caller, sandbox: Sandbox, user: SandboxUser
    ) -> None:
        enroll_otp(caller, user)
        caller.request_enrollment("SMS", phoneNumber=PHONE)
        shown = state(caller)["users"]
        assert shown["total"] == 1
        [found] = shown["list"]
        assert (
            found["name"],
            found["phone"],
            found["email"],
        ) == (user.username, f"+86 {PHONE}", EMAIL)
        [factor] = found["factors"]
        assert ("OTP", user.totp_code(), user.recovery_code()) == (
            factor["type"],
            factor["code"],
            factor["recoveryCode"],
        )
        assert [(each["type"], each["target"]) for each in found["waiting"]] == [
            ("SMS", f"+86 {PHONE}")
        ]

    def test_an_enrolment_waits_until_its_time_is_out(
        self, caller: Caller, sandbox: Sandbox, user: SandboxUser
    ) -> None:
        caller.request_enrollment("OTP")
        [found] = state(caller)["users"]["list"]
        assert [user.totp_code()] == [each["code"] for each in found["waiting"]]
        sandbox.clock.advance(60)
        assert state(caller)["users"]["list"][0]["waiting"] == []

    def test_counts_generated_users_and_lists_the_newest_of_the_others(
        self, stranger: Caller, sandbox: Sandbox
    ) -> None:
        sandbox.generate_users(1_000)
        for number in range(60):
            sandbox.add_user(username=f"added-{number}")
        shown = state(stranger)["users"]
        assert (shown["total"], len(shown["list"])) == (1_060, 50)
        assert shown["list"][0]["name"] == "added-59"

    def test_shows_the_journal(self, caller: Caller) -> None:
        caller.get("get-factor", factorId="unknown")
        [entry] = state(caller)["journal"]
        assert (
            entry["method"],
            entry["path"],
            entry["httpStatus"],
            entry["statusCode"],
            entry["fault"],
        ) == ("GET", "/api/v3/get-factor", 200, 404, None)

    def test_has_no_tokens_passwords_or_keys(
        self, caller: Caller, sandbox: Sandbox, user: SandboxUser
    ) -> None:
        sandbox.require_mfa("application")
        data = enroll_otp(caller, user)
        pending = caller.request_enrollment("SMS", phoneNumber=PHONE)["data"]
        trigger = caller.by_password(user)["data"]
        secret = re.search("secret=([A-Z2-7]+)", data["qrCodeUri"])
        assert secret
        kept = [
            user.access_token,
            user.password,
            user.salt,
            sandbox.app_secret,
            sandbox.access_key_secret,
            pending["enrollmentToken"],
            trigger["mfaToken"],
            secret.group(1),
        ]
        text = caller.send("GET", STATE).text
        assert [each for each in kept if each in text or json.dumps(each) in text] == []

    def test_looking_leaves_no_trace(self, stranger: Caller, sandbox: Sandbox) -> None:
        sandbox.faults.status(503)
        assert stranger.send("GET", STATE).status_code == 200
        assert stranger.send("GET", "/").status_code == 200
        assert (len(sandbox.journal), len(sandbox.faults)) == (0, 1)


class TestActions:
    def test_the_clock_is_advanced(self, stranger: Caller, sandbox: Sandbox) -> None:
        before = sandbox.clock.now()
        answer = act(stranger, "clock/advance", seconds=61)
        assert sandbox.clock.now() == before + 61
        assert int((before + 61) * 1000) == answer.json()["clock"]["now"]

    def test_the_clock_is_frozen_and_runs_on(self, stranger: Caller, sandbox: Sandbox) -> None:
        assert not act(stranger, "clock/run").json()["clock"]["frozen"]
        assert not sandbox.clock.frozen
        assert act(stranger, "clock/freeze").json()["clock"]["frozen"]
        assert sandbox.clock.frozen

    @pytest.mark.parametrize(
        ("kind", "http_status"), [("throttle", 429), ("unavailable", 503), ("html", 502)]
    )
    def test_a_fault_is_armed_for_one_call(
        self, caller: Caller, sandbox: Sandbox, kind: str, http_status: int
    ) -> None:
        path = "/api/v3/get-factor"
        [fault] = act(caller, "faults/arm", kind=kind, path=path).json()["faults"]
        assert (fault["path"], fault["left"], fault["hits"]) == (path, 1, 0)
        assert caller.send("GET", "/api/v3/list-enrolled-factors").status_code == 200
        assert [caller.send("GET", path).status_code for _ in range(2)] == [http_status, 200]
        assert state(caller)["faults"] == []

    def test_a_fault_is_armed_for_every_call(self, caller: Caller, sandbox: Sandbox) -> None:
        act(caller, "faults/arm", kind="unavailable", path="", always=True)
        for _ in range(2):
            assert caller.send("GET", "/api/v3/get-factor").status_code == 503
        [fault] = state(caller)["faults"]
        assert (fault["left"], fault["hits"]) == (None, 2)

    @pytest.mark.parametrize(
        "kind",
        [
            *("slow", "throttle", "unavailable", "html", "false success", "truncate"),
            *("reset", "drop", "unknown factor", "extra fields", "null fields"),
        ],
    )
    def test_every_fault_of_the_page_can_be_armed(
        self, stranger: Caller, sandbox: Sandbox, kind: str
    ) -> None:
        assert f'value="{kind}"' in stranger.send("GET", "/").text
        assert act(stranger, "faults/arm", kind=kind).status_code == 200
        assert len(sandbox.faults) == 1

    def test_a_fault_is_removed(self, stranger: Caller, sandbox: Sandbox) -> None:
        sandbox.faults.html(502)
        sandbox.faults.drop()
        number = state(stranger)["faults"][0]["number"]
        answer = act(stranger, "faults/remove", number=number)
        assert [each["name"] for each in answer.json()["faults"]] == ["drop"]

    @pytest.mark.parametrize("name", ["faults", "outbox", "journal"])
    def test_lists_are_cleared(self, caller: Caller, sandbox: Sandbox, name: str) -> None:
        caller.request_enrollment("SMS", phoneNumber=PHONE)
        sandbox.faults.drop()
        kept: Any = getattr(sandbox, name)
        assert len(kept) == 1
        act(caller, f"{name}/clear")
        assert len(kept) == 0

    def test_a_user_is_added(self, stranger: Caller, sandbox: Sandbox) -> None:
        answer = act(
            stranger,
            "users/add",
            username="ada",
            password="sandbox_password",
            phone=PHONE,
            email="",
            factors=["SMS", "OTP"],
        )
        assert answer.json()["users"]["list"][0]["name"] == "ada"
        [user] = sandbox.users
        assert (
            user.username,
            user.password,
            user.phone,
            user.email,
        ) == ("ada", "sandbox_password", PHONE, None)
        assert user.factor_ids == (f"{user.user_id}|phone", f"{user.user_id}|otp")

    @pytest.mark.parametrize(
        ("action", "body"),
        [
            ("clock/advance", {}),
            ("clock/advance", {"seconds": "61"}),
            ("clock/advance", {"seconds": -1}),
            ("clock/advance", {"seconds": 10**400}),
            ("faults/arm", {"kind": "unknown"}),
            ("faults/arm", {"kind": "drop", "path": 7}),
            ("faults/arm", {"kind": "drop", "always": "yes"}),
            ("faults/remove", {}),
            ("users/add", {"username": 7}),
            ("users/add", {"factors": ["SMS"]}),
            ("users/add", {"factors": ["PASSKEY"]}),
            ("users/add", {"phone": "+86 138"}),
        ],
    )
    def test_what_makes_no_sense_is_refused_with_words(
        self, stranger: Caller, sandbox: Sandbox, action: str, body: Json
    ) -> None:
        before = sandbox.clock.now()
        answer = act(stranger, action, **body)
        assert answer.status_code == 400
        assert answer.json()["message"]
        assert (sandbox.clock.now(), len(sandbox.faults), sandbox.users) == (before, 0, ())

    def test_a_body_that_is_no_json_is_refused(self, stranger: Caller) -> None:
        headers = {"Content-Type": "application/json"}
        answer = stranger.send("POST", ADVANCE, data=b"{", headers=headers)
        assert answer.status_code == 400

    @pytest.mark.parametrize(
        ("method", "path"),
        [("POST", "/sandbox/clock/back"), ("PUT", ADVANCE), ("POST", STATE), ("GET", ADVANCE)],
    )
    def test_there_is_nothing_else_to_do(self, stranger: Caller, method: str, path: str) -> None:
        assert stranger.send(method, path, json={"seconds": 1}).status_code == 404

    def test_a_huge_body_is_refused(self, stranger: Caller) -> None:
        headers = {"Content-Type": "application/json"}
        answer = stranger.send("POST", ADVANCE, data=b" " * (2 << 20), headers=headers)
        assert answer.status_code == 413


def own(sandbox: Sandbox) -> str:
    return sandbox.url.removeprefix("http://")


class TestOthers:
    """Requests that another site can make a browser send."""

    @pytest.mark.parametrize(
        "host",
        [
            "attacker.example",
            "attacker.example:80",
            "127.0.0.1.attacker.example",
            "",
            "[",
            "10.0.0.1",
        ],
    )
    @pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", STATE), ("POST", ADVANCE)])
    def test_a_name_that_points_here_is_refused(
        self, stranger: Caller, sandbox: Sandbox, host: str, method: str, path: str
    ) -> None:
        before = sandbox.clock.now()
        answer = stranger.send(method, path, headers={"Host": host}, json={"seconds": 1})
        assert answer.status_code == 403
        assert sandbox.clock.now() == before

    @pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1", "[::1]:80"])
    def test_a_name_of_this_machine_is_let_in(self, stranger: Caller, host: str) -> None:
        assert stranger.send("GET", STATE, headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize(
        "origin",
        [
            "https://attacker.example",
            "http://127.0.0.1:1",
            "http://localhost",
            "https://{own}",
            "null",
            "",
        ],
    )
    @pytest.mark.parametrize(("method", "path"), [("GET", STATE), ("POST", ADVANCE)])
    def test_another_origin_is_refused(
        self, stranger: Caller, sandbox: Sandbox, origin: str, method: str, path: str
    ) -> None:
        before = sandbox.clock.now()
        headers = {"Origin": origin.format(own=own(sandbox))}
        answer = stranger.send(method, path, headers=headers, json={"seconds": 1})
        assert answer.status_code == 403
        assert sandbox.clock.now() == before

    def test_the_pages_own_origin_is_let_in(self, stranger: Caller, sandbox: Sandbox) -> None:
        headers = {"Origin": sandbox.url, "Sec-Fetch-Site": "same-origin"}
        answer = stranger.send("POST", ADVANCE, headers=headers, json={"seconds": 1})
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""]
    )
    def test_what_a_form_can_send_is_refused(
        self, stranger: Caller, sandbox: Sandbox, kind: str
    ) -> None:
        before = sandbox.clock.now()
        headers = {"Content-Type": kind} if kind else {}
        answer = stranger.send("POST", ADVANCE, headers=headers, data=b'{"seconds": 1}')
        assert answer.status_code == 403
        assert sandbox.clock.now() == before

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_what_a_browser_says_comes_from_elsewhere_is_refused(
        self, stranger: Caller, site: str
    ) -> None:
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}
        assert stranger.send("GET", STATE, headers=headers).status_code == 403
        answer = stranger.send("POST", ADVANCE, headers=headers, json={"seconds": 1})
        assert answer.status_code == 403

    def test_a_link_leads_to_the_page_and_to_nothing_else(self, stranger: Caller) -> None:
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        assert stranger.send("GET", "/", headers=headers).status_code == 200
        assert stranger.send("GET", STATE, headers=headers).status_code == 403

    def test_nobody_is_told_that_they_may_read(self, stranger: Caller) -> None:
        names = {name.lower() for name in stranger.send("GET", STATE).headers}
        assert {name for name in names if name.startswith("access-control-")} == set()
