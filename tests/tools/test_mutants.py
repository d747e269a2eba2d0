"""The list of survivors names what is there, and its tool reads what mutmut says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import tools.mutation
from tools.mutation.mutants import Mutant, listed, readable, shown
from tools.mutation.run import undecorated

_LIST = Path(tools.mutation.__file__).with_name("survivors.md").read_text(encoding="utf-8")
_DIFF = """# authing_mfa.errors.x_api_error_class__mutmut_6: survived
--- authing_mfa/errors.py
+++ authing_mfa/errors.py
@@ -1,7 +1,7 @@
 def api_error_class(status_code: int, api_code: int | None) -> type[APIError]:
-        _BY_API_CODE.get(api_code or 0)
+        _BY_API_CODE.get(api_code or 1)
"""


def test_every_block_of_the_list_is_read() -> None:
    assert _LIST.count("\n```diff\n") == listed(_LIST).total() > 0


def test_list_is_read_as_it_is_written() -> None:
    mutant = Mutant("authing_mfa.errors", "APIError.hint_in", ("- if a:", "+ if b:"))
    text = f"## Why\n\nBecause.\n\n{mutant}\n\n{mutant}\n"
    assert Counter({mutant: 2}) == listed(text)


def test_what_mutmut_shows_is_the_function_and_its_changed_lines() -> None:
    change = ("- _BY_API_CODE.get(api_code or 0)", "+ _BY_API_CODE.get(api_code or 1)")
    expected = Mutant("authing_mfa.errors", "api_error_class", change)
    assert expected == shown("authing_mfa.errors.x_api_error_class__mutmut_6", _DIFF)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("authing_mfa._call.retry.x_pause__mutmut_12", "authing_mfa._call.retry:pause"),
        (
            "authing_mfa._protocol.envelope.x__text__mutmut_1",
            "authing_mfa._protocol.envelope:_text",
        ),
        ("authing_mfa.errors.xǁAPIErrorǁ__str____mutmut_3", "authing_mfa.errors:APIError.__str__"),
    ],
)
def test_names_of_mutmut_become_readable(name: str, expected: str) -> None:
    assert expected == readable(name)


def test_decorated_functions_are_spelled_for_mutmut() -> None:
    source = "class A:\n    @property\n    def b(self):\n        return 1\n\n    c = 2\n"
    expected = "class A:\n    def b(self):\n        return 1\n    b = property(b)\n\n    c = 2\n"
    assert expected == undecorated(source)


def test_other_decorators_are_left() -> None:
    source = "class A:\n    @classmethod\n    def b(cls):\n        return 1\n"
    assert source == undecorated(source)
