"""One day beside those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from .days import DAY, DayRange
from .figures import DayRow

WEEK = 7
AVERAGED_DAYS = 30
# An average of fewer would say little.
MIN_AVERAGED_DAYS = 7


@dataclass(frozen=True)
class Comparison:
    """A number of one day, and what it is compared with; None where that is not known.

    average: of those of the AVERAGED_DAYS before that are known, at least MIN_AVERAGED_DAYS. For
    the total, which only adds up, it is the total so many days before instead.
    """

    value: int | None
    day_before: int | None
    week_before: int | None
    average: float | None


def days_to_compare(day: date) -> DayRange:
    """The days of which `compare` needs the rows."""
    return DayRange(day - AVERAGED_DAYS * DAY, day)


def compare(rows: Sequence[DayRow], day: date, whole_days: set[date]) -> dict[str, Comparison]:
    """By the name of the number: joined, left, net, total.

    whole_days: those that can be compared, because the accounts are known for all of it.
    """
    by_day = {row.date: row for row in rows if row.date in whole_days or row.date == day}
    return {name: _compare(by_day, day, name) for name in ("joined", "left", "net", "total")}


def _compare(by_day: Mapping[date, DayRow], day: date, name: str) -> Comparison:
    def number(at: date) -> int | None:
        return getattr(by_day[at], name) if at in by_day else None

    before = [number(at) for at in days_to_compare(day) if at != day]
    known = [it for it in before if it is not None]
    average: float | None = before[0]
    if name != "total":
        average = sum(known) / len(known) if len(known) >= MIN_AVERAGED_DAYS else None
    return Comparison(number(day), number(day - DAY), number(day - WEEK * DAY), average)
