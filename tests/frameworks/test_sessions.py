"""Sessions: a new id at every change of standing, and an end that nothing undoes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
import time_machine

from authing_mfa.sandbox import Sandbox, SandboxUser

if TYPE_CHECKING:
    from .conftest import OpenSite
    from .sites import Site

pytestmark = [pytest.mark.repository, pytest.mark.slow]

SESSION = "__Host-session"
GETS = ("/", "/sign-in", "/step-up", "/factors/confirm", "/prove", "/recovery-code", "/nowhere")


@pytest.fixture
def otp_user(authing_sandbox: Sandbox) -> SandboxUser:
    """Give a user with an authenticator, whom the application asks for it."""
    authing_sandbox.require_mfa("application", ["OTP"])
    authing_sandbox.settings.totp_replay = True
    return authing_sandbox.add_user(username="otp", factors=["OTP"])


def kinds_of_tokens(sandbox: Sandbox) -> list[str]:
    return sorted(each["kind"] for each in sandbox.snapshot()["tokens"].values())


def wait_until(holds: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.01)


class Gate:
    """Holds back the service's answers to one path until it is opened."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self, answer: requests.Response, **options: Any) -> None:
        if str(answer.request.url).endswith(self.path) and not self.reached.is_set():
            self.reached.set()
            assert self.opened.wait(20)

    def session(self) -> requests.Session:
        session = requests.Session()
        session.hooks["response"].append(self)
        return session


class TestId:
    def test_is_new_at_every_change_of_standing(self, site: Site, otp_user: SandboxUser) -> None:
        visitor = site.visitor()
        visitor.sign_in(otp_user)
        ids = [visitor.cookies()[SESSION]]
        visitor.post("/step-up/verify", by="OTP", code=otp_user.totp_code())
        ids.append(visitor.cookies()[SESSION])
        visitor.post("/prove", code=otp_user.totp_code())
        ids.append(visitor.cookies()[SESSION])
        visitor.sign_in(otp_user)
        ids.append(visitor.cookies()[SESSION])
        assert len(set(ids)) == 4

    def test_of_before_is_worth_nothing(self, site: Site, otp_user: SandboxUser) -> None:
        visitor = site.visitor()
        visitor.sign_in(otp_user)
        waiting = visitor.cookies()
        visitor.post("/step-up/verify", by="OTP", code=otp_user.totp_code())
        unproved = visitor.cookies()
        visitor.post("/prove", code=otp_user.totp_code())
        assert [site.thief(old).get("/").path for old in (waiting, unproved)] == ["/sign-in"] * 2
        assert site.thief(waiting).get("/step-up").path == "/sign-in"
        assert visitor.get("/").path == "/"

    @pytest.mark.parametrize("has_typed_a_password", [False, True])
    def test_that_was_planted_does_not_become_theirs(
        self, site: Site, otp_user: SandboxUser, has_typed_a_password: bool
    ) -> None:
        thief = site.visitor()
        thief.get("/sign-in")
        if has_typed_a_password:
            thief.sign_in(otp_user)
        planted = thief.cookies()
        victim = site.thief(planted)
        victim.sign_in(otp_user)
        victim.post("/step-up/verify", by="OTP", code=otp_user.totp_code())
        assert victim.get("/").path == "/"
        assert site.thief(planted).get("/").path == "/sign-in"
        assert site.thief(planted).get("/step-up").path == "/sign-in"


class TestForm:
    def test_of_before_the_sign_in_is_refused_after_it(
        self, site: Site, user: SandboxUser
    ) -> None:
        visitor = site.visitor()
        [(name, token)] = re.findall(
            r'name="(csrf\w+)" value="([^"]+)"', visitor.get("/sign-in").markup
        )
        visitor.sign_in(user)
        assert visitor.post_bare("/sign-out", **{name: token}).status in (400, 403)
        assert visitor.get("/").path == "/"


