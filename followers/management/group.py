"""django-q2's cluster as a process group that does not outlive its supervisor."""

import ctypes
import os
import signal
import sys

from django_q.cluster import Cluster

PR_SET_PDEATHSIG = 1
_parent = 0


def run(supervisor_pid: int) -> None:
    """Run the cluster until a signal ends it; its processes die with their parents.

    django-q2 leaves sentinel and workers running as orphans when its main process is killed, and
    they go on without a guard or scheduler.
    """
    _kill_with_parent(supervisor_pid)
    os.register_at_fork(before=_store_parent, after_in_child=lambda: _kill_with_parent(_parent))
    Cluster().start()


def _store_parent() -> None:
    global _parent
    _parent = os.getpid()


def _kill_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the parent ends. Only Linux offers this."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # The parent ended before the request was made.
        os._exit(1)
