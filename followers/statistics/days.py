"""Which days an account has figures of, and whether they are counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from ..history.recount import recount
from ..models import OfficialAccount
from ..rows.clock import db_now

DAY = timedelta(days=1)


@dataclass(frozen=True)
class DayRange:
    """Days in TIME_ZONE; `first` and `last` both belong to it."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        return (self.first + number * DAY for number in range(len(self)))

    def __len__(self) -> int:
        """None, if the last lies before the first."""
        return max(0, (self.last - self.first).days + 1)

    def before(self) -> DayRange:
        """As many days, the last of which is the one before this first."""
        return DayRange(self.first - len(self) * DAY, self.first - DAY)


def count_if_needed(account: OfficialAccount) -> bool:
    """Count the figures unless they are counted in days of TIME_ZONE; whether that was needed.

    Call it outside of transactions: it can take a while for millions of subscriptions.
    """
    if account.baseline_at is None or account.statistics_zone == settings.TIME_ZONE:
        return False
    recount(account.pk)
    account.refresh_from_db()
    return True


def first_day(account: OfficialAccount) -> date | None:
    """The baseline's day, on which joined and left count from the baseline on; None without one.

    Nothing is known of the days before it.
    """
    return account.baseline_at and local_day(account.baseline_at)


def today() -> date:
    return local_day(db_now())


def local_day(moment: datetime) -> date:
    """The day of this moment in TIME_ZONE, in which figures are counted before they are read."""
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def days_with_figures(
    account: OfficialAccount, first: date | None = None, last: date | None = None
) -> DayRange | None:
    """The days from `first` to `last` of which there are figures; None if there is no such day.

    By default from the first whole day, the one after the baseline's, to today.
    """
    baseline_day = first_day(account)
    if baseline_day is None:
        return None
    first = max(first, baseline_day) if first else baseline_day + DAY
    last = min(last or date.max, today())
    return DayRange(first, last) if first <= last else None
