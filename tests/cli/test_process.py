"""The command as a program: its extras, its completion, its pipes."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from authing_mfa import AuthenticationClient

from .conftest import Call
from .processes import COMMAND, TIMEOUT, posix

pytestmark = pytest.mark.slow

WITHOUT = """
import sys
sys.modules[{missing!r}] = None
from authing_mfa.cli import main
sys.argv = ["authing-mfa", *{arguments!r}]
sys.exit(main())
"""


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [*COMMAND, *arguments],
        **{"capture_output": True, "text": True, "timeout": TIMEOUT, "check": False, **options},
    )


def run_without(missing: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = WITHOUT.format(missing=missing, arguments=list(arguments))
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=False
    )


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_missing_extra_is_one_line(missing: str) -> None:
    done = run_without(missing, "--help")
    assert done.returncode == 2
    assert done.stderr == 'authing-mfa needs an extra: pip install "authing-mfa[cli]"\n'
    assert done.stdout == ""


@pytest.mark.parametrize("arguments", [("factors", "list", "--host", "sandbox"), ("sandbox",)])
def test_missing_sandbox_is_one_line(arguments: tuple[str, ...]) -> None:
    done = run_without("werkzeug", *arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert 'pip install "authing-mfa[sandbox]"' in done.stderr


def test_missing_keyring_is_one_line() -> None:
    done = run_without(
        "keyring",
        *("factors", "list", "--keyring", "--app-id", "a", "--host", "https://demo.example.com"),
    )
    assert done.returncode == 2
    assert (
        done.stderr
    ) == 'authing-mfa: the keyring needs an extra: pip install "authing-mfa[keyring]".\n'


def test_import_of_the_package_loads_no_command_line() -> None:
    code = "import sys, authing_mfa, authing_mfa.cli; print({'click', 'rich'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=True
    )
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_is_generated(
    call: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setenv("_AUTHING_MFA_COMPLETE", f"{shell}_source")
    with pytest.raises(SystemExit, match="0"):
        call()
    assert f"_AUTHING_MFA_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_factor_types_are_completed(
    call: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_AUTHING_MFA_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "authing-mfa factors enroll ")
    monkeypatch.setenv("COMP_CWORD", "3")
    with pytest.raises(SystemExit, match="0"):
        call()
    completed = capsys.readouterr().out.split()
    assert [line.rpartition(",")[2].upper() for line in completed] == [
        "SMS",
        "EMAIL",
        "OTP",
        "FACE",
    ]


@posix
@pytest.mark.parametrize("arguments", [("explain", "2001"), ("explain", "1", "--json")])
def test_reader_that_goes_away_is_no_noise(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody:
        done = run(*arguments, capture_output=False, stdout=nobody, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("arguments", [["explain", "6001"], ["explain", "6001", "--json"]])
def test_full_disk_is_one_line(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    [line] = done.stderr.splitlines()
    assert (done.returncode, "the output cannot be written" in line) == (1, True)


def test_narrow_encoding_is_no_obstacle(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    with io.TextIOWrapper(written, encoding="latin-1", write_through=True) as narrow:
        monkeypatch.setattr("sys.stdout", narrow)
        assert call("explain", "2001").code == 0
        assert b"\\u9a8c" in written.getvalue()


@posix
@pytest.mark.parametrize("as_json", [False, True])
def test_sandbox_serves_and_shows_what_it_sends(as_json: bool) -> None:
    arguments = ["sandbox", *(["--json"] if as_json else [])]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            client = _client(process.stdout.readline, as_json)
            with client:
                enrollment = client.begin_enrollment("EMAIL", email="a@example.com")
                line = next(text for text in process.stdout if "a@example.com" in text)
                code = json.loads(line)["code"] if as_json else line.split()[-1]
                enrollment.confirm(code)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0


def _client(readline: object, as_json: bool) -> AuthenticationClient:
    assert callable(readline)
    if as_json:
        shown = json.loads(readline())
    else:
        lines = (readline().strip().partition("=") for _ in range(4))
        shown = {name.removeprefix("AUTHING_").lower(): value for name, _, value in lines}
    names = ("app_host", "app_id", "access_token")
    return AuthenticationClient(**{name: shown[name] for name in names})


def test_sandbox_at_a_taken_port_is_refused(call: Call) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert call("sandbox", "--port", port).code == 2
        done = call("sandbox", "--port", port, "--json")
    assert (done.code, done.document["error"]["type"]) == (2, "ConfigurationError")
