"""What the queue calls. Names and arguments are part of what is stored in queues: keep them.

Nothing is raised: django-q2 would keep every failure for ever, and the run's row already knows.
"""

import logging

from .edits import sending
from .models import SyncRun
from .sync import engine

logger = logging.getLogger(__name__)


def advance_run(run_id: int, ticket: int) -> None:
    """Move one sync run by one slice."""
    try:
        engine.advance(SyncRun, run_id, ticket)
    except Exception:
        logger.exception("A slice of run %s failed; it will be tried again.", run_id)


def advance_edit(run_id: int, ticket: int) -> None:
    """Move one change by one slice."""
    try:
        sending.advance(run_id, ticket)
    except Exception:
        logger.exception("A slice of change %s failed; it will be tried again.", run_id)
