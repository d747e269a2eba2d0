"""How a notebook's page looks to somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from authing_mfa import Factor, FactorProfile, Factors, FactorType, QRCode
from authing_mfa._values.notebook import OnPage, Picture
from tests.support.browser import prefer_colours

from .pictures import read_png

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

Show: TypeAlias = Callable[[str], None]

pytestmark = pytest.mark.slow  # to start a browser takes seconds

URI = "otpauth://totp/Example:test%40example.com?secret=EXAMPLEEXAMPLE23&issuer=Example"
FACTORS = Factors(
    Factor(factor_id=f"f_{kind}", factor_type=kind, profile=FactorProfile(email="a@example.com"))
    for kind in FactorType
)
_PAGE = '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
_COLOURS = """
const of = (name) => getComputedStyle(document.querySelector(name));
return [of("td").color, of("td").borderTopColor, of("th").color, of("table").backgroundColor];
"""


class Front:
    """A front end that keeps what was published last."""

    def __init__(self) -> None:
        self.page: dict[str, str] = {}

    def publish(self, page: dict[str, str], **options: Any) -> None:
        self.page = page


@pytest.fixture
def front() -> Front:
    return Front()


@pytest.fixture
def picture(front: Front) -> Iterator[Picture]:
    picture = OnPage(front.publish, 60, QRCode(URI), embedded=False)
    yield picture
    picture.clear()


@pytest.fixture
def show(browser: Chrome, tmp_path: Path) -> Callable[[str], None]:
    """Return what shows somebody a page."""

    def show(html: str) -> None:
        file = tmp_path / "page.html"
        file.write_text(_PAGE + html, encoding="utf-8")
        browser.get(file.as_uri())

    return show


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_table_has_the_colours_of_its_page(browser: Chrome, show: Show, scheme: str) -> None:
    ink = {"light": "rgb(0, 0, 0)", "dark": "rgb(255, 255, 255)"}[scheme]
    prefer_colours(browser, scheme)
    show(FACTORS._repr_html_())
    assert browser.execute_script(_COLOURS) == [ink, ink, ink, "rgba(0, 0, 0, 0)"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_code_that_is_handed_out_can_be_scanned(
    browser: Chrome, show: Show, front: Front, picture: Picture, scheme: str
) -> None:
    prefer_colours(browser, scheme)
    show(front.page["text/html"])
    browser.execute_async_script("document.images[0].decode().then(arguments[0])")
    assert read_png(browser.get_screenshot_as_png()) == URI


def test_page_says_why_there_is_no_picture(
    browser: Chrome, show: Show, front: Front, picture: Picture
) -> None:
    html = front.page["text/html"]
    picture.clear()
    show(html)
    browser.execute_async_script("document.images[0].decode().then(null, arguments[0])")
    words = "return document.images[0].alt"
    assert "help(Enrollment.show_qr)" in browser.execute_script(words)
