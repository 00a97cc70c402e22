"""Which followers of a step were not changed again since, here or at WeChat."""

from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from operator import itemgetter

from django.db.models import Min, Value
from pyroaring import BitMap64

from ..models import EditChunk, EditStep, OutsideChange
from ..rows.bitmaps import unpack
from ..rows.cursors import iterate, read_transaction
from .change import kind_of


def changed_ids(step: EditStep) -> BitMap64:
    """Row ids of the followers whom a step has changed."""
    done = step.chunks.filter(outcome=EditChunk.Outcome.DONE).values_list("rows", flat=True)
    return BitMap64().union(*map(unpack, done))


def unchanged_since(step: EditStep) -> BitMap64:
    """Of the changed followers, those not changed later, by a related action or at WeChat.

    Steps of several runs may alternate when one waits, so the order is that of the calls.
    """
    done = step.chunks.filter(outcome=EditChunk.Outcome.DONE)
    # Not that of the first chunk: the clock may have been corrected in between.
    earliest = done.aggregate(earliest=Min("stored_at"))["earliest"]
    kept, later = BitMap64(), BitMap64()
    if earliest is None:
        return kept
    with read_transaction():
        for _at, step_id, blob in _changes_latest_first(step, earliest):
            ids = unpack(blob)
            if step_id == step.pk:
                kept |= ids - later
            later |= ids
    return kept


def _changes_latest_first(step: EditStep, since: datetime) -> Iterator[tuple[datetime, int, bytes]]:
    """(time, id of the step or 0 for an external change, packed row ids), latest first."""
    actions = kind_of(step.action).related_actions
    local = EditChunk.objects.filter(
        outcome=EditChunk.Outcome.DONE,
        stored_at__gte=since,
        step__run__account=step.run.account_id,
        step__action__in=actions,
        step__tag=step.tag_id,
    )
    external = OutsideChange.objects.filter(
        account=step.run.account_id, action=actions[0], tag=step.tag_id, stored_at__gte=since
    )
    queries = [
        local.order_by("-stored_at", "-pk").values_list("stored_at", "step", "rows"),
        external.order_by("-stored_at", "-pk").values_list("stored_at", Value(0), "rows"),
    ]
    return merge(*(iterate(rows, 500) for rows in queries), key=itemgetter(0), reverse=True)
