"""Start runs, move them slice by slice, and put every ending into words. Knows no endpoint.

claim → (fetch → commit) × n → hand over. The rules are in docs/architecture.md, the protocol of the
claims in lease.py; what a step does is the stage's business.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from ..accounts import client_for
from ..clock import db_now, from_now
from ..models import OfficialAccount, Run, SyncRun, SyncStage
from ..usage import record_calls
from ..wechat.client import Client
from ..wechat.errors import WeChatError, wait_seconds
from . import lease, run_log
from .bitmaps import forget
from .blacklist import Blacklist
from .details import Details
from .lease import Claim, Lost, R, lock_account
from .listing import Listing
from .stage import Next, Outcome, Stage
from .tags import Tags

logger = logging.getLogger(__name__)

Status = Run.Status
# So many calls, or the rest of a slice, are written to the account's books at once; a worker that
# is killed takes them along.
CALLS_NOTED = 10
# In the order in which a sync takes them.
STAGES: dict[str, Callable[[SyncStage, Client], Stage]] = {
    SyncStage.Name.LISTING: Listing,
    SyncStage.Name.TAGS: Tags,
    SyncStage.Name.BLACKLIST: Blacklist,
    SyncStage.Name.DETAILS: Details,
}


@dataclass(frozen=True)
class Work(Generic[R]):
    """What the engine has to know of a kind of run.

    open: the stage that the run stands at. end_stage: the stage has ended with this outcome; hand
    over to the next one or end the run. forget: drop what only runs that go on need (by their ids).
    """

    open: Callable[[R, Client], Stage]
    end_stage: Callable[[Claim[R], Outcome], None]
    forget: Callable[..., None] = lambda *run_ids: None


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
            active = account.sync_runs.filter(status__in=Run.ACTIVE).first()
            if active is not None:
                return active, False


def _create(
    account: OfficialAccount, user: Any, stages: Sequence[str], refresh_details: bool
) -> SyncRun:
    run = SyncRun.objects.create(
        account=account,
        requested_by=user,
        refresh_details=refresh_details,
        created_at=Now(),
        wake_at=from_now(lease.WAKE_SECONDS),
    )
    run.refresh_from_db()
    SyncStage.objects.bulk_create(
        SyncStage(run=run, name=name, position=position)
        for position, name in enumerate(name for name in STAGES if name in stages)
    )
    superseded = account.sync_runs.filter(status=Status.REVIEW, pk__lt=run.pk)
    if SyncStage.Name.LISTING in stages and superseded:
        ids = [old.pk for old in superseded]
        superseded.update(status=Status.CANCELLED, reason="superseded", finished_at=Now())
        _forget(*ids)
    return run


def cancel(run: Run) -> bool:
    """End an active run now; what it has stored stays. False when it had already ended."""
    with transaction.atomic():
        cancelled = lease.cancel(run)
        if cancelled and isinstance(run, SyncRun):
            _forget(run.pk)
    if cancelled and run.in_turn:
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
    work: Work[Any] | None = None,
) -> None:
    """Work on a run for one slice; returns quietly when it is somebody else's, over, or moved on.

    Faults of WeChat end in the run's status. Others are raised; the lease then runs out, the wake
    sends the run again, and too many such tries end it. `work`: what to do, a sync unless told.
    """
    work = work or SYNC
    claim = lease.claim(model, run_id, ticket, queue=queue)
    if claim is None:
        # It may have been one try too many, which ends the run.
        failed = model._default_manager.filter(pk=run_id, status=Status.FAILED)
        work.forget(*failed.values_list("pk", flat=True))
        return
    try:
        _slice(claim, work, after_commit)
    except Lost:
        if model._default_manager.filter(pk=run_id, status=Status.CANCELLED).exists():
            run_log.ended(model, run_id)
        else:
            logger.info("Run %s was taken over or ended by somebody else.", run_id)


def wake() -> int:
    """Send runs that should move and do not to the queue again; returns how many."""
    return sum(lease.wake(model) for model in lease.KINDS)


def works(owner: str, seconds: float) -> bool:
    """Whether a worker group holds a run, or has committed something in the last `seconds`."""
    return any(lease.works(model, owner, seconds) for model in lease.KINDS)


def overdue() -> bool:
    """Whether a run was sent to the queue again and still nobody has taken it."""
    return any(lease.overdue(model) for model in lease.KINDS)


def take_back(owner: str) -> int:
    """Refuse what a worker group still writes, so that it ends soon; returns how many runs."""
    return sum(lease.take_back(model, owner) for model in lease.KINDS)


def free(owner: str) -> int:
    """Let others go on with the runs of a worker group that has ended; returns how many.

    A group that is still there could take the message out of the queue, and into its grave.
    """
    freed = take_back(owner)
    for model in lease.KINDS:
        lease.send(model, owner)
    return freed


def free_dead(host: str, is_alive: Callable[[int], bool]) -> int:
    """Free what this host's dead supervisors held; their groups died with them."""
    owners = {owner for model in lease.KINDS for owner in lease.owners(model, f"{host}/")}
    dead = {owner for owner in owners if not is_alive(int(owner.split("/")[1]))}
    return sum(free(owner) for owner in dead)


