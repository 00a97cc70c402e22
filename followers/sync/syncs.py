"""Syncs as a kind of run: how one begins, its stages in their order, and its end."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from ..models import OfficialAccount, Run, SyncRun, SyncStage
from ..runs import engine, lease
from ..runs.lease import Claim, lock_account
from ..runs.stage import Outcome, RunKind, Stage
from ..wechat.client import Client
from .blacklist import Blacklist
from .details import Details
from .listing import Listing
from .reasons import REASONS
from .tags import Tags
from .walk import forget

Status = Run.Status
# In the order in which a sync takes them.
STAGES: dict[str, Callable[[SyncStage, Client], Stage[Any]]] = {
    SyncStage.Name.LISTING: Listing,
    SyncStage.Name.TAGS: Tags,
    SyncStage.Name.BLACKLIST: Blacklist,
    SyncStage.Name.DETAILS: Details,
}


def start(
    account: OfficialAccount,
    user: Any = None,
    *,
    stages: Sequence[str] = tuple(STAGES),
    refresh_details: bool = False,
    enqueue: bool = True,
) -> tuple[SyncRun, bool]:
    """Begin a sync, or return the one that is active already; (run, whether it is new).

    `refresh_details`: ask for everybody's profile again, not only for new and stale ones. A result
    of this account that waits for confirmation is superseded by another listing. With `enqueue` off
    the caller works on the run itself; if it does not, the wake brings it to a worker.
    """
    while True:
        try:
            with transaction.atomic():
                lock_account(account.pk)
                run = _create(account, user, stages, refresh_details)
                if enqueue:
                    transaction.on_commit(partial(lease.enqueue, run))
            return run, True
        except IntegrityError:
            # The one-active-run constraint: somebody was faster. If that run has ended since, try
            # again.
            active = SyncRun.objects.filter(account=account, status__in=Run.ACTIVE).first()
            if active is not None:
                return active, False


def _create(
    account: OfficialAccount, user: Any, stages: Sequence[str], refresh_details: bool
) -> SyncRun:
    run = engine.create(SyncRun, account, user, refresh_details=refresh_details)
    SyncStage.objects.bulk_create(
        SyncStage(run=run, name=name, position=position)
        for position, name in enumerate(name for name in STAGES if name in stages)
    )
    superseded = SyncRun.objects.filter(account=account, status=Status.REVIEW, pk__lt=run.pk)
    if SyncStage.Name.LISTING in stages and superseded:
        ids = [old.pk for old in superseded]
        superseded.update(status=Status.CANCELLED, reason="superseded", finished_at=Now())
        forget(*ids)
    return run


def _open_stage(run: SyncRun, client: Client) -> Stage[Any]:
    row = run.stages.exclude(status=SyncStage.Status.DONE).earliest("position")
    row.run, row.status = run, SyncStage.Status.RUNNING
    return STAGES[row.name](row, client)


def _end_stage(claim: Claim[SyncRun], outcome: Outcome) -> None:
    """The present stage is done: on to the next one, in a slice of its own, or to the end."""
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
        forget(claim.run.pk)


SYNC_KIND = RunKind(SyncRun, _open_stage, _end_stage, forget, REASONS)
