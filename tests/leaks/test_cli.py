"""A bug below the command line shows no secret in its frames, and its errors show none either."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from authing_mfa.cli.settings import VARIABLES
from tests.cli.conftest import Call, Person, call  # noqa: F401  a fixture
from tests.support.marks import (
    APP_SECRET,
    CODE,
    KEY_SECRET,
    OTP_SECRET,
    PASSWORD,
    RECOVERY,
    TOKEN,
    leaks,
)
from tests.support.wire import HOST

COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sign-in": (("sign-in", "u"), (PASSWORD,)),
    "sign-in, option": (("sign-in", "u", "--password", PASSWORD), ()),
    "sign-in, line": (("sign-in", "u", "--password", "-"), (PASSWORD,)),
    "sign-in, directory": (("sign-in", "u", "--directory", "AD"), (PASSWORD,)),
    "secret": (("sign-in", "u", "--app-secret", APP_SECRET), (PASSWORD,)),
    "verify": (("verify",), (CODE,)),
    "verify, option": (("verify", "--code", CODE), ()),
    "verify, token": (("verify", "--access-token", "-", "--code", CODE), (TOKEN,)),
    "list": (("factors", "list", "--access-token", TOKEN), ()),
    "enroll": (("factors", "enroll", "OTP"), ()),
    "user": (("admin", "user", "u_1"), ()),
    "key": (("admin", "settings", "--access-key-secret", KEY_SECRET), ()),
}


@pytest.fixture(autouse=True)
def _somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "app_host": HOST,
        "app_id": "app_example",
        "app_secret": APP_SECRET,
        "access_token": TOKEN,
        "api_host": HOST,
        "access_key_id": "key_example",
        "access_key_secret": KEY_SECRET,
    }
    for name, value in values.items():
        monkeypatch.setenv(VARIABLES[name], value)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a bug into what is beneath the package."""

    def send(*arguments: Any, **options: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("requests.Session.send", send)


def raised(run: Any, *arguments: str, answers: tuple[str, ...] = ()) -> BaseException:
    with pytest.raises(ZeroDivisionError) as caught:
        run(*arguments, answers=answers)
    return caught.value


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("name", COMMANDS)
def test_bug_below_a_command_shows_no_secret(call: Call, name: str) -> None:  # noqa: F811
    arguments, answers = COMMANDS[name]
    assert leaks(raised(call, *arguments, answers=answers)) == []


@pytest.mark.usefixtures("broken")
def test_bug_below_an_import_shows_no_secret(call: Call, tmp_path: Path) -> None:  # noqa: F811
    table = tmp_path / "otp.csv"
    table.write_text(f"user_id,secret,recovery_code\nu_1,{OTP_SECRET},{RECOVERY}\n")
    assert leaks(raised(call, "admin", "import-otp", str(table))) == []


def test_line_of_a_secret_is_hidden_where_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from authing_mfa.cli import ask

    monkeypatch.setattr("sys.stdin", Person([PASSWORD]))
    assert repr(ask.secret("Password")) == "<hidden>"
