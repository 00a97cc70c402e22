"""WeChat's own figures of followers by day, as getusersummary and getusercumulate answer them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from .errors import Retriable
from .parsing import parse_int, parse_text, wrong_type


@dataclass(frozen=True)
class SummaryRow:
    """How many followed and left on a day; several rows of one day and source are added up.

    source: the key of USER_SOURCES, or one that is not documented. 0 is "other", not their sum.
    """

    day: date
    source: int
    joined: int
    left: int


@dataclass(frozen=True)
class CumulateRow:
    """How many followed at the end of a day."""

    day: date
    total: int


Row = TypeVar("Row", SummaryRow, CumulateRow)


def rows(
    answer: dict[str, Any], parse_row: Callable[[Any], Row], first: date, last: date
) -> tuple[Row, ...]:
    """The rows as received. Quiet days and sources may be missing, and all of yesterday.

    A missing list is an error: as an empty one, it would mean that nothing happened.
    """
    received = answer.get("list")
    if not isinstance(received, list):
        raise wrong_type("a list as list", received)
    parsed = tuple(map(parse_row, received))
    if not all(first <= row.day <= last for row in parsed):
        raise Retriable("shape", params={"reason": "expected the days asked for"})
    return parsed


def summary_row(row: Any) -> SummaryRow:
    """A row of getusersummary."""
    source, joined, left = (_number(row, key) for key in ("user_source", "new_user", "cancel_user"))
    return SummaryRow(_day(row), source, joined, left)


def cumulate_row(row: Any) -> CumulateRow:
    """A row of getusercumulate."""
    return CumulateRow(_day(row), _number(row, "cumulate_user"))


def _day(row: Any) -> date:
    try:
        return date.fromisoformat((parse_text(_field(row, "ref_date")) or "").strip())
    except ValueError:
        raise Retriable("shape", params={"reason": "expected a date as ref_date"}) from None


def _number(row: Any, key: str) -> int:
    if (number := parse_int(_field(row, key))) is None:
        raise Retriable("shape", params={"reason": f"expected a number as {key}"})
    return number


def _field(row: Any, key: str) -> Any:
    if not isinstance(row, dict):
        raise wrong_type("an object as row", row)
    return row.get(key)
