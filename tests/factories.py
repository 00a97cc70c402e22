"""Factories of followers, and of what is made of several rows."""

import json
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from followers.models import (
    EditRun,
    EditStep,
    Follower,
    ImportFile,
    OfficialAccount,
    Segment,
    SegmentId,
    Subscription,
)
from followers.rows.bitmaps import pack

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


def make_kept_list(
    account: OfficialAccount, name: str, ids: Sequence[str], **values: Any
) -> Segment:
    values = {"query": "subscribed__exact=all", "pasted": len(ids), **values}
    kept = Segment.objects.create(account=account, name=name, **values)
    SegmentId.objects.bulk_create(
        SegmentId(segment=kept, position=position, text=text) for position, text in enumerate(ids)
    )
    return kept


def make_step(run: EditRun, people: Iterable[int], position: int = 0, **values: Any) -> EditStep:
    """A step for the followers with these keys."""
    keys = list(people)
    values = {"selected": len(keys), "targets": pack(keys), **values}
    return EditStep.objects.create(run=run, position=position, **values)


def upload_content(rows: Iterable[Sequence[str]]) -> bytes:
    """What ImportFile keeps of the rows of a sheet, the first of which names the columns."""
    lines = (json.dumps([number, 0, *row]) for number, row in enumerate(rows, 1))
    return zlib.compress("".join(f"{line}\n" for line in lines).encode())


def make_upload(
    account: OfficialAccount, uploader: Any, name: str, rows: Iterable[Sequence[str]]
) -> ImportFile:
    return ImportFile.objects.create(
        account=account,
        uploaded_by=uploader,
        name=name,
        content=upload_content(rows),
        uploaded_at=timezone.now(),
    )
