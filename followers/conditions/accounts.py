"""Conditions of accounts and of the installation."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.conf import settings
from django.db.models import F, Sum
from django.utils import timezone

from ..accounts import usage
from ..models import DailyFigures
from ..runs import heartbeat
from .condition import Condition, Kind
from .facts import Facts

# Nobody needs more at a glance.
SECRETS_LIMIT = 200
# Calls that are still left of a day's, from which on they run short.
LOW_SHARE = 0.1


def no_worker(facts: Facts) -> Iterator[Condition]:
    """No worker has been alive for two minutes, so nothing happens in the background.

    Before the first account was added, none is needed.
    """
    if facts.workers:
        return
    since = heartbeat.last_seen()
    if since is None:
        first = facts.query.order_by("created_at").values_list("created_at", flat=True).first()
        if first is None:
            return
        since = first
    yield Condition(Kind.NO_WORKER, since.isoformat(timespec="seconds"), since)


def no_secret(facts: Facts) -> Iterator[Condition]:
    """There is no AppSecret, or none that can be decrypted."""
    for account in facts.accounts[:SECRETS_LIMIT]:
        if not account.app_secret:
            yield Condition(Kind.NO_SECRET, "", account.created_at, account)


def followers_dropped(facts: Facts) -> Iterator[Condition]:
    """On a day, yesterday or today, many more left than joined.

    By at least FOLLOWERS_DROPPED_MIN people, and by FOLLOWERS_DROPPED_SHARE of those who followed
    when the day began.
    """
    yesterday = timezone.localtime(facts.now).date() - timedelta(days=1)
    # By their keys: with a subquery, PostgreSQL would read the figures of all days.
    keys = [account.pk for account in facts.accounts if account.following is not None]
    figures = DailyFigures.objects.filter(account__in=keys, day__gte=yesterday)
    lost = figures.values("account", "day").annotate(lost=Sum(F("left") - F("joined")))
    by_account: dict[int, list[tuple[date, int]]] = {}
    for row in lost.order_by("account", "-day"):
        by_account.setdefault(row["account"], []).append((row["day"], row["lost"]))
    for account in facts.accounts:
        total = account.following or 0
        for day, number in by_account.get(account.pk, ()):
            # Totals run back from the followers of now.
            total += number
            if number >= max(settings.FOLLOWERS_DROPPED_MIN, _share_of(total)):
                params = {"day": str(day), "lost": number, "total": total}
                yield Condition(Kind.FOLLOWERS_DROPPED, str(day), facts.now, account, params=params)


def _share_of(total: int) -> float:
    share: float = settings.FOLLOWERS_DROPPED_SHARE
    return total * share


def quota_low(facts: Facts) -> Iterator[Condition]:
    """Less than a tenth of a day's calls of some kind is left."""
    today = usage.beijing_day(facts.now)
    accounts = {account.pk: account for account in facts.accounts}
    for pk, calls in usage.calls_of(accounts, today).items():
        for quota in calls.quotas.values():
            if quota.left < LOW_SHARE * quota.limit:
                params = {"path": quota.path, "used": quota.used, "limit": quota.limit}
                name = f"{today} {quota.path}"[:64]
                yield Condition(Kind.QUOTA_LOW, name, facts.now, accounts[pk], params=params)
