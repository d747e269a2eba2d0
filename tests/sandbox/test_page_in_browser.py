"""The page for people in a browser: live, with buttons, by keyboard, and safe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.browser import prefer_colours, wait_for

from .calls import EMAIL, PHONE, Caller

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

NARROW, WIDE, HEIGHT = 390, 1200, 1000


@attrs.frozen
class Person:
    """Somebody who looks at the page."""

    browser: Chrome

    def sees(self, words: str) -> bool:
        return wait_for(self.browser, words)

    def press(self, words: str) -> None:
        [button] = [
            each
            for each in self.browser.find_elements("css selector", "button")
            if each.text == words
        ]
        button.click()

    def choose(self, field: str, words: str) -> None:
        from selenium.webdriver.support.select import Select

        Select(self.browser.find_element("name", field)).select_by_visible_text(words)

    def text(self, selector: str) -> str:
        return str(self.browser.find_element("css selector", selector).text)

    def run(self, script: str) -> Any:
        return self.browser.execute_script(script)

    def type_keys(self, *keys: str) -> None:
        self.browser.switch_to.active_element.send_keys(*keys)


@pytest.fixture
def person(browser: Chrome, sandbox: Sandbox) -> Iterator[Person]:
    """Give somebody who has just opened the page; nothing may have gone wrong in it."""
    browser.set_window_size(WIDE, HEIGHT)
    browser.get(sandbox.url)
    person = Person(browser)
    assert person.sees("Live")
    person.run(
        "window.broken = [];"
        "addEventListener('error', (event) => broken.push(event.message));"
        "addEventListener('unhandledrejection', (event) => broken.push(String(event.reason)));"
        "addEventListener('securitypolicyviolation', (event) => broken.push(event.blockedURI));"
    )
    yield person
    assert person.run("return window.broken") == []
    browser.get("about:blank")


def test_a_code_shows_up_as_it_is_sent(
    person: Person, caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    assert person.sees("Nothing was sent yet")
    caller.request_enrollment("SMS", phoneNumber=PHONE)
    code = sandbox.outbox.last_code(phone=PHONE)
    assert person.sees(code)
    assert person.text("#messages code") == code
    assert person.sees("SMS +86 13800000000 (waits for its code)")
    news = person.run("return document.getElementById('news').textContent")
    assert news == f"New code to +86 {PHONE}: {code}"


def test_an_authenticators_code_shows_up(
    person: Person, caller: Caller, user: SandboxUser
) -> None:
    caller.request_enrollment("OTP")
    assert person.sees(f"Authenticator (waits for its code) {user.totp_code()}")


def test_a_button_advances_the_clock(
    person: Person, caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    caller.request_enrollment("EMAIL", email=EMAIL)
    assert person.sees("waits for its code")
    before = sandbox.clock.now()
    person.press("+ 61 seconds")
    assert person.sees("expired")
    assert sandbox.clock.now() == before + 61
    assert person.text("#users td") == "none"


def test_any_number_of_seconds_advances_the_clock(person: Person, sandbox: Sandbox) -> None:
    before = sandbox.clock.now()
    field = person.browser.find_element("name", "seconds")
    field.clear()
    field.send_keys("7")
    person.press("Advance")
    shown = "return document.getElementById('news').textContent === 'Clock advanced'"
    assert wait_until(person, shown)
    assert sandbox.clock.now() == before + 7


def test_a_button_lets_the_clock_run_and_stand(person: Person, sandbox: Sandbox) -> None:
    assert person.sees("(frozen)")
    person.press("Run on")
    assert wait_until(person, "return document.getElementById('freeze').textContent === 'Freeze'")
    assert not sandbox.clock.frozen
    person.press("Freeze")
    assert person.sees("(frozen)")
    assert sandbox.clock.frozen


def test_a_button_arms_a_fault_and_the_journal_shows_its_hit(
    person: Person, caller: Caller
) -> None:
    person.choose("kind", "Unavailable (HTTP 503)")
    person.choose("path", "/api/v3/list-enrolled-factors")
    person.press("Arm fault")
    assert person.sees("status 503 to /api/v3/list-enrolled-factors, 1 to come")
    answer = caller.send("GET", "/api/v3/list-enrolled-factors")
    assert answer.status_code == 503
    assert person.sees("No fault is armed.")
    assert person.sees("GET /api/v3/list-enrolled-factors 503 503")
    assert person.text("#journal .fault") == "status 503"


def test_a_fault_is_removed_and_the_focus_stays_near(person: Person, sandbox: Sandbox) -> None:
    sandbox.faults.drop(times=None)
    assert person.sees("drop to any call, every time")
    person.press("Remove")
    assert person.sees("No fault is armed.")
    assert len(sandbox.faults) == 0
    assert wait_until(person, "return document.activeElement.id === 'faults-title'")


def test_a_user_is_added_by_keyboard(person: Person, sandbox: Sandbox) -> None:
    from selenium.webdriver.common.keys import Keys

    person.run("document.querySelector('summary').focus()")
    person.type_keys(Keys.ENTER)
    person.type_keys(Keys.TAB)
    person.type_keys("ada", Keys.TAB)
    person.type_keys("sandbox_password", Keys.TAB)
    person.type_keys(PHONE, Keys.TAB)
    person.type_keys(EMAIL, Keys.TAB)
    person.type_keys(Keys.TAB)
    person.type_keys(Keys.SPACE)
    person.type_keys(Keys.ENTER)
    assert person.sees("1 user")
    [user] = sandbox.users
    assert (
        user.username,
        user.password,
        user.phone,
        user.email,
    ) == ("ada", "sandbox_password", PHONE, EMAIL)
    assert user.factor_ids == (f"{user.user_id}|phone",)
    assert person.browser.find_element("name", "username").get_attribute("value") == ""


def test_every_button_is_reached_by_keyboard(person: Person, sandbox: Sandbox) -> None:
    from selenium.webdriver.common.keys import Keys

    sandbox.faults.drop()
    assert person.sees("drop to any call")
    buttons = {each.id for each in person.browser.find_elements("css selector", "button")}
    shown = {
        each.id
        for each in person.browser.find_elements("css selector", "button")
        if each.is_displayed()
    }
    reached = set()
    person.run("document.body.focus()")
    for _ in range(len(buttons) + 20):
        person.type_keys(Keys.TAB)
        reached.add(person.browser.switch_to.active_element.id)
    assert shown - reached == set()


def test_a_refusal_is_told_in_words(person: Person, sandbox: Sandbox) -> None:
    sandbox.add_user(username="ada")
    person.run("document.querySelector('details').open = true")
    person.browser.find_element("name", "username").send_keys("ada")
    person.press("Add user")
    script = "return document.getElementById('news').textContent"
    assert wait_until(person, script)
    assert person.run(script) == "another user has this username"
    assert len(sandbox.users) == 1


def test_what_came_from_outside_is_text(person: Person, sandbox: Sandbox) -> None:
    name = "<img src=x onerror=alert(1)>"
    sandbox.add_user(username=name, email="<b>a</b>@example.com", factors=["EMAIL"])
    assert person.sees(name)
    assert person.sees("<b>a</b>@example.com")
    assert person.run("return document.querySelectorAll('main img, main b').length") == 0


def test_what_is_selected_stays_while_nothing_changes(
    person: Person, caller: Caller, sandbox: Sandbox
) -> None:
    caller.request_enrollment("SMS", phoneNumber=PHONE)
    assert person.sees(sandbox.outbox.last_code(phone=PHONE))
    person.run("window.kept = document.querySelector('#messages code')")
    sandbox.add_user(username="ada")
    assert person.sees("ada")
    assert person.run("return window.kept.isConnected")


def test_nothing_comes_from_elsewhere(person: Person, sandbox: Sandbox) -> None:
    script = "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    found = person.run(script)
    assert len(found) >= 3
    assert [each for each in found if not each.startswith(f"{sandbox.url}/")] == []


def test_its_own_policy_stops_what_is_inline(person: Person) -> None:
    blocked = person.run(
        "const script = document.createElement('script');"
        "try { script.textContent = 'window.ran = 1'; document.head.append(script); }"
        "catch (error) { return error.name; }"
        "return String(window.ran);"
    )
    person.run("window.broken.length = 0")
    assert blocked in ("TypeError", "undefined")


def test_the_end_of_the_sandbox_is_told(browser: Chrome) -> None:
    person = Person(browser)
    with Sandbox() as sandbox:
        browser.get(sandbox.url)
        assert person.sees("Live")
    assert person.sees("The sandbox does not answer")
    browser.get("about:blank")


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_it_fits_the_window(
    person: Person, caller: Caller, sandbox: Sandbox, user: SandboxUser, width: int
) -> None:
    sandbox.faults.throttle(times=None, path="/api/v2/mfa/totp/associate/confirm")
    sandbox.add_user(username="a" * 60, email=f"{'b' * 60}@example.com", factors=["OTP", "EMAIL"])
    caller.request_enrollment("OTP")
    person.browser.set_window_size(width, HEIGHT)
    assert person.sees("a" * 60)
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert person.run(wide) == 0


def test_it_is_dark_where_the_system_is(person: Person) -> None:
    script = "return getComputedStyle(document.body).backgroundColor"
    light = person.run(script)
    prefer_colours(person.browser, "dark")
    dark = person.run(script)
    assert brightness(dark) < 100 < 200 < brightness(light)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_text_stands_out(person: Person, sandbox: Sandbox, scheme: str) -> None:
    sandbox.faults.drop()
    sandbox.add_user(username="ada", factors=["OTP"])
    assert person.sees("drop to any call")
    prefer_colours(person.browser, scheme)
    assert (
        person.run(
            """
        const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map((each) => each / 255)
          .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
          .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
        const behind = (element) => {
          const found = numbers(getComputedStyle(element).backgroundColor);
          return found.length === 4 && found[3] === 0 ? behind(element.parentElement) : found;
        };
        const low = [];
        for (const element of document.querySelectorAll("body *")) {
          if (!element.checkVisibility() || !element.innerText) continue;
          const two = [numbers(getComputedStyle(element).color), behind(element)].map(light);
          const ratio = (Math.max(...two) + 0.05) / (Math.min(...two) + 0.05);
          if (ratio < 4.5) low.push(element.tagName + " " + element.innerText + " " + ratio);
        }
        return low;
        """
        )
        == []
    )


def wait_until(person: Person, script: str) -> bool:
    from selenium.webdriver.support.wait import WebDriverWait

    return bool(WebDriverWait(person.browser, 10, 0.05).until(lambda _: person.run(script)))


def brightness(colour: str) -> float:
    numbers = [float(each) for each in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    return sum(numbers) / 3
