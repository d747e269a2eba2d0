"""Each family of errors has its status and its sentence, in both languages."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import pytest

from authing_mfa.sandbox import RefusalCode, Sandbox, SandboxUser

if TYPE_CHECKING:
    from .conftest import OpenSite
    from .sites import Page, Site, Visitor

pytestmark = [pytest.mark.repository, pytest.mark.slow]


class Told(NamedTuple):
    """What a visitor is told of a refusal that came with these codes."""

    codes: tuple[int, int | None]
    status: int
    english: str
    chinese: str


DOWN = ("The sign-in service does not answer properly.", "登录服务暂时不可用")
IN_DOUBT = ("It may have worked all the same", "操作可能已经生效")
REFUSALS = (
    Told((400, 2001), 422, "The verification code is wrong or has expired.", "验证码错误或已过期"),
    Told((400, 6001), 422, "The TOTP code is wrong", "动态口令错误"),
    Told((400, 1702), 422, "The face does not match", "人脸比对未通过"),
    Told((403, 2333), 401, "The account or the password is wrong.", "账号或密码错误"),
    Told((403, 2006), 401, "The account or the password is wrong.", "账号或密码错误"),
    Told((403, 2005), 423, "The account is locked", "账号已锁定"),
    Told((403, 1639), 403, "must set a new password", "需要设置新密码"),
    Told((403, 1642), 403, "must complete their details", "需要补全用户信息"),
    Told((403, 1636), 403, "finish the sign-in with a second factor", "请完成二次验证"),
    Told((401, 2020), 401, "Please sign in again.", "请重新登录"),
    Told((403, None), 403, "You may not do this.", "您没有权限执行此操作"),
    Told((404, None), 404, "It is not there any more.", "该内容已不存在"),
    Told((409, None), 409, "You have one of that kind already.", "该验证方式已绑定"),
    Told((422, None), 422, "That is not possible just now.", "暂时无法完成"),
    Told((429, None), 429, "Too often.", "操作过于频繁"),
    Told((400, None), 400, "That was refused.", "请求被拒绝"),
    Told((413, None), 400, "That was refused.", "请求被拒绝"),
    Told((402, 4021), 503, *DOWN),
    Told((500, None), 503, *DOWN),
    Told((601, None), 503, *DOWN),
)


@pytest.fixture(params=["en", "zh-CN"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def visitor(site: Site, user: SandboxUser, authing_sandbox: Sandbox, language: str) -> Visitor:
    """Give somebody who is signed in."""
    visitor = site.visitor(language)
    visitor.sign_in_by_email(user, authing_sandbox)
    return visitor


def in_words_of(language: str, english: str, chinese: str) -> str:
    return english if language == "en" else chinese


@pytest.mark.parametrize("told", REFUSALS, ids=lambda told: "-".join(map(str, told.codes)))
def test_refusal_has_its_status_and_sentence(
    site: Site, authing_sandbox: Sandbox, user: SandboxUser, language: str, told: Told
) -> None:
    authing_sandbox.settings.refusals["wrong_password"] = RefusalCode(*told.codes)
    visitor = site.visitor(language)
    visitor.get("/sign-in")
    page = visitor.post("/sign-in", account=str(user.username), password="wrong")
    sentence = in_words_of(language, told.english, told.chinese)
    assert (told.status, sentence) == (page.status, found(sentence, page))


def test_page_speaks_their_language(visitor: Visitor, language: str) -> None:
    title = in_words_of(language, "Sign-in security", "登录安全")
    assert title == found(title, visitor.page)


def test_code_that_cannot_be_one_is_mistyped(visitor: Visitor, language: str) -> None:
    visitor.post("/factors/enroll", kind="OTP")
    page = visitor.post("/factors/confirm", code="abc")
    sentence = in_words_of(language, "Please check what you typed.", "输入有误")
    assert (422, sentence) == (page.status, found(sentence, page))


def test_time_that_is_over_is_told(
    visitor: Visitor, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.post("/factors/enroll", kind="OTP")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 61)
    page = visitor.post("/factors/confirm", code="123456")
    sentence = in_words_of(language, "The time is over.", "已超时")
    assert (410, sentence) == (page.status, found(sentence, page))


def test_doubt_is_told(visitor: Visitor, authing_sandbox: Sandbox, language: str) -> None:
    visitor.post("/factors/enroll", kind="SMS", phone_number="13900000000")
    authing_sandbox.faults.drop(path="enroll-factor")
    authing_sandbox.faults.status(503, path="list-enrolled-factors", times=None)
    code = authing_sandbox.outbox.last_code(phone="13900000000")
    page = visitor.post("/factors/confirm", code=code)
    sentence = in_words_of(language, *IN_DOUBT)
    assert (503, sentence) == (page.status, found(sentence, page))
    authing_sandbox.faults.clear()
    assert "+86 139****0000" in visitor.get("/").text


def test_page_instead_of_an_answer_is_a_service_that_is_down(
    visitor: Visitor, authing_sandbox: Sandbox, language: str
) -> None:
    authing_sandbox.faults.html(200, times=None)
    page = visitor.get("/")
    sentence = in_words_of(language, *DOWN)
    assert (503, sentence) == (page.status, found(sentence, page))


def test_throttled_page_says_when(visitor: Visitor, authing_sandbox: Sandbox) -> None:
    authing_sandbox.faults.throttle(90, times=None)
    assert visitor.get("/").headers.get("Retry-After") == "90"


def test_typo_whose_form_is_gone_is_told(
    visitor: Visitor, authing_sandbox: Sandbox, language: str
) -> None:
    authing_sandbox.require_mfa("application", ["OTP"])
    user = authing_sandbox.add_user(username="otp", factors=["OTP"])
    visitor.sign_in(user)
    visitor.post("/step-up/verify", by="RECOVERY", code=user.recovery_code())
    page = visitor.post("/factors/enroll", kind="SMS", phone_number="x")
    sentence = in_words_of(language, "Please check what you typed.", "输入有误")
    assert (page.status, found(sentence, page)) == (422, sentence)


def test_missing_page_is_told(visitor: Visitor, language: str) -> None:
    page = visitor.get("/nowhere")
    sentence = in_words_of(language, "It is not there any more.", "该内容已不存在")
    assert (404, sentence) == (page.status, found(sentence, page))


def test_dead_sign_in_is_forgotten(visitor: Visitor, authing_sandbox: Sandbox) -> None:
    authing_sandbox.faults.status(401, times=None)
    page = visitor.get("/")
    assert (page.status, 'name="password"' in page.markup) == (401, True)
    authing_sandbox.faults.clear()
    assert visitor.get("/").path == "/sign-in"


class TestServiceThatIsDown:
    @pytest.fixture
    def silent_port(self) -> Iterator[int]:
        """Give a port where connections are taken and nothing is ever answered."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            yield listening.getsockname()[1]

    def test_nobody_there(self, open_site: OpenSite, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            free_port = gone.getsockname()[1]
        monkeypatch.setenv("AUTHING_APP_HOST", f"http://127.0.0.1:{free_port}")
        assert self.try_to_sign_in(open_site).status == 503

    def test_page_comes_by_the_deadline(
        self, open_site: OpenSite, monkeypatch: pytest.MonkeyPatch, silent_port: int
    ) -> None:
        monkeypatch.setenv("AUTHING_APP_HOST", f"http://127.0.0.1:{silent_port}")
        started = time.monotonic()
        assert self.try_to_sign_in(open_site).status == 503
        assert time.monotonic() - started < 10

    def try_to_sign_in(self, open_site: OpenSite) -> Page:
        with open_site(deadline=0.5, timeout=30, max_retries=1) as site:
            visitor = site.visitor()
            visitor.get("/sign-in")
            return visitor.post("/sign-in", account="example", password="example")


def found(sentence: str, page: Page) -> str:
    """Return the sentence, or the whole page that lacks it."""
    return sentence if sentence in page.text else page.text
