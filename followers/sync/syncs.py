"""Syncs as a kind of run: start one, open its stages in order, end it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from .. import audit
from ..models import OfficialAccount, Run, SyncRun, SyncStage
from ..runs import engine, lease
from ..runs.lease import Claim, lock_account
from ..runs.stage import Outcome, RunKind, Stage
from ..wechat.client import Client
from .blacklist import BlacklistStage
from .details import DetailsStage
from .listing import ListingStage
from .reasons import REASONS
from .tags import TagsStage
from .walk import clear_bitmaps

Status = Run.Status
# In the order of a sync.
STAGES: dict[str, Callable[[SyncStage, Client], Stage[Any]]] = {
    SyncStage.Name.LISTING: ListingStage,
    SyncStage.Name.TAGS: TagsStage,
    SyncStage.Name.BLACKLIST: BlacklistStage,
    SyncStage.Name.DETAILS: DetailsStage,
}


def start(
    account: OfficialAccount,
    user: Any = None,
    *,
    stages: Sequence[str] = tuple(STAGES),
    refresh_details: bool = False,
    enqueue: bool = True,
    due_at: datetime | None = None,
    details_until: datetime | None = None,
) -> tuple[SyncRun, bool]:
    """Start a sync, or return the account's active one: (run, whether it was created).

    `refresh_details`: fetch all profiles, not only new and stale ones. A new listing supersedes a
    run in review. With `enqueue` off the caller works on the run; otherwise it is redelivered.
    `due_at`: of a schedule; raises IntegrityError if it was run before. `details_until`: from when
    on the run reads no more details.
    """
    values = {
        "refresh_details": refresh_details,
        "due_at": due_at,
        "details_until": details_until,
    }
    while True:
        try:
            with transaction.atomic():
                lock_account(account.pk)
                run = _create(account, user, stages, values)
                if due_at is None:
                    # By somebody; what a schedule starts is nobody's deed.
                    audit.record_run(audit.Action.SYNC_STARTED, run, actor=user, stages=[*stages])
                if enqueue:
                    transaction.on_commit(partial(lease.enqueue, run))
            return run, True
        except IntegrityError:
            # The one-active-run constraint. If the active run has ended since, try again.
            active = SyncRun.objects.filter(account=account, status__in=Run.ACTIVE).first()
            if active is not None:
                return active, False
            if due_at and SyncRun.objects.filter(account=account, due_at=due_at).exists():
                raise


def _create(
    account: OfficialAccount, user: Any, stages: Sequence[str], values: dict[str, Any]
) -> SyncRun:
    run = engine.create(SyncRun, account, user, **values)
    SyncStage.objects.bulk_create(
        SyncStage(run=run, name=name, position=position)
        for position, name in enumerate(name for name in STAGES if name in stages)
    )
    superseded = SyncRun.objects.filter(account=account, status=Status.REVIEW, pk__lt=run.pk)
    if SyncStage.Name.LISTING in stages and superseded:
        ids = [old.pk for old in superseded]
        superseded.update(status=Status.CANCELLED, reason="superseded", finished_at=Now())
        clear_bitmaps(*ids)
    return run


def _open_stage(run: SyncRun, client: Client) -> Stage[Any]:
    row = run.stages.exclude(status=SyncStage.Status.DONE).earliest("position")
    row.run, row.status = run, SyncStage.Status.RUNNING
    return STAGES[row.name](row, client)


def _end_stage(claim: Claim[SyncRun], outcome: Outcome) -> None:
    """Mark the current stage as done; go on with the next one in another slice, or end the run."""
    unfinished = claim.run.stages.exclude(status=SyncStage.Status.DONE)
    ended = unfinished.earliest("position")
    ended.status = SyncStage.Status.DONE
    ended.reason, ended.error_params = outcome.reason, outcome.params
    ended.error_code = outcome.error_code
    ended.save(update_fields=["status", "reason", "error_code", "error_params"])
    if unfinished.exists():
        claim.hand_over()
    else:
        claim.end(Status.SUCCEEDED)
        clear_bitmaps(claim.run.pk)


SYNC_KIND = RunKind(SyncRun, _open_stage, _end_stage, clear_bitmaps, REASONS)
