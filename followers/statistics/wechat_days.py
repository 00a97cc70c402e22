"""What WeChat's own statistics say of some days, beside what we have counted.

wechat_figures.py fetches them. Their days are those of Beijing.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet, Sum

from ..models import OfficialAccount, WeChatDay, WeChatFigures
from ..wechat.errors import BEIJING, Explanation, explain
from .days import DAY, DayRange, first_day
from .figures import DayRow


class WeChatDayRow(NamedTuple):
    """joined, left: None where WeChat has not been asked, or has not counted the day yet.

    total: None also where WeChat did not say.
    """

    date: datetime.date
    joined: int | None
    left: int | None
    total: int | None


class WeChatSourceRow(NamedTuple):
    """source: WeChat's number of it (wechat.sources.user_source_name)."""

    source: int
    joined: int
    left: int


@dataclass(frozen=True)
class DayDifference:
    """Our figures of a day and WeChat's; the differences are ours minus theirs.

    None where one of the two is not known.
    """

    date: datetime.date
    ours: DayRow | None
    theirs: WeChatDayRow | None
    joined: int | None
    left: int | None
    total: int | None


def wechat_days(account: OfficialAccount, days: DayRange) -> list[WeChatDayRow]:
    """A row for every day."""
    counts = {
        day: (joined, left)
        for day, joined, left in _figures(account, days)
        .values_list("day")
        .annotate(Sum("joined"), Sum("left"))
    }
    asked = WeChatDay.objects.filter(account=account, day__gte=days.first, day__lte=days.last)
    answers = {row.day: row for row in asked}
    return [_row(day, answers.get(day), counts.get(day)) for day in days]


def _row(
    day: datetime.date, answer: WeChatDay | None, counts: tuple[int, int] | None
) -> WeChatDayRow:
    # An answer without a word of a day is no zero before it is final: the day is not counted yet.
    if answer is None or not (counts or answer.is_final or answer.total is not None):
        return WeChatDayRow(day, None, None, None)
    joined, left = counts or (0, 0)
    return WeChatDayRow(day, joined, left, answer.total)


def wechat_by_source(account: OfficialAccount, days: DayRange) -> list[WeChatSourceRow]:
    """Every source with anything to tell, the one that brought most first."""
    rows = _figures(account, days).values_list("source").annotate(Sum("joined"), Sum("left"))
    found = [WeChatSourceRow(*row) for row in rows if row[1] or row[2]]
    return sorted(found, key=lambda row: (-row.joined, row.source))


def _figures(account: OfficialAccount, days: DayRange) -> QuerySet[WeChatFigures]:
    return WeChatFigures.objects.filter(account=account, day__gte=days.first, day__lte=days.last)


def differences(ours: Sequence[DayRow], theirs: Sequence[WeChatDayRow]) -> list[DayDifference]:
    """A row for every day of either; `is_comparable` tells of which days they mean something."""
    our_days = {row.date: row for row in ours}
    their_days = {row.date: row for row in theirs}
    return [
        _difference(day, our_days.get(day), their_days.get(day))
        for day in sorted(our_days | their_days)
    ]


def _difference(
    day: datetime.date, ours: DayRow | None, theirs: WeChatDayRow | None
) -> DayDifference:
    if ours is None or theirs is None:
        return DayDifference(day, ours, theirs, None, None, None)
    return DayDifference(
        day,
        ours,
        theirs,
        _minus(ours.joined, theirs.joined),
        _minus(ours.left, theirs.left),
        _minus(ours.total, theirs.total),
    )


def _minus(ours: int | None, theirs: int | None) -> int | None:
    return None if ours is None or theirs is None else ours - theirs


def is_comparable(account: OfficialAccount, day: datetime.date) -> bool:
    """Whether we count the same 24 hours as WeChat: in days of Beijing, and all of this one.

    Of the baseline's day we count only what came after the baseline.
    """
    baseline_day = first_day(account)
    if baseline_day is None or day <= baseline_day:
        return False
    zone = ZoneInfo(account.statistics_zone or settings.TIME_ZONE)
    ends = (datetime.datetime.combine(one, datetime.time(), BEIJING) for one in (day, day + DAY))
    return all(end.astimezone(zone).utcoffset() == BEIJING.utcoffset(None) for end in ends)


def explain_problem(account: OfficialAccount) -> Explanation | None:
    """Why WeChat's figures could not be fetched the last time; None if they could."""
    problem = account.wechat_figures_problem
    if not problem:
        return None
    return explain(problem["code"], problem["kind"], problem["params"])
