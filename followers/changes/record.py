"""Write down what was confirmed: who, what, and exactly which followers. Nothing is sent here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from pyroaring import BitMap64

from ..models import EditChunk, EditRun, EditStep, Follower, OfficialAccount, Run
from ..rows.backdating import backdate_changes
from ..rows.bitmaps import pack
from ..rows.clock import db_now
from ..runs import engine, lease
from .change import Change
from .eligibility import ineligible
from .plan import ids_of
from .rows import keep_texts
from .steps import add_chunk

VALUES_AT_ONCE = 2_000


@dataclass(frozen=True)
class Step:
    """A change and whom it concerns (row ids). values: texts that differ between followers.

    A change of a tag that an earlier step creates has no tag, but its name. undoes: the step that
    this one takes back.
    """

    change: Change
    rows: Iterable[int] = ()
    values: Mapping[int, str] = field(default_factory=dict)
    undoes: EditStep | None = None


def record(
    account: OfficialAccount,
    people: QuerySet[Follower] | None,
    change: Change,
    *,
    user: Any,
    selection: str,
    enqueue: bool = True,
) -> EditRun:
    """One change of these followers (of none, where a tag itself is changed), fixed as of now."""
    ids = ids_of(account, people) if people is not None else BitMap64()
    step = Step(change, ids)
    return record_steps(account, [step], user=user, selection=selection, enqueue=enqueue)


def record_steps(
    account: OfficialAccount,
    steps: Sequence[Step],
    *,
    user: Any,
    selection: str,
    enqueue: bool = True,
    import_fingerprint: str = "",
    undo_of: EditRun | None = None,
    retry_of: EditRun | None = None,
) -> EditRun:
    """Several changes as one run, in this order.

    With `enqueue` off the caller works on the run itself; if it does not, the wake brings it to a
    worker.
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
        # Who needs no change may do so after an earlier run, which is not over yet.
        settled = not EditRun.objects.filter(
            account=account, status__in=Run.ACTIVE, pk__lt=run.pk
        ).exists()
        for position, step in enumerate(steps):
            _record(run, position, step, skip_now=settled and len(steps) == 1)
        run.save(update_fields=["selected", "skipped"])
        run.refresh_from_db()
        if enqueue:
            transaction.on_commit(partial(lease.enqueue, run))
    return run


def _record(run: EditRun, position: int, step: Step, *, skip_now: bool) -> None:
    change, ids = step.change, BitMap64(step.values or step.rows)
    row = EditStep.objects.create(
        run=run,
        position=position,
        action=change.action,
        tag=change.tag,
        undoes=step.undoes,
        name=change.name or (change.tag.name if change.tag else ""),
        text=change.kind.stored_text(change),
        selected=1 if change.kind.is_of_tag else len(ids),
        targets=pack(ids),
    )
    texts = iter(step.values.items())
    while some := list(islice(texts, VALUES_AT_ONCE)):
        keep_texts(row.pk, some)
    run.selected += row.selected
    if skip_now and not step.values and not change.kind.is_of_tag:
        _skip(run, row, change, ids)


def _skip(run: EditRun, row: EditStep, change: Change, ids: BitMap64) -> None:
    now = db_now()
    for number, (reason, who) in enumerate(ineligible(run.account_id, change, ids).items()):
        add_chunk(row, number, EditChunk.Outcome.SKIPPED, who, now, reason=reason)
        run.skipped += len(who)
