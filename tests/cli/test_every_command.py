"""Every command's help, and a run of each, at a terminal and in a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from authing_mfa.cli.app import root
from authing_mfa.cli.settings import VARIABLES
from authing_mfa.sandbox import Sandbox

from .conftest import Call
from .processes import Shown, many_at_a_terminal, many_in_a_pipe, posix

pytestmark = pytest.mark.slow

RUNS: dict[str, list[str]] = {
    "demo": ["demo"],
    "list": ["factors", "list"],
    "list, embedded": ["factors", "list", "--host", "sandbox"],
    "available": ["factors", "available"],
    "get": ["factors", "get", "SMS"],
    "explain": ["explain", "2001"],
    "doctor": ["doctor"],
    "settings": ["admin", "settings"],
    "user": ["admin", "user", "13800000000", "--by", "phone"],
}
AT = pytest.mark.parametrize("place", [pytest.param("terminal", marks=posix), "pipe"])


def every_command(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from every_command(one, (*path, name))


HELPS = [[*path, "--help"] for path in every_command(root)]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Shown]]]:
    """Run everything once at a terminal and once in a pipe; give what was shown."""
    folder = tmp_path_factory.mktemp("files")
    table = folder / "otp.csv"
    with Sandbox() as sandbox, pytest.MonkeyPatch.context() as patch:
        person = sandbox.add_user(phone="13800000000", factors=["SMS"])
        row = f"{person.user_id},ABCDEFGHIJKLMNOP"
        table.write_text(f"user_id,secret\n{row}\n", encoding="utf-8")
        values = {
            **person.credentials,
            "app_secret": sandbox.app_secret,
            "api_host": sandbox.url,
            "access_key_id": sandbox.access_key_id,
            "access_key_secret": sandbox.access_key_secret,
        }
        for name, value in values.items():
            patch.setenv(VARIABLES[name], value)
        yield {
            "terminal": _named(many_at_a_terminal, folder / "a.sqlite3", table),
            "pipe": _named(many_in_a_pipe, folder / "b.sqlite3", table),
        }


def _named(run: object, store: Path, table: Path) -> dict[str, Shown]:
    commands = {
        **RUNS,
        "audit": ["admin", "audit", str(store)],
        "import-otp": ["admin", "import-otp", str(table)],
        **{" ".join(one): one for one in HELPS},
    }
    assert callable(run)
    return dict(zip(commands, run(list(commands.values())), strict=True))


@AT
@pytest.mark.parametrize("help_", [" ".join(one) for one in HELPS])
def test_help_of_every_command(shown: dict[str, dict[str, Shown]], place: str, help_: str) -> None:
    found = shown[place][help_]
    assert found.code == 0
    assert f"Usage: authing-mfa {help_.removesuffix('--help')}".strip() in found.text
    assert "--json" in found.text


@AT
@pytest.mark.parametrize("name", [*RUNS, "audit", "import-otp"])
def test_run_of_every_command(shown: dict[str, dict[str, Shown]], place: str, name: str) -> None:
    found = shown[place][name]
    assert found.code == 0, found.text
    assert found.text


@pytest.mark.parametrize("name", [*RUNS, "audit", "import-otp"])
def test_pipe_gets_no_escape_sequence(shown: dict[str, dict[str, Shown]], name: str) -> None:
    assert "\x1b" not in shown["pipe"][name].text


@posix
@pytest.mark.parametrize("name", ["list", "get", "doctor"])
def test_terminal_gets_colours(shown: dict[str, dict[str, Shown]], name: str) -> None:
    assert "\x1b[36m" in shown["terminal"][name].text or "\x1b[32m" in shown["terminal"][name].text


def test_pipe_gets_columns_by_tabs(shown: dict[str, dict[str, Shown]]) -> None:
    line = shown["pipe"]["list"].text.splitlines()[0]
    assert line.split("\t")[:2] == ["SMS", "+86 138****0000"]


@posix
def test_no_color_means_no_escape_sequence() -> None:
    commands = [["factors", "list", "--host", "sandbox"], ["explain", "2001"], ["explain", "1"]]
    for found in many_at_a_terminal(commands, NO_COLOR="1"):
        assert found.text
        assert "\x1b" not in found.text


def test_command_without_arguments_shows_the_help(call: Call) -> None:
    done = call()
    assert "Usage: authing-mfa" in done.out + done.err


def test_demo_is_a_list_of_calls_in_json(call: Call) -> None:
    steps = call("demo", "--json").document
    assert steps[0]["call"] == "client.sign_in('user', password=...)"
    assert {"call", "result"} == set(steps[0])
    assert steps[-1]["result"] == "()"
    assert any(one["result"].startswith("CodeRejectedError: ") for one in steps)
