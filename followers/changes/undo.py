"""Undo a change where nobody has changed its followers since; retry what failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from pyroaring import BitMap64

from ..models import EditChunk, EditRun, EditStep, EditValue
from ..rows.bitmaps import unpack
from ..rows.cursors import iterate, read_transaction
from . import rows
from .change import Action, Change, ChangeRefused, kind_of
from .created_tags import has_created_tag, keep_reason
from .record import PlannedStep, record_steps


@dataclass(frozen=True)
class UndoPreview:
    """What an undo would do.

    changes: how many changes of followers it would undo. deleted_tags, kept_tags: names of created
    tags that it would delete, or keep because they are in use.
    """

    changes: int = 0
    deleted_tags: tuple[str, ...] = ()
    kept_tags: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return self.changes + len(self.deleted_tags)


def preview_undo(run: EditRun) -> UndoPreview:
    """What an undo of this run would do now: nothing while it is active."""
    if run.is_active:
        return UndoPreview()
    steps = list(_inverse_steps(run))
    deleted = [step.undoes for step in steps if step.change.action == Action.DELETE_TAG]
    created = filter(has_created_tag, run.steps.filter(action=Action.CREATE_TAG))
    kept = [step.name for step in created if keep_reason(step) == "tag_in_use"]
    return UndoPreview(
        changes=sum(len(BitMap64(step.texts or step.follower_ids)) for step in steps),
        deleted_tags=tuple(sorted(step.name for step in deleted if step)),
        kept_tags=tuple(sorted(kept)),
    )


def count_undoable(run: EditRun) -> int:
    """How many changes an undo would make: 0 while the run is active."""
    return preview_undo(run).total


def undo(run: EditRun, user: Any) -> EditRun:
    """Undo what nobody has changed since. Raises ChangeRefused if there is nothing to undo."""
    steps = list(_inverse_steps(run))
    if not steps:
        raise ChangeRefused(_("There is nothing left to undo: others have changed it since."))
    return record_steps(run.account, steps, user=user, selection=run.selection, undo_of=run)


def retry_failed(run: EditRun, user: Any) -> EditRun:
    """Repeat a change for the followers who failed or were not reached before the run ended."""
    steps = list(_unfinished_steps(run))
    if not steps:
        raise ChangeRefused(_("There is nothing left to do again."))
    return record_steps(
        run.account,
        steps,
        user=user,
        selection=run.selection,
        import_fingerprint=run.import_fingerprint,
        undo_of=run.undo_of,
        retry_of=run,
    )


def _inverse_steps(run: EditRun) -> Iterator[PlannedStep]:
    """The steps of an undo: the last step first."""
    if run.is_active:
        return
    for step in run.steps.select_related("tag").order_by("-position"):
        if has_created_tag(step) and not keep_reason(step):
            # The steps that removed the tag from its followers come before.
            yield PlannedStep(Change(Action.DELETE_TAG, tag=step.tag), undoes=step)
        kind = kind_of(step.action)
        if not kind.inverse or (step.tag is None and kind.subject == "tag"):
            continue
        change = Change(kind.inverse, tag=step.tag)
        ids = kind.unchanged_ids(step)
        if kind.subject == "text":
            unchanged = rows.texts_unchanged_since(step.action, step.pk)
            texts = {row: text for row, text in unchanged if row in ids}
            if texts:
                yield PlannedStep(change, texts=texts, undoes=step)
        elif ids:
            yield PlannedStep(change, ids, undoes=step)


def _unfinished_steps(run: EditRun) -> Iterator[PlannedStep]:
    if run.is_active:
        return
    emptied_tag_ids: set[int] = set()
    for step in run.steps.all():
        change = Change.from_step(step)
        settled = step.chunks.exclude(outcome=EditChunk.Outcome.FAILED)
        if change.kind.is_tag_change:
            # A tag that was kept because it was in use can be deleted once it is emptied.
            is_emptied = step.action == Action.DELETE_TAG and step.tag_id in emptied_tag_ids
            if is_emptied or not settled.exists():
                yield PlannedStep(change, undoes=step.undoes)
            continue
        if step.action == Action.UNTAG and step.tag is None:
            # Deleting the tag has removed it from everybody.
            continue
        ids = unpack(step.targets).difference(*map(unpack, settled.values_list("rows", flat=True)))
        has_texts = EditValue.objects.filter(step=step).exists()
        ids &= rows.follower_ids(run.account_id)
        if not ids:
            continue
        if step.action == Action.UNTAG and step.tag_id:
            emptied_tag_ids.add(step.tag_id)
        texts = _texts(step, ids) if has_texts else {}
        yield PlannedStep(change, ids, texts, undoes=step.undoes)


def _texts(step: EditStep, ids: BitMap64) -> dict[int, str]:
    values = step.values.values_list("follower_id", "after")
    with read_transaction():
        texts = {row: after for row, after in iterate(values, 2_000) if row in ids}
    return {row: texts.get(row, step.text) for row in ids}