def _slice(claim: Claim[R], work: Work[R], after_commit: Callable[[], None]) -> None:
    began = time.monotonic()
    account = claim.run.account  # type: ignore[attr-defined]
    try:
        client = client_for(account)
    except WeChatError as unusable:
        with claim.commit():
            _settle(claim, work, unusable, claim.run.setbacks)
        return
    with client, closing(work.open(claim.run, client)) as stage:
        going_on = True
        while going_on:
            last = _is_time_up(claim.run, time.monotonic() - began)
            error = fetched = None
            try:
                fetched = stage.fetch(last=last)
            except WeChatError as trouble:
                error = trouble
            setbacks = claim.run.setbacks
            with claim.commit():
                outcome = stage.forgive(error) if error else stage.store(fetched)
                if outcome is not None:
                    going_on = _conclude(claim, work, outcome, last=last)
                elif error is not None:
                    going_on = _settle(claim, work, error, setbacks)
                if not going_on or sum(client.calls.values()) >= CALLS_NOTED:
                    record_calls(account.pk, client.take_calls())
            after_commit()


def _is_time_up(run: Run, seconds: float) -> bool:
    """A slice is short, and shorter where other accounts wait for their turn."""
    if seconds >= settings.SYNC_SLICE_SECONDS:
        return True
    return seconds >= settings.SYNC_TURN_SECONDS and lease.others_wait(run)


def _open(run: SyncRun, client: Client) -> Stage:
    row = run.stages.exclude(status=SyncStage.Status.DONE).earliest("position")
    row.run, row.status = run, SyncStage.Status.RUNNING
    return STAGES[row.name](row, client)


def _conclude(claim: Claim[R], work: Work[R], outcome: Outcome, *, last: bool) -> bool:
    """Write what a step means for its run; whether this slice goes on."""
    why = {"reason": outcome.reason, "error_params": outcome.params}
    match outcome.next:
        case Next.STEP if not last:
            return True
        case Next.STEP:
            claim.hand_over()
        case Next.STAGE:
            work.end_stage(claim, outcome)
        case Next.REVIEW:
            claim.end(Status.REVIEW, **why)
        case Next.FAIL:
            claim.end(Status.FAILED, **why)
            work.forget(claim.run.pk)
    return False


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
        _forget(claim.run.pk)


def _settle(claim: Claim[R], work: Work[R], error: WeChatError, setbacks: int) -> bool:
    """Wait or give up, as the table in followers/wechat/codes.py has it for this error."""
    seconds = wait_seconds(error, db_now(), setbacks)
    why = {
        "reason": error.kind,
        "error_code": error.code,
        "error_params": error.params,
        "message": str(error),
    }
    if seconds is None:
        claim.end(Status.FAILED, **why)
        work.forget(claim.run.pk)
    else:
        claim.wait(seconds, setbacks=setbacks + 1, **why)
    return False


def _forget(*run_ids: int) -> None:
    forget(SyncStage.objects.filter(run__in=run_ids).values_list("pk", flat=True))


SYNC: Work[SyncRun] = Work(_open, _end_stage, _forget)
