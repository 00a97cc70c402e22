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
from ..rows.bitmaps import pack
from ..rows.clock import db_now
from ..rows.future import date_back_changes
from ..runs import engine, lease
from .change import OF_TAGS, Action, Change
from .chunks import add_chunk
from .plan import ids_of
from .rows import keep_texts
from .sifting import Aim, sift

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
        date_back_changes(account.pk, db_now())
        # Who needs no change may do so after an earlier run, which is not over yet.
        settled = not EditRun.objects.filter(
            account=account, status__in=Run.ACTIVE, pk__lt=run.pk
        ).exists()
        for position, step in enumerate(steps):
            _record(run, position, step, sift_now=settled and len(steps) == 1)
        run.save(update_fields=["selected", "skipped"])
        run.refresh_from_db()
        if enqueue:
            transaction.on_commit(partial(lease.enqueue, run))
    return run


def _record(run: EditRun, position: int, step: Step, *, sift_now: bool) -> None:
    change, ids = step.change, BitMap64(step.values or step.rows)
    row = EditStep.objects.create(
        run=run,
        position=position,
        action=change.action,
        tag=change.tag,
        undoes=step.undoes,
        name=change.name or (change.tag.name if change.tag else ""),
        text=_former_name(change) or change.text,
        selected=1 if change.action in OF_TAGS else len(ids),
        targets=pack(ids),
    )
    texts = iter(step.values.items())
    while some := list(islice(texts, VALUES_AT_ONCE)):
        keep_texts(row.pk, some)
    run.selected += row.selected
    if sift_now and not step.values and change.action not in OF_TAGS:
        _skip(run, row, ids)


def _former_name(change: Change) -> str:
    return change.tag.name if change.action == Action.RENAME_TAG and change.tag else ""


def _skip(run: EditRun, row: EditStep, ids: BitMap64) -> None:
    aim = Aim(run.account_id, row.action, row.tag_id, row.text)
    now = db_now()
    for number, (reason, who) in enumerate(sift(aim, ids).items()):
        add_chunk(row, number, EditChunk.Outcome.SKIPPED, who, now, reason=reason)
        run.skipped += len(who)
