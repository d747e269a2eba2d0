"""The payloads themselves: one whole envelope a file, each with its source."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support import payloads

_README = (Path(payloads.__file__).parent / "README.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `(\w+)` \| .+ \| (schema|sample|client|made) \|$", re.MULTILINE)


def test_readme_names_each_payload_and_its_source_once() -> None:
    assert payloads.names() == sorted(name for name, _ in _ROW.findall(_README))


def test_payload_is_an_object() -> None:
    assert {type(payloads.read(name)) for name in payloads.names()} == {dict}
