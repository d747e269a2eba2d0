"""The rows of a report as CSV, JSON lines and a pandas frame."""

from __future__ import annotations

import csv
import importlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, TextIO

import attrs

from .._values.factors import FactorType
from ..errors import ConfigurationError
from ._coverage import KINDS, UserCoverage


def _has(kind: FactorType, user: UserCoverage) -> bool | None:
    return None if user.factors is None else kind in user.factors


_COLUMNS: Final[Mapping[str, Callable[[UserCoverage], Any]]] = {
    "user_id": lambda user: user.user_id,
    "status": lambda user: user.status,
    "created_at": lambda user: user.created_at,
    **{str(kind).lower(): partial(_has, kind) for kind in KINDS},
    "factors": lambda user: None if user.factors is None else len(user.factors),
    "error": lambda user: user.error,
    "filters": lambda user: "; ".join(user.filters),
}
"""Reads the value of each column; None where unknown."""
_FORMULA_STARTS: Final = frozenset("=+-@\t\r\n")


def write_csv(users: Iterable[UserCoverage], file: TextIO) -> None:
    """Write a heading, and a line for each user."""
    plain = csv.writer(file, lineterminator="\n")
    quoting = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(_COLUMNS)
    for user in users:
        cells = [_cell(read(user)) for read in _COLUMNS.values()]
        # A lone CR would end the line, and the plain writer does not quote it.
        (quoting if any("\r" in cell for cell in cells) else plain).writerow(cells)


def write_jsonl(users: Iterable[UserCoverage], file: TextIO) -> None:
    """Write a line of JSON for each user."""
    for user in users:
        line = attrs.asdict(user, recurse=False)
        file.write(json.dumps(line, ensure_ascii=False, default=datetime.isoformat) + "\n")


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
    rows = [[read(user) for read in _COLUMNS.values()] for user in users]
    frame = pandas.DataFrame(rows, columns=list(_COLUMNS))
    whether = {str(kind).lower(): "boolean" for kind in KINDS}
    return frame.astype({**whether, "factors": "Int64"})


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    first = unicodedata.normalize("NFKC", text[:1])  # full-width signs count in some spreadsheets
    return f"'{text}" if first in _FORMULA_STARTS else text
