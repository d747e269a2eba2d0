"""An answer that is lost at any step, and the same form sent twice: nothing is lost with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from authing_mfa.sandbox import Sandbox, SandboxUser

if TYPE_CHECKING:
    from .conftest import OpenSite
    from .sites import Page, Site, Visitor

pytestmark = [pytest.mark.repository, pytest.mark.slow]

PHONE, EMAIL = "13800000000", "test@example.com"
DOUBT = "It may have worked all the same"


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return site.visitor()


@pytest.fixture
def full_user(authing_sandbox: Sandbox) -> SandboxUser:
    """Give a user with an authenticator and an address, whom the application asks for one."""
    authing_sandbox.require_mfa("application", ["OTP", "EMAIL"])
    authing_sandbox.settings.totp_replay = True
    return authing_sandbox.add_user(username="full", email=EMAIL, factors=["OTP", "EMAIL"])


@pytest.fixture
def newcomer(authing_sandbox: Sandbox) -> SandboxUser:
    """Give a user without a factor, whom the application asks for one."""
    authing_sandbox.require_mfa("application", ["OTP", "SMS", "EMAIL"])
    return authing_sandbox.add_user(username="newcomer")


@pytest.fixture
def signed_in(visitor: Visitor, user: SandboxUser, authing_sandbox: Sandbox) -> Visitor:
    """Give somebody who has just proved their e-mail factor."""
    visitor.sign_in_by_email(user, authing_sandbox)
    return visitor


def in_doubt(page: Page) -> tuple[int, bool]:
    return page.status, DOUBT in page.text


class TestLostAnswer:
    def test_of_the_password_lets_them_begin_again(
        self, visitor: Visitor, full_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.faults.drop(path="signin")
        assert visitor.sign_in(full_user).status == 503
        assert visitor.sign_in(full_user).path == "/step-up"

    def test_of_a_sent_code_leaves_the_field_for_it(
        self, visitor: Visitor, full_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor.sign_in(full_user)
        authing_sandbox.faults.drop(path="send-email")
        assert in_doubt(visitor.post("/step-up/send", by="EMAIL")) == (503, True)
        assert 'id="EMAIL-code"' in visitor.get("/step-up").markup
        code = authing_sandbox.outbox.last_code(email=EMAIL)
        assert visitor.post("/step-up/verify", by="EMAIL", code=code).path == "/"

    def test_of_a_code_to_a_new_address_leaves_the_address(
        self, visitor: Visitor, newcomer: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor.sign_in(newcomer)
        authing_sandbox.faults.drop(path="send-email")
        visitor.post("/step-up/send", by="EMAIL", email="new@example.com")
        code = authing_sandbox.outbox.last_code(email="new@example.com")
        assert visitor.post("/step-up/verify", by="EMAIL", code=code).path == "/"

    def test_of_a_factor_lets_them_begin_again(
        self, visitor: Visitor, full_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor.sign_in(full_user)
        authing_sandbox.faults.drop(path="totp/verify")
        page = visitor.post("/step-up/verify", by="OTP", code=full_user.totp_code())
        assert in_doubt(page) == (503, True)
        assert visitor.get("/").path == "/sign-in"
        page = visitor.post("/step-up/verify", by="OTP", code=full_user.totp_code())
        assert page.status == 410
        visitor.sign_in(full_user)
        page = visitor.post("/step-up/verify", by="OTP", code=full_user.totp_code())
        assert page.path == "/"

    def test_of_a_binding_on_the_way_is_made_up_for(
        self, visitor: Visitor, newcomer: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor.sign_in(newcomer)
        visitor.post("/step-up/associate")
        authing_sandbox.faults.drop(path="associate/confirm")
        form = {"by": "NEW_OTP", "code": newcomer.totp_code()}
        assert in_doubt(visitor.post("/step-up/verify", **form)) == (503, True)
        assert newcomer.recovery_code() in visitor.post("/step-up/verify", **form).text

    def test_of_an_enrollment_that_took_effect_shows_the_recovery_code(
        self, signed_in: Visitor, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        signed_in.post("/factors/enroll", kind="OTP")
        authing_sandbox.faults.drop(path="enroll-factor")
        page = signed_in.post("/factors/confirm", code=user.totp_code())
        assert (page.status, user.recovery_code() in page.text) == (200, True)

    def test_of_an_enrollment_that_took_none_lets_them_send_it_again(
        self, signed_in: Visitor, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        signed_in.post("/factors/enroll", kind="OTP")
        authing_sandbox.faults.reset(path="enroll-factor")
        page = signed_in.post("/factors/confirm", code=user.totp_code())
        assert in_doubt(page) == (503, True)
        page = signed_in.post("/factors/confirm", code=user.totp_code())
        assert (page.status, user.recovery_code() in page.text) == (200, True)

    def test_and_a_list_that_fails_lead_to_the_recovery_code_all_the_same(
        self, signed_in: Visitor, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        signed_in.post("/factors/enroll", kind="OTP")
        authing_sandbox.faults.drop(path="enroll-factor")
        authing_sandbox.faults.status(500, path="list-enrolled-factors")
        page = signed_in.post("/factors/confirm", code=user.totp_code())
        assert in_doubt(page) == (503, True)
        page = signed_in.post("/factors/confirm", code=user.totp_code())
        assert (page.status, user.recovery_code() in page.text) == (200, True)

    def test_of_a_removal_is_said_to_be_open(
        self, signed_in: Visitor, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.faults.drop(path="reset-factor")
        page = signed_in.post("/factors/remove", factor_id=user.factor_ids[0])
        assert in_doubt(page) == (503, True)
        assert "You have none yet." in signed_in.get("/").text

    def test_of_a_proof_is_no_proof(
        self, visitor: Visitor, full_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.require_mfa(None)
        visitor.sign_in(full_user)
        authing_sandbox.faults.drop(path="mfa-totp-verify")
        assert visitor.post("/prove", code=full_user.totp_code()).status == 503
        assert visitor.post("/factors/enroll", kind="SMS").path == "/prove"

    def test_of_signing_out_ends_the_session_here(
        self, signed_in: Visitor, authing_sandbox: Sandbox
    ) -> None:
        authing_sandbox.faults.drop(path="revocation", times=None)
        signed_in.post("/sign-out")
        assert signed_in.get("/").path == "/sign-in"


class TestSameFormTwice:
    def test_confirmation_shows_the_recovery_code_in_both(
        self, site: Site, signed_in: Visitor, user: SandboxUser
    ) -> None:
        signed_in.post("/factors/enroll", kind="OTP")
        both = [site.thief(signed_in.cookies()) for _ in range(2)]
        for each in both:
            each.get("/factors/confirm")
        code = user.totp_code()
        with ThreadPoolExecutor(2) as pool:
            pages = list(pool.map(lambda one: one.post("/factors/confirm", code=code), both))
        assert 200 in [page.status for page in pages]
        assert user.recovery_code() in signed_in.get("/").text

    def test_enrollment_leads_on_to_its_code(
        self, signed_in: Visitor, authing_sandbox: Sandbox
    ) -> None:
        form = {"kind": "SMS", "phone_country_code": "+86", "phone_number": "13900000000"}
        signed_in.post("/factors/enroll", **form)
        page = signed_in.post("/factors/enroll", **form)
        assert (page.status, 'href="/factors/confirm"' in page.markup) == (422, True)
        code = authing_sandbox.outbox.last_code(phone="13900000000")
        assert "+86 139****0000" in signed_in.post("/factors/confirm", code=code).text

    def test_removal_says_that_it_is_gone(self, signed_in: Visitor, user: SandboxUser) -> None:
        factor_id = user.factor_ids[0]
        signed_in.post("/factors/remove", factor_id=factor_id)
        page = signed_in.post("/factors/remove", factor_id=factor_id)
        assert (page.status, "not there any more" in page.text) == (404, True)

    def test_recovery_code_that_is_used_twice_shows_the_new_one(
        self, visitor: Visitor, full_user: SandboxUser
    ) -> None:
        visitor.sign_in(full_user)
        form = {"by": "RECOVERY", "code": full_user.recovery_code()}
        visitor.post("/step-up/verify", **form)
        visitor.post("/step-up/verify", **form)
        assert full_user.recovery_code() in visitor.get("/").text

    def test_sign_out_is_a_sign_out(self, signed_in: Visitor) -> None:
        signed_in.post("/sign-out")
        assert signed_in.post("/sign-out").path == "/sign-in"


class TestRecoveryCode:
    def test_is_shown_whatever_else_was_wrong_with_the_answer(
        self, visitor: Visitor, full_user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        visitor.sign_in(full_user)
        without_token(authing_sandbox)
        page = visitor.post("/step-up/verify", by="RECOVERY", code=full_user.recovery_code())
        assert full_user.recovery_code() in page.text
        assert visitor.post("/recovery-code").path == "/sign-in"


def without_token(sandbox: Sandbox) -> None:
    fault = sandbox.faults.extra_fields(path="totp/recovery")

    def edit(answer: Any) -> Any:
        del answer.document["data"]["token"]
        return answer

    fault.edit = edit


class TestTwoRequestsOfOneVisitor:
    def test_whose_tokens_another_process_has_renewed_stays_signed_in(
        self, open_site: OpenSite, user: SandboxUser, authing_sandbox: Sandbox
    ) -> None:
        quicker: list[Visitor] = []

        class Slow(HTTPAdapter):
            def send(self, request: Any, *args: Any, **options: Any) -> requests.Response:
                if request.url.endswith("/oidc/token") and quicker:
                    site.change_client()
                    with ThreadPoolExecutor(1) as pool:
                        pool.submit(quicker.pop().get, "/").result()
                return super().send(request, *args, **options)

        with requests.Session() as session:
            session.mount("http://", Slow())
            with open_site(session=session) as site:
                visitor = site.visitor()
                visitor.sign_in(user)
                authing_sandbox.clock.advance(authing_sandbox.settings.access_token_lifetime + 1)
                quicker.append(site.thief(visitor.cookies()))
                page = visitor.get("/")
                assert (page.status, "Another window of yours" in page.text) == (409, True)
                assert visitor.get("/").status == 200
