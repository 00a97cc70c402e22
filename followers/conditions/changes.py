"""Conditions of changes that are sent to WeChat."""

from collections.abc import Iterator

from ..models import EditRun
from .condition import Condition, Kind
from .facts import Facts


def change(facts: Facts) -> Iterator[Condition]:
    """A change waits, or has failed for some or all followers in the last days.

    Until it is retried or undone.
    """
    for run in facts.changes:
        if run.status != EditRun.Status.RUNNING:
            since = run.finished_at or run.progressed_at or run.created_at
            yield Condition(Kind.CHANGE, f"run {run.pk}", since, run.account, run)
