"""Create runs, advance them one slice at a time, and store how they end. Knows no kind of run.

claim → (fetch → commit) × n → hand over. docs/architecture.md has the rules, lease.py the protocol
of claims. Stages decide what a step does, kinds which stages a run has (stage.py).
"""

import logging
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from .. import audit
from ..accounts.client import client_for
from ..accounts.usage import move_future_calls_to_today, record_calls
from ..audit import Action
from ..models import OfficialAccount, Run
from ..rows.clock import db_now, from_now
from ..wechat.errors import WeChatError, wait_seconds
from . import lease, log
from .lease import Claim, RunT, StaleClaimError
from .stage import NextAction, Outcome, RunKind, run_kind, run_models

logger = logging.getLogger(__name__)

Status = Run.Status
# API calls are counted in the database after this many, and at the end of a slice. The count of a
# worker that is killed in between is lost.
CALLS_PER_RECORD = 10
Callback = Callable[[], None]


def create(model: type[RunT], account: OfficialAccount, user: Any, **values: Any) -> RunT:
    """Create a queued run. The caller enqueues it; otherwise `redeliver_due_runs` does."""
    run = model._default_manager.create(
        account=account,
        requested_by=user,
        created_at=Now(),
        redeliver_at=from_now(lease.REDELIVER_SECONDS),
        **values,
    )
    run.refresh_from_db()
    move_future_calls_to_today(account.pk)
    return run


def cancel(run: Run) -> bool:
    """End an active run now and keep what it has stored. False if it had already ended."""
    with transaction.atomic():
        cancelled = lease.cancel(run)
        if cancelled:
            run_kind(type(run)).clean_up(run.pk)
            audit.record_run(Action.RUN_CANCELLED, run)
    if cancelled and run.serialized_per_account:
        lease.enqueue_next(type(run), run.pk)
    return cancelled


def retry(run: Run) -> bool:
    """Resume a waiting run at once. False if it was not waiting."""
    with transaction.atomic():
        resumed = lease.requeue(run, Status.WAITING)
        if resumed:
            audit.record_run(Action.RUN_RESUMED, run)
    return resumed


def advance(
    model: type[RunT],
    run_id: int,
    ticket: int,
    *,
    in_foreground: bool = False,
    after_commit: Callback = lambda: None,
) -> None:
    """Work on a run for one slice. Does nothing if it is claimed, over, or past this ticket.

    WeChat's errors end in the run's status. Other exceptions are raised: the lease then expires,
    the run is redelivered, and it fails after MAX_TRIES. `in_foreground`: the caller calls again
    for the next slice, so nothing is enqueued or logged.
    """
    _advance(model, run_id, ticket, in_foreground, after_commit)
    if model.serialized_per_account:
        lease.enqueue_next(model, run_id)


def _advance(
    model: type[RunT], run_id: int, ticket: int, in_foreground: bool, after_commit: Callback
) -> None:
    kind = run_kind(model)
    claim = lease.claim(model, run_id, ticket, in_foreground=in_foreground)
    if claim is None:
        # The claim may have failed the run, after too many tries.
        failed = model._default_manager.filter(pk=run_id, status=Status.FAILED)
        kind.clean_up(*failed.values_list("pk", flat=True))
        return
    try:
        _run_slice(claim, kind, after_commit)
    except StaleClaimError:
        if model._default_manager.filter(pk=run_id, status=Status.CANCELLED).exists():
            log.run_ended(model, run_id)
        else:
            logger.info("Run %s was taken over or ended by somebody else.", run_id)


def redeliver_due_runs() -> int:
    """Enqueue again the runs that should progress and do not; returns how many."""
    return sum(lease.redeliver(model) for model in run_models())


def _run_slice(claim: Claim[RunT], kind: RunKind[RunT], after_commit: Callback) -> None:
    started = time.monotonic()
    account = claim.run.account
    try:
        client = client_for(account)
    except WeChatError as client_error:
        with claim.commit():
            _wait_or_fail(claim, kind, client_error, claim.run.consecutive_failures)
        return
    with client, closing(kind.open(claim.run, client)) as stage:
        goes_on = True
        while goes_on:
            is_last_step = _is_slice_over(claim.run, time.monotonic() - started)
            error = fetched = None
            try:
                fetched = stage.fetch(is_last_step=is_last_step)
            except WeChatError as raised:
                error = raised
            consecutive_failures = claim.run.consecutive_failures
            with claim.commit():
                outcome = stage.on_error(error) if error else stage.store(fetched)
                if outcome is not None:
                    goes_on = _apply_outcome(claim, kind, outcome, is_last_step)
                elif error is not None:
                    goes_on = _wait_or_fail(claim, kind, error, consecutive_failures)
                if not goes_on or sum(client.calls.values()) >= CALLS_PER_RECORD:
                    record_calls(account.pk, client.take_calls())
            after_commit()


def _is_slice_over(run: Run, seconds: float) -> bool:
    """Slices are shorter while other runs wait for a worker."""
    if seconds >= settings.SYNC_SLICE_SECONDS:
        return True
    return seconds >= settings.SYNC_TURN_SECONDS and has_other_claimable_runs(run)


def has_other_claimable_runs(run: Run) -> bool:
    """Whether a worker could claim another run now."""
    return any(
        lease.claimable_runs(model)
        .filter(tries=0)
        .exclude(pk=run.pk if model is type(run) else 0)
        .exists()
        for model in run_models()
    )


def _apply_outcome(
    claim: Claim[RunT], kind: RunKind[RunT], outcome: Outcome, is_last_step: bool
) -> bool:
    """Store what a step means for its run; returns whether the slice goes on."""
    reason = {"reason": outcome.reason, "error_params": outcome.params}
    match outcome.next:
        case NextAction.STEP if not is_last_step:
            return True
        case NextAction.STEP:
            claim.hand_over()
        case NextAction.STAGE:
            kind.end_stage(claim, outcome)
        case NextAction.REVIEW:
            claim.end(Status.REVIEW, **reason)
        case NextAction.FAIL:
            claim.end(Status.FAILED, **reason)
            kind.clean_up(claim.run.pk)
    return False


def _wait_or_fail(
    claim: Claim[RunT], kind: RunKind[RunT], error: WeChatError, consecutive_failures: int
) -> bool:
    """Wait or fail, as followers/wechat/codes.py says for this error; False: the slice is over."""
    seconds = wait_seconds(error, db_now(), consecutive_failures)
    reason = {
        "reason": error.kind,
        "error_code": error.code,
        "error_params": error.params,
        "message": str(error),
    }
    if seconds is None:
        claim.end(Status.FAILED, **reason)
        kind.clean_up(claim.run.pk)
    else:
        claim.wait(seconds, consecutive_failures=consecutive_failures + 1, **reason)
    return False
