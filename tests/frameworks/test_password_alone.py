"""Somebody who knows a user's password, and nothing else, gets nowhere."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

if TYPE_CHECKING:
    from .sites import Site, Visitor

pytestmark = [pytest.mark.repository, pytest.mark.slow]

PHONE, EMAIL = "13800000000", "test@example.com"
THIEVES_PHONE, THIEVES_EMAIL = "13900000000", "thief@example.com"
BY_MAIL = {"by": "EMAIL", "email": THIEVES_EMAIL}
BY_PHONE = {"by": "SMS", "phone_country_code": "+86", "phone_number": THIEVES_PHONE}


@pytest.fixture
def user(authing_sandbox: Sandbox) -> SandboxUser:
    """Give a user with an authenticator, of whom the application takes other ways as well."""
    authing_sandbox.require_mfa("application", ["OTP", "SMS", "EMAIL", "FACE"])
    return authing_sandbox.add_user(username="anna", phone=PHONE, email=EMAIL, factors=["OTP"])


@pytest.fixture
def thief(site: Site, user: SandboxUser) -> Visitor:
    """Give somebody who has typed the user's password."""
    visitor = site.visitor()
    visitor.sign_in(user)
    return visitor


def sent_to(sandbox: Sandbox) -> set[str]:
    return {message.address for message in sandbox.outbox}


