"""Record a confirmed change as an EditRun with its steps and followers. Nothing is sent here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from pyroaring import BitMap64

from .. import audit
from ..audit import Action
from ..models import EditChunk, EditRun, EditStep, Follower, OfficialAccount, Run
from ..rows.backdating import backdate_changes
from ..rows.bitmaps import pack
from ..rows.clock import db_now
from ..runs import engine, lease
from .change import Change
from .eligibility import find_ineligible
from .plan import follower_ids
from .rows import insert_texts
from .steps import add_chunk

TEXTS_PER_QUERY = 2_000


@dataclass(frozen=True)
class PlannedStep:
    """A change and the row ids of its followers. texts: a text for each of them, if they differ.

    If an earlier step creates the tag, the change has its name instead. undoes: the step that this
    one undoes.
    """

    change: Change
    follower_ids: Iterable[int] = ()
    texts: Mapping[int, str] = field(default_factory=dict)
    undoes: EditStep | None = None


def record(
    account: OfficialAccount,
    followers: QuerySet[Follower] | None,
    change: Change,
    *,
    user: Any,
    selection: str,
    enqueue: bool = True,
) -> EditRun:
    """Record one change of the followers selected now (None: the change is of a tag itself)."""
    ids = follower_ids(account, followers) if followers is not None else BitMap64()
    step = PlannedStep(change, ids)
    return record_steps(account, [step], user=user, selection=selection, enqueue=enqueue)


def record_steps(
    account: OfficialAccount,
    steps: Sequence[PlannedStep],
    *,
    user: Any,
    selection: str,
    enqueue: bool = True,
    import_fingerprint: str = "",
    undo_of: EditRun | None = None,
    retry_of: EditRun | None = None,
) -> EditRun:
    """Record several changes as one run, in this order.

    With `enqueue` off the caller works on the run; otherwise it is redelivered to a worker.
    """
    with transaction.atomic():
        run = engine.create(
            EditRun,
            account,
            user,
            selection=selection,
            import_fingerprint=import_fingerprint,
            undo_of=undo_of,
            retry_of=retry_of,
        )
        backdate_changes(account.pk, db_now())
        # Followers who need no change now may need it after an active run.
        active = EditRun.objects.filter(account=account, status__in=Run.ACTIVE, pk__lt=run.pk)
        skip_now = len(steps) == 1 and not active.exists()
        for position, step in enumerate(steps):
            _create_step(run, position, step, skip_now=skip_now)
        run.save(update_fields=["selected", "skipped"])
        run.refresh_from_db()
        _record_deed(run, steps, user)
        if enqueue:
            transaction.on_commit(partial(lease.enqueue, run))
    return run


def _record_deed(run: EditRun, steps: Sequence[PlannedStep], user: Any) -> None:
    """In the log. A retry of an undo or an import is a retry."""
    action = Action.CHANGE_STARTED
    if run.retry_of_id:
        action = Action.CHANGE_REPEATED
    elif run.undo_of_id:
        action = Action.CHANGE_UNDONE
    elif run.import_fingerprint:
        action = Action.IMPORTED
    changes = [step.change for step in steps]
    # Tags may be deleted later; texts are not the log's.
    tags = {it.name or (it.tag.name if it.tag else "") for it in changes} - {""}
    details = {
        "actions": sorted({str(it.action) for it in changes}),
        "tags": sorted(tags),
        "selected": _people(run, steps),
    }
    audit.record_run(action, run, actor=user, **details)


def _people(run: EditRun, steps: Sequence[PlannedStep]) -> int:
    """How many followers all steps together concern; the run counts those of each step."""
    if len(steps) == 1:
        return run.selected
    followers = [it for it in steps if not it.change.kind.is_tag_change]
    return len(BitMap64().union(*(BitMap64(it.texts or it.follower_ids) for it in followers)))


def _create_step(run: EditRun, position: int, step: PlannedStep, *, skip_now: bool) -> None:
    change, ids = step.change, BitMap64(step.texts or step.follower_ids)
    row = EditStep.objects.create(
        run=run,
        position=position,
        action=change.action,
        tag=change.tag,
        undoes=step.undoes,
        name=change.name or (change.tag.name if change.tag else ""),
        text=change.kind.stored_text(change),
        selected=1 if change.kind.is_tag_change else len(ids),
        targets=pack(ids),
    )
    texts = iter(step.texts.items())
    while batch := list(islice(texts, TEXTS_PER_QUERY)):
        insert_texts(row.pk, batch)
    run.selected += row.selected
    if skip_now and not step.texts and not change.kind.is_tag_change:
        _record_skipped(run, row, change, ids)


def _record_skipped(run: EditRun, row: EditStep, change: Change, ids: BitMap64) -> None:
    now = db_now()
    ineligible = find_ineligible(run.account_id, change, ids)
    for number, (reason, skipped) in enumerate(ineligible.items()):
        add_chunk(row, number, EditChunk.Outcome.SKIPPED, skipped, now, reason=reason)
        run.skipped += len(skipped)
