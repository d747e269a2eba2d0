"""What each page does: signing in, stepping up, adding and removing factors, signing out."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

if TYPE_CHECKING:
    from .sites import Site, Visitor

pytestmark = pytest.mark.repository

EMAIL, PHONE = "test@example.com", "13800000000"


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return site.visitor()


@pytest.fixture
def signed_in(visitor: Visitor, user: SandboxUser, authing_sandbox: Sandbox) -> Visitor:
    visitor.sign_in_by_email(user, authing_sandbox)
    return visitor


@pytest.fixture
def full_user(authing_sandbox: Sandbox) -> SandboxUser:
    """Give a user with every factor, whom the application asks for one."""
    authing_sandbox.require_mfa("application", ["OTP", "SMS", "EMAIL", "FACE"])
    return authing_sandbox.add_user(
        username="full", phone=PHONE, email=EMAIL, factors=["OTP", "SMS", "EMAIL", "FACE"]
    )


@pytest.fixture
def newcomer(authing_sandbox: Sandbox) -> SandboxUser:
    """Give a user without a factor, whom the application asks for one."""
    authing_sandbox.require_mfa("application", ["OTP", "SMS", "EMAIL"])
    return authing_sandbox.add_user(username="newcomer")


def shown_recovery_code(visitor: Visitor) -> str:
    found = re.search(r'id="recovery-code">([0-9a-f-]+)<', visitor.page.markup)
    assert found
    return found[1]


class TestSignIn:
    @pytest.mark.parametrize("path", ["/", "/factors/confirm"])
    def test_a_stranger_is_sent_to_it(self, visitor: Visitor, path: str) -> None:
        assert visitor.get(path).path == "/sign-in"

    @pytest.mark.parametrize(
        "path", ["/factors/enroll", "/factors/confirm", "/factors/remove", "/sign-out"]
    )
    def test_a_stranger_who_sends_a_form_is_sent_to_it(self, visitor: Visitor, path: str) -> None:
        visitor.get("/sign-in")
        assert visitor.post(path).path == "/sign-in"

    def test_password_is_enough_where_no_factor_is_asked_for(
        self, visitor: Visitor, user: SandboxUser
    ) -> None:
        page = visitor.sign_in(user)
        assert (page.path, page.status) == ("/", 200)

    def test_wrong_password_keeps_the_name(self, visitor: Visitor) -> None:
        visitor.get("/sign-in")
        page = visitor.post("/sign-in", account="example", password="wrong")
        assert (page.status, 'value="example"' in page.markup) == (401, True)

    def test_wrong_password_says_so(self, visitor: Visitor) -> None:
        visitor.get("/sign-in")
        page = visitor.post("/sign-in", account="example", password="wrong")
        assert "The account or the password is wrong." in page.text


class TestStepUp:
    def test_is_asked_for_after_the_password(
        self, visitor: Visitor, full_user: SandboxUser
    ) -> None:
        assert visitor.sign_in(full_user).path == "/step-up"

    def test_does_not_sign_in_yet(self, visitor: Visitor, full_user: SandboxUser) -> None:
        visitor.sign_in(full_user)
        assert visitor.get("/").path == "/sign-in"

    def test_masks_where_codes_go(self, visitor: Visitor, full_user: SandboxUser) -> None:
        text = visitor.sign_in(full_user).text
        assert ("+86 138****0000" in text, "t***@example.com" in text) == (True, True)

    def test_offers_no_face(self, visitor: Visitor, full_user: SandboxUser) -> None:
        assert "Face" not in visitor.sign_in(full_user).text

    def test_by_authenticator(self, visitor: Visitor, full_user: SandboxUser) -> None:
        visitor.sign_in(full_user)
        assert visitor.post("/step-up/verify", by="OTP", code=full_user.totp_code()).path == "/"

    def test_by_text_message(
        self, visitor: Visitor, full_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor.sign_in(full_user)
        visitor.post("/step-up/send", by="SMS")
        code = authing_sandbox.outbox.last_code(phone=PHONE)
        assert visitor.post("/step-up/verify", by="SMS", code=code).path == "/"

    def test_by_email(
        self, visitor: Visitor, full_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor.sign_in(full_user)
        visitor.post("/step-up/send", by="EMAIL")
        code = authing_sandbox.outbox.last_code(email=EMAIL)
        assert visitor.post("/step-up/verify", by="EMAIL", code=code).path == "/"

    def test_says_that_a_code_was_sent(self, visitor: Visitor, full_user: SandboxUser) -> None:
        visitor.sign_in(full_user)
        assert "The code is on its way." in visitor.post("/step-up/send", by="SMS").text

    def test_by_recovery_code_shows_the_new_one(
        self, visitor: Visitor, full_user: SandboxUser
    ) -> None:
        visitor.sign_in(full_user)
        visitor.post("/step-up/verify", by="RECOVERY", code=full_user.recovery_code())
        assert full_user.recovery_code() == shown_recovery_code(visitor)

    def test_shows_the_new_recovery_code_until_they_have_it(
        self, visitor: Visitor, full_user: SandboxUser
    ) -> None:
        visitor.sign_in(full_user)
        visitor.post("/step-up/verify", by="RECOVERY", code=full_user.recovery_code())
        assert full_user.recovery_code() in visitor.get("/").text
        visitor.post("/recovery-code")
        pages = [visitor.get(path) for path in ("/", "/step-up", "/recovery-code")]
        assert [page for page in pages if full_user.recovery_code() in page.markup] == []

    def test_shows_the_new_recovery_code_for_minutes_only(
        self, visitor: Visitor, full_user: SandboxUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        visitor.sign_in(full_user)
        visitor.post("/step-up/verify", by="RECOVERY", code=full_user.recovery_code())
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + 601)
        assert "recovery code" not in visitor.get("/").text

    def test_binds_a_phone_on_the_way(
        self, visitor: Visitor, newcomer: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor.sign_in(newcomer)
        visitor.post(
            "/step-up/send", by="SMS", phone_country_code="+86", phone_number="13900000000"
        )
        code = authing_sandbox.outbox.last_code(phone="13900000000")
        assert "+86 139****0000" in visitor.post("/step-up/verify", by="SMS", code=code).text

    def test_binds_an_address_on_the_way(
        self, visitor: Visitor, newcomer: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor.sign_in(newcomer)
        visitor.post("/step-up/send", by="EMAIL", email="new@example.com")
        code = authing_sandbox.outbox.last_code(email="new@example.com")
        assert "n***@example.com" in visitor.post("/step-up/verify", by="EMAIL", code=code).text

    def test_binds_an_authenticator_on_the_way(
        self, visitor: Visitor, newcomer: SandboxUser
    ) -> None:
        visitor.sign_in(newcomer)
        assert "<svg" in visitor.post("/step-up/associate").markup
        visitor.post("/step-up/verify", by="NEW_OTP", code=newcomer.totp_code())
        assert newcomer.recovery_code() == shown_recovery_code(visitor)
        visitor.post("/recovery-code")
        assert "Authenticator app" in visitor.get("/").text

    def test_wrong_code_may_be_typed_again(self, visitor: Visitor, full_user: SandboxUser) -> None:
        visitor.sign_in(full_user)
        page = visitor.post("/step-up/verify", by="OTP", code=wrong(full_user.totp_code()))
        assert (page.status, 'name="code"' in page.markup) == (422, True)
        assert visitor.post("/step-up/verify", by="OTP", code=full_user.totp_code()).path == "/"

    def test_that_ran_out_begins_anew(
        self, visitor: Visitor, full_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.settings.mfa_token_lifetime = 0
        assert visitor.sign_in(full_user).status == 410

    def test_that_is_passed_is_over(self, visitor: Visitor, full_user: SandboxUser) -> None:
        visitor.sign_in(full_user)
        visitor.post("/step-up/verify", by="OTP", code=full_user.totp_code())
        assert visitor.get("/step-up").path == "/sign-in"

    def test_without_a_sign_in_begins_there(self, visitor: Visitor) -> None:
        assert visitor.get("/step-up").path == "/sign-in"

    @pytest.mark.parametrize("path", ["/step-up/send", "/step-up/verify"])
    def test_by_something_else_is_a_bad_request(
        self, visitor: Visitor, full_user: SandboxUser, path: str
    ) -> None:
        visitor.sign_in(full_user)
        page = visitor.post(path, by="PIGEON", code="123456")
        assert (page.status, "That was refused." in page.text) == (400, True)


class TestFactors:
    def test_are_shown_masked(self, signed_in: Visitor) -> None:
        assert "E-mail t***@example.com" in signed_in.page.text

    def test_take_two_calls(self, signed_in: Visitor, authing_sandbox: Sandbox) -> None:
        authing_sandbox.journal.clear()
        signed_in.get("/")
        assert len(authing_sandbox.journal) == 2

    def test_of_an_unknown_kind_are_shown_by_its_name(
        self, signed_in: Visitor, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.faults.unknown_factor("PASSKEY", path="list-enrolled-factors")
        assert "PASSKEY" in signed_in.get("/").text

    def test_authenticator_is_added(self, signed_in: Visitor, user: SandboxUser) -> None:
        page = signed_in.post("/factors/enroll", kind="OTP")
        assert (page.path, "<svg" in page.markup) == ("/factors/confirm", True)
        signed_in.post("/factors/confirm", code=user.totp_code())
        assert user.recovery_code() == shown_recovery_code(signed_in)
        signed_in.post("/recovery-code")
        assert "Authenticator app Remove" in signed_in.get("/").text

    def test_phone_is_added(self, signed_in: Visitor, authing_sandbox: Sandbox) -> None:
        signed_in.post(
            "/factors/enroll", kind="SMS", phone_country_code="+86", phone_number="13900000000"
        )
        code = authing_sandbox.outbox.last_code(phone="13900000000")
        assert "+86 139****0000" in signed_in.post("/factors/confirm", code=code).text

    def test_removed_one_is_gone(self, signed_in: Visitor, user: SandboxUser) -> None:
        page = signed_in.post("/factors/remove", factor_id=user.factor_ids[0])
        assert "You have none yet." in page.text

    def test_address_is_added(
        self, signed_in: Visitor, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        signed_in.post("/factors/remove", factor_id=user.factor_ids[0])
        signed_in.post("/factors/enroll", kind="EMAIL", email="new@example.com")
        code = authing_sandbox.outbox.last_code(email="new@example.com")
        assert "n***@example.com" in signed_in.post("/factors/confirm", code=code).text

    def test_wrong_code_may_be_typed_again(self, signed_in: Visitor, user: SandboxUser) -> None:
        signed_in.post("/factors/enroll", kind="OTP")
        page = signed_in.post("/factors/confirm", code=wrong(user.totp_code()))
        assert (page.status, "<svg" in page.markup) == (422, True)
        assert signed_in.post("/factors/confirm", code=user.totp_code()).status == 200

    def test_wrong_phone_keeps_what_was_typed(self, signed_in: Visitor) -> None:
        page = signed_in.post("/factors/enroll", kind="SMS", phone_number="12 34 x")
        assert (page.status, 'value="12 34 x"' in page.markup) == (422, True)

    def test_code_without_an_enrollment_begins_anew(self, signed_in: Visitor) -> None:
        assert signed_in.post("/factors/confirm", code="123456").status == 410

    def test_confirming_nothing_leads_to_the_list(self, signed_in: Visitor) -> None:
        assert signed_in.get("/factors/confirm").path == "/"


class TestSignOut:
    def test_ends_the_session(self, signed_in: Visitor) -> None:
        signed_in.post("/sign-out")
        assert signed_in.get("/").path == "/sign-in"

    def test_revokes_the_tokens(
        self, visitor: Visitor, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor.sign_in(user)
        assert {"access", "refresh"} <= tokens_left(authing_sandbox)
        visitor.post("/sign-out")
        assert not {"access", "refresh"} & tokens_left(authing_sandbox)

    def test_revokes_the_token_of_a_step_up(
        self, visitor: Visitor, full_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor.sign_in(full_user)
        visitor.post("/step-up/verify", by="OTP", code=full_user.totp_code())
        visitor.post("/sign-out")
        assert "verified" not in tokens_left(authing_sandbox)

    def test_ends_the_session_even_if_the_service_is_down(
        self, signed_in: Visitor, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.faults.status(503, times=None)
        assert signed_in.post("/sign-out").status == 503
        assert signed_in.get("/").path == "/sign-in"


def tokens_left(sandbox: Sandbox) -> set[str]:
    """Return the kinds of tokens that the service takes."""
    return {token["kind"] for token in sandbox.snapshot()["tokens"].values()}


def wrong(code: str) -> str:
    """Return another code."""
    return f"{(int(code) + 500_000) % 1_000_000:06}"
