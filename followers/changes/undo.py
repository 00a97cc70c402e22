"""Take back what a change did, as far as nobody has changed it since; try again what failed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from pyroaring import BitMap64

from ..models import EditChunk, EditRun, EditStep, EditValue
from ..rows.bitmaps import unpack
from ..rows.cursors import iterate, read_transaction
from . import rows
from .change import Action, Change, Refused, kind_of
from .created import was_created, why_kept
from .record import Step, record_steps


@dataclass(frozen=True)
class Undoable:
    """What an undo would reverse.

    followers: how many changes of followers. deleted: names of the tags that were created and go
    again; kept: of those that stay, because somebody uses them.
    """

    followers: int = 0
    deleted: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return self.followers + len(self.deleted)


def outlook(run: EditRun) -> Undoable:
    """What an undo of this run would do now; nothing while it is active."""
    if run.is_active:
        return Undoable()
    steps = list(_inverse(run))
    deleting = (step.undoes for step in steps if step.change.action == Action.DELETE_TAG)
    return Undoable(
        followers=sum(len(BitMap64(step.values or step.rows)) for step in steps),
        deleted=tuple(sorted(created.name for created in deleting if created)),
        kept=tuple(sorted(step.name for step in _created(run) if why_kept(step) == "tag_in_use")),
    )


def undoable(run: EditRun) -> int:
    """How many of a run's changes an undo would reverse; none while it is active."""
    return outlook(run).total


def undo(run: EditRun, user: Any) -> EditRun:
    """Reverse what a run changed and nobody has changed since. Refused where that is nothing."""
    steps = list(_inverse(run))
    if not steps:
        raise Refused(_("There is nothing left to undo: others have changed it since."))
    return record_steps(run.account, steps, user=user, selection=run.selection, undo_of=run)


def retry_failed(run: EditRun, user: Any) -> EditRun:
    """Once more for those who failed, and for those whom an ended run never came to."""
    steps = list(_unfinished(run))
    if not steps:
        raise Refused(_("There is nothing left to do again."))
    return record_steps(
        run.account,
        steps,
        user=user,
        selection=run.selection,
        import_fingerprint=run.import_fingerprint,
        undo_of=run.undo_of,
        retry_of=run,
    )


def _inverse(run: EditRun) -> Iterator[Step]:
    """The last step first."""
    if run.is_active:
        return
    for step in run.steps.order_by("-position"):
        if was_created(step) and not why_kept(step):
            # The last to be undone: nobody has it any more.
            yield Step(Change(Action.DELETE_TAG, tag=step.tag), undoes=step)
        kind = kind_of(step.action)
        if not kind.inverse or (step.tag is None and kind.subject == "tag"):
            continue
        change = Change(kind.inverse, tag=step.tag)
        ids = kind.unchanged(step)
        if kind.subject == "text":
            unchanged = rows.texts_unchanged_since(step.action, step.pk)
            values = {row: text for row, text in unchanged if row in ids}
            if values:
                yield Step(change, values=values, undoes=step)
        elif ids:
            yield Step(change, ids, undoes=step)


def _created(run: EditRun) -> list[EditStep]:
    created = run.steps.filter(action=Action.CREATE_TAG)
    return [step for step in created if was_created(step)]


def _unfinished(run: EditRun) -> Iterator[Step]:
    if run.is_active:
        return
    emptied: set[int] = set()
    for step in run.steps.all():
        change = Change.of(step)
        settled = step.chunks.exclude(outcome=EditChunk.Outcome.FAILED)
        if change.kind.is_of_tag:
            # Kept because these followers had it still, it can be deleted after them.
            after_them = step.action == Action.DELETE_TAG and step.tag_id in emptied
            if after_them or not settled.exists():
                yield Step(change, undoes=step.undoes)
            continue
        if step.action == Action.UNTAG and step.tag is None:
            # With the tag everybody has lost it.
            continue
        ids = unpack(step.targets).difference(*map(unpack, settled.values_list("rows", flat=True)))
        own = EditValue.objects.filter(step=step).exists()
        ids &= rows.everybody(run.account_id)
        if not ids:
            continue
        if step.action == Action.UNTAG and step.tag_id:
            emptied.add(step.tag_id)
        new = Step(change, ids, undoes=step.undoes)
        yield replace(new, values=_values(step, ids)) if own else new


def _values(step: EditStep, ids: BitMap64) -> dict[int, str]:
    own = step.values.values_list("follower_id", "after")
    with read_transaction():
        texts = {row: after for row, after in iterate(own, 2_000) if row in ids}
    return {follower: texts.get(follower, step.text) for follower in ids}
