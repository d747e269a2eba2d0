"""A headless Chromium for the tests, one for the whole run.

    from tests.support.browser import browser  # in a conftest.py

Tests that use it skip where Chromium, its driver or a Python package is missing, unless
AUTHING_REQUIRE_BROWSER=1 makes that a failure.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

_PROGRAMS = ("chromium", "chromedriver")
_PACKAGES = {"selenium": "selenium", "PIL": "pillow", "zxingcpp": "zxing-cpp"}
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-proxy-server", "--window-size=900,1300", "--lang=en-US"),
)
_STARTED: pytest.StashKey[Chrome] = pytest.StashKey()


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Chrome:
    """Give the browser, on an empty page, without cookies, in light colours."""
    config = request.config
    if _STARTED not in config.stash:
        skip_without(_missing())
        config.stash[_STARTED] = _start(config)
    driver = config.stash[_STARTED]
    driver.get("about:blank")
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    prefer_colours(driver, "light")
    return driver


def prefer_colours(driver: Chrome, scheme: str) -> None:
    """Show pages as to somebody whose system is `light` or `dark`."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def wait_for(driver: Chrome, words: str) -> bool:
    """Wait until the page shows these words, in one line or more, and return True.

    A TimeoutException says that it did not.
    """
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.support.wait import WebDriverWait

    def shown(driver: Chrome) -> bool:
        text: str = driver.execute_script("return document.body.innerText")
        return words in " ".join(text.split())

    # Between two pages there is nothing to ask, which is an error of many kinds.
    return WebDriverWait(driver, 10, 0.05, [WebDriverException]).until(shown)


def qr_in(photograph: bytes) -> str:
    """Return the text of the one QR code in a PNG picture."""
    import zxingcpp
    from PIL import Image

    with Image.open(io.BytesIO(photograph)) as picture:
        [code] = zxingcpp.read_barcodes(
            picture.convert("L"),
            formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
            try_invert=False,
        )
    return code.text


def skip_without(missing: list[str]) -> None:
    """Skip, or fail where a browser is required, if anything is missing."""
    if missing:
        reason = f"no browser: {', '.join(missing)} missing"
        if os.environ.get("AUTHING_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


def _missing() -> list[str]:
    packages = [name for module, name in _PACKAGES.items() if find_spec(module) is None]
    return packages + [program for program in _PROGRAMS if shutil.which(program) is None]


def _start(config: pytest.Config) -> Chrome:
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    profile = tempfile.TemporaryDirectory(
        prefix="authing-mfa-browser-", ignore_cleanup_errors=True
    )
    options = ChromeOptions()
    options.binary_location = str(shutil.which(_PROGRAMS[0]))
    for flag in (*_FLAGS, f"--user-data-dir={profile.name}"):
        options.add_argument(flag)
    options.accept_insecure_certs = True  # tests make their own
    driver = Chrome(options=options, service=ChromeService(shutil.which(_PROGRAMS[1])))
    config.add_cleanup(profile.cleanup)
    config.add_cleanup(driver.quit)
    driver.set_page_load_timeout(20)
    return driver
