"""What the queue calls. Names and arguments are part of what is stored in queues: keep them.

Nothing is raised: django-q2 would keep every failure for ever, and the run's row already knows.
"""

import logging

from django.apps import apps

from .models import EditRun, Run, SyncRun
from .runs import engine

logger = logging.getLogger(__name__)


def advance(label: str, run_id: int, ticket: int) -> None:
    """Move a run by one slice; label: of its model, as in "followers.syncrun"."""
    _advance(apps.get_model(label), run_id, ticket)


# What releases before 0.2 have put into queues; to be dropped with the release after it.


def advance_run(run_id: int, ticket: int) -> None:
    _advance(SyncRun, run_id, ticket)


def advance_edit(run_id: int, ticket: int) -> None:
    _advance(EditRun, run_id, ticket)


def _advance(model: type[Run], run_id: int, ticket: int) -> None:
    try:
        engine.advance(model, run_id, ticket)
    except Exception:
        # The name of the class: the log is in English, whatever the language of the pages.
        logger.exception("A slice of %s %s failed; it will be tried again.", model.__name__, run_id)
