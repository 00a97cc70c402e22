"""Conditions of changes that are sent to WeChat."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q

from ..models import EditRun
from .condition import Condition, Kind
from .facts import Facts

SHOWN_FOR = timedelta(days=7)


def change(facts: Facts) -> Iterator[Condition]:
    """A change waits, or has failed for some or all followers in the last days.

    Until it is retried or undone.
    """
    waiting = Q(status=EditRun.Status.WAITING)
    failed = Q(status=EditRun.Status.FAILED) | Q(status=EditRun.Status.SUCCEEDED, failed__gt=0)
    recent = Q(finished_at__gte=facts.now - SHOWN_FOR, retried_by=None, undone_by=None)
    runs = EditRun.objects.filter(waiting | (failed & recent), account__in=facts.query.order_by())
    for run in runs.select_related("account").order_by("-pk"):
        since = run.finished_at or run.progressed_at or run.created_at
        yield Condition(Kind.CHANGE, f"run {run.pk}", since, run.account, run)
