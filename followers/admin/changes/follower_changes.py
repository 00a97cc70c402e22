"""The changes of one follower that were made here, for the timeline and the live bars."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from django.db.models import Max, QuerySet

from followers.changes.progress import chunk_reason
from followers.models import EditChunk, EditRun, EditStep, EditValue, Follower
from followers.rows.bitmaps import unpack
from followers.rows.cursors import iterate, read_transaction

# Only the newest chunks of all accounts are searched: for tags, ten million followers.
MAX_CHUNKS = 200_000
MAX_ENTRIES = 20


@dataclass(frozen=True)
class ChangeEntry:
    """One change of a follower; `outcome` is "" while the change is active.

    `text`: the follower's own remark or note if the change sets a different one for each.
    """

    step: EditStep
    outcome: str
    at: datetime
    why: str = ""
    text: str = ""

    @property
    def run(self) -> EditRun:
        return self.step.run


def changes_for(follower: Follower) -> list[ChangeEntry]:
    """Active changes, then the latest ones; without those that skipped the follower."""
    with read_transaction():
        under_way = _under_way(follower)
        found = [*under_way, *islice(_settled(follower), MAX_ENTRIES - len(under_way))]
    own = EditValue.objects.filter(step__in=[touch.step for touch in found], follower=follower)
    texts = dict(own.values_list("step", "after"))
    return [replace(touch, text=texts.get(touch.step.pk, "")) for touch in found]


def _under_way(follower: Follower) -> list[ChangeEntry]:
    steps = EditStep.objects.filter(
        run__account=follower.account_id, run__status__in=EditRun.ACTIVE
    ).order_by("-pk")
    found = iterate(steps.select_related("tag", "run", "run__requested_by"), 20)
    meant = [step for step in found if follower.pk in unpack(step.targets)]
    settled = {
        chunk.step_id for chunk in chunks_of(follower, EditChunk.objects.filter(step__in=meant))
    }
    left = [step for step in meant if step.pk not in settled]
    return [ChangeEntry(step, "", step.run.created_at) for step in left[:MAX_ENTRIES]]


def _settled(follower: Follower) -> Iterator[ChangeEntry]:
    newest = EditChunk.objects.aggregate(newest=Max("pk"))["newest"] or 0
    chunks = EditChunk.objects.filter(
        pk__gt=newest - MAX_CHUNKS, step__run__account=follower.account_id
    ).exclude(outcome=EditChunk.Outcome.SKIPPED)
    chunks = chunks.select_related("step__tag", "step__run__requested_by")
    for chunk in chunks_of(follower, chunks.defer("step__targets", "step__sending")):
        yield ChangeEntry(chunk.step, chunk.outcome, chunk.stored_at, chunk_reason(chunk))


def chunks_of(
    follower: Follower, chunks: QuerySet[EditChunk], order: Sequence[str] = ("-pk",)
) -> Iterator[EditChunk]:
    """Those of `chunks` that contain the follower, newest first. Within read_transaction()."""
    around = chunks.filter(first_row__lte=follower.pk, last_row__gte=follower.pk)
    for chunk in iterate(around.order_by(*order), 20):
        if follower.pk in unpack(chunk.rows):
            yield chunk
