"""Count the figures of `subscriptions`, read a year of them, and compare with the rows themselves.

Answers the seconds of the recount, of each reading, and of the same straight from the rows.
"""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from followers.history.figures import WITHIN_DAYS
from followers.history.recount import figure_differences, recount
from followers.models import DailyFigures, OfficialAccount, Subscription
from followers.statistics.days import DAY, DayRange, today
from followers.statistics.figures import (
    ChannelRow,
    DayRow,
    SourceRow,
    by_day,
    by_source,
    channels,
)
from followers.statistics.periods import By, split
from followers.statistics.retention import Cohort, Stayed, retention

READINGS = 20
YEAR = 365
TOP = 20


def run(_rows: int) -> dict[str, Any]:
    account = OfficialAccount.objects.get()
    recounted = _timed(lambda: recount(account.pk))[0]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE followers_dailyfigures")
    account.refresh_from_db()
    assert figure_differences(account) == []
    # The followers themselves are not there to be counted.
    following = Subscription.objects.filter(account=account, ended_at=None).count()
    OfficialAccount.objects.update(following=following)
    account.refresh_from_db()
    days = DayRange(today() - (YEAR - 1) * DAY, today())
    seconds = {}
    for what, (read, from_rows) in READINGS_OF.items():
        from_rows_seconds, expected = _timed(lambda: from_rows(account, days))  # noqa: B023
        found = [_timed(lambda: read(account, days)) for _ in range(READINGS)]  # noqa: B023
        assert all(rows == expected for _seconds, rows in found), what
        seconds[what] = {"kept": [it for it, _rows in found], "rows": from_rows_seconds}
    return {"recount": recounted, "figures": DailyFigures.objects.count(), "readings": seconds}


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def _of_day(column: str) -> str:
    """Midnights as moments, so that a plain comparison finds the days."""
    return f"date_trunc('day', {column} AT TIME ZONE %(zone)s)::date"


def _ask(sql: str, account: OfficialAccount, days: DayRange) -> list[Any]:
    zone = account.statistics_zone
    facts = {"account": account.pk, "baseline": account.baseline_at, "zone": zone}
    with connection.cursor() as cursor:
        cursor.execute(sql, {**facts, "first": days.first, "last": days.last})
        rows: list[Any] = cursor.fetchall()
        return rows


BEGAN = f"began_at > %(baseline)s AND {_of_day('began_at')} BETWEEN %(first)s AND %(last)s"
ENDED = f"ended_at > %(baseline)s AND {_of_day('ended_at')} BETWEEN %(first)s AND %(last)s"


def day_from_rows(account: OfficialAccount, days: DayRange) -> list[DayRow]:
    """Forwards from the baseline: who of its list left is the only one to be in the rows."""
    sql = f"""
        SELECT day, sum(began), sum(ended) FROM (
            SELECT {_of_day("began_at")} AS day, 1 AS began, 0 AS ended
            FROM followers_subscription WHERE account_id = %(account)s AND began_at > %(baseline)s
            UNION ALL SELECT {_of_day("ended_at")}, 0, 1
            FROM followers_subscription WHERE account_id = %(account)s AND ended_at > %(baseline)s
        ) AS both_ends GROUP BY day ORDER BY day
    """
    total = Subscription.objects.filter(account=account, began_at=None).count()
    found = []
    for day, joined, left in _ask(sql, account, days):
        total += joined - left
        if day in (days.first, days.last) or days.first < day < days.last:
            found.append(DayRow(day, joined, left, joined - left, total))
    return found


def source_from_rows(account: OfficialAccount, days: DayRange) -> list[SourceRow]:
    sql = f"""
        SELECT source, count(*) FILTER (WHERE {BEGAN}), count(*) FILTER (WHERE {ENDED})
        FROM followers_subscription WHERE account_id = %(account)s
        GROUP BY source ORDER BY 2 DESC, 1
    """
    return [
        SourceRow(it, joined, left, joined - left) for it, joined, left in _ask(sql, account, days)
    ]


def channel_from_rows(account: OfficialAccount, days: DayRange) -> list[ChannelRow]:
    sql = f"""
        SELECT scene, count(*) FILTER (WHERE {BEGAN}), count(*) FILTER (WHERE {ENDED}),
            count(*) FILTER (WHERE {BEGAN} AND ended_at IS NULL)
        FROM followers_subscription WHERE account_id = %(account)s AND scene <> ''
        GROUP BY scene ORDER BY 2 DESC, 1 LIMIT {TOP}
    """
    return [
        ChannelRow(scene, "", "", joined, joined, left, staying)
        for scene, joined, left, staying in _ask(sql, account, days)
    ]


def retention_from_rows(account: OfficialAccount, days: DayRange) -> list[Cohort]:
    passed = {
        number: f"({_of_day('began_at')} + 1)::timestamp AT TIME ZONE %(zone)s"
        f" + {number} * interval '24 hours' <= now()"
        for number in WITHIN_DAYS
    }
    stayed = {
        number: f"(ended_at IS NULL OR date_trunc('second', ended_at)"
        f" >= date_trunc('second', began_at) + {number} * interval '24 hours')"
        for number in WITHIN_DAYS
    }
    counts = ", ".join(
        f"count(*) FILTER (WHERE {passed[number]}),"
        f" count(*) FILTER (WHERE {passed[number]} AND {stayed[number]})"
        for number in WITHIN_DAYS
    )
    sql = f"""
        SELECT date_trunc('week', {_of_day("began_at")}::timestamp)::date, count(*), {counts}
        FROM followers_subscription WHERE account_id = %(account)s AND {BEGAN} GROUP BY 1
    """
    found = {monday: counts for monday, *counts in _ask(sql, account, days)}
    rows = []
    for week in split(days, By.WEEK):
        joined, *pairs = found[week.first - week.first.weekday() * DAY]
        after = zip(WITHIN_DAYS, pairs[::2], pairs[1::2], strict=True)
        rows.append(Cohort(week, joined, {number: Stayed(*pair) for number, *pair in after}))
    return rows


READINGS_OF: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "a year by day": (lambda account, days: by_day([account], days), day_from_rows),
    "a year by source": (
        lambda account, days: by_source([account], days),
        source_from_rows,
    ),
    f"top {TOP} channels of a year": (
        lambda account, days: [row for _pk, row in channels([account], days, TOP)],
        channel_from_rows,
    ),
    "retention by week of a year": (
        lambda account, days: retention([account], days, By.WEEK),
        retention_from_rows,
    ),
}
