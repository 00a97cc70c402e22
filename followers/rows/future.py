"""What a clock that was ahead has stamped: nothing can be known from the future.

A walk would take it for newer than itself, and believe it instead of WeChat. So it is dated back
before anything is compared with it: what is stamped later than now becomes just older than the
moment at which a walk, or a change, begins.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Max
from pyroaring import BitMap64

from ..models import EditChunk, OutsideChange, Run, StatusChange, SyncStage
from . import followers
from .clock import db_now
from .locks import advisory_lock

JUST_BEFORE = timedelta(microseconds=1)


def date_back_changes(account_id: int, moment: datetime) -> None:
    """Within a transaction: changes made here, and those that syncs found, keep their order."""
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
            found.update(stored_at=F("stored_at") - (ahead - moment + JUST_BEFORE))


def date_back_followers(
    account_id: int, moment: datetime, ids: list[int] | BitMap64 | None = None
) -> None:
    """Within a transaction: the same for what is known of followers, all or those with `ids`."""
    advisory_lock(account_id)
    now = db_now()
    if followers.date_back(account_id, now, moment - JUST_BEFORE, ids):
        _date_back_history(account_id, now, moment)


def _date_back_history(account_id: int, now: datetime, moment: datetime) -> None:
    """By as much as the walks that found it: the same time tells that a list has named somebody."""
    changes = StatusChange.objects.filter(follower__account=account_id, at__gt=now)
    latest = changes.aggregate(latest=Max("at"))["latest"]
    if latest is not None:
        earlier = latest - moment + JUST_BEFORE
        changes.update(at=F("at") - earlier)
        walks = SyncStage.objects.filter(run__account=account_id, walk_started_at__gt=now)
        # One that is under way begins again.
        walks.exclude(run__status__in=Run.ACTIVE).update(
            walk_started_at=F("walk_started_at") - earlier
        )
