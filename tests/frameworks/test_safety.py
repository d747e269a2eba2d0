"""What a site owes its visitors: forged forms refused, secrets kept, each for themselves."""

from __future__ import annotations

import base64
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests

from authing_mfa.sandbox import Sandbox, SandboxUser

if TYPE_CHECKING:
    from .conftest import OpenSite
    from .sites import Page, Site, Visitor

pytestmark = [pytest.mark.repository, pytest.mark.slow]

CHANGES = (
    *("/sign-in", "/step-up/send", "/step-up/associate", "/step-up/verify", "/sign-out"),
    *("/factors/enroll", "/factors/confirm", "/factors/remove", "/prove", "/recovery-code"),
)

HAVE_PAGES = {"/sign-in", "/factors/confirm", "/prove", "/recovery-code"}


@pytest.fixture
def visitor(site: Site, user: SandboxUser, authing_sandbox: Sandbox) -> Visitor:
    """Give somebody who is signed in, and has just proved a factor."""
    visitor = site.visitor()
    visitor.sign_in_by_email(user, authing_sandbox)
    return visitor


@pytest.fixture
def otp_user(authing_sandbox: Sandbox) -> SandboxUser:
    """Give a user with an authenticator, whom the application asks for it."""
    authing_sandbox.require_mfa("application", ["OTP"])
    return authing_sandbox.add_user(username="otp", factors=["OTP"])


class TestForms:
    @pytest.mark.parametrize("path", CHANGES)
    def test_without_our_token_are_refused(self, visitor: Visitor, path: str) -> None:
        page = visitor.post_bare(path)
        assert (page.status in (400, 403), "not ours" in page.text) == (True, True)

    def test_without_our_token_change_nothing(self, visitor: Visitor, user: SandboxUser) -> None:
        visitor.post_bare("/factors/remove", factor_id=user.factor_ids[0])
        assert len(user.factor_ids) == 1

    @pytest.mark.parametrize("path", sorted(set(CHANGES) - HAVE_PAGES))
    def test_are_not_sent_by_a_link(self, visitor: Visitor, path: str) -> None:
        assert visitor.get(path).status == 405

    def test_of_codes_are_helped_by_the_phone(self, visitor: Visitor) -> None:
        markup = visitor.post("/factors/enroll", kind="OTP").markup
        assert 'inputmode="numeric" autocomplete="one-time-code"' in markup

    def test_label_every_field(self, pages_with_forms: list[Page]) -> None:
        assert [unlabelled_fields(page) for page in pages_with_forms] == [[]] * 4

    def test_carry_our_token(self, pages_with_forms: list[Page]) -> None:
        forms = [
            re.findall("<form.*?</form>", page.markup, re.DOTALL) for page in pages_with_forms
        ]
        assert [bool(found) for found in forms] == [True] * 4
        assert [form for found in forms for form in found if 'name="csrf' not in form] == []

    @pytest.fixture
    def pages_with_forms(
        self, site: Site, visitor: Visitor, authing_sandbox: Sandbox
    ) -> list[Page]:
        """Give the sign-in, the step-up, the factors, and the confirmation of a new one."""
        listed, confirm = visitor.get("/"), visitor.post("/factors/enroll", kind="OTP")
        authing_sandbox.require_mfa("application", ["OTP", "SMS", "EMAIL"])
        user = authing_sandbox.add_user(username="forms")
        stranger = site.visitor()
        sign_in = stranger.get("/sign-in")
        stranger.sign_in(user)
        step_up = stranger.post("/step-up/send", by="EMAIL", email="new@example.com")
        return [sign_in, step_up, listed, confirm]


class TestHeaders:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
            ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ],
    )
    def test_stand_on_every_page(self, visitor: Visitor, name: str, value: str) -> None:
        pages = [visitor.page, visitor.get("/nowhere"), visitor.post_bare("/sign-out")]
        assert [value] * 3 == [page.headers.get(name) for page in pages]

    def test_let_no_script_run_and_no_frame_hold_the_page(self, visitor: Visitor) -> None:
        policy = visitor.page.headers["Content-Security-Policy"]
        assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))


