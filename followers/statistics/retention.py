"""How many of those who began in a week were still there after so many days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ..history.figures import WITHIN_DAYS
from ..models import OfficialAccount
from ..rows.clock import db_now
from ..rows.dialect import fetch
from .days import DAY, DayRange, local_day
from .figures import as_date, figures_params

# Of each day: joined, and left within each of WITHIN_DAYS.
_Counts = dict[date, list[int]]


@dataclass(frozen=True)
class Stayed:
    """joined: of days since which the number of days has passed; stayed: those still there then."""

    joined: int
    stayed: int


@dataclass(frozen=True)
class WeekRow:
    """days: those of the week, from Monday, that lie in the period.

    joined: on all of them. after: by a number of days, one of WITHIN_DAYS.
    """

    days: DayRange
    joined: int
    after: dict[int, Stayed]


def retention_by_week(account: OfficialAccount, days: DayRange) -> list[WeekRow]:
    """A row for every week, also where nobody began.

    Only days count of which even the last moment lies the number of days back, in times of 24
    hours: of the others, some have not yet had the time to leave.
    """
    within = ", ".join(f"sum(left_within_{number})" for number in WITHIN_DAYS)
    sql = f"""
        SELECT day, sum(joined), {within} FROM followers_dailyfigures
        WHERE account_id = %s AND day >= %s AND day <= %s GROUP BY day
    """  # noqa: S608
    rows = fetch(sql, figures_params(account, days))
    counts = {as_date(day): [int(count) for count in row] for day, *row in rows}
    now = db_now()
    # The first day that has not passed in whole.
    unpassed = [local_day(now - timedelta(days=number)) for number in WITHIN_DAYS]
    return [_row(week, counts, unpassed) for week in weeks(days)]


def weeks(days: DayRange) -> Iterator[DayRange]:
    """Weeks begin on Mondays; the first and the last may be cut short."""
    first = days.first
    while first <= days.last:
        sunday = first + (6 - first.weekday()) * DAY
        yield DayRange(first, min(sunday, days.last))
        first = sunday + DAY


def _row(week: DayRange, counts: _Counts, unpassed: Iterable[date]) -> WeekRow:
    days = [(day, counts[day]) for day in week if day in counts]
    after = {}
    for place, (number, until) in enumerate(zip(WITHIN_DAYS, unpassed, strict=True), 1):
        passed = [row for day, row in days if day < until]
        joined = sum(row[0] for row in passed)
        after[number] = Stayed(joined, joined - sum(row[place] for row in passed))
    return WeekRow(week, sum(row[0] for _day, row in days), after)
