"""The refusals: their codes and their messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs

STATUS_CODES = frozenset(
    {200, 400, 401, 402, 403, 404, 409, 413, 422, 429, 499, 500, 501, 502, 503, 601, 602, 603}
)


def _in_the_vendors_table(_: Any, __: Any, value: int) -> None:
    if value not in STATUS_CODES:
        raise ValueError(f"statusCode {value} is not in the vendor's table")


@attrs.frozen
class RefusalCode:
    """The ``statusCode`` and, where the cause has a business meaning, the ``apiCode``."""

    status_code: int = attrs.field(validator=_in_the_vendors_table)
    api_code: int | None = None


class Refusal(Exception):
    """A refusal by the service.

    Args:
        name: A key of ``DOCUMENTED`` or ``GUESSED``.
        detail: Added to the message, never a value that the caller sent.
        data: The envelope's ``data``, where a refusal has one.
        http_status: The HTTP status, 200 as nearly everywhere in this protocol.
    """

    def __init__(
        self, name: str, detail: str = "", *, data: Any = None, http_status: int = 200
    ) -> None:
        super().__init__(name)
        self.name = name
        self.detail = detail
        self.data = data
        self.http_status = http_status


def _table(part: str) -> dict[str, RefusalCode]:
    rows = _ROWS[part].items()
    return {name: RefusalCode(row["statusCode"], row.get("apiCode")) for name, row in rows}


_ROWS = json.loads(Path(__file__).with_name("refusals.json").read_text("utf-8"))
DOCUMENTED = _table("documented")
"""The refusals whose cause and code, or at least statusCode, are in the vendor's own tables."""
GUESSED = _table("guessed")
"""The refusals whose codes no source gives; ``settings.refusals[name]`` sets them."""
MESSAGES = {
    name: {"en": row["en"], "zh": row["zh"]}
    for rows in _ROWS.values()
    for name, row in rows.items()
}
"""The messages of each refusal by language; Chinese is the service's default."""

SIGN_IN_BLOCKS = (
    "user_locked",
    "user_suspended",
    "must_set_password",
    "must_reset_password",
    "must_complete",
)
"""Why an account cannot sign in although its password is right."""
