"""Leases of runs: claim, commit, hand over. docs/architecture.md explains the protocol.

A queued task is only a hint. A worker with a Claim may try to write, and every write is refused
once the run was claimed, cancelled or advanced elsewhere: late, duplicate and resumed workers
change nothing.
"""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Least, Now
from django_q.tasks import async_task

from ..models import EPOCH, Run
from ..rows.clock import expired, from_now, unexpired
from ..rows.locks import runs_lock
from . import log

logger = logging.getLogger(__name__)

RunT = TypeVar("RunT", bound=Run)
Status = Run.Status
MAX_TRIES = 5
REDELIVER_SECONDS = 60
# After a broker refused: the run goes on within a minute of its return, however long that takes.
BROKER_RETRY_SECONDS = 30
MAX_REDELIVERY_MINUTES = 10
# The longest wait for WeChat: until midnight, and a little more.
MAX_WAIT_SECONDS = 24 * 3_600 + 60
# The supervisor names its group, so that it can release the group's runs after its death.
OWNER_VARIABLE = "WXADMIN_WORKER"
TASK = "followers.tasks.advance"
"""What the queue calls, with the label of a run's model, its id and its ticket."""

CLEARED_REASON: dict[str, Any] = {
    "resume_at": None,
    "reason": "",
    "error_code": None,
    "error_params": {},
    "message": "",
}
RELEASED_LEASE = {"lease_until": EPOCH}


def claimable_runs(model: type[Run]) -> models.QuerySet[Run]:
    """The runs of a model that a worker could claim now.

    A run of a model that is serialized per account waits for the leased and the older claimable
    runs of its account. Older runs that wait for WeChat do not block it.
    """
    # A wait that was set by a clock that was ahead is over, however short it is.
    wait_is_over = expired("resume_at", MAX_WAIT_SECONDS) | Q(progressed_at__gt=Now())
    can_go_on = Q(status__in=[Status.QUEUED, Status.RUNNING])
    can_go_on |= Q(wait_is_over, status=Status.WAITING)
    seconds = settings.SYNC_LEASE_SECONDS
    runs = model._default_manager.filter(can_go_on, expired("lease_until", seconds))
    if not model.serialized_per_account:
        return runs
    older = can_go_on & Q(pk__lt=OuterRef("pk"))
    leased = Q(unexpired("lease_until", seconds), status=Status.RUNNING) & ~Q(pk=OuterRef("pk"))
    blocking = model._default_manager.filter(older | leased, account=OuterRef("account"))
    return runs.filter(~Exists(blocking))


class StaleClaimError(Exception):
    """The run was claimed, cancelled or finished elsewhere since this claim."""


def current_owner() -> str:
    """The name of this process's worker group, or of the process itself."""
    return os.environ.get(OWNER_VARIABLE) or f"{socket.gethostname()}:{os.getpid()}"


def lock_account(account_id: int) -> None:
    """Serialize what creates or applies runs of this account, until the transaction ends.

    The one-active-run constraint alone is not enough: two transactions that each change two runs
    can deadlock. Not the account's row: pages that count followers write it.
    """
    runs_lock(account_id)


def enqueue(run: Run) -> bool:
    """Send the run's ticket to the queue. False if the broker refused: it is redelivered later."""
    try:
        async_task(TASK, run._meta.label_lower, run.pk, run.ticket)
    except Exception:  # noqa: BLE001 (any broker, any fault: the message is only a hint)
        logger.warning("The queue did not take run %s; it will be sent again.", run.pk)
        return False
    return True


class Claim(Generic[RunT]):
    """The right to work on a run until it is claimed, cancelled or advanced elsewhere.

    `values`: columns of the run that the current commit writes at its end.
    """

    def __init__(self, run: RunT, version: int, *, in_foreground: bool = False) -> None:
        self.run, self.version, self.in_foreground = run, version, in_foreground
        self.rows = type(run)._default_manager.filter(pk=run.pk)
        self.values: dict[str, Any] = {}

    @contextmanager
    def commit(self) -> Iterator[None]:
        """One write transaction of this run. Raises StaleClaimError before anything is written.

        The version is compared, not the cursor: a restarted walk may come back to the same cursor.
        The run's row is locked first and updated once, at the end, with its counters.
        """
        with transaction.atomic(durable=True):
            current = self.rows.filter(version=self.version, status=Status.RUNNING)
            if not current.select_for_update(no_key=True).values_list("pk"):
                raise StaleClaimError
            self.values = {
                "version": self.version + 1,
                "lease_until": from_now(settings.SYNC_LEASE_SECONDS),
                "progressed_at": Now(),
                "redeliver_at": from_now(settings.SYNC_LEASE_SECONDS),
                "redeliveries": 0,
                "tries": 0,
                "consecutive_failures": 0,
            }
            yield
            counters = {name: getattr(self.run, name) for name in self.run.counted}
            self.rows.update(**self.values | counters)
        self.version += 1
        self.run.consecutive_failures = 0

    def hand_over(self) -> None:
        """Within a commit: release the lease and enqueue the next slice."""
        self.values |= RELEASED_LEASE | {"ticket": F("ticket") + 1}
        self.values["redeliver_at"] = from_now(REDELIVER_SECONDS)
        if not self.in_foreground:
            self.run.ticket += 1
            transaction.on_commit(lambda: enqueue(self.run))

    def wait(self, seconds: float, **values: Any) -> None:
        """Within a commit: release the lease and resume the run in so many seconds."""
        resume_at = from_now(seconds)
        self.values |= RELEASED_LEASE | values
        self.values |= {"status": Status.WAITING, "ticket": F("ticket") + 1}
        self.values |= {"resume_at": resume_at, "redeliver_at": resume_at}

    def end(self, status: Run.Status, **values: Any) -> None:
        """Within a commit: end the run; in review it can still be resumed."""
        self.values |= RELEASED_LEASE | values | {"status": status, "finished_at": Now()}
        # In the foreground, the command itself says how the run ended.
        if not self.in_foreground:
            transaction.on_commit(partial(log.run_ended, type(self.run), self.run.pk))


