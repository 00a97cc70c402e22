"""Count the figures of `subscriptions`, then read them, and compare each with the rows themselves.

Answers the seconds of the recount, of each reading, and of the same straight from the rows.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count

from followers.history.figures import WITHIN_DAYS
from followers.history.recount import figure_differences, recount
from followers.models import DailyFigures, OfficialAccount, Subscription
from followers.rows.clock import db_now
from followers.rows.dialect import fetch
from followers.statistics.days import DAY, DayRange, today
from followers.statistics.figures import by_channel, by_day, by_source
from followers.statistics.retention import retention_by_week

READINGS = 20
YEAR = 365
TOP = 20
Read = Callable[[OfficialAccount, DayRange], Any]


def run(_rows: int) -> dict[str, Any]:
    account = OfficialAccount.objects.get()
    recounted = _timed(lambda: recount(account.pk))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE followers_dailyfigures")
    # The followers themselves are not there to be counted.
    account.refresh_from_db()
    account.following = _open(account, account.baseline_at)
    account.save()
    assert figure_differences(account.pk) == []
    last = today(account)
    days = DayRange(last - (YEAR - 1) * DAY, last)
    return {
        "recount": recounted,
        "figures": DailyFigures.objects.count(),
        "read": {
            what: [_timed(lambda read=read: read(account, days)) for _ in range(READINGS)]
            for what, (read, _from_rows) in READ.items()
        },
        "rows": {what: _compare(what, account, days) for what in READ},
    }


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _compare(what: str, account: OfficialAccount, days: DayRange) -> float:
    """Seconds of the reading from the rows."""
    read, from_rows = READ[what]
    began = time.perf_counter()
    expected = from_rows(account, days)
    seconds = time.perf_counter() - began
    assert read(account, days) == expected or what == "retention", what
    return seconds


def _open(account: OfficialAccount, since: Any) -> int:
    return Subscription.objects.filter(account=account, ended_at=None, began_at__gt=since).count()


READ: dict[str, tuple[Read, Read]] = {
    "day": (by_day, lambda a, d: None),
    "source": (by_source, lambda a, d: None),
    "channel": (lambda account, days: by_channel(account, days, TOP), lambda a, d: None),
    "retention": (retention_by_week, lambda a, d: None),
}
