"""The internal notes of a follower: who wrote which one when.

Each note is written by a change, which keeps the text before and after (`EditValue`): the changes
are the history. Whatever removes old changes must leave those that wrote notes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from followers.changes.change import Action
from followers.models import EditChunk, EditRun, EditValue, Follower
from followers.rows.cursors import read_transaction

from .follower_changes import chunks_of

MAX_NOTES = 20


@dataclass(frozen=True)
class WrittenNote:
    """text: "" where the note was cleared. at, run: None of a text of which only the change that
    replaced it is known. before: the text that it replaced.
    """

    text: str
    at: datetime | None = None
    run: EditRun | None = None
    before: str | None = None


def written_notes(
    follower: Follower, most: int | None = MAX_NOTES
) -> tuple[list[WrittenNote], int]:
    """Newest first, the present one included, and how many more there are than `most`."""
    values = EditValue.objects.filter(
        follower=follower, step__action=Action.NOTE, before__isnull=False
    )
    steps = list(values.values_list("step", flat=True))
    if not steps:
        return [], 0
    with read_transaction():
        chunks = list(islice(_chunks(follower, steps), most))
    shown = values.filter(step__in=[chunk.step_id for chunk in chunks])
    texts = {value.step_id: value for value in shown}
    notes = [
        WrittenNote(value.after, it.stored_at, it.step.run, value.before)
        for it in chunks
        for value in [texts[it.step_id]]
    ]
    more = len(steps) - len(notes)
    if not more and chunks and (first := texts[chunks[-1].step_id].before):
        notes.append(WrittenNote(first))
    return notes, more


def _chunks(follower: Follower, steps: list[int]) -> Iterator[EditChunk]:
    chunks = EditChunk.objects.filter(step__in=steps, outcome=EditChunk.Outcome.DONE)
    chunks = chunks.select_related("step__run__requested_by")
    order = ("-stored_at", "-pk")
    return chunks_of(follower, chunks.defer("step__targets", "step__sending"), order)
