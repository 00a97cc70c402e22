"""What the cells of a column hold: how a value is written into one, and read out of it again.

A value is what its row has, a datetime and not its text: for another format than CSV, each type
gets one more function.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils import timezone

from .cells import escape_formula, plain, read_cell, read_id

# A line end ends the name of a tag as well: none holds one.
_NAME = re.compile(r"(?:\\[\\;]|[^;\n\r])+")
_ESCAPED = re.compile(r"\\([\\;])")


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class CellType:
    """read: None for a formula that was never calculated, and where there is no value.

    to_xlsx: a text, which stays one whatever it begins with, or a number.
    """

    to_csv: Callable[[Any], str]
    read: Callable[[str | None], Any]
    to_xlsx: Callable[[Any], Any] = _same


def _read_id(cell: str | None) -> str | None:
    return None if cell is None or read_cell(cell) is None else read_id(cell)


def _read_as(parse: Callable[[str], Any]) -> Callable[[str | None], Any]:
    return lambda cell: parse(text) if (text := read_cell(cell)) else None


def _local_time(value: datetime | None) -> str:
    """ISO 8601 in TIME_ZONE with its offset, to the second."""
    return timezone.localtime(value).isoformat(timespec="seconds") if value else ""


def _join_tags(names: Iterable[str]) -> str:
    """A backslash precedes what is part of a name and would else separate two."""
    return ";".join(re.sub(r"([\\;])", r"\\\1", name) for name in names)


def _read_tags(cell: str | None) -> tuple[str, ...] | None:
    text = read_cell(cell)
    return None if text is None else _split(text)


@lru_cache(maxsize=10_000)
def _split(text: str) -> tuple[str, ...]:
    """Each name once, and none that is empty."""
    names = (plain(_ESCAPED.sub(r"\1", name)) for name in _NAME.findall(text))
    return tuple(dict.fromkeys(filter(None, names)))


def percent(value: float) -> str:
    """Without a minus before 0.0."""
    return f"{round(value, 3) + 0.0:.1%}"


TEXT = CellType(escape_formula, read_cell)
ID = CellType(escape_formula, _read_id)
INTEGER = CellType(lambda value: "" if value is None else str(value), _read_as(int))
# A number that is a name, without separators: another function makes it another type.
NUMERAL = CellType(INTEGER.to_csv, INTEGER.read, lambda value: value)
PERCENT = CellType(
    lambda value: "" if value is None else percent(value),
    _read_as(lambda text: float(text.rstrip("%")) / 100),
)
BOOLEAN = CellType(lambda value: "1" if value else "0", _read_as(lambda text: text == "1"), int)
DATE = CellType(date.isoformat, _read_as(date.fromisoformat))
# Workbooks know no time zones, so a time is a text there, too.
TIME = CellType(_local_time, _read_as(datetime.fromisoformat), _local_time)
TAG_NAMES = CellType(lambda names: escape_formula(_join_tags(names)), _read_tags, _join_tags)
