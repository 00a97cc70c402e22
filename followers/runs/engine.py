"""Create runs, move them slice by slice, and note how they end. Knows no kind of run.

claim → (fetch → commit) × n → hand over. The rules are in docs/architecture.md, the protocol of the
claims in lease.py; what a step does is the stage's business, and which stages there are the kind's
(stage.py).
"""

import logging
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from ..accounts.client import client_for
from ..accounts.usage import move_future_calls_to_today, record_calls
from ..models import OfficialAccount, Run
from ..rows.clock import db_now, from_now
from ..wechat.errors import WeChatError, wait_seconds
from . import lease, log
from .lease import Claim, Lost, R
from .stage import Kind, Next, Outcome, kind_of, kinds

logger = logging.getLogger(__name__)

Status = Run.Status
# So many calls, or the rest of a slice, are written to the account's books at once; a worker that
# is killed takes them along.
CALLS_NOTED = 10


def create(model: type[R], account: OfficialAccount, user: Any, **values: Any) -> R:
    """A run of this kind, queued; the caller sends it, or the wake does."""
    run = model._default_manager.create(
        account=account,
        requested_by=user,
        created_at=Now(),
        redeliver_at=from_now(lease.WAKE_SECONDS),
        **values,
    )
    run.refresh_from_db()
    move_future_calls_to_today(account.pk)
    return run


def cancel(run: Run) -> bool:
    """End an active run now; what it has stored stays. False when it had already ended."""
    with transaction.atomic():
        cancelled = lease.cancel(run)
        if cancelled:
            kind_of(type(run)).forget(run.pk)
    if cancelled and run.serialized_per_account:
        lease.send_next(type(run), run.pk)
    return cancelled


def retry(run: Run) -> bool:
    """Let a waiting run go on at once; False when it was not waiting."""
    return lease.requeue(run, Status.WAITING)


def advance(
    model: type[R],
    run_id: int,
    ticket: int,
    *,
    queue: bool = True,
    after_commit: Callable[[], None] = lambda: None,
) -> None:
    """Work on a run for one slice; returns quietly when it is somebody else's, over, or moved on.

    Faults of WeChat end in the run's status. Others are raised; the lease then runs out, the wake
    sends the run again, and too many such tries end it.
    """
    _advance(model, run_id, ticket, queue=queue, after_commit=after_commit)
    if model.serialized_per_account:
        lease.send_next(model, run_id)


def _advance(
    model: type[R], run_id: int, ticket: int, *, queue: bool, after_commit: Callable[[], None]
) -> None:
    kind = kind_of(model)
    claim = lease.claim(model, run_id, ticket, queue=queue)
    if claim is None:
        # It may have been one try too many, which ends the run.
        failed = model._default_manager.filter(pk=run_id, status=Status.FAILED)
        kind.forget(*failed.values_list("pk", flat=True))
        return
    try:
        _slice(claim, kind, after_commit)
    except Lost:
        if model._default_manager.filter(pk=run_id, status=Status.CANCELLED).exists():
            log.ended(model, run_id)
        else:
            logger.info("Run %s was taken over or ended by somebody else.", run_id)


def wake() -> int:
    """Send runs that should move and do not to the queue again; returns how many."""
    return sum(lease.wake(model) for model in kinds())


def _slice(claim: Claim[R], kind: Kind[R], after_commit: Callable[[], None]) -> None:
    began = time.monotonic()
    account = claim.run.account
    try:
        client = client_for(account)
    except WeChatError as unusable:
        with claim.commit():
            _settle(claim, kind, unusable, claim.run.consecutive_failures)
        return
    with client, closing(kind.open(claim.run, client)) as stage:
        going_on = True
        while going_on:
            last = _is_time_up(claim.run, time.monotonic() - began)
            error = fetched = None
            try:
                fetched = stage.fetch(last=last)
            except WeChatError as trouble:
                error = trouble
            consecutive_failures = claim.run.consecutive_failures
            with claim.commit():
                outcome = stage.on_error(error) if error else stage.store(fetched)
                if outcome is not None:
                    going_on = _conclude(claim, kind, outcome, last=last)
                elif error is not None:
                    going_on = _settle(claim, kind, error, consecutive_failures)
                if not going_on or sum(client.calls.values()) >= CALLS_NOTED:
                    record_calls(account.pk, client.take_calls())
            after_commit()


def _is_time_up(run: Run, seconds: float) -> bool:
    """A slice is short, and shorter where other accounts wait for their turn."""
    if seconds >= settings.SYNC_SLICE_SECONDS:
        return True
    return seconds >= settings.SYNC_TURN_SECONDS and others_wait(run)


def others_wait(run: Run) -> bool:
    """Whether another run could be worked on now and is not."""
    return any(
        lease.claimable(model)
        .filter(tries=0)
        .exclude(pk=run.pk if model is type(run) else 0)
        .exists()
        for model in kinds()
    )


def _conclude(claim: Claim[R], kind: Kind[R], outcome: Outcome, *, last: bool) -> bool:
    """Write what a step means for its run; whether this slice goes on."""
    why = {"reason": outcome.reason, "error_params": outcome.params}
    match outcome.next:
        case Next.STEP if not last:
            return True
        case Next.STEP:
            claim.hand_over()
        case Next.STAGE:
            kind.end_stage(claim, outcome)
        case Next.REVIEW:
            claim.end(Status.REVIEW, **why)
        case Next.FAIL:
            claim.end(Status.FAILED, **why)
            kind.forget(claim.run.pk)
    return False


def _settle(claim: Claim[R], kind: Kind[R], error: WeChatError, consecutive_failures: int) -> bool:
    """Wait or give up, as the table in followers/wechat/error_table.py has it for this error."""
    seconds = wait_seconds(error, db_now(), consecutive_failures)
    why = {
        "reason": error.kind,
        "error_code": error.code,
        "error_params": error.params,
        "message": str(error),
    }
    if seconds is None:
        claim.end(Status.FAILED, **why)
        kind.forget(claim.run.pk)
    else:
        claim.wait(seconds, consecutive_failures=consecutive_failures + 1, **why)
    return False
