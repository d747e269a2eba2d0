"""The import of the sandbox: the packages that it needs, and those that wait."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import authing_mfa.sandbox


@pytest.mark.parametrize("missing", ["werkzeug", "pyotp", "segno", "werkzeug, pyotp, segno"])
def test_a_missing_extra_is_named_once(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in missing.split(", "):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "authing_mfa.sandbox")
    with pytest.raises(ImportError) as caught:
        importlib.import_module("authing_mfa.sandbox")
    expected = f'the sandbox needs {missing}: pip install "authing-mfa[sandbox]"'
    assert str(caught.value) == expected


def test_the_qr_library_waits_for_the_first_qr_code() -> None:
    script = "import sys, authing_mfa.sandbox; print('segno' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_the_public_names_are_sorted_and_there() -> None:
    names = authing_mfa.sandbox.__all__
    assert names == sorted(names)
    assert [name for name in names if not hasattr(authing_mfa.sandbox, name)] == []
