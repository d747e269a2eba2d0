"""The rows of a report as CSV, JSON lines and a pandas frame."""

from __future__ import annotations

import csv
import importlib
import json
import unicodedata
from collections.abc import Iterable
from typing import Any, Final, TextIO

from ..errors import ConfigurationError
from ._coverage import KINDS, UserCoverage

COLUMNS: Final = (
    "user_id",
    "status",
    "created_at",
    *(str(kind).lower() for kind in KINDS),
    "factors",
    "error",
    "filters",
)
_FORMULA_STARTS: Final = frozenset("=+-@\t\r\n")


def write_csv(users: Iterable[UserCoverage], file: TextIO) -> None:
    """Write a heading, and a line for each user."""
    plain = csv.writer(file, lineterminator="\n")
    quoting = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(COLUMNS)
    for user in users:
        cells = [_cell(value) for value in _record(user).values()]
        # A lone CR would end the line, and the plain writer does not quote it.
        (quoting if any("\r" in cell for cell in cells) else plain).writerow(cells)


def write_jsonl(users: Iterable[UserCoverage], file: TextIO) -> None:
    """Write a line of JSON for each user."""
    for user in users:
        line = {
            "user_id": user.user_id,
            "status": user.status,
            "created_at": user.created_at and user.created_at.isoformat(),
            "factors": user.factors,
            "error": user.error,
            "filters": user.filters,
        }
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def to_dataframe(users: Iterable[UserCoverage]) -> Any:
    """Return a frame with the columns of the CSV.

    Raises:
        ConfigurationError: pandas is not installed.
    """
    try:
        pandas = importlib.import_module("pandas")
    except ImportError:
        raise ConfigurationError(
            "to_dataframe: pandas is not installed; pip install pandas"
        ) from None
    frame = pandas.DataFrame([_record(user) for user in users], columns=list(COLUMNS))
    whether = {str(kind).lower(): "boolean" for kind in KINDS}
    return frame.astype({**whether, "factors": "Int64"})


def _record(user: UserCoverage) -> dict[str, Any]:
    """Return a row by its column; the number of factors, and each kind, None where unknown."""
    factors = user.factors
    values = (
        user.user_id,
        user.status,
        user.created_at,
        *(None if factors is None else kind in factors for kind in KINDS),
        None if factors is None else len(factors),
        user.error,
        "; ".join(user.filters),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if _looks_like_a_formula(text) else text


def _looks_like_a_formula(text: str) -> bool:
    first = unicodedata.normalize("NFKC", text[:1])  # full-width signs count in some spreadsheets
    return first in _FORMULA_STARTS