class TestWithBoundFactor:
    def test_no_other_is_offered(self, thief: Visitor) -> None:
        assert [name for name in ("Text message", "E-mail") if name in thief.page.text] == []

    @pytest.mark.parametrize("form", [BY_MAIL, BY_PHONE], ids=["mail", "phone"])
    def test_code_goes_to_no_address_of_theirs(
        self, thief: Visitor, authing_sandbox: Sandbox, form: dict[str, str]
    ) -> None:
        assert thief.post("/step-up/send", **form).status == 403
        assert sent_to(authing_sandbox) == set()

    def test_no_authenticator_of_theirs_is_associated(
        self, thief: Visitor, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.journal.clear()
        assert thief.post("/step-up/associate").status == 403
        assert thief.post("/step-up/verify", by="NEW_OTP", code="123456").status == 403
        assert len(authing_sandbox.journal) == 0

    def test_typed_target_does_not_replace_the_bound_one(
        self, site: Site, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.require_mfa("application", ["SMS"])
        user = authing_sandbox.add_user(username="sms", phone=PHONE, factors=["SMS"])
        thief = site.visitor()
        thief.sign_in(user)
        thief.post("/step-up/send", **BY_PHONE)
        assert THIEVES_PHONE not in " ".join(sent_to(authing_sandbox))

    def test_that_is_not_for_these_pages_opens_no_other_way(
        self, site: Site, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.require_mfa("application", ["FACE", "EMAIL"])
        user = authing_sandbox.add_user(username="face", factors=["FACE"])
        thief = site.visitor()
        assert "None of your ways works" in thief.sign_in(user).text
        assert thief.post("/step-up/send", **BY_MAIL).status == 403

    @pytest.mark.parametrize("path", ["/", "/factors/confirm", "/prove", "/recovery-code"])
    def test_no_page_of_the_signed_in_opens(self, thief: Visitor, path: str) -> None:
        assert thief.get(path).path == "/sign-in"

    @pytest.mark.parametrize(
        "path", ["/factors/enroll", "/factors/remove", "/prove", "/recovery-code"]
    )
    def test_no_form_of_the_signed_in_is_taken(self, thief: Visitor, path: str) -> None:
        assert thief.post(path, kind="OTP", code="123456").path == "/sign-in"


class TestCodes:
    def test_of_a_session_are_counted(
        self, site: Site, authing_sandbox: Sandbox, user: SandboxUser
    ) -> None:
        authing_sandbox.settings.send_interval = 0
        authing_sandbox.require_mfa("application", ["EMAIL"])
        mailed = authing_sandbox.add_user(username="m", email=EMAIL + ".org", factors=["EMAIL"])
        visitor = site.visitor()
        visitor.sign_in(mailed)
        assert [visitor.post("/step-up/send", by="EMAIL").status for _ in range(7)] == [
            *[200] * 5,
            *[429] * 2,
        ]
        assert len(authing_sandbox.outbox) == 5

    def test_are_counted_however_fast_they_are_asked_for(
        self, site: Site, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.settings.send_interval = 0
        authing_sandbox.require_mfa("application", ["EMAIL"])
        user = authing_sandbox.add_user(username="m", email=EMAIL, factors=["EMAIL"])
        visitor = site.visitor()
        visitor.sign_in(user)
        many = [site.thief(visitor.cookies()) for _ in range(8)]
        for each in many:
            each.get("/step-up")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda each: each.post("/step-up/send", by="EMAIL"), many))
        assert len(authing_sandbox.outbox) == 5

    def test_may_not_be_guessed_for_ever(self, thief: Visitor, authing_sandbox: Sandbox) -> None:
        authing_sandbox.settings.max_code_failures = None
        pages = [thief.post("/step-up/verify", by="OTP", code=f"{n:06}") for n in range(12)]
        assert [page.status for page in pages[10:]] == [429, 429]
        verified = [each for each in authing_sandbox.journal if "totp/verify" in each.path]
        assert len(verified) == 10


class TestFactorsAreChangedAfterAProof:
    @pytest.fixture
    def signed_in(self, site: Site, user: SandboxUser, authing_sandbox: Sandbox) -> Visitor:
        """Give the user, signed in by the password, since the application asked for no more."""
        authing_sandbox.require_mfa(None)
        visitor = site.visitor()
        visitor.sign_in(user)
        return visitor

    def test_none_is_removed_without(self, signed_in: Visitor, user: SandboxUser) -> None:
        page = signed_in.post("/factors/remove", factor_id=user.factor_ids[0])
        assert (page.path, len(user.factor_ids)) == ("/prove", 1)

    def test_none_is_added_without(self, signed_in: Visitor, authing_sandbox: Sandbox) -> None:
        page = signed_in.post("/factors/enroll", kind="EMAIL", email=THIEVES_EMAIL)
        assert (page.path, sent_to(authing_sandbox)) == ("/prove", set())

    def test_wrong_code_is_no_proof(self, signed_in: Visitor, user: SandboxUser) -> None:
        wrong = f"{(int(user.totp_code()) + 1) % 1_000_000:06}"
        assert signed_in.post("/prove", code=wrong).status == 422
        signed_in.post("/factors/remove", factor_id=user.factor_ids[0])
        assert len(user.factor_ids) == 1

    def test_code_of_the_authenticator_is_one(self, signed_in: Visitor, user: SandboxUser) -> None:
        signed_in.post("/prove", code=user.totp_code())
        signed_in.post("/factors/remove", factor_id=user.factor_ids[0])
        assert user.factor_ids == ()

    def test_proof_is_one_for_minutes(
        self, signed_in: Visitor, user: SandboxUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        signed_in.post("/prove", code=user.totp_code())
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + 601)
        page = signed_in.post("/factors/remove", factor_id=user.factor_ids[0])
        assert (page.path, len(user.factor_ids)) == ("/prove", 1)

    def test_tries_are_counted(self, signed_in: Visitor, authing_sandbox: Sandbox) -> None:
        statuses = [signed_in.post("/prove", code=f"{n:06}").status for n in range(12)]
        assert statuses[10:] == [429, 429]

    def test_only_those_who_have_an_authenticator_are_asked_for_its_code(
        self, site: Site, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.require_mfa(None)
        user = authing_sandbox.add_user(username="mail", email=EMAIL + ".org", factors=["EMAIL"])
        visitor = site.visitor()
        visitor.sign_in(user)
        page = visitor.post("/factors/remove", factor_id=user.factor_ids[0])
        assert (page.path, "Code that the app shows" in page.text) == ("/prove", False)
        assert "Sign in again" in page.text

    def test_who_has_none_needs_a_password_of_minutes_ago(
        self, site: Site, authing_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        authing_sandbox.require_mfa(None)
        user = authing_sandbox.add_user(username="none")
        visitor = site.visitor()
        visitor.sign_in(user)
        assert visitor.post("/factors/enroll", kind="OTP").path == "/factors/confirm"
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + 601)
        assert visitor.post("/factors/enroll", kind="OTP").path == "/prove"
