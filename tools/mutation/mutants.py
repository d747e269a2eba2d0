"""A mutant, told by its function and its changed lines, so that it outlives mutmut's numbers."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

import attrs

_BLOCK: Final = re.compile(
    r"^```diff\n(?P<function>\S+)\n(?P<change>.*?)^```$", re.MULTILINE | re.DOTALL
)
_NUMBER: Final = re.compile(r"__mutmut_\d+$")


@attrs.frozen
class Mutant:
    """One change to one function.

    Attributes:
        module: Such as ``authing_mfa.errors``.
        function: Its name in the module, such as ``APIError.hint_in``.
        change: The lines before, each after a ``-``, and the lines after, each after a ``+``.
    """

    module: str
    function: str
    change: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(["```diff", f"{self.module}:{self.function}", *self.change, "```"])


def listed(text: str) -> Counter[Mutant]:
    """Return the mutants of a list: each is a fenced diff under the name of its function."""
    return Counter(_mutant(block["function"], block["change"]) for block in _BLOCK.finditer(text))


def shown(name: str, diff: str) -> Mutant:
    """Return the mutant of which mutmut gave the name and the diff."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    return _mutant(readable(name), "\n".join(lines))


def readable(name: str) -> str:
    """Spell mutmut's name of a mutant as ``module:function``."""
    module, _, function = _NUMBER.sub("", name).rpartition(".")
    is_method = function.startswith("xǁ")
    function = function[2:].replace("ǁ", ".") if is_method else function.removeprefix("x_")
    return f"{module}:{function}"


def _mutant(function: str, change: str) -> Mutant:
    module, _, name = function.partition(":")
    lines = (line for line in change.splitlines() if line.startswith(("-", "+")))
    return Mutant(module, name, tuple(f"{line[0]} {line[1:].strip()}" for line in lines))
