"""What was changed from here about one follower: for the timeline, and for what is under way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from django.db.models import Max, QuerySet

from followers.changes.progress import chunk_reason
from followers.models import EditChunk, EditRun, EditStep, EditValue, Follower
from followers.rows.bitmaps import unpack
from followers.rows.pieces import in_pieces, reading

# The newest calls of all accounts that are looked through: of tags that is ten million followers.
CALLS = 200_000
# Those of a follower that are shown.
SHOWN = 20


@dataclass(frozen=True)
class Touch:
    """One change of a follower; `outcome` is "" while it is under way.

    `text`: the follower's own remark or note, where the change gives each another.
    """

    step: EditStep
    outcome: str
    at: datetime
    why: str = ""
    text: str = ""

    @property
    def run(self) -> EditRun:
        return self.step.run


def touches(follower: Follower) -> list[Touch]:
    """What is under way, then the latest; without those that left the follower as they were."""
    with reading():
        under_way = _under_way(follower)
        found = [*under_way, *islice(_settled(follower), SHOWN - len(under_way))]
    own = EditValue.objects.filter(step__in=[touch.step for touch in found], follower=follower)
    texts = dict(own.values_list("step", "after"))
    return [replace(touch, text=texts.get(touch.step.pk, "")) for touch in found]


def _under_way(follower: Follower) -> list[Touch]:
    steps = EditStep.objects.filter(
        run__account=follower.account_id, run__status__in=EditRun.ACTIVE
    ).order_by("-pk")
    found = in_pieces(steps.select_related("tag", "run", "run__requested_by"), 20)
    meant = [step for step in found if follower.pk in unpack(step.targets)]
    settled = {
        chunk.step_id for chunk in _about(follower, EditChunk.objects.filter(step__in=meant))
    }
    left = [step for step in meant if step.pk not in settled]
    return [Touch(step, "", step.run.created_at) for step in left[:SHOWN]]


def _settled(follower: Follower) -> Iterator[Touch]:
    newest = EditChunk.objects.aggregate(newest=Max("pk"))["newest"] or 0
    chunks = EditChunk.objects.filter(
        pk__gt=newest - CALLS, step__run__account=follower.account_id
    ).exclude(outcome=EditChunk.Outcome.SKIPPED)
    chunks = chunks.select_related("step__tag", "step__run__requested_by")
    for chunk in _about(follower, chunks.defer("step__targets", "step__sending")):
        yield Touch(chunk.step, chunk.outcome, chunk.stored_at, chunk_reason(chunk))


def _about(follower: Follower, chunks: QuerySet[EditChunk]) -> Iterator[EditChunk]:
    """Those of `chunks` that settled the follower, the newest first."""
    around = chunks.filter(first_row__lte=follower.pk, last_row__gte=follower.pk)
    for chunk in in_pieces(around.order_by("-pk"), 20):
        if follower.pk in unpack(chunk.rows):
            yield chunk
