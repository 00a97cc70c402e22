"""Who may work on a run: claim, commit, hand over. docs/architecture.md explains the protocol.

A queued task is only a hint. Whoever holds a Claim may try to write, and every write is refused
once anybody else has claimed, cancelled or moved the run: late, doubled and resurrected workers
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

from ..models import EPOCH, OfficialAccount, Run
from ..rows.clock import expired, from_now, unexpired
from . import log

logger = logging.getLogger(__name__)

R = TypeVar("R", bound=Run)
Status = Run.Status
MAX_TRIES = 5
WAKE_SECONDS = 60
# After a broker refused: a run moves within a minute of its return, however long it was away.
REFUSED_SECONDS = 30
MAX_WAKE_MINUTES = 10
# The longest that a run waits for WeChat: until midnight, and a little after it.
MAX_WAIT_SECONDS = 24 * 3_600 + 60
# The supervisor names its group, so that it can free what the group held when it died.
OWNER_VARIABLE = "WXADMIN_WORKER"
TASK = "followers.tasks.advance"
"""What the queue calls, with the label of a run's model, its id and its ticket."""


NOTHING_TO_SAY: dict[str, Any] = {
    "resume_at": None,
    "reason": "",
    "error_code": None,
    "error_params": {},
    "message": "",
}


LET_GO = {"lease_until": EPOCH}


def claimable(model: type[Run]) -> models.QuerySet[Run]:
    """The runs of a kind that a worker could take now.

    Those that go in turn are taken when no other of their account is held, and no older one could
    be; an older one that waits for WeChat does not hold up the others.
    """
    # A wait that was decided by a clock that was ahead is over, however short it is.
    waited = expired("resume_at", MAX_WAIT_SECONDS) | Q(progressed_at__gt=Now())
    could_go = Q(status__in=[Status.QUEUED, Status.RUNNING]) | Q(waited, status=Status.WAITING)
    lease = settings.SYNC_LEASE_SECONDS
    rows = model._default_manager.filter(could_go, expired("lease_until", lease))
    if not model.serialized_per_account:
        return rows
    older = could_go & Q(pk__lt=OuterRef("pk"))
    held = Q(unexpired("lease_until", lease), status=Status.RUNNING) & ~Q(pk=OuterRef("pk"))
    ahead = model._default_manager.filter(older | held, account=OuterRef("account"))
    return rows.filter(~Exists(ahead))


class Lost(Exception):  # noqa: N818
    """The run was claimed, cancelled or finished by somebody else; what this one holds is stale."""


def owner() -> str:
    """The worker group that this process belongs to, or the process itself."""
    return os.environ.get(OWNER_VARIABLE) or f"{socket.gethostname()}:{os.getpid()}"


def lock_account(account_id: int) -> None:
    """Within a transaction: one after the other begins or applies runs of this account.

    The one-active-run constraint would decide as well, but two who change two runs each can
    deadlock.
    """
    OfficialAccount.objects.select_for_update(no_key=True).filter(pk=account_id).first()


def enqueue(run: Run) -> bool:
    """Send the run's present ticket to the queue; a broker that refuses is left to the wake."""
    try:
        async_task(TASK, run._meta.label_lower, run.pk, run.ticket)
    except Exception:  # noqa: BLE001 (any broker, any fault: the message is only a hint)
        logger.warning("The queue did not take run %s; it will be sent again.", run.pk)
        return False
    return True


class Claim(Generic[R]):
    """The right to work on a run, for as long as nobody else has touched it."""

    def __init__(self, run: R, version: int, *, queue: bool = True) -> None:
        self.run, self.version, self.queue = run, version, queue
        self.rows = type(run)._default_manager.filter(pk=run.pk)
        self.values: dict[str, Any] = {}

    @contextmanager
    def commit(self) -> Iterator[None]:
        """One write transaction of this run. Raises Lost, and writes nothing, if it is stale.

        The version is compared, not the checkpoint: a restarted walk may come back to the same
        cursor. The run's row is locked at once and written once, with what the step has counted.
        """
        with transaction.atomic(durable=True):
            held = self.rows.filter(version=self.version, status=Status.RUNNING)
            if not held.select_for_update(no_key=True).values_list("pk"):
                raise Lost
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
            counted = {name: getattr(self.run, name) for name in self.run.counted}
            self.rows.update(**self.values | counted)
        self.version += 1
        self.run.consecutive_failures = 0

    def hand_over(self) -> None:
        """Within a commit: let go, and let the queue bring the next slice."""
        self.values |= LET_GO | {"ticket": F("ticket") + 1, "redeliver_at": from_now(WAKE_SECONDS)}
        if self.queue:
            self.run.ticket += 1
            transaction.on_commit(lambda: enqueue(self.run))

    def wait(self, seconds: float, **why: Any) -> None:
        """Within a commit: let go until `seconds` from now."""
        resume_at = from_now(seconds)
        self.values |= LET_GO | why
        self.values |= {"status": Status.WAITING, "ticket": F("ticket") + 1}
        self.values |= {"resume_at": resume_at, "redeliver_at": resume_at}

    def end(self, status: Run.Status, **values: Any) -> None:
        """Within a commit: the run is over (or, in review, over until a person decides)."""
        self.values |= LET_GO | values | {"status": status, "finished_at": Now()}
        # In the foreground, the command itself tells how it ended.
        if self.queue:
            transaction.on_commit(partial(log.ended, type(self.run), self.run.pk))