class TestSession:
    def test_cookies_hold_no_secret(
        self, site: Site, otp_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor = site.visitor()
        visitor.sign_in(otp_user)
        visitor.post("/step-up/verify", by="OTP", code=otp_user.totp_code())
        visitor.post("/factors/enroll", kind="EMAIL", email="test@example.com")
        read = " ".join(legible(cookie) for cookie in visitor.cookies().values())
        assert [token for token in authing_sandbox.snapshot()["tokens"] if token in read] == []
        assert len(read) < 400  # ids and a token against forged forms

    @pytest.mark.parametrize("flag", ["Secure", "HttpOnly", "SameSite=Lax"])
    def test_cookie_is_guarded(self, site: Site, flag: str) -> None:
        assert flag in site.visitor().get("/sign-in").headers["Set-Cookie"].split("; ")

    def test_keeps_refreshed_tokens(
        self, site: Site, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor = site.visitor()
        visitor.sign_in(user)
        authing_sandbox.clock.advance(authing_sandbox.settings.access_token_lifetime + 1)
        pages = [visitor.get("/") for _ in range(3)]
        assert [page.status for page in pages] == [200, 200, 200]
        assert sum(entry.path == "/oidc/token" for entry in authing_sandbox.journal) == 1

    def test_keeps_tokens_that_were_refreshed_for_a_page_that_failed(
        self, site: Site, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor = site.visitor()
        visitor.sign_in(user)
        authing_sandbox.clock.advance(authing_sandbox.settings.access_token_lifetime + 1)
        authing_sandbox.faults.status(401, path="list-enrolled-factors")
        broken = authing_sandbox.faults.status(500, path="list-enrolled-factors", times=None)
        assert visitor.get("/").status == 503
        assert broken.hits
        authing_sandbox.faults.clear()
        assert visitor.get("/").status == 200


def test_two_visitors_never_see_each_others_factors(
    site: Site, user: SandboxUser, authing_sandbox: Sandbox
) -> None:
    other = authing_sandbox.add_user(
        username="other", email="other@example.com", factors=["EMAIL"]
    )
    together = threading.Barrier(2)

    def look(somebody: SandboxUser) -> list[str]:
        visitor = site.visitor()
        visitor.sign_in(somebody)
        together.wait(timeout=20)
        return [visitor.get("/").text for _ in range(15)]

    with ThreadPoolExecutor(2) as pool:
        seen = dict(zip("to", pool.map(look, [user, other]), strict=True))
    assert all("t***@example.com" in text and "o***@" not in text for text in seen["t"])
    assert all("o***@example.com" in text and "t***@" not in text for text in seen["o"])


def test_service_hears_who_asks_in_which_language(open_site: OpenSite, user: SandboxUser) -> None:
    sent: list[tuple[object, object]] = []

    def note(answer: requests.Response, **options: object) -> None:
        headers = answer.request.headers
        sent.append((headers.get("x-real-ip"), headers.get("x-authing-lang")))

    with requests.Session() as session:
        session.hooks["response"].append(note)
        with open_site(session=session) as site:
            site.visitor("zh-CN").sign_in(user)
    assert sent[-1] == ("127.0.0.1", "zh-CN")


def test_server_that_tells_no_address_lets_them_sign_in(site: Site, user: SandboxUser) -> None:
    """Such as gunicorn, behind a proxy that speaks to it over a socket of this machine."""
    from werkzeug.test import Client

    browser = Client(site.app)
    here: dict[str, Any] = {
        "base_url": "https://localhost",
        "headers": {"Referer": "https://localhost/"},
        "environ_overrides": {"REMOTE_ADDR": ""},
    }
    page = browser.get("/sign-in", **here).text
    fields = {"account": str(user.username), "password": user.password}
    token = re.search(r'name="(csrf\w+)" value="([^"]+)"', page)
    assert token
    answer = browser.post("/sign-in", data={**fields, token[1]: token[2]}, **here)
    assert (answer.status_code, answer.location) == (302, "/")
    assert browser.get("/", **here).status_code == 200


def test_log_holds_no_secret(
    site: Site, otp_user: SandboxUser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    visitor = site.visitor()
    visitor.sign_in(otp_user)
    visitor.post("/step-up/verify", by="OTP", code="918273")
    visitor.post("/step-up/verify", by="OTP", code=otp_user.totp_code())
    assert "CodeRejectedError" in caplog.text
    secrets = ("918273", otp_user.password, otp_user.totp_code(), otp_user.recovery_code())
    assert [secret for secret in secrets if secret in caplog.text] == []


def legible(cookie: str) -> str:
    """Return a cookie, and what its owner can make of its parts."""
    parts = cookie.split(".")
    plain = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts]
    return " ".join([cookie, *(part.decode(errors="replace") for part in plain)])


def unlabelled_fields(page: Page) -> list[str]:
    """Return a page's visible fields that no label is for."""
    labelled = re.findall(r'<label for="([^"]+)"', page.markup)
    fields = [tag for tag in re.findall(r"<input[^>]*>", page.markup) if "hidden" not in tag]
    assert fields
    return [tag for tag in fields if not any(f'id="{name}"' in tag for name in labelled)]
