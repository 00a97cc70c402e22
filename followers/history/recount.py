"""Counts the figures of an account again, from its subscriptions, and corrects what differs.

figures.py defines the counts and keeps them up to date by differences. This is the check of it, in
SQL of its own: nothing should ever differ, and what does is logged and shown (`statistics_problem`)
before it is corrected.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from ..models import DailyFigures, HourlyFigures, OfficialAccount
from ..rows.clock import db_now
from ..rows.dialect import dialect, fetch, time_param
from ..rows.locks import advisory_lock
from .account import QUOTED, add_figures, add_hours
from .figures import COUNTS, WITHIN_DAYS, FigureKey, Figures, HourFigures, HourKey
from .periods import EXACT

logger = logging.getLogger(__name__)

DAY_SECONDS = 86_400
# How long a difference is shown, although a later recount found none.
TOLD_FOR = timedelta(hours=20)


@dataclass(frozen=True)
class Recount:
    """What a recount found. was_new: nothing had been counted yet, or in days of another zone.

    days: how many rows of figures differed, those of hours among them. following: what was kept and
    what was counted, None if they agree or no total is kept.
    """

    was_new: bool
    days: int
    following: tuple[int, int] | None

    @property
    def differs(self) -> bool:
        return bool(self.following or (self.days and not self.was_new))


def recount(account_id: int) -> Recount | None:
    """Count again and correct; None for an account without a baseline, which has no figures.

    Call it outside of transactions: counting millions of rows should not block writers.
    """
    account = OfficialAccount.objects.get(pk=account_id)
    if account.baseline_at is None:
        return None
    was_new = account.statistics_zone != settings.TIME_ZONE
    found = Recount(was_new, 0, None)
    # Finding a difference needs no lock, correcting it does; it is told in the same transaction.
    if was_new or count_differences(account) or following_difference(account_id):
        with transaction.atomic():
            if was_new:
                _begin_anew(account)
            days, following = correct(account_id), correct_following(account_id)
            found = Recount(was_new, days, following)
            report(account, found)
    else:
        report(account, found)
    OfficialAccount.objects.filter(pk=account_id).update(statistics_checked_at=db_now())
    return found


def check(account_id: int) -> Recount | None:
    """What `recount` would find, without correcting anything.

    days: 0 where nothing is counted in days of TIME_ZONE yet: there is nothing to compare.
    """
    account = OfficialAccount.objects.get(pk=account_id)
    if account.baseline_at is None:
        return None
    was_new = account.statistics_zone != settings.TIME_ZONE
    days = 0 if was_new else count_differences(account)
    return Recount(was_new, days, following_difference(account_id))


def report(account: OfficialAccount, found: Recount, *, by_clock: bool = False) -> None:
    """Log what differed, and keep it for the account's page, for a day at least.

    by_clock: it differs because times were corrected that a wrong clock had given.
    """
    rows = OfficialAccount.objects.filter(pk=account.pk)
    if found.differs:
        kept, counted = found.following or (None, None)
        days = 0 if found.was_new else found.days
        problem = {"at": db_now().isoformat(), "days": days, "kept": kept, "counted": counted}
        rows.update(statistics_problem=problem | {"by_clock": by_clock})
        logger.error(
            "The figures of %s differed from a recount and were corrected: %s rows of daily "
            "figures, followers kept and counted: %s%s.",
            account.app_id,
            days,
            found.following,
            "; the clock had been wrong" if by_clock else "",
        )
    if found.was_new:
        logger.info("The figures of %s are counted in days of %s.", account, settings.TIME_ZONE)
    if found.differs:
        return
    told = rows.values_list("statistics_problem", flat=True).get()
    if told and db_now() - datetime.fromisoformat(told["at"]) > TOLD_FOR:
        rows.update(statistics_problem=None)


def correct(account_id: int) -> int:
    """Make the figures equal to a recount; returns how many rows differed.

    Call it within a transaction.
    """
    advisory_lock(account_id)
    account = OfficialAccount.objects.get(pk=account_id)
    figures, hours = figure_differences(account), hour_differences(account)
    add_figures(account_id, figures)
    add_hours(account_id, hours)
    return len(figures) + len(hours)


def count_differences(account: OfficialAccount) -> int:
    """How many rows of figures, of days and of hours, differ from a recount."""
    return len(figure_differences(account)) + len(hour_differences(account))


def correct_following(account_id: int) -> tuple[int, int] | None:
    """Likewise for the number of followers; returns what was kept and what was counted."""
    advisory_lock(account_id)
    difference = following_difference(account_id)
    if difference:
        OfficialAccount.objects.filter(pk=account_id).update(following=difference[1])
    return difference


def following_difference(account_id: int) -> tuple[int, int] | None:
    """How many followers are kept and counted; None if they agree, or without a baseline.

    After it, a number that is missing counts as 0.
    """
    # All minus those who left: both are counted from indexes. One statement sees one state.
    sql = """
        SELECT following, (SELECT count(*) FROM followers_follower WHERE account_id = %s)
            - (SELECT count(*) FROM followers_follower WHERE account_id = %s AND NOT subscribed)
        FROM followers_officialaccount WHERE id = %s AND baseline_at IS NOT NULL
    """
    for kept, counted in fetch(sql, [account_id] * 3):
        if kept != counted:
            return kept or 0, counted
    return None


def complete_list(account_id: int, walk_started_at: datetime, *, is_whole: bool) -> None:
    """A list was stored to its end: everybody agrees with it, or is known better since.

    The first one is the account's baseline. is_whole: False if followers who were missing from it
    could not be asked about, so that it is no evidence for them. The number of followers is
    compared with a count of the rows. Call it within the transaction that ends the listing.
    """
    advisory_lock(account_id)
    rows = OfficialAccount.objects.filter(pk=account_id)
    is_first = rows.filter(baseline_at=None).update(
        baseline_at=db_now(), statistics_zone=settings.TIME_ZONE, following=0
    )
    if is_whole:
        rows.update(listed_at=walk_started_at)
    account = rows.get()
    following = correct_following(account_id)
    if following and not is_first:
        report(account, Recount(was_new=False, days=0, following=following))


def _begin_anew(account: OfficialAccount) -> None:
    advisory_lock(account.pk)
    for figures in (DailyFigures, HourlyFigures):
        figures.objects.filter(account=account).delete()
    OfficialAccount.objects.filter(pk=account.pk).update(statistics_zone=settings.TIME_ZONE)


def figure_differences(account: OfficialAccount) -> Figures:
    """What to add to each row of figures, so that they equal a recount.

    account: its baseline and zone as stored.
    """
    if account.baseline_at is None or not account.statistics_zone:
        return []
    counted, params = _count_sql(account.pk, account.baseline_at, account.statistics_zone)
    names = list(QUOTED.values())
    kept = ", ".join(f"-{name}" for name in names)
    sums = ", ".join(f"sum(both_counts.{name}) AS {name}" for name in names)
    differ = " OR ".join(f"sum(both_counts.{name}) <> 0" for name in names)
    sql = f"""
        SELECT day, source, scene, {sums} FROM (
            {counted} UNION ALL
            SELECT day, source, scene, {kept} FROM followers_dailyfigures WHERE account_id = %s
        ) AS both_counts GROUP BY day, source, scene HAVING {differ} ORDER BY day, source, scene
    """  # noqa: S608
    rows = fetch(sql, [*params, account.pk])
    return [
        (FigureKey(_as_date(day), source, scene), [int(count) for count in counts])
        for day, source, scene, *counts in rows
    ]


def hour_differences(account: OfficialAccount) -> HourFigures:
    """Likewise for the figures of hours."""
    if account.baseline_at is None or not account.statistics_zone:
        return []
    began, zone = ("began_at", ()), account.statistics_zone
    day, of_day = connection.ops.datetime_cast_date_sql(*began, zone)
    hour, of_hour = connection.ops.datetime_extract_sql("hour", *began, zone)
    exact = ", ".join(f"'{by}'" for by in EXACT)
    sql = f"""
        SELECT day, hour, sum(joined) FROM (
            SELECT {day} AS day, {hour} AS hour, count(*) AS joined FROM followers_subscription
            WHERE account_id = %s AND began_at > %s AND began_by IN ({exact}) GROUP BY 1, 2
            UNION ALL
            SELECT day, hour, -joined FROM followers_hourlyfigures WHERE account_id = %s
        ) AS both_counts GROUP BY day, hour HAVING sum(joined) <> 0 ORDER BY day, hour
    """  # noqa: S608
    since = time_param(account.baseline_at)
    rows = fetch(sql, [*of_day, *of_hour, account.pk, since, account.pk])
    return [(HourKey(_as_date(day), int(hour)), int(joined)) for day, hour, joined in rows]


def _as_date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _count_sql(account_id: int, baseline: datetime, zone: str) -> tuple[str, list[Any]]:
    """Counts of the days on which subscriptions began, and of those on which they ended."""
    began_on, of_began = connection.ops.datetime_cast_date_sql("began_at", (), zone)
    ended_on, of_ended = connection.ops.datetime_cast_date_sql("ended_at", (), zone)
    lasted = dialect().lasted_less_sql("began_at", "ended_at")
    within = ", ".join(
        f"count(CASE WHEN {lasted} THEN 1 END) AS left_within_{days}" for days in WITHIN_DAYS
    )
    zeros = ", ".join("0" for _ in COUNTS[2:])
    sql = f"""
        SELECT {began_on} AS day, source, scene, count(*) AS joined, 0 AS "left", {within},
            count(ended_at) AS left_ever FROM followers_subscription
        WHERE account_id = %s AND began_at > %s GROUP BY 1, 2, 3
        UNION ALL
        SELECT {ended_on}, source, scene, 0, count(*), {zeros} FROM followers_subscription
        WHERE account_id = %s AND ended_at > %s GROUP BY 1, 2, 3
    """  # noqa: S608
    since = time_param(baseline)
    seconds = [days * DAY_SECONDS for days in WITHIN_DAYS]
    return sql, [*of_began, *seconds, account_id, since, *of_ended, account_id, since]
