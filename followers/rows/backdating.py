"""Backdating of changes that were stored while the clock was ahead.

A walk would consider such rows newer than itself, and ignore WeChat's answer about them. So before
a walk or a change begins, every time later than now is set to just before its start (`moment`).
history/backdating.py does the same for followers.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Max

from ..models import EditChunk, OutsideChange
from .clock import db_now
from .locks import advisory_lock

ONE_MICROSECOND = timedelta(microseconds=1)


def backdate_changes(account_id: int, moment: datetime) -> None:
    """Backdate local and external changes, which keep their order; call it in a transaction."""
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
