"""Restarts a django-q2 cluster when it breaks, and resends runs that the queue has lost.

Why (django-q2 1.11): when its main process or its sentinel is killed, the rest goes on without a
guard; when an idle worker is killed, the queue's lock may stay locked forever, and nothing runs any
more. So the whole group is replaced when any of its processes is gone. That costs little: every
slice may be interrupted anywhere.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from types import FrameType

import psutil
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django_q.brokers import get_broker
from django_q.tasks import async_task

from ..alerts.delivery import start_sending
from ..alerts.opening import update_alerts
from ..alerts.summary import open_summaries
from ..history import nightly
from ..imports.waiting import forget_old
from ..runs import engine, heartbeat, worker_groups
from ..runs.lease import OWNER_VARIABLE
from ..schedules.starting import start_due
from ..statistics import overlap, wechat_figures
from .processes import descendants, is_alive

logger = logging.getLogger(__name__)

RECOUNT_TASK = "followers.tasks.recount"
WECHAT_FIGURES_TASK = "followers.tasks.fetch_wechat_figures"
OVERLAP_TASK = "followers.tasks.count_overlap"
HOST_CHARACTERS = 40
TICK_SECONDS = 1.0
# Far less than heartbeat.ALIVE_SECONDS, whatever SYNC_WAKE_SECONDS is.
BEAT_SECONDS = 10.0
# Time for the cluster to end by itself; a slice stops at its next commit.
STOP_SECONDS = 10.0
REAP_SECONDS = 0.05
# Prevents a tight loop if groups die at once.
MAX_PAUSE_SECONDS = 30.0


class Supervisor:
    """Starts, watches and replaces the group; `run` returns after SIGTERM or SIGINT."""

    def __init__(self) -> None:
        # The end tells hosts of a cluster apart; with pid and number it is a lease's owner.
        self.host = socket.gethostname()[-HOST_CHARACTERS:]
        self.name = f"{self.host}/{os.getpid()}"
        self.started = time.monotonic()
        self.stopping = threading.Event()
        self.pause = 0.0
        self._numbers = count(1)

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        release = worker_groups.release_runs_of_dead_workers
        self._survive_database_errors(lambda: release(self.host, _is_other_process))
        while not self.stopping.wait(self.pause):
            # Also while one group after the other ends at once: somebody has to be told. Not at the
            # start, when this one is about to say that it is alive.
            if self.pause > 1:
                self._do_duties()
            self._one_group()

    def _do_duties(self) -> None:
        for duty in DUTIES:
            self._survive_database_errors(duty)

    def _beat(self) -> None:
        """Only while the group is well: without it nothing happens in the background."""
        lived = timedelta(seconds=time.monotonic() - self.started)
        heartbeat.beat(self.name, settings.VERSION, lived)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _one_group(self) -> None:
        started = time.monotonic()
        owner = f"{self.name}/{next(self._numbers)}"
        group = Group(owner)
        logger.info("Workers started (%s).", owner)
        try:
            trouble = self._watch(group)
            if trouble:
                logger.warning("%s The workers are replaced.", trouble)
        finally:
            # Slices that still run are refused at their next commit, so the group ends sooner.
            self._survive_database_errors(lambda: worker_groups.revoke_leases(owner))
            group.stop(graceful=self.stopping.is_set())
            self._survive_database_errors(lambda: worker_groups.release_runs(owner))
        lived = time.monotonic() - started
        self.pause = 0.0 if lived > 10 else min(self.pause * 2 + 1, MAX_PAUSE_SECONDS)

    def _watch(self, group: "Group") -> str:
        """Returns why the group must be replaced, or "" if asked to stop."""
        next_wake = next_beat = 0.0
        while not self.stopping.wait(TICK_SECONDS):
            if trouble := group.problem():
                return trouble
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + BEAT_SECONDS
                self._survive_database_errors(self._beat)
            if time.monotonic() >= next_wake:
                next_wake = time.monotonic() + settings.SYNC_WAKE_SECONDS
                self._do_duties()
                self._survive_database_errors(group.note_waiting_tasks)
        return ""

    @staticmethod
    def _survive_database_errors(call: Callable[[], object]) -> None:
        """Call, and only log database errors: the supervisor outlives a database that is down."""
        try:
            close_old_connections()
            call()
        except DatabaseError as error:
            logger.warning("The database did not answer: %s", error)
        except Exception:
            logger.exception("The supervisor goes on.")


class Group:
    """One django-q2 cluster in a session of its own."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.seen: dict[int, psutil.Process] = {}
        self.idle_since: float | None = None
        self.main = subprocess.Popen(
            [sys.executable, "-m", "django", "worker", "--group", str(os.getpid())],
            cwd=settings.BASE_DIR,
            env={**os.environ, OWNER_VARIABLE: owner},
            start_new_session=True,
        )

    def problem(self) -> str:
        """Why the group must be replaced; "" while it is healthy."""
        children = descendants(self.main)
        if self.main.poll() is not None:
            return "The cluster's main process has ended."
        for child in children:
            self.seen.setdefault(child.pid, child)
        gone = [pid for pid, child in self.seen.items() if not is_alive(child)]
        if gone:
            return f"Process {gone[0]} of the cluster is gone."
        if self.idle_since and time.monotonic() - self.idle_since > settings.WORKER_STUCK_SECONDS:
            return "Tasks wait, and the workers do nothing."
        return ""

    def note_waiting_tasks(self) -> None:
        """Record since when tasks have been waiting while this group works on nothing.

        A frozen group may have taken them out of the queue, so runs are checked, too.
        """
        before, self.idle_since = self.idle_since, None
        waiting = _queue_size()
        if waiting is None:
            # While the queue is down, no worker can take tasks: do not blame the group.
            return
        waits = waiting > 0 or worker_groups.has_stalled_runs()
        if waits and not worker_groups.is_owner_active(self.owner, settings.SYNC_WAKE_SECONDS * 2):
            self.idle_since = before or time.monotonic()

    def stop(self, *, graceful: bool) -> None:
        """End all processes of the group; graceful: the cluster may finish its tasks.

        Only main gets SIGTERM: to the whole group it can hang django-q2.
        """
        if graceful:
            self.main.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.main.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self.main.pid, signal.SIGKILL)
        self.main.wait()
        psutil.wait_procs(self.seen.values(), timeout=STOP_SECONDS)
        # In a container, a supervisor with pid 1 adopts the orphans.
        until = time.monotonic() + STOP_SECONDS
        with suppress(ChildProcessError):
            while time.monotonic() < until:
                if os.waitpid(-self.main.pid, os.WNOHANG) == (0, 0):
                    time.sleep(REAP_SECONDS)


