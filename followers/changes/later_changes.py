"""Which followers of a step were not changed again since, here or at WeChat."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge
from operator import itemgetter

from django.db.models import Min, Q, QuerySet, Value
from pyroaring import BitMap64

from ..models import EditChunk, EditStep, OutsideChange
from ..rows.bitmaps import unpack
from ..rows.cursors import iterate, read_transaction
from .change import kind_of


def changed_ids(steps: Sequence[EditStep]) -> dict[int, BitMap64]:
    """By step, the row ids of the followers whom it has changed."""
    found = {step.pk: BitMap64() for step in steps}
    with read_transaction():
        for step_id, blob in iterate(_done(steps).values_list("step", "rows"), 500):
            found[step_id] |= unpack(blob)
    return found


def unchanged_since(steps: Sequence[EditStep]) -> dict[int, BitMap64]:
    """By step, those of the changed followers not changed later, by a related action or at WeChat.

    steps: of one account and one kind. Steps of several runs may alternate when one waits, so the
    order is that of the calls.
    """
    kept = {step.pk: BitMap64() for step in steps}
    # Not that of the first chunk: the clock may have been corrected in between.
    earliest = _done(steps).aggregate(earliest=Min("stored_at"))["earliest"]
    if earliest is None:
        return kept
    later: dict[int | None, BitMap64] = defaultdict(BitMap64)
    with read_transaction():
        for _at, step_id, tag_id, blob in _changes_latest_first(steps, earliest):
            ids = unpack(blob)
            if step_id in kept:
                kept[step_id] |= ids - later[tag_id]
            later[tag_id] |= ids
    return kept


def _done(steps: Sequence[EditStep]) -> QuerySet[EditChunk]:
    keys = [step.pk for step in steps]
    return EditChunk.objects.filter(step__in=keys, outcome=EditChunk.Outcome.DONE).order_by()


Stored = tuple[datetime, int, int | None, bytes]


def _changes_latest_first(steps: Sequence[EditStep], since: datetime) -> Iterator[Stored]:
    """(time, id of the step or 0 for an external change, tag, packed row ids), latest first."""
    first = steps[0]
    actions = kind_of(first.action).related_actions
    tags = {step.tag_id for step in steps}
    local = EditChunk.objects.filter(
        _has_tag("step__tag", tags),
        outcome=EditChunk.Outcome.DONE,
        stored_at__gte=since,
        step__run__account=first.run.account_id,
        step__action__in=actions,
    )
    external = OutsideChange.objects.filter(
        _has_tag("tag", tags),
        account=first.run.account_id,
        action=actions[0],
        stored_at__gte=since,
    )
    queries = [
        local.order_by("-stored_at", "-pk").values_list("stored_at", "step", "step__tag", "rows"),
        external.order_by("-stored_at", "-pk").values_list("stored_at", Value(0), "tag", "rows"),
    ]
    return merge(*(iterate(rows, 500) for rows in queries), key=itemgetter(0), reverse=True)


def _has_tag(field: str, tags: set[int | None]) -> Q:
    known = Q((f"{field}__in", tags - {None}))
    return known | Q((field, None)) if None in tags else known
