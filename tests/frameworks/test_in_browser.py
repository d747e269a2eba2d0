"""A person with a browser, a phone that scans, and an authenticator app."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pyotp
import pytest
import trustme

from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.browser import prefer_colours, qr_in, wait_for

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from .conftest import OpenSite

pytestmark = [pytest.mark.repository, pytest.mark.slow]


@attrs.frozen
class Person:
    """Somebody who sits before the browser; `keep` is where their photographs go."""

    browser: Chrome
    address: str
    keep: Path

    def open(self, path: str) -> None:
        self.browser.get(self.address + path)

    def type(self, field: str, text: str) -> None:
        self.browser.find_element("name", field).send_keys(text)

    def press(self, words: str) -> None:
        buttons = self.browser.find_elements("css selector", "main button, main .button")
        [button] = [each for each in buttons if each.is_displayed() and each.text == words]
        button.click()

    def press_in(self, heading: str, words: str) -> None:
        """Press a button of the form or list item that this word stands over."""
        xpath = f"//li[.//strong[.='{heading}']]//button[.='{words}']"
        self.browser.find_element("xpath", xpath).click()

    def photograph(self, name: str) -> bytes:
        picture = self.browser.get_screenshot_as_png()
        (self.keep / f"{name}.png").write_bytes(picture)
        return picture

    def sees(self, words: str) -> bool:
        return wait_for(self.browser, words)

    def sign_in(self, user: SandboxUser) -> None:
        self.open("/sign-in")
        self.type("account", str(user.username))
        self.type("password", user.password)
        self.press("Sign in")

    def sign_out(self) -> None:
        self.browser.find_element("css selector", "header button").click()
        assert self.sees("Password")


@pytest.fixture
def person(browser: Chrome, open_site: OpenSite, tmp_path: Path) -> Iterator[Person]:
    from .sites import served

    with open_site(https=False) as site, served(site.app) as address:
        yield Person(browser, address, tmp_path)


def test_authenticator_is_scanned_and_signs_in(person: Person, authing_sandbox: Sandbox) -> None:
    authing_sandbox.settings.totp_secret_length = 32  # some apps take no shorter one
    authing_sandbox.require_mfa("personal")
    user = authing_sandbox.add_user(username="example")

    person.sign_in(user)
    assert person.sees("You have none yet.")
    person.press_in("Authenticator app", "Set up")
    assert person.sees("Scan this")
    code_now = scan(person)
    person.type("code", code_now())
    person.press("Add it")
    assert person.sees("Keep your recovery code")
    person.photograph("recovery code")
    person.press("I have written it down")
    assert person.sees("Remove Authenticator app")
    person.photograph("factors")

    person.sign_out()
    person.sign_in(user)
    assert person.sees("Confirm that it is you")
    person.photograph("step up")
    person.type("code", code_now())
    person.press("Verify")
    assert person.sees("Remove Authenticator app")


def scan(person: Person) -> Callable[[], str]:
    """Photograph the QR code, by day and by night, and return what an app makes of it."""
    by_day = qr_in(person.photograph("QR code"))
    prefer_colours(person.browser, "dark")
    assert by_day == qr_in(person.photograph("QR code in the dark"))
    prefer_colours(person.browser, "light")
    app = pyotp.parse_uri(by_day)
    assert isinstance(app, pyotp.TOTP)
    return app.now


def test_nothing_is_wider_than_a_small_phone(person: Person, authing_sandbox: Sandbox) -> None:
    authing_sandbox.require_mfa("application", ["EMAIL", "OTP", "SMS"])
    person.sign_in(authing_sandbox.add_user(username="example"))  # may bind any on the way
    assert person.sees("Text message")
    screen = {"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": True}
    person.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    try:
        person.photograph("small phone")
        width = person.browser.execute_script("return document.documentElement.scrollWidth")
    finally:
        person.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width <= 320


def test_browser_takes_the_guarded_cookies_over_https(
    browser: Chrome, open_site: OpenSite, tmp_path: Path, user: SandboxUser
) -> None:
    from .sites import served

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(tls)
    with open_site() as site, served(site.app, tls) as address:
        person = Person(browser, address, tmp_path)
        person.sign_in(user)
        assert person.sees("Your second factors")
        guarded = [
            (each["name"][:7], each["secure"], each["httpOnly"], each["path"])
            for each in browser.get_cookies()
        ]
        assert set(guarded) == {("__Host-", True, True, "/")}
        browser.delete_all_cookies()
