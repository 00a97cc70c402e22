"""Factories of followers."""

from datetime import UTC, datetime
from typing import Any

from followers.models import Follower, OfficialAccount, Subscription

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def follow(account: OfficialAccount, openid: str, **values: Any) -> Follower:
    """A follower with this openid, by default first seen at the beginning of 2024."""
    values = {"first_seen_at": LONG_AGO, "status_as_of": LONG_AGO, **values}
    return Follower.objects.create(account=account, openid=openid, **values)


def make_unsubscribed(
    account: OfficialAccount, openid: str, at: datetime = LONG_AGO, **values: Any
) -> Follower:
    return follow(account, openid, subscribed=False, unsubscribed_at=at, **values)


def begin(follower: Follower, at: datetime, **values: Any) -> Subscription:
    """A subscription that lasts, by default found by a sync."""
    values = {"began_by": "sync", **values}
    return follower.subscriptions.create(account_id=follower.account_id, began_at=at, **values)


def end(follower: Follower, at: datetime, **values: Any) -> Subscription:
    """A subscription of the first list that has ended, by default found by a sync."""
    values = {"ended_by": "sync", **values}
    return follower.subscriptions.create(account_id=follower.account_id, ended_at=at, **values)
