"""What importing the sandbox needs, and what it leaves alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

import authing_mfa.sandbox


def printed(script: str) -> str:
    """Run a script in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize(
    "missing",
    [
        "werkzeug, pyotp, segno",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("werkzeug", "pyotp", "segno")),
    ],
)
def test_a_missing_extra_is_named_once(missing: str) -> None:
    script = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({missing.split(', ')}))\n"
        "try:\n"
        "    import authing_mfa.sandbox\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    expected = f'the sandbox needs {missing}: pip install "authing-mfa[sandbox]"\n'
    assert printed(script) == expected


def test_the_qr_library_waits_for_the_first_qr_code() -> None:
    script = "import sys, authing_mfa.sandbox; print('segno' in sys.modules)"
    assert printed(script) == "False\n"


def test_the_public_names_are_sorted_and_there() -> None:
    names = authing_mfa.sandbox.__all__
    assert names == sorted(names)
    assert [name for name in names if not hasattr(authing_mfa.sandbox, name)] == []
