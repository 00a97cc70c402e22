"""What we wrote ourselves, which makes older answers of WeChat worthless, and what others did."""

from collections.abc import Collection, Iterable
from datetime import datetime

from pyroaring import BitMap64

from ..models import EditChunk, EditStep, OutsideChange, Run
from ..wechat.errcodes import NOTHING_CHANGED
from .bitmaps import pack, unpack
from .clock import db_now
from .pieces import in_pieces, reading

Action = EditStep.Action
# Actions that change the same thing.
TAGGING = (Action.TAG, Action.UNTAG)
NAMING = (Action.CREATE_TAG, Action.RENAME_TAG)
BLOCKING = (Action.BLOCK, Action.UNBLOCK)
REMARKING = (Action.REMARK,)


def changed_locally_since(
    account_id: int, actions: Collection[str], since: datetime, tag_id: int | None = None
) -> BitMap64:
    """Followers about whom an answer that was asked for at `since` may be out of date.

    They were changed since, or are being sent at this moment by a run that is not over. The caller
    holds the account, so that nothing is stamped later than now but by a clock that was ahead.
    """
    steps = EditStep.objects.filter(run__account=account_id, action__in=actions)
    if tag_id is not None:
        steps = steps.filter(tag=tag_id)
    chunks = EditChunk.objects.filter(
        step__in=steps, outcome=EditChunk.Outcome.DONE, stored_at__range=(since, db_now())
    )
    found = BitMap64()
    with reading():
        for stored in in_pieces(chunks.values_list("rows", flat=True), 500):
            found |= unpack(stored)
    under_way = steps.filter(run__status__in=Run.ACTIVE).exclude(sending=[])
    under_way = under_way.exclude(
        run__status=Run.Status.WAITING, run__error_code__in=NOTHING_CHANGED
    )
    for pieces in under_way.values_list("sending", flat=True):
        found.update(row for piece in pieces for row in piece)
    return found


def tags_changed_locally_since(account_id: int, since: datetime) -> set[int]:
    """Row ids of the tags that were created or renamed here since then; as for followers."""
    steps = EditStep.objects.filter(
        run__account=account_id,
        action__in=NAMING,
        chunks__outcome=EditChunk.Outcome.DONE,
        chunks__stored_at__range=(since, db_now()),
    )
    return {tag for tag in steps.values_list("tag", flat=True) if tag is not None}


def record_external_change(
    account_id: int, actions: Collection[str], ids: Iterable[int], tag_id: int | None = None
) -> None:
    """A sync found these followers changed. Kept where we have done the same and could undo it."""
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
    """Whether such changes have been made from here."""
    steps = EditStep.objects.filter(
        run__account=account_id,
        action__in=actions,
        tag=tag_id,
        chunks__outcome=EditChunk.Outcome.DONE,
    )
    return steps.exists()
