"""What the queue calls. Names and arguments are part of what is stored in queues: keep them.

Nothing is raised: django-q2 would keep every failure for ever, and the run's row already knows.
"""

import logging

from .models import EditRun, Run, SyncRun
from .runs import engine

logger = logging.getLogger(__name__)


def advance_run(run_id: int, ticket: int) -> None:
    """Move one sync run by one slice."""
    _advance(SyncRun, run_id, ticket)


def advance_edit(run_id: int, ticket: int) -> None:
    """Move one change by one slice."""
    _advance(EditRun, run_id, ticket)


def _advance(model: type[Run], run_id: int, ticket: int) -> None:
    try:
        engine.advance(model, run_id, ticket)
    except Exception:
        # The name of the class: the log is in English, whatever the language of the pages.
        logger.exception("A slice of %s %s failed; it will be tried again.", model.__name__, run_id)