def claim(model: type[R], run_id: int, ticket: int, *, queue: bool = True) -> Claim[R] | None:
    """Take a run for one slice; None when it is held, over, or has moved past this ticket."""
    run = model._default_manager.filter(pk=run_id, ticket=ticket).first()
    if run is None or not run.is_active:
        return None
    poisoned = run.tries >= MAX_TRIES
    change: dict[str, Any] = {"version": run.version + 1, "lease_owner": owner()}
    if poisoned:
        change |= {"status": Status.FAILED, "reason": "poison", "finished_at": Now()}
    else:
        change |= {
            "status": Status.RUNNING,
            "lease_until": from_now(settings.SYNC_LEASE_SECONDS),
            "redeliver_at": from_now(settings.SYNC_LEASE_SECONDS),
            "tries": F("tries") + 1,
            # Of a clock that was ahead nothing is kept: what is asked after it must count.
            "created_at": Least("created_at", Now()),
            "started_at": Least(Coalesce("started_at", Now()), Now()),
            **NOTHING_TO_SAY,
        }
    if not _take(run, change):
        return None
    if poisoned:
        log.ended(model, run_id)
        return None
    if queue and run.started_at is None:
        log.began(run)
    run.refresh_from_db()
    return Claim(run, change["version"], queue=queue)


def _take(run: Run, change: dict[str, Any]) -> bool:
    """The version makes sure that nothing happened between reading the row and taking it."""
    rows = claimable(type(run)).filter(pk=run.pk, ticket=run.ticket, version=run.version)
    if not run.serialized_per_account:
        return update(rows, **change) == 1
    if not rows.exists():
        return False
    with transaction.atomic():
        # Two workers could each find that no other run is held.
        lock_account(run.account_id)
        return rows.update(**change) == 1


def update(rows: models.QuerySet[Any], **values: Any) -> int:
    """One statement in a transaction, without which it would wait for a lock without a limit."""
    with transaction.atomic(savepoint=False):
        return rows.update(**values)


def send_next(model: type[Run], run_id: int) -> None:
    """Send the run whose turn it is, now that this one does not go on at once."""
    over = model._default_manager.filter(pk=run_id).exclude(
        status__in=[Status.QUEUED, Status.RUNNING]
    )
    turn = claimable(model).filter(account__in=over.values("account"))
    following = turn.order_by("pk").first()
    if following is not None:
        enqueue(following)


def cancel(run: Run) -> bool:
    """End an active run at once; whoever works on it is refused at the next commit."""
    cancelled = update(
        type(run)._default_manager.filter(pk=run.pk, status__in=Run.ACTIVE),
        status=Status.CANCELLED,
        version=F("version") + 1,
        lease_until=EPOCH,
        finished_at=Now(),
        resume_at=None,
    )
    if cancelled:
        transaction.on_commit(partial(log.ended, type(run), run.pk))
    return cancelled == 1


def requeue(run: Run, *statuses: Run.Status) -> bool:
    """Put a run that stands in one of `statuses` into the queue again, to go on at once."""
    rows = type(run)._default_manager.filter(pk=run.pk, status__in=statuses)
    with transaction.atomic():
        moved = rows.update(
            status=Status.QUEUED,
            ticket=F("ticket") + 1,
            version=F("version") + 1,
            lease_until=EPOCH,
            finished_at=None,
            tries=0,
            redeliveries=0,
            redeliver_at=from_now(WAKE_SECONDS),
            **NOTHING_TO_SAY,
        )
        if moved:
            run.refresh_from_db()
            transaction.on_commit(lambda: enqueue(run))
    return moved == 1


def wake(model: type[Run]) -> int:
    """Send the runs that should move and do not; returns how many. Any host may call it.

    The distance grows (1, 2, 4 … 10 minutes since the last progress), so that a queue that is only
    slow is not flooded.
    """
    asleep = claimable(model).filter(_is_due())
    return sum(_wake(run) for run in asleep)


def _is_due() -> Q:
    # The longest distance there is, but for runs that wait, which cannot be claimed meanwhile.
    return expired("redeliver_at", max(60 * MAX_WAKE_MINUTES, settings.SYNC_LEASE_SECONDS))


def _wake(run: Run) -> bool:
    minutes = min(2 ** (run.redeliveries + 1), MAX_WAKE_MINUTES)
    rows = type(run)._default_manager.filter(
        pk=run.pk, redeliveries=run.redeliveries, version=run.version
    )
    mine = update(
        rows.filter(_is_due()),
        redeliveries=F("redeliveries") + 1,
        redeliver_at=from_now(60 * minutes),
    )
    if not mine:
        return False
    if enqueue(run):
        return True
    # Nothing is on its way, so that nobody who could have taken it is stuck: it counts as not sent.
    again = type(run)._default_manager.filter(pk=run.pk, version=run.version)
    update(again, redeliveries=0, redeliver_at=from_now(REFUSED_SECONDS))
    return False
