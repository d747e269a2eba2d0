"""Where there is no browser, its tests skip and say so, unless one is required."""

from __future__ import annotations

import pytest

from tests.support.browser import skip_without


def test_missing_browser_skips_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTHING_REQUIRE_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no browser: chromium, selenium missing"):
        skip_without(["chromium", "selenium"])


def test_missing_browser_fails_where_one_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHING_REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="no browser: chromium missing"):
        skip_without(["chromium"])


def test_nothing_missing_goes_on() -> None:
    skip_without([])
