"""What holds for every stored history."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

from django.utils import timezone

from followers.history.figures import COUNTS, WITHIN_DAYS
from followers.history.periods import FoundBy, Period
from followers.history.recount import count_differences, following_difference
from followers.history.stored import in_order, period_of
from followers.models import DailyFigures, Follower, HourlyFigures, OfficialAccount, Subscription

Key = tuple[date, str, str]


def periods(follower: Follower) -> list[Period]:
    return [period_of(row) for row in sorted(follower.subscriptions.all(), key=in_order)]


def assert_history(follower: Follower) -> None:
    """No overlap; the follower's own fields follow from it."""
    rows = periods(follower)
    assert all(one.ended_at and it.began_at for one, it in pairwise(rows)), rows
    assert all(one.ended_at <= it.began_at for one, it in pairwise(rows)), rows
    assert all(
        not row.began_at or not row.ended_at or row.began_at <= row.ended_at for row in rows
    ), rows
    assert follower.subscribed is (not rows or rows[-1].ended_at is None), rows
    left = [row.ended_at for row in rows if row.ended_at]
    assert follower.unsubscribed_at == (left[-1] if left else None)


def assert_figures(account: OfficialAccount) -> None:
    """Kept figures, those that SQL counts and those that are counted here, all are equal."""
    account.refresh_from_db()
    assert account.statistics_problem is None
    if account.baseline_at is None:
        assert not DailyFigures.objects.filter(account=account).exists()
        assert not HourlyFigures.objects.filter(account=account).exists()
        return
    assert following_difference(account.pk) is None
    assert count_differences(account) == 0
    stored = {
        (row.day, row.source, row.scene): [getattr(row, name) for name in COUNTS]
        for row in DailyFigures.objects.filter(account=account)
    }
    assert {key: row for key, row in stored.items() if any(row)} == count_by_hand(account)
    hours = HourlyFigures.objects.filter(account=account).exclude(joined=0)
    kept = {(row.day, row.hour): row.joined for row in hours}
    assert kept == count_hours_by_hand(account)


def count_by_hand(account: OfficialAccount) -> dict[Key, list[int]]:
    """As the definitions read, one subscription after the other."""
    found: defaultdict[Key, list[int]] = defaultdict(lambda: [0] * len(COUNTS))
    for row in Subscription.objects.filter(account=account):
        how = (row.source, row.scene)
        if row.ended_at and row.ended_at > account.baseline_at:
            found[timezone.localdate(row.ended_at), *how][1] += 1
        if row.began_at and row.began_at > account.baseline_at:
            counts = found[timezone.localdate(row.began_at), *how]
            counts[0] += 1
            if row.ended_at:
                lasted = int(row.ended_at.timestamp()) - int(row.began_at.timestamp())
                for index, days in enumerate(WITHIN_DAYS, 2):
                    counts[index] += lasted < days * 86_400
                counts[-1] += 1
    return dict(found)


def count_hours_by_hand(account: OfficialAccount) -> dict[tuple[date, int], int]:
    """By day and hour, the subscriptions whose beginning is exactly known."""
    rows = Subscription.objects.filter(account=account, began_at__gt=account.baseline_at)
    exact = rows.filter(began_by__in=[FoundBy.EVENT, FoundBy.PROFILE])
    began = [timezone.localtime(row.began_at) for row in exact]
    return dict(Counter((at.date(), at.hour) for at in began))
