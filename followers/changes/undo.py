"""Undo a change where nobody has changed its followers since; retry what failed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from pyroaring import BitMap64

from ..models import EditChunk, EditRun, EditStep, EditValue
from ..rows.bitmaps import unpack
from ..rows.cursors import iterate, read_transaction
from . import rows
from .change import Action, Change, ChangeRefused, kind_of
from .created_tags import created_tag_ids, keep_reasons
from .record import PlannedStep, record_steps
from .step_queries import load_steps


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
    steps, kept = _inverse_steps(run)
    deleted = [step.undoes for step in steps if step.change.action == Action.DELETE_TAG]
    return UndoPreview(
        changes=sum(len(BitMap64(step.texts or step.follower_ids)) for step in steps),
        deleted_tags=tuple(sorted(step.name for step in deleted if step)),
        kept_tags=tuple(kept),
    )


def count_undoable(run: EditRun) -> int:
    """How many changes an undo would make: 0 while the run is active."""
    return preview_undo(run).total


def undo(run: EditRun, user: Any) -> EditRun:
    """Undo what nobody has changed since. Raises ChangeRefused if there is nothing to undo."""
    steps, _kept = _inverse_steps(run)
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


def _inverse_steps(run: EditRun) -> tuple[list[PlannedStep], list[str]]:
    """The steps of an undo, the last step first, and the names of created tags that are in use.

    A fixed number of queries for each kind of change, however many steps the run has.
    """
    if run.is_active:
        return [], []
    steps = load_steps(run)[::-1]
    for step in steps:
        step.run = run
    created = created_tag_ids(steps)
    reasons = keep_reasons([step for step in steps if step.pk in created]) if created else {}
    plans = {plan.undoes.pk: plan for plan in _inverse_of_followers(steps) if plan.undoes}
    inverse = []
    for step in steps:
        if reasons.get(step.pk) == "":
            # The steps that removed the tag from its followers come before.
            inverse.append(PlannedStep(Change(Action.DELETE_TAG, tag=step.tag), undoes=step))
        elif step.pk in plans:
            inverse.append(plans[step.pk])
    return inverse, sorted(step.name for step in steps if reasons.get(step.pk) == "tag_in_use")


def _inverse_of_followers(steps: Iterable[EditStep]) -> Iterator[PlannedStep]:
    """Of the steps that changed followers who are still as they left them."""
    by_action: dict[str, list[EditStep]] = defaultdict(list)
    for step in steps:
        if step.tag is not None or kind_of(step.action).subject != "tag":
            by_action[step.action].append(step)
    for action, same in by_action.items():
        kind = kind_of(action)
        if not kind.inverse:
            continue
        texts = kind.unchanged_texts(same) if kind.subject == "text" else {}
        ids = {} if texts else kind.unchanged_ids(same)
        for step in same:
            change = Change(kind.inverse, tag=step.tag)
            who = ids.get(step.pk) or ()
            if who or texts.get(step.pk):
                yield PlannedStep(change, who, texts.get(step.pk, {}), undoes=step)


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
