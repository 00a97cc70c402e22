"""At which hours of the week people begin to follow."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Sum
from django.db.models.functions import ExtractIsoWeekDay

from ..models import HourlyFigures, OfficialAccount
from .days import DayRange


def hours_of_week(accounts: Sequence[OfficialAccount], days: DayRange) -> list[list[int]]:
    """How many joined, by weekday (7 rows, Monday first) and by hour of the day (24 columns).

    Fewer than DailyFigures.joined: only those whose beginning is exactly known have an hour.
    """
    found = [[0] * 24 for _ in range(7)]
    rows = (
        HourlyFigures.objects.filter(account__in=[account.pk for account in accounts])
        .filter(day__range=(days.first, days.last))
        .values_list(ExtractIsoWeekDay("day"), "hour")
        .annotate(Sum("joined"))
    )
    for weekday, hour, joined in rows:
        found[weekday - 1][hour] = joined
    return found
