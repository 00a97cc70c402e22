"""What was changed from here about one follower: for the timeline, and for what is under way."""

from dataclasses import dataclass
from datetime import datetime

from followers.edits.progress import chunk_words
from followers.models import EditChunk, EditRun, EditStep, EditValue, Follower
from followers.sync.bitmaps import unpack

# The account's newest steps that are looked through, and those of a follower that are shown.
STEPS = 200
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
    """The latest first, without those that left the follower as they were."""
    meant = _meant(follower)
    chunks = _chunks(follower, meant)
    texts = dict(
        EditValue.objects.filter(step__in=meant, follower=follower).values_list("step", "after")
    )
    found = (_touch(step, chunks.get(step.pk), texts.get(step.pk, "")) for step in meant)
    return [touch for touch in found if touch][:SHOWN]


def _meant(follower: Follower) -> list[EditStep]:
    """The newest steps that were recorded for the follower."""
    newest = EditStep.objects.filter(run__account=follower.account_id).order_by("-pk")
    rows = newest.values_list("pk", "targets")[:STEPS]
    keys = [pk for pk, targets in rows.iterator(20) if follower.pk in unpack(targets)]
    steps = _steps(keys)
    return sorted(steps, key=lambda step: step.pk, reverse=True)


def _steps(keys: list[int]) -> list[EditStep]:
    steps = EditStep.objects.filter(pk__in=keys).defer("targets", "sending")
    return list(steps.select_related("tag", "run", "run__requested_by"))


def _chunks(follower: Follower, steps: list[EditStep]) -> dict[int, EditChunk]:
    """The chunk of each step that settled the follower."""
    around = EditChunk.objects.filter(
        step__in=steps, first_row__lte=follower.pk, last_row__gte=follower.pk
    )
    found = around.order_by("pk").iterator(200)
    return {chunk.step_id: chunk for chunk in found if follower.pk in unpack(chunk.rows)}


def _touch(step: EditStep, chunk: EditChunk | None, text: str) -> Touch | None:
    if chunk is None:
        waiting = Touch(step, "", step.run.created_at, text=text)
        return waiting if step.run.is_active else None
    if chunk.outcome == EditChunk.Outcome.SKIPPED:
        return None
    return Touch(step, chunk.outcome, chunk.stored_at, chunk_words(chunk), text)
