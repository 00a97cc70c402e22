"""Periods by name, and days put together by week and month."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from .days import DAY, DayRange
from .figures import DayRow


class By(StrEnum):
    """What days are put together by. Weeks begin on Mondays."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class PeriodRow(NamedTuple):
    """The figures of some days; total: at the end of the last of them."""

    days: DayRange
    joined: int
    left: int
    net: int
    total: int | None


_FIRST_DAYS: dict[By, Callable[[date], date]] = {
    By.DAY: lambda day: day,
    By.WEEK: lambda day: day - day.weekday() * DAY,
    By.MONTH: lambda day: day.replace(day=1),
}


def split(days: DayRange, by: By) -> Iterator[DayRange]:
    """The days, weeks or months of these days; the first and the last may be cut short."""
    for _first, group in groupby(days, _FIRST_DAYS[by]):
        found = list(group)
        yield DayRange(found[0], found[-1])


def put_together(rows: Sequence[DayRow], by: By) -> list[PeriodRow]:
    """rows: of successive days."""
    found = []
    for _first, group in groupby(rows, lambda row: _FIRST_DAYS[by](row.date)):
        inside = list(group)
        joined, left = sum(row.joined for row in inside), sum(row.left for row in inside)
        days = DayRange(inside[0].date, inside[-1].date)
        found.append(PeriodRow(days, joined, left, joined - left, inside[-1].total))
    return found


def _last_month(today: date) -> DayRange:
    last = today.replace(day=1) - DAY
    return DayRange(last.replace(day=1), last)


NAMED: dict[str, Callable[[date], DayRange]] = {
    "yesterday": lambda today: DayRange(today - DAY, today - DAY),
    "7d": lambda today: DayRange(today - 6 * DAY, today),
    "30d": lambda today: DayRange(today - 29 * DAY, today),
    "90d": lambda today: DayRange(today - 89 * DAY, today),
    "365d": lambda today: DayRange(today - 364 * DAY, today),
    "month": lambda today: DayRange(today.replace(day=1), today),
    "last_month": _last_month,
}
"""By name, the period as of today; those that last until now include today."""
