"""Take back what a change did, as far as nobody has changed it since; try again what failed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from heapq import merge
from operator import itemgetter
from typing import Any

from django.db.models import Value
from django.utils.translation import gettext as _
from pyroaring import BitMap64

from ..models import EditChunk, EditRun, EditStep, EditValue, OutsideChange
from ..sync.bitmaps import unpack
from ..sync.outgoing import BLOCKING, REMARKING, TAGGING
from ..sync.rows import blacklisted, tagged
from . import rows
from .change import OF_TAGS, WITH_TEXT, Action, Change
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


def undoable(run: EditRun) -> int:
    """How many of a run's changes an undo would reverse; none while it is active."""
    return sum(len(BitMap64(step.values or step.rows)) for step in _inverse(run))


def undo(run: EditRun, user: Any) -> EditRun:
    """Reverse what a run changed and nobody has changed since. Refused where that is nothing."""
    steps = list(_inverse(run))
    if not steps:
        raise Refused(_("There is nothing left to undo: others have changed it since."))
    return record_steps(run.account, steps, user=user, selection=run.selection, undo_of=run)


def again(run: EditRun, user: Any) -> EditRun:
    """Once more for those who failed, and for those whom an ended run never came to."""
    steps = list(_unfinished(run))
    if not steps:
        raise Refused(_("There is nothing left to do again."))
    return record_steps(
        run.account,
        steps,
        user=user,
        selection=run.selection,
        import_mark=run.import_mark,
        undo_of=run.undo_of,
        again_of=run,
    )


def _inverse(run: EditRun) -> Iterator[Step]:
    """The last step first."""
    if run.is_active:
        return
    for step in run.steps.order_by("-position"):
        if step.action not in INVERSE or (step.tag is None and step.action in SAME[Action.UNTAG]):
            continue
        change = Change(INVERSE[step.action], tag=step.tag)
        ids = still_so(step)
        if step.action in WITH_TEXT:
            unchanged = rows.unchanged_since(step.action, step.pk)
            values = {row: text for row, text in unchanged if row in ids}
            if values:
                yield Step(change, values=values, undoes=step)
        elif ids:
            yield Step(change, ids, undoes=step)


def still_so(step: EditStep) -> BitMap64:
    """Whose present state is what the step made it, with nobody's change since."""
    if step.action == Action.TAG:
        # Whoever lost the tag and got it back since has another row.
        return rows.tagged_by(step.run_id, step.tag_id or 0) & _done(step)
    own = _untouched(step)
    if step.action in WITH_TEXT:
        return own & BitMap64(row for row, _ in rows.unchanged_since(step.action, step.pk))
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
    first = step.chunks.filter(outcome=EditChunk.Outcome.DONE).order_by("number").first()
    kept, later = BitMap64(), BitMap64()
    if first is None:
        return kept
    for _at, step_id, blob in _events(step, first.stored_at):
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
    latest_first = (rows.iterator(chunk_size=500) for rows in found)
    return merge(*latest_first, key=itemgetter(0), reverse=True)


def _unfinished(run: EditRun) -> Iterator[Step]:
    if run.is_active:
        return
    for step in run.steps.all():
        change = Change(step.action, step.tag, step.name, step.text)
        if step.action in OF_TAGS:
            if not step.chunks.filter(outcome=EditChunk.Outcome.DONE).exists():
                yield Step(change)
            continue
        settled = step.chunks.exclude(outcome=EditChunk.Outcome.FAILED)
        ids = unpack(step.targets).difference(*map(unpack, settled.values_list("rows", flat=True)))
        own = EditValue.objects.filter(step=step).exists()
        ids &= rows.everybody(run.account_id)
        if not ids:
            continue
        new = Step(change, ids, undoes=step.undoes)
        yield replace(new, values=_values(step, ids)) if own else new


def _values(step: EditStep, ids: BitMap64) -> dict[int, str]:
    found = step.values.values_list("follower_id", "after").iterator(chunk_size=2_000)
    texts = {follower: after for follower, after in found if follower in ids}
    return {follower: texts.get(follower, step.text) for follower in ids}