def claim(
    model: type[RunT], run_id: int, ticket: int, *, in_foreground: bool = False
) -> Claim[RunT] | None:
    """Lease a run for one slice. None if it is leased, over, or past this ticket.

    A run with too many tries since its last commit fails instead (None).
    """
    run = model._default_manager.filter(pk=run_id, ticket=ticket).first()
    if run is None or not run.is_active:
        return None
    is_poison = run.tries >= MAX_TRIES
    values: dict[str, Any] = {"version": run.version + 1, "lease_owner": current_owner()}
    if is_poison:
        values |= {"status": Status.FAILED, "reason": "poison", "finished_at": Now()}
    else:
        values |= {
            "status": Status.RUNNING,
            "lease_until": from_now(settings.SYNC_LEASE_SECONDS),
            "redeliver_at": from_now(settings.SYNC_LEASE_SECONDS),
            "tries": F("tries") + 1,
            # No time of a clock that was ahead may stay: what is requested later must be newer.
            "created_at": Least("created_at", Now()),
            "started_at": Least(Coalesce("started_at", Now()), Now()),
            **CLEARED_REASON,
        }
    if not _update_if_claimable(run, values):
        return None
    if is_poison:
        log.run_ended(model, run_id)
        return None
    if not in_foreground and run.started_at is None:
        log.run_started(run)
    run.refresh_from_db()
    return Claim(run, values["version"], in_foreground=in_foreground)


def _update_if_claimable(run: Run, values: dict[str, Any]) -> bool:
    """False if the row has changed since it was read, which its version tells."""
    rows = claimable_runs(type(run)).filter(pk=run.pk, ticket=run.ticket, version=run.version)
    if not run.serialized_per_account:
        return update_in_transaction(rows, **values) == 1
    if not rows.exists():
        return False
    with transaction.atomic():
        # Without the lock, two workers could each find that no other run is leased.
        lock_account(run.account_id)
        return rows.update(**values) == 1


def update_in_transaction(rows: models.QuerySet[Any], **values: Any) -> int:
    """Update in a transaction of its own: outside of one, no time limit for locks applies."""
    with transaction.atomic(savepoint=False):
        return rows.update(**values)


def enqueue_next(model: type[Run], run_id: int) -> None:
    """Enqueue the account's next run if this one is over or waits."""
    stopped = model._default_manager.filter(pk=run_id).exclude(
        status__in=[Status.QUEUED, Status.RUNNING]
    )
    claimable = claimable_runs(model).filter(account__in=stopped.values("account"))
    next_run = claimable.order_by("pk").first()
    if next_run is not None:
        enqueue(next_run)


def cancel(run: Run) -> bool:
    """End an active run at once. A worker that still works on it fails at its next commit."""
    cancelled = update_in_transaction(
        type(run)._default_manager.filter(pk=run.pk, status__in=Run.ACTIVE),
        status=Status.CANCELLED,
        version=F("version") + 1,
        lease_until=EPOCH,
        finished_at=Now(),
        resume_at=None,
    )
    if cancelled:
        transaction.on_commit(partial(log.run_ended, type(run), run.pk))
    return cancelled == 1


def requeue(run: Run, *statuses: Run.Status) -> bool:
    """Queue a run again, to go on at once. False if it has none of these statuses."""
    rows = type(run)._default_manager.filter(pk=run.pk, status__in=statuses)
    with transaction.atomic():
        requeued = rows.update(
            status=Status.QUEUED,
            ticket=F("ticket") + 1,
            version=F("version") + 1,
            lease_until=EPOCH,
            finished_at=None,
            tries=0,
            redeliveries=0,
            redeliver_at=from_now(REDELIVER_SECONDS),
            **CLEARED_REASON,
        )
        if requeued:
            run.refresh_from_db()
            transaction.on_commit(lambda: enqueue(run))
    return requeued == 1


def redeliver(model: type[Run]) -> int:
    """Enqueue again the runs that should progress and do not; returns how many. Any host may.

    The interval grows (1, 2, 4 … 10 minutes since the last progress), so that a slow queue is not
    flooded.
    """
    return sum(_redeliver(run) for run in claimable_runs(model).filter(_is_redelivery_due()))


def _is_redelivery_due() -> Q:
    # The longest interval, except that of waiting runs, which cannot be claimed meanwhile.
    seconds = max(60 * MAX_REDELIVERY_MINUTES, settings.SYNC_LEASE_SECONDS)
    return expired("redeliver_at", seconds)


def _redeliver(run: Run) -> bool:
    minutes = min(2 ** (run.redeliveries + 1), MAX_REDELIVERY_MINUTES)
    rows = type(run)._default_manager.filter(pk=run.pk, version=run.version)
    updated = update_in_transaction(
        rows.filter(_is_redelivery_due(), redeliveries=run.redeliveries),
        redeliveries=F("redeliveries") + 1,
        redeliver_at=from_now(60 * minutes),
    )
    if not updated:
        return False
    if enqueue(run):
        return True
    # Nothing was sent, so it does not count as a redelivery that no worker took.
    update_in_transaction(rows, redeliveries=0, redeliver_at=from_now(BROKER_RETRY_SECONDS))
    return False
