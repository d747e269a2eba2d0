"""What a report of an error shows of a visitor's secrets: frames, forms and cookies."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import requests
from requests.adapters import HTTPAdapter

from authing_mfa.sandbox import Sandbox, SandboxUser

if TYPE_CHECKING:
    from .conftest import OpenSite
    from .sites import Visitor

pytestmark = pytest.mark.repository

CODE = "918273"
Step: TypeAlias = "Callable[[Visitor, SandboxUser], object]"

# Each form or page that works with a secret, and the call that fails under it.
STEPS: dict[str, tuple[str, Step]] = {
    "password": ("signin", lambda visitor, user: visitor.sign_in(user)),
    "factor": (
        "totp/verify",
        lambda visitor, user: visitor.post("/step-up/verify", by="OTP", code=CODE),
    ),
    "recovery": (
        "totp/recovery",
        lambda visitor, user: visitor.post(
            "/step-up/verify", by="RECOVERY", code=user.recovery_code()
        ),
    ),
    "list": ("list-enrolled-factors", lambda visitor, user: visitor.get("/")),
    "proof": ("mfa-totp-verify", lambda visitor, user: visitor.post("/prove", code=CODE)),
    "confirm": (
        "enroll-factor",
        lambda visitor, user: visitor.post("/factors/confirm", code=CODE),
    ),
    "sign out": ("revocation", lambda visitor, user: visitor.post("/sign-out")),
}


class MishapError(Exception):
    """What no page expects."""


class Failing(HTTPAdapter):
    """Raises what no page expects, on one path."""

    path = "nowhere"

    def send(self, request: Any, *args: Any, **options: Any) -> requests.Response:
        if request.url.endswith(self.path):
            raise MishapError
        return super().send(request, *args, **options)


@pytest.fixture
def user(authing_sandbox: Sandbox) -> SandboxUser:
    authing_sandbox.require_mfa("application", ["OTP"])
    authing_sandbox.settings.totp_replay = True
    return authing_sandbox.add_user(username="marked", factors=["OTP"])


@pytest.fixture
def failing() -> Failing:
    return Failing()


@pytest.fixture
def visitor(
    open_site: OpenSite, user: SandboxUser, failing: Failing, request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    """Give somebody who stands where the step begins."""
    with requests.Session() as session:
        session.mount("http://", failing)
        with open_site(session=session) as site:
            visitor = site.visitor()
            name = request.getfixturevalue("name")
            if name != "password":
                visitor.sign_in(user)
            if name not in ("password", "factor", "recovery"):
                visitor.post("/step-up/verify", by="OTP", code=user.totp_code())
            if name == "confirm":
                visitor.post("/factors/enroll", kind="EMAIL", email="new@example.com")
            yield visitor


def secrets(sandbox: Sandbox, user: SandboxUser, visitor: Visitor) -> list[str]:
    held = [*sandbox.snapshot()["tokens"], *visitor.cookies().values()]
    return [CODE, user.password, user.recovery_code(), *held]


@pytest.mark.parametrize("name", STEPS)
def test_frames_show_no_secret(
    visitor: Visitor, user: SandboxUser, failing: Failing, authing_sandbox: Sandbox, name: str
) -> None:
    failing.path, step = STEPS[name]
    with pytest.raises(MishapError) as caught:
        step(visitor, user)
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [frame for frame in told.stack if "_pages" in frame.filename]
    assert ours
    shown = " ".join(str(frame.locals) for frame in ours)
    assert [one for one in secrets(authing_sandbox, user, visitor) if one in shown] == []


@pytest.mark.parametrize("open_site", ["django"], indirect=True)
@pytest.mark.parametrize("name", STEPS)
def test_report_of_django_shows_no_secret_of_the_request(
    visitor: Visitor, user: SandboxUser, failing: Failing, authing_sandbox: Sandbox, name: str
) -> None:
    from django.core.signals import got_request_exception
    from django.views.debug import ExceptionReporter

    reports: list[str] = []

    def report(request: Any, **rest: Any) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info())
        data = reporter.get_traceback_data()
        shown = {key: data[key] for key in data if key.startswith(("request", "filtered_POST"))}
        ours = [frame for frame in data["frames"] if "django_pages" in frame["filename"]]
        reports.append(f"{shown} {[frame['vars'] for frame in ours]}")

    got_request_exception.connect(report)
    failing.path, step = STEPS[name]
    with pytest.raises(MishapError):
        step(visitor, user)
    got_request_exception.disconnect(report)
    [shown] = reports
    assert [one for one in secrets(authing_sandbox, user, visitor) if one in shown] == []
