"""Keeps a django-q2 cluster alive, and runs moving when the queue has lost them.

Why it is needed (django-q2 1.11): when its main process or its sentinel is killed, the rest goes on
without a guard; when one idle worker is killed, the queue's lock may stay locked for good, and
nothing runs any more. So the whole group is replaced as soon as one of its processes is gone. That
costs little: every slice may be cut off anywhere.
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
from itertools import count
from types import FrameType

import psutil
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django_q.brokers import get_broker

from ..imports.waiting import forget_old
from ..runs import engine, worker_groups
from ..runs.lease import OWNER_VARIABLE
from .processes import alive, descendants

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
# Time for the cluster to end by itself; a slice lets go at its next commit.
STOP_SECONDS = 10.0
BURY_SECONDS = 0.05
# A group that dies at once must not be restarted in a tight loop.
MAX_PAUSE_SECONDS = 30.0


class Supervisor:
    """Start the group, watch it, replace it; `run` returns after SIGTERM or SIGINT."""

    def __init__(self) -> None:
        self.host = socket.gethostname()
        self.stopping = threading.Event()
        self.group: Group | None = None
        self.pause = 0.0
        self._numbers = count(1)

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._guarded(lambda: worker_groups.release_runs_of_dead_workers(self.host, _other))
        while not self.stopping.wait(self.pause):
            self._one_group()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _one_group(self) -> None:
        started = time.monotonic()
        owner = f"{self.host}/{os.getpid()}/{next(self._numbers)}"
        group = Group(owner)
        logger.info("Workers started (%s).", owner)
        try:
            trouble = self._watch(group)
            if trouble:
                logger.warning("%s The workers are replaced.", trouble)
        finally:
            # Whatever slice still runs is refused at its next commit, which ends the group sooner.
            self._guarded(lambda: worker_groups.revoke_leases(owner))
            group.stop(patiently=self.stopping.is_set())
            self._guarded(lambda: worker_groups.release_runs(owner))
        lived = time.monotonic() - started
        self.pause = 0.0 if lived > 10 else min(self.pause * 2 + 1, MAX_PAUSE_SECONDS)

    def _watch(self, group: "Group") -> str:
        """Returns what is wrong with the group, or "" when it is time to stop."""
        next_wake = 0.0
        while not self.stopping.wait(TICK_SECONDS):
            if trouble := group.trouble():
                return trouble
            if time.monotonic() >= next_wake:
                next_wake = time.monotonic() + settings.SYNC_WAKE_SECONDS
                self._guarded(engine.redeliver_due_runs)
                self._guarded(forget_old)
                self._guarded(group.look_for_work)
        return ""

    @staticmethod
    def _guarded(call: Callable[[], object]) -> None:
        """A database that is away must not end the supervisor: it comes back."""
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

    def trouble(self) -> str:
        """In words why the group must be replaced; "" while it is sound."""
        children = descendants(self.main)
        if self.main.poll() is not None:
            return "The cluster's main process has ended."
        for child in children:
            self.seen.setdefault(child.pid, child)
        gone = [pid for pid, child in self.seen.items() if not alive(child)]
        if gone:
            return f"Process {gone[0]} of the cluster is gone."
        if self.idle_since and time.monotonic() - self.idle_since > settings.WORKER_STUCK_SECONDS:
            return "Tasks wait, and the workers do nothing."
        return ""

    def look_for_work(self) -> None:
        """Note since when tasks wait without this group working on anything.

        A frozen group may have taken them out of the queue; the runs tell.
        """
        before, self.idle_since = self.idle_since, None
        waiting = _queue_size()
        if waiting is None:
            # Nobody can take a task out of a queue that is away; the workers are not to blame.
            return
        waits = waiting > 0 or worker_groups.has_stalled_runs()
        if waits and not worker_groups.is_owner_active(self.owner, settings.SYNC_WAKE_SECONDS * 2):
            self.idle_since = before or time.monotonic()

    def stop(self, *, patiently: bool) -> None:
        """End all processes of the group; patiently: the cluster may finish what it does.

        Only main gets SIGTERM: to the whole group it can hang django-q2.
        """
        if patiently:
            self.main.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.main.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self.main.pid, signal.SIGKILL)
        self.main.wait()
        psutil.wait_procs(self.seen.values(), timeout=STOP_SECONDS)
        # The orphans fall to a supervisor which is a container's first process.
        until = time.monotonic() + STOP_SECONDS
        with suppress(ChildProcessError):
            while time.monotonic() < until:
                if os.waitpid(-self.main.pid, os.WNOHANG) == (0, 0):
                    time.sleep(BURY_SECONDS)


def _queue_size() -> int | None:
    """How many tasks wait; None where the queue does not answer."""
    try:
        size: int = get_broker().queue_size()
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 (each broker has errors of its own)
        logger.warning("The queue did not answer: %s", error)
        return None
    return size


def _other(pid: int) -> bool:
    """Whether another process has this number. In a container the number is the same every time."""
    return pid != os.getpid() and psutil.pid_exists(pid)