class TestEnd:
    def test_holds_against_the_cookie_of_before(self, site: Site, user: SandboxUser) -> None:
        visitor = site.visitor()
        visitor.sign_in(user)
        stolen = visitor.cookies()
        visitor.post("/sign-out")
        assert site.thief(stolen).get("/").path == "/sign-in"

    def test_leaves_nothing(self, site: Site, user: SandboxUser) -> None:
        visitor = site.visitor()
        visitor.sign_in(user)
        visitor.post("/sign-out")
        assert site.count_sessions() == 0

    def test_holds_against_the_back_button(self, site: Site, user: SandboxUser) -> None:
        visitor = site.visitor()
        visitor.sign_in(user)
        shown = visitor.get("/")
        visitor.post("/sign-out")
        assert shown.headers["Cache-Control"] == "no-store"
        assert visitor.get("/").path == "/sign-in"

    def test_comes_after_eight_hours_in_use(self, site: Site, user: SandboxUser) -> None:
        visitor = site.visitor()
        with time_machine.travel(0, tick=True) as traveller:
            visitor.sign_in(user)
            for _ in range(7):
                traveller.shift(timedelta(hours=1))
                assert visitor.get("/").path == "/"
            visitor.post("/factors/confirm", code="123456")
            traveller.shift(timedelta(hours=1, seconds=1))
            assert visitor.get("/").path == "/sign-in"

    def test_comes_with_a_sign_in_over_it(
        self, site: Site, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        other = authing_sandbox.add_user(username="other", email="o@example.com")
        visitor = site.visitor()
        visitor.sign_in(user)
        of_user = set(authing_sandbox.snapshot()["tokens"])
        stolen = visitor.cookies()
        visitor.sign_in(other)
        still = set(authing_sandbox.snapshot()["tokens"]) & of_user
        assert (still, site.count_sessions()) == (set(), 1)
        assert site.thief(stolen).get("/").path == "/sign-in"

    def test_of_the_tokens_comes_with_a_password_over_it(
        self, site: Site, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor = site.visitor()
        visitor.sign_in(user)
        authing_sandbox.require_mfa("application", ["EMAIL"])
        visitor.sign_in(user)
        assert kinds_of_tokens(authing_sandbox) == ["mfa"]

    def test_is_not_undone_by_a_refresh_that_comes_late(
        self, open_site: OpenSite, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        gate = Gate("/oidc/token")
        with gate.session() as session, open_site(session=session) as site:
            visitor = site.visitor()
            visitor.sign_in(user)
            slow = site.thief(visitor.cookies())
            authing_sandbox.clock.advance(authing_sandbox.settings.access_token_lifetime + 1)
            visitor.get("/sign-in")
            with ThreadPoolExecutor(2) as pool:
                late = pool.submit(slow.get, "/")
                assert gate.reached.wait(20)
                pool.submit(visitor.post, "/sign-out")  # waits for the refresh, to revoke it
                wait_until(lambda: site.count_sessions() == 0)
                gate.opened.set()
                page = late.result(timeout=20)
            assert (page.status, site.count_sessions()) == (401, 0)
            assert slow.get("/").path == "/sign-in"
        assert kinds_of_tokens(authing_sandbox) == []

    def test_is_not_undone_by_a_step_up_that_comes_late(
        self, open_site: OpenSite, otp_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        gate = Gate("/totp/verify")
        with gate.session() as session, open_site(session=session) as site:
            visitor = site.visitor()
            visitor.sign_in(otp_user)
            slow = site.thief(visitor.cookies())
            slow.get("/step-up")
            with ThreadPoolExecutor(1) as pool:
                late = pool.submit(
                    slow.post, "/step-up/verify", by="OTP", code=otp_user.totp_code()
                )
                assert gate.reached.wait(20)
                visitor.sign_in(otp_user)
                gate.opened.set()
                page = late.result(timeout=20)
            assert (page.status, site.count_sessions()) == (410, 1)
            assert slow.get("/").path == "/sign-in"
        assert "verified" not in kinds_of_tokens(authing_sandbox)

    def test_leaves_the_next_one_alone(
        self, open_site: OpenSite, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        gate = Gate("/list-factors-to-enroll")
        with gate.session() as session, open_site(session=session) as site:
            visitor = site.visitor()
            with ThreadPoolExecutor(1) as pool:
                late = pool.submit(visitor.sign_in, user)
                assert gate.reached.wait(20)
                before = visitor.cookies()[SESSION]
                site.thief(visitor.cookies()).sign_in(user)  # in another window of theirs
                gate.opened.set()
                page = late.result(timeout=20)
            assert page.status == 401
            assert visitor.cookies()[SESSION] == before  # in a browser it is the new one's by now

    def test_says_what_was_wrong_with_a_code_that_comes_late(
        self, open_site: OpenSite, otp_user: SandboxUser
    ) -> None:
        gate = Gate("/totp/verify")
        with gate.session() as session, open_site(session=session) as site:
            visitor = site.visitor()
            visitor.sign_in(otp_user)
            slow = site.thief(visitor.cookies())
            slow.get("/step-up")
            with ThreadPoolExecutor(1) as pool:
                late = pool.submit(slow.post, "/step-up/verify", by="OTP", code="000000")
                assert gate.reached.wait(20)
                visitor.sign_in(otp_user)
                gate.opened.set()
                page = late.result(timeout=20)
            assert (page.status, "code is wrong" in page.text) == (422, True)

    def test_is_not_undone_by_a_proof_that_comes_late(
        self, open_site: OpenSite, otp_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        gate = Gate("/mfa-totp-verify")
        with gate.session() as session, open_site(session=session) as site:
            visitor = site.visitor()
            visitor.sign_in(otp_user)
            visitor.post("/step-up/verify", by="OTP", code=otp_user.totp_code())
            slow = site.thief(visitor.cookies())
            slow.get("/prove")
            with ThreadPoolExecutor(1) as pool:
                late = pool.submit(slow.post, "/prove", code=otp_user.totp_code())
                assert gate.reached.wait(20)
                visitor.post("/sign-out")
                gate.opened.set()
                late.result(timeout=20)
            assert site.count_sessions() == 0
            assert slow.get("/").path == "/sign-in"


class TestStore:
    def test_keeps_nothing_for_a_stranger(self, site: Site) -> None:
        for path in GETS:
            site.visitor().get(path)
        assert site.count_sessions() == 0

    def test_keeps_nothing_for_a_wrong_password(self, site: Site) -> None:
        visitor = site.visitor()
        visitor.get("/sign-in")
        visitor.post("/sign-in", account="nobody", password="wrong")
        visitor.post_bare("/sign-in", account="nobody")
        assert site.count_sessions() == 0

    def test_is_not_emptied_by_forms_asked_for(self, site: Site, user: SandboxUser) -> None:
        visitor = site.visitor()
        visitor.sign_in(user)
        stranger = site.visitor()
        for _ in range(100):
            stranger.plant(dict.fromkeys(stranger.cookies(), ""))
            stranger.get("/sign-in")
        assert (site.count_sessions(), visitor.get("/").path) == (1, "/")

    def test_forgets_what_is_over(self, site: Site, user: SandboxUser) -> None:
        with time_machine.travel(0, tick=True) as traveller:
            site.visitor().sign_in(user)
            traveller.shift(timedelta(hours=9))
            site.visitor().sign_in(user)
            assert site.count_sessions() == 1


class TestTwoUsers:
    @pytest.mark.parametrize("constant", ["", "the-same-for-everybody"])
    def test_with_equal_refresh_tokens_never_act_for_each_other(
        self, site: Site, authing_sandbox: Sandbox, user: SandboxUser, constant: str
    ) -> None:
        ben = authing_sandbox.add_user(username="ben", email="ben@example.com", factors=["EMAIL"])
        authing_sandbox.settings.access_token_lifetime = 30  # refreshed before each call
        write_refresh_token(authing_sandbox, constant)
        visitors = {"t***": site.visitor(), "b***": site.visitor()}
        visitors["t***"].sign_in(user)
        visitors["b***"].sign_in(ben)
        seen = {name: [each.get("/").text for _ in range(3)] for name, each in visitors.items()}
        assert "b***" not in " ".join(seen["t***"])
        assert "t***" not in " ".join(seen["b***"])
        if constant:  # an empty one is no token, and nobody gets in
            assert [name in text for name in seen for text in seen[name]] == [True] * 6

    def test_never_sign_each_other_out(
        self, site: Site, authing_sandbox: Sandbox, user: SandboxUser
    ) -> None:
        ben = authing_sandbox.add_user(username="ben", email="ben@example.com")
        write_refresh_token(authing_sandbox, "the-same-for-everybody")
        anna, bens = site.visitor(), site.visitor()
        anna.sign_in(user)
        bens.sign_in(ben)
        bens.post("/sign-out")
        assert (anna.get("/").path, bens.get("/").path) == ("/", "/sign-in")


def write_refresh_token(sandbox: Sandbox, text: str) -> None:
    """Have every sign-in answer this refresh token."""
    fault = sandbox.faults.extra_fields(path="signin", times=None)

    def edit(answer: Any) -> Any:
        answer.document["data"]["refresh_token"] = text
        return answer

    fault.edit = edit
