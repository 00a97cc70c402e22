"""Conditions of changes that are sent to WeChat."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q, QuerySet

from ..models import EditRun, OfficialAccount
from ..rows.clock import db_now
from .condition import Condition, Kind

SHOWN_FOR = timedelta(days=7)


def change(accounts: QuerySet[OfficialAccount]) -> Iterator[Condition]:
    """A change waits, or has failed for some or all followers in the last days.

    Until it is retried or undone.
    """
    waiting = Q(status=EditRun.Status.WAITING)
    failed = Q(status=EditRun.Status.FAILED) | Q(status=EditRun.Status.SUCCEEDED, failed__gt=0)
    recent = Q(finished_at__gte=db_now() - SHOWN_FOR, retried_by=None, undone_by=None)
    runs = EditRun.objects.filter(waiting | (failed & recent), account__in=accounts)
    for run in runs.select_related("account").order_by("-pk"):
        since = run.finished_at or run.progressed_at or run.created_at
        yield Condition(Kind.CHANGE, f"run {run.pk}", since, run.account, run)
