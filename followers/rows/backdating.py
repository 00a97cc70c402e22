"""Backdating of times that were stored while the clock was ahead.

A walk would consider such rows newer than itself, and ignore WeChat's answer about them. So before
a walk or a change begins, every time later than now is set to just before its start (`moment`).
Both functions must be called within a transaction.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Max
from pyroaring import BitMap64

from ..models import EditChunk, OutsideChange, Run, StatusChange, SyncStage
from . import followers
from .clock import db_now
from .locks import advisory_lock

ONE_MICROSECOND = timedelta(microseconds=1)


def backdate_changes(account_id: int, moment: datetime) -> None:
    """Backdate local and external changes, which keep their order."""
    advisory_lock(account_id)
    now = db_now()
    stamped: tuple[models.QuerySet[EditChunk] | models.QuerySet[OutsideChange], ...] = (
        EditChunk.objects.filter(step__run__account=account_id, stored_at__gt=now),
        OutsideChange.objects.filter(account=account_id, stored_at__gt=now),
    )
    latest = [found.aggregate(latest=Max("stored_at"))["latest"] for found in stamped]
    ahead = max((at for at in latest if at is not None), default=None)
    if ahead is not None:
        for found in stamped:
            found.update(stored_at=F("stored_at") - (ahead - moment + ONE_MICROSECOND))


def backdate_followers(
    account_id: int, moment: datetime, ids: list[int] | BitMap64 | None = None
) -> None:
    """Backdate the statuses and details of all followers, or of those with `ids`."""
    advisory_lock(account_id)
    now = db_now()
    if followers.backdate(account_id, now, moment - ONE_MICROSECOND, ids):
        _backdate_history(account_id, now, moment)


def _backdate_history(account_id: int, now: datetime, moment: datetime) -> None:
    """Shift status changes and walks equally: equal times show which walk found a change."""
    changes = StatusChange.objects.filter(follower__account=account_id, at__gt=now)
    latest = changes.aggregate(latest=Max("at"))["latest"]
    if latest is not None:
        earlier = latest - moment + ONE_MICROSECOND
        changes.update(at=F("at") - earlier)
        walks = SyncStage.objects.filter(run__account=account_id, walk_started_at__gt=now)
        # A walk that is under way starts again.
        walks.exclude(run__status__in=Run.ACTIVE).update(
            walk_started_at=F("walk_started_at") - earlier
        )
