"""Take back what a change did, as far as nobody has changed it since; try again what failed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge
from operator import itemgetter
from typing import Any

from django.db.models import Min, Value
from django.utils.translation import gettext as _
from pyroaring import BitMap64

from ..models import EditChunk, EditRun, EditStep, EditValue, OutsideChange
from ..rows.bitmaps import unpack
from ..rows.followers import blacklisted, tagged
from ..rows.local_changes import BLOCKING, REMARKING, TAGGING
from ..rows.pieces import in_pieces, reading
from . import rows
from .change import OF_TAGS, WITH_TEXT, Action, Change
from .created import was_created, why_kept
from .plan import Refused
from .record import Step, record_steps

INVERSE: dict[str, str] = {
    Action.TAG: Action.UNTAG,
    Action.UNTAG: Action.TAG,
    Action.BLOCK: Action.UNBLOCK,
    Action.UNBLOCK: Action.BLOCK,
    Action.REMARK: Action.REMARK,
    Action.NOTE: Action.NOTE,
}
# What changes the same thing as an action does. A sync notes what others changed under the same
# names.
SAME: dict[str, tuple[str, ...]] = {
    Action.UNTAG: TAGGING,
    Action.BLOCK: BLOCKING,
    Action.UNBLOCK: BLOCKING,
    Action.REMARK: REMARKING,
    Action.NOTE: (Action.NOTE,),
}


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
        if step.action not in INVERSE or (step.tag is None and step.action in SAME[Action.UNTAG]):
            continue
        change = Change(INVERSE[step.action], tag=step.tag)
        ids = unchanged_since(step)
        if step.action in WITH_TEXT:
            unchanged = rows.texts_unchanged_since(step.action, step.pk)
            values = {row: text for row, text in unchanged if row in ids}
            if values:
                yield Step(change, values=values, undoes=step)
        elif ids:
            yield Step(change, ids, undoes=step)


def _created(run: EditRun) -> list[EditStep]:
    created = run.steps.filter(action=Action.CREATE_TAG)
    return [step for step in created if was_created(step)]


def unchanged_since(step: EditStep) -> BitMap64:
    """Whose present state is what the step made it, with nobody's change since."""
    if step.action == Action.TAG:
        # Whoever lost the tag and got it back since has another row.
        return rows.tagged_by(step.run_id, step.tag_id or 0) & _done(step)
    own = _untouched(step)
    if step.action in WITH_TEXT:
        return own & BitMap64(row for row, _ in rows.texts_unchanged_since(step.action, step.pk))
    if step.action == Action.UNTAG:
        return own - tagged(step.tag_id or 0)
    blocked = blacklisted(step.run.account_id)
    return own & blocked if step.action == Action.BLOCK else own - blocked


def _done(step: EditStep) -> BitMap64:
    done = step.chunks.filter(outcome=EditChunk.Outcome.DONE).values_list("rows", flat=True)
    return BitMap64().union(*map(unpack, done))


def _untouched(step: EditStep) -> BitMap64:
    """Whom nothing later has touched: no change of the same thing, and nobody elsewhere.

    Runs may take turns, when one waits, so that the order is that of the calls.
    """
    done = step.chunks.filter(outcome=EditChunk.Outcome.DONE)
    # Not the first one's: the clock may have been put right in between.
    earliest = done.aggregate(earliest=Min("stored_at"))["earliest"]
    kept, later = BitMap64(), BitMap64()
    if earliest is None:
        return kept
    with reading():
        for _at, step_id, blob in _events(step, earliest):
            ids = unpack(blob)
            if step_id == step.pk:
                kept |= ids - later
            later |= ids
    return kept


def _events(step: EditStep, since: datetime) -> Iterator[tuple[datetime, int, bytes]]:
    """When, by which step of ours (0: elsewhere) and to whom the same was done; latest first."""
    same = SAME[step.action]
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
    latest_first = (in_pieces(rows, 500) for rows in found)
    return merge(*latest_first, key=itemgetter(0), reverse=True)


def _unfinished(run: EditRun) -> Iterator[Step]:
    if run.is_active:
        return
    emptied: set[int] = set()
    for step in run.steps.all():
        change = Change(step.action, step.tag, step.name, step.text)
        settled = step.chunks.exclude(outcome=EditChunk.Outcome.FAILED)
        if step.action in OF_TAGS:
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
    with reading():
        texts = {row: after for row, after in in_pieces(own, 2_000) if row in ids}
    return {follower: texts.get(follower, step.text) for follower in ids}
