"""When the figures of an account are counted again: every night, and in days of a new time zone."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from ..models import OfficialAccount
from ..rows.clock import db_now

NIGHT_HOUR = 3
# A recount in a new time zone that was lost with its worker is due again after this time.
RETRY_AFTER = timedelta(minutes=10)


def take_due() -> list[int]:
    """Accounts to recount now; each is handed out once, also to several hosts at once."""
    now = db_now()
    due = Q(statistics_checked_at=None) | Q(statistics_checked_at__lt=last_night(now))
    # A time in the future was written while the clock was ahead.
    due |= Q(statistics_checked_at__gt=now)
    in_other_days = ~Q(statistics_zone=settings.TIME_ZONE)
    due |= in_other_days & Q(statistics_checked_at__lt=now - RETRY_AFTER)
    accounts = OfficialAccount.objects.filter(due).exclude(baseline_at=None)
    return [
        pk
        for pk in accounts.values_list("pk", flat=True)
        if OfficialAccount.objects.filter(due, pk=pk).update(statistics_checked_at=now)
    ]


def last_night(now: datetime) -> datetime:
    """The last time that it was NIGHT_HOUR here."""
    night = timezone.localtime(now).replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return night if night <= now else night - timedelta(days=1)
