"""Changes made through this application, which outdate older answers of WeChat, and others'."""

from collections.abc import Collection, Iterable
from datetime import datetime

from pyroaring import BitMap64

from ..models import EditChunk, EditStep, OutsideChange, Run
from ..wechat.errcodes import CALL_REFUSED
from .bitmaps import pack, unpack
from .clock import db_now
from .cursors import iterate, read_transaction

Action = EditStep.Action
# Actions that change the same thing.
TAGGING_ACTIONS = (Action.TAG, Action.UNTAG)
TAG_NAME_ACTIONS = (Action.CREATE_TAG, Action.RENAME_TAG)
BLOCKING_ACTIONS = (Action.BLOCK, Action.UNBLOCK)
REMARK_ACTIONS = (Action.REMARK,)


def changed_locally_since(
    account_id: int, actions: Collection[str], since: datetime, tag_id: int | None = None
) -> BitMap64:
    """Row ids of followers for whom an answer requested at `since` may be outdated.

    They were changed since then, or an active run is sending them now. The caller holds the
    account's lock, so only a clock that was ahead could have set a later `stored_at` than now.
    """
    steps = EditStep.objects.filter(run__account=account_id, action__in=actions)
    if tag_id is not None:
        steps = steps.filter(tag=tag_id)
    chunks = EditChunk.objects.filter(
        step__in=steps, outcome=EditChunk.Outcome.DONE, stored_at__range=(since, db_now())
    )
    found = BitMap64()
    with read_transaction():
        for stored in iterate(chunks.values_list("rows", flat=True), 500):
            found |= unpack(stored)
    under_way = steps.filter(run__status__in=Run.ACTIVE).exclude(sending=[])
    under_way = under_way.exclude(run__status=Run.Status.WAITING, run__error_code__in=CALL_REFUSED)
    for pieces in under_way.values_list("sending", flat=True):
        found.update(row for piece in pieces for row in piece)
    return found


def tags_changed_locally_since(account_id: int, since: datetime) -> set[int]:
    """Row ids of the tags that were created or renamed here since then."""
    steps = EditStep.objects.filter(
        run__account=account_id,
        action__in=TAG_NAME_ACTIONS,
        chunks__outcome=EditChunk.Outcome.DONE,
        chunks__stored_at__range=(since, db_now()),
    )
    return {tag for tag in steps.values_list("tag", flat=True) if tag is not None}


def record_external_change(
    account_id: int, actions: Collection[str], ids: Iterable[int], tag_id: int | None = None
) -> None:
    """Record followers that a sync found changed; only needed where an undo could affect them."""
    rows = BitMap64(ids)
    if rows and has_local_changes(account_id, actions, tag_id):
        OutsideChange.objects.create(
            account_id=account_id,
            action=next(iter(actions)),
            tag_id=tag_id,
            rows=pack(rows),
            stored_at=db_now(),
        )


def has_local_changes(account_id: int, actions: Collection[str], tag_id: int | None = None) -> bool:
    """Whether such changes have been made through this application."""
    steps = EditStep.objects.filter(
        run__account=account_id,
        action__in=actions,
        tag=tag_id,
        chunks__outcome=EditChunk.Outcome.DONE,
    )
    return steps.exists()
