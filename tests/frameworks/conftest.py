"""Each test of a site runs on the Flask and on the Django example.

The frameworks and the examples are imported by the fixtures alone: they are not everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.browser import browser  # noqa: F401
from tests.support.sets import require

if TYPE_CHECKING:
    from .sites import Site

OpenSite: TypeAlias = "Callable[..., AbstractContextManager[Site]]"

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(params=["flask", pytest.param("django", marks=pytest.mark.slow)])
def open_site(
    request: pytest.FixtureRequest, authing_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> OpenSite:
    """Give what opens one of the examples, with the sandbox as its tenant."""
    for name in ("flask_app", "django_site"):
        monkeypatch.syspath_prepend(EXAMPLES / name)
    monkeypatch.setenv("AUTHING_APP_ID", authing_sandbox.app_id)
    monkeypatch.setenv("AUTHING_APP_HOST", authing_sandbox.url)
    monkeypatch.setenv("AUTHING_APP_SECRET", authing_sandbox.app_secret)
    require("examples", "django", "flask", "flask_wtf")
    from .sites import SITES

    return SITES[request.param]


@pytest.fixture
def site(open_site: OpenSite) -> Iterator[Site]:
    """Give one of the examples."""
    with open_site() as site:
        yield site


@pytest.fixture
def user(authing_sandbox: Sandbox) -> SandboxUser:
    """Give a user with an e-mail factor."""
    return authing_sandbox.add_user(
        username="example", phone="13800000000", email="test@example.com", factors=["EMAIL"]
    )
