"""How many of those who began in a week or a month, or by a channel, were there after some days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from ..history.figures import WITHIN_DAYS
from ..rows.clock import db_now
from ..rows.dialect import fetch
from .days import DayRange, local_day
from .figures import Accounts, account_keys, as_date, day_param
from .periods import By, split

# Of each day: joined, and left within each of WITHIN_DAYS.
_Counts = dict[date, list[int]]


@dataclass(frozen=True)
class Stayed:
    """joined: of days since which the number of days has passed; stayed: those still there then."""

    joined: int
    stayed: int

    @property
    def rate(self) -> float | None:
        return self.stayed / self.joined if self.joined else None


@dataclass(frozen=True)
class Cohort:
    """Those who began on some days. joined: all of them. after: by a number, of WITHIN_DAYS."""

    days: DayRange
    joined: int
    after: dict[int, Stayed]


@dataclass(frozen=True)
class ChannelCohort:
    """Those who began with a scene of an account. channel, group: "" for one without a name."""

    account_id: int
    scene: str
    channel: str
    group: str
    joined: int
    after: dict[int, Stayed]


def retention(accounts: Accounts, days: DayRange, by: By) -> list[Cohort]:
    """A row for every week or month, also where nobody began.

    Only days count of which even the last moment lies the number of days back, in times of 24
    hours: of the others, some have not yet had the time to leave.
    """
    keys, sql_keys = account_keys(accounts)
    within = ", ".join(f"sum(left_within_{number})" for number in WITHIN_DAYS)
    sql = f"""
        SELECT day, sum(joined), {within} FROM followers_dailyfigures
        WHERE account_id IN ({sql_keys}) AND day >= %s AND day <= %s GROUP BY day
    """  # noqa: S608
    rows = fetch(sql, [*keys, day_param(days.first), day_param(days.last)])
    counts = {as_date(day): [int(count) for count in row] for day, *row in rows}
    unpassed = _unpassed_days()
    return [_cohort(part, counts, unpassed) for part in split(days, by)]


def retention_by_channel(
    accounts: Accounts, days: DayRange, limit: int | None = None
) -> list[ChannelCohort]:
    """The scenes that brought most first, at most `limit`; days count as in `retention`."""
    keys, sql_keys = account_keys(accounts)
    columns, params = _passed_sums(_unpassed_days())
    sql = f"""
        SELECT counted.*, coalesce(channel.name, ''), coalesce(channel."group", '') FROM (
            SELECT account_id, scene, sum(joined) AS joined, {columns} FROM followers_dailyfigures
            WHERE account_id IN ({sql_keys}) AND day >= %s AND day <= %s AND scene <> ''
            GROUP BY account_id, scene HAVING sum(joined) > 0 ORDER BY 3 DESC, 2, 1 LIMIT %s
        ) AS counted
        LEFT JOIN followers_channel AS channel
            ON channel.account_id = counted.account_id AND channel.scene = counted.scene
        ORDER BY joined DESC, counted.scene, counted.account_id
    """  # noqa: S608
    most = connection.ops.no_limit_value() if limit is None else limit
    period = [day_param(days.first), day_param(days.last)]
    rows = fetch(sql, [*params, *keys, *period, most])
    return [_channel_cohort(row) for row in rows]


def _unpassed_days() -> list[date]:
    """For each of WITHIN_DAYS, the first day that does not lie so many days back as a whole."""
    now = db_now()
    return [local_day(now - timedelta(days=number)) for number in WITHIN_DAYS]


def _passed_sums(unpassed: Sequence[date]) -> tuple[str, list[Any]]:
    """Two columns for each of WITHIN_DAYS, as in Stayed, and their parameters."""
    columns = ", ".join(
        f"sum(CASE WHEN day < %s THEN joined ELSE 0 END), "
        f"sum(CASE WHEN day < %s THEN joined - left_within_{number} ELSE 0 END)"
        for number in WITHIN_DAYS
    )
    return columns, [day_param(day) for day in unpassed for _ in range(2)]


def _channel_cohort(row: Sequence[Any]) -> ChannelCohort:
    account_id, scene, joined, *sums, channel, group = row
    pairs: Iterator[Any] = iter(sums)
    after = {
        number: Stayed(int(began), int(stayed))
        for number, (began, stayed) in zip(WITHIN_DAYS, zip(pairs, pairs, strict=True), strict=True)
    }
    return ChannelCohort(account_id, scene, channel, group, int(joined), after)


def _cohort(days: DayRange, counts: _Counts, unpassed: Iterable[date]) -> Cohort:
    inside = [(day, counts[day]) for day in days if day in counts]
    after = {}
    for place, (number, until) in enumerate(zip(WITHIN_DAYS, unpassed, strict=True), 1):
        passed = [row for day, row in inside if day < until]
        joined = sum(row[0] for row in passed)
        after[number] = Stayed(joined, joined - sum(row[place] for row in passed))
    return Cohort(days, sum(row[0] for _day, row in inside), after)
