"""Whom nobody has changed since a step did, here or elsewhere."""

from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from operator import itemgetter

from django.db.models import Min, Value
from pyroaring import BitMap64

from ..models import EditChunk, EditStep, OutsideChange
from ..rows.bitmaps import unpack
from ..rows.cursors import iterate, read_transaction


def changed_by(step: EditStep) -> BitMap64:
    """Row ids of those whom a step has changed."""
    done = step.chunks.filter(outcome=EditChunk.Outcome.DONE).values_list("rows", flat=True)
    return BitMap64().union(*map(unpack, done))


def untouched_since(step: EditStep, same: tuple[str, ...]) -> BitMap64:
    """Those of them whom nothing later has touched: no action of `same`, and nobody elsewhere.

    Runs may take turns, when one waits, so that the order is that of the calls.
    """
    done = step.chunks.filter(outcome=EditChunk.Outcome.DONE)
    # Not the first one's: the clock may have been put right in between.
    earliest = done.aggregate(earliest=Min("stored_at"))["earliest"]
    kept, later = BitMap64(), BitMap64()
    if earliest is None:
        return kept
    with read_transaction():
        for _at, step_id, blob in _events(step, same, earliest):
            ids = unpack(blob)
            if step_id == step.pk:
                kept |= ids - later
            later |= ids
    return kept


def _events(
    step: EditStep, same: tuple[str, ...], since: datetime
) -> Iterator[tuple[datetime, int, bytes]]:
    """When, by which step of ours (0: elsewhere) and to whom the same was done; latest first."""
    ours = EditChunk.objects.filter(
        outcome=EditChunk.Outcome.DONE,
        stored_at__gte=since,
        step__run__account=step.run.account_id,
        step__action__in=same,
        step__tag=step.tag_id,
    )
    outside = OutsideChange.objects.filter(
        account=step.run.account_id, action=same[0], tag=step.tag_id, stored_at__gte=since
    )
    found = [
        ours.order_by("-stored_at", "-pk").values_list("stored_at", "step", "rows"),
        outside.order_by("-stored_at", "-pk").values_list("stored_at", Value(0), "rows"),
    ]
    latest_first = (iterate(rows, 500) for rows in found)
    return merge(*latest_first, key=itemgetter(0), reverse=True)
