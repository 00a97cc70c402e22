"""Fold news of single followers with what their rows know, and write what changes by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..models import Follower, Subscription
from ..rows import memberships
from ..rows.profiles import scene_of
from .account import AccountHistory
from .fold import fold
from .observations import Listed, Observation
from .periods import FoundBy, Period, Status, first_seen, observations_of, status_of
from .stored import COLUMNS, in_order, period_of, set_period

RESOLUTION = timedelta(microseconds=1)
_STATUS = ("subscribed", "status_as_of", "unsubscribed_at", "first_seen_at")


@dataclass
class Moved:
    """Row ids of followers whose present status is another one now."""

    returned: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)


def add_news(account_id: int, news: Mapping[int, Sequence[Observation]]) -> Moved:
    """News of followers by their row ids; call it within a transaction.

    What is older than the known present changes the past alone (rule 6).
    """
    moved = Moved()
    if not news:
        return moved
    account = AccountHistory(account_id)
    writer = _Writer(account)
    stored: dict[int, list[Subscription]] = {pk: [] for pk in news}
    for row in Subscription.objects.filter(follower__in=list(news)).order_by("pk"):
        stored[row.follower_id].append(row)
    for follower in Follower.objects.filter(pk__in=list(news), account=account_id):
        rows = sorted(stored[follower.pk], key=in_order)
        known = _known(follower, [period_of(row) for row in rows], account)
        told = news[follower.pk]
        known += told
        periods = fold(known, account.baseline)
        followed = follower.subscribed
        writer.write(follower, rows, periods)
        writer.set_status(follower, status_of(periods, known), first_seen(told))
        if follower.subscribed != followed:
            (moved.returned if follower.subscribed else moved.left).append(follower.pk)
    writer.save()
    memberships.count_status_change(returned=moved.returned, left=moved.left)
    account.count_following(len(moved.returned) - len(moved.left))
    account.save()
    return moved


def _known(
    follower: Follower, periods: Sequence[Period], account: AccountHistory
) -> list[Observation]:
    """What is known of them already: their rows, and the last list for whoever agreed with it."""
    as_of = max(follower.status_as_of, account.listed_at)
    if follower.subscribed and not periods:
        periods = [_of_baseline(follower)]
    known = observations_of(periods, follower.first_seen_at, as_of)
    if follower.subscribed and follower.status_as_of < as_of:
        # Both are sightings: what happened between them would otherwise have no lower bound.
        known.append(Listed(follower.status_as_of))
    if follower.subscribed and periods[-1].ended_at:
        # Only where rows were written by hand.
        known.append(Listed(as_of + RESOLUTION))
    return known


def _of_baseline(follower: Follower) -> Period:
    """The subscription of somebody who has followed since before the baseline and has no row."""
    since = follower.subscribe_time
    if since is None or since > follower.first_seen_at:
        return Period()
    return Period(
        since,
        FoundBy.PROFILE,
        source=follower.subscribe_scene,
        scene=scene_of(follower.qr_scene, follower.qr_scene_str),
    )


def is_implied(periods: Sequence[Period], baseline: datetime | None) -> bool:
    """Whether there is nothing to store: they have followed since before the baseline."""
    if len(periods) != 1 or periods[0].ended_at:
        return False
    return periods[0].began_at is None or baseline is None or periods[0].began_at <= baseline


class _Writer:
    """Collects the rows to delete, change and insert, and writes each kind at once.

    In this order, because only one row of a follower may be open at any moment.
    """

    def __init__(self, account: AccountHistory) -> None:
        self.account = account
        self.deleted: list[int] = []
        self.changed: list[Subscription] = []
        self.inserted: list[Subscription] = []
        self.followers: list[Follower] = []

    def write(
        self, follower: Follower, rows: Sequence[Subscription], periods: Sequence[Period]
    ) -> None:
        if not rows and is_implied(periods, self.account.baseline):
            return
        for row, period in zip(rows, periods, strict=False):
            if period_of(row) != period:
                self.account.count(period_of(row), -1)
                self.account.count(period)
                self.changed.append(set_period(row, period))
        for row in rows[len(periods) :]:
            self.account.count(period_of(row), -1)
            self.deleted.append(row.pk)
        for period in periods[len(rows) :]:
            self.account.count(period)
            row = Subscription(account_id=self.account.account_id, follower=follower)
            self.inserted.append(set_period(row, period))

    def set_status(self, follower: Follower, status: Status, seen_at: datetime | None) -> None:
        old = [getattr(follower, name) for name in _STATUS]
        follower.subscribed = status.subscribed
        follower.status_as_of = status.status_as_of or follower.status_as_of
        if not status.subscribed and status.unsubscribed_at is None:
            # Only where they were written by hand: they have left, and no row says when.
            status = replace(status, unsubscribed_at=follower.unsubscribed_at)
        follower.unsubscribed_at = status.unsubscribed_at
        follower.first_seen_at = min(seen_at or follower.first_seen_at, follower.first_seen_at)
        if old != [getattr(follower, name) for name in _STATUS]:
            self.followers.append(follower)

    def save(self) -> None:
        if self.deleted:
            Subscription.objects.filter(pk__in=self.deleted).delete()
        if self.changed:
            Subscription.objects.bulk_update(self.changed, COLUMNS)
        if self.inserted:
            Subscription.objects.bulk_create(self.inserted)
        if self.followers:
            Follower.objects.bulk_update(self.followers, _STATUS)
            memberships.copy_followed_at(follower.pk for follower in self.followers)
