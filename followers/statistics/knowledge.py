"""How well the days of accounts are known: not every day's figures can be believed alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from ..models import OfficialAccount, SyncStage
from .days import DAY, DayRange, first_day, local_day

# The first and the last moment of a day, half-open.
_Bounds = tuple[datetime, datetime]


class Knowledge(StrEnum):
    """COMPLETE: a list was read on the day, and one that began after it.

    UNSYNCED: none was read on the day, a later one was: whoever left counts on the day of that one.
    PARTIAL: a part of the day is known, as on the baseline's, which counts from the baseline on.
    UNKNOWN: no list has been read since the day began. BEFORE: it lies before the baseline.
    """

    COMPLETE = "complete"
    UNSYNCED = "unsynced"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    BEFORE = "before"


@dataclass(frozen=True)
class AsOf:
    """Up to when the accounts are known: the earliest of them, which `account` is.

    at: None for an account that messages from WeChat alone tell about, and which lags nowhere.
    """

    at: datetime | None
    account: OfficialAccount


def as_of(accounts: Iterable[OfficialAccount]) -> AsOf | None:
    """None without an account that has a baseline."""
    known = [AsOf(it.listed_at, it) for it in accounts if it.baseline_at]
    return min(known, key=lambda it: (it.at is None, it.at), default=None)


def knowledge(
    accounts: Sequence[OfficialAccount], periods: Iterable[DayRange], today: date
) -> dict[date, Knowledge]:
    """Of every day of the periods, for all accounts together: the worst of them, if they differ.

    Accounts whose baseline comes later take no part: they are not in the day's figures either.
    """
    bounds = {day: _bounds(day) for days in periods for day in days}
    synced = _synced_days(accounts, bounds)
    each = [
        {
            day: _of_one(account, first, day, bounds[day], today, synced[account.pk])
            for day in bounds
        }
        # Not for each day: it is computed from a moment.
        for account, first in [(it, first_day(it)) for it in accounts]
    ]
    return {day: _together({states[day] for states in each}) for day in bounds}


def is_anything_known(accounts: Iterable[OfficialAccount], days: DayRange) -> bool:
    """Whether any of the days is neither UNKNOWN nor BEFORE for all of the accounts; no query."""
    begin = _bounds(days.first)[0]
    return any(
        days.first <= first or account.listed_at is None or account.listed_at > begin
        for account in accounts
        if (first := first_day(account)) and first <= days.last
    )


def _of_one(
    account: OfficialAccount,
    first: date | None,
    day: date,
    bounds: _Bounds,
    today: date,
    synced: Collection[date],
) -> Knowledge:
    """first: the account's first day."""
    if first is None or day < first:
        return Knowledge.BEFORE
    known_until = account.listed_at
    if day == first:
        return Knowledge.PARTIAL
    if known_until is None:
        # Messages from WeChat tell of everything at once.
        return Knowledge.PARTIAL if day >= today else Knowledge.COMPLETE
    if known_until <= bounds[0]:
        return Knowledge.UNKNOWN
    if known_until < bounds[1]:
        return Knowledge.PARTIAL
    return Knowledge.COMPLETE if day in synced else Knowledge.UNSYNCED


def _together(states: set[Knowledge]) -> Knowledge:
    counted = states - {Knowledge.BEFORE}
    if len(counted) == 1:
        return counted.pop()
    if not counted:
        return Knowledge.BEFORE
    some_unknown = counted & {Knowledge.PARTIAL, Knowledge.UNKNOWN}
    return Knowledge.PARTIAL if some_unknown else Knowledge.UNSYNCED


def _bounds(day: date) -> _Bounds:
    zone = ZoneInfo(settings.TIME_ZONE)
    begin, end = (datetime.combine(it, time.min, zone) for it in (day, day + DAY))
    return begin, end


def _synced_days(
    accounts: Sequence[OfficialAccount], bounds: dict[date, _Bounds]
) -> dict[int, set[date]]:
    """By account, the days on which the walk of a complete list began; one query."""
    found: dict[int, set[date]] = {account.pk: set() for account in accounts}
    all_bounds = [moment for both in bounds.values() for moment in both]
    walks = SyncStage.objects.filter(
        Q(status=SyncStage.Status.DONE, name=SyncStage.Name.LISTING, reason=""),
        run__account__in=accounts,
        walk_started_at__gte=min(all_bounds),
        walk_started_at__lt=max(all_bounds),
    )
    for pk, began in walks.values_list("run__account", "walk_started_at"):
        if began:
            found[pk].add(local_day(began))
    return found
