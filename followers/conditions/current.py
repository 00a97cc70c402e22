"""What is so now: the one list from which home page, sidebar and alerts are made."""

from collections.abc import Callable, Collection, Iterable

from .accounts import followers_dropped, no_secret, no_worker, quota_low
from .changes import change
from .condition import Condition, Kind
from .facts import Facts
from .syncs import sync_failed, sync_incomplete, sync_review, sync_waiting

Definition = Callable[[Facts], Iterable[Condition]]

DEFINITIONS: dict[Kind, Definition] = {
    Kind.NO_WORKER: no_worker,
    Kind.SYNC_REVIEW: sync_review,
    Kind.SYNC_FAILED: sync_failed,
    Kind.NO_SECRET: no_secret,
    Kind.FOLLOWERS_DROPPED: followers_dropped,
    Kind.SYNC_WAITING: sync_waiting,
    Kind.QUOTA_LOW: quota_low,
    Kind.CHANGE: change,
    Kind.SYNC_INCOMPLETE: sync_incomplete,
}


def current(facts: Facts, kinds: Collection[Kind] = tuple(Kind)) -> list[Condition]:
    """The conditions of these accounts, in the order of the kinds."""
    return [
        found for kind, define in DEFINITIONS.items() if kind in kinds for found in define(facts)
    ]