def _queue_size() -> int | None:
    """The number of waiting tasks; None while the queue is down."""
    try:
        size: int = get_broker().queue_size()
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 (each broker has errors of its own)
        logger.warning("The queue did not answer: %s", error)
        return None
    return size


def enqueue_due_recounts() -> None:
    """In a worker, because counting many millions of rows takes longer than a tick."""
    for account_id in nightly.take_due():
        async_task(RECOUNT_TASK, account_id)


def enqueue_due_wechat_figures() -> None:
    """In a worker, because only workers call WeChat."""
    for account_id in wechat_figures.take_due():
        async_task(WECHAT_FIGURES_TASK, account_id)


def enqueue_due_overlap() -> None:
    """Likewise."""
    if overlap.take_due():
        async_task(OVERLAP_TASK)


# At every wake, also where several supervisors run: each of them is done once.
DUTIES: tuple[Callable[[], object], ...] = (
    engine.redeliver_due_runs,
    forget_old,
    enqueue_due_recounts,
    enqueue_due_wechat_figures,
    enqueue_due_overlap,
    start_due,
    update_alerts,
    open_summaries,
    start_sending,
)


def _is_other_process(pid: int) -> bool:
    """Whether this pid is another process. In a container, pids repeat after a restart."""
    return pid != os.getpid() and psutil.pid_exists(pid)
