"""Random subscriptions of an account, over half a year after its baseline, some at midnight."""

import random
from datetime import UTC, datetime, timedelta

from followers.models import Follower, OfficialAccount, Subscription
from followers.rows import followers
from tests.factories import LONG_AGO

DAY = timedelta(days=1)
# In Shanghai.
MIDNIGHT = datetime(2024, 1, 1, 16, tzinfo=UTC)
SOURCES, SCENES = ("", "ADD_SCENE_SEARCH"), ("", "7", "store")
FOUND_BY = ("event", "profile", "sync", "missed", "profile")
LASTED = (0.5, 1, 5, 7, 20, 30, 80, 90, 100)


def fill(account: OfficialAccount, people: int, seed: int = 14) -> None:
    """One subscription each; a third is of the baseline, and has ended. `following` is right."""
    chance = random.Random(seed)
    ids = followers.insert(account.pk, [f"o{number}" for number in range(people)], LONG_AGO)
    rows = [_row(account, number, pk, chance) for number, pk in enumerate(ids)]
    Subscription.objects.bulk_create(rows)
    gone = [row.follower_id for row in rows if row.ended_at]
    Follower.objects.filter(pk__in=gone).update(subscribed=False)
    following = people - len(gone)
    OfficialAccount.objects.filter(pk=account.pk).update(baseline_at=LONG_AGO, following=following)


def _row(account: OfficialAccount, number: int, pk: int, chance: random.Random) -> Subscription:
    began_at = None if number % 3 == 0 else MIDNIGHT + chance.randrange(180) * DAY
    if began_at and number % 2:
        began_at += timedelta(seconds=chance.uniform(-90_000, 90_000))
    ended_at = None
    if began_at is None or number % 5 == 0:
        ended_at = (began_at or MIDNIGHT) + chance.choice(LASTED) * DAY
    return Subscription(
        account=account,
        follower_id=pk,
        began_at=began_at,
        began_by=FOUND_BY[number % len(FOUND_BY)] if began_at else "",
        ended_at=ended_at,
        source=chance.choice(SOURCES),
        scene=chance.choice(SCENES),
    )
