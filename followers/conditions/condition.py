"""Something that somebody should know of, or do something about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..models import AlertKind, OfficialAccount, Run, SyncStage


class Kind(StrEnum):
    """In the order of the home page. Those that AlertKind has, too, are told as alerts."""

    NO_WORKER = AlertKind.NO_WORKER.value
    SYNC_REVIEW = AlertKind.SYNC_REVIEW.value
    SYNC_FAILED = AlertKind.SYNC_FAILED.value
    NO_SECRET = "no_secret"  # noqa: S105 (no secret)
    FOLLOWERS_DROPPED = AlertKind.FOLLOWERS_DROPPED.value
    SYNC_WAITING = AlertKind.SYNC_WAITING.value
    QUOTA_LOW = AlertKind.QUOTA_LOW.value
    CHANGE = "change"
    SYNC_INCOMPLETE = "sync_incomplete"


# What the number in the sidebar counts: it stays until somebody does something.
URGENT = (Kind.NO_WORKER, Kind.SYNC_REVIEW, Kind.SYNC_FAILED)
# What is so at a moment or on a day, and is never over.
MOMENTARY = (Kind.FOLLOWERS_DROPPED, Kind.QUOTA_LOW)


@dataclass(frozen=True)
class Condition:
    """account: None for what concerns the whole installation.

    occurrence: the same as long as it is the same condition, and another one the next time.
    since: when it began. run: the latest one that shows it; stage: the part of it, if only one
    does. params: other numbers of its text, which must be storable as JSON.
    is_being_retried: a later run is on its way, so there is nothing to do now.
    """

    kind: Kind
    occurrence: str
    since: datetime
    account: OfficialAccount | None = None
    run: Run | None = None
    stage: SyncStage | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    is_being_retried: bool = False
