"""The queue's tasks. Queues store their names and arguments: do not change them.

Exceptions are logged, not raised: django-q2 would store every failure forever, and the run's row
already has it.
"""

import logging

from django.apps import apps

from .history import recount as figures
from .models import EditRun, Run, SyncRun
from .runs import engine
from .statistics import overlap, wechat_figures

logger = logging.getLogger(__name__)


def advance(label: str, run_id: int, ticket: int) -> None:
    """Run one slice of a run; `label` is its model's, such as "followers.syncrun"."""
    _advance(apps.get_model(label), run_id, ticket)


def recount(account_id: int) -> None:
    """Compare the daily figures of an account with its subscriptions, and correct them."""
    try:
        figures.recount(account_id)
    except Exception:
        logger.exception("The figures of account %s could not be counted.", account_id)


def fetch_wechat_figures(account_id: int) -> None:
    """Ask WeChat for its own daily figures of an account."""
    try:
        wechat_figures.fetch(account_id)
    except Exception:
        logger.exception("WeChat's figures of account %s could not be stored.", account_id)


def count_overlap() -> None:
    """Count how many people follow two of the accounts."""
    try:
        overlap.count_overlap()
    except Exception:
        logger.exception("The people who follow two accounts could not be counted.")


# Enqueued by releases before 0.2; to be removed in the release after it.


def advance_run(run_id: int, ticket: int) -> None:
    _advance(SyncRun, run_id, ticket)


def advance_edit(run_id: int, ticket: int) -> None:
    _advance(EditRun, run_id, ticket)


def _advance(model: type[Run], run_id: int, ticket: int) -> None:
    try:
        engine.advance(model, run_id, ticket)
    except Exception:
        # The class name instead of verbose_name: the log is in English.
        logger.exception("A slice of %s %s failed; it will be tried again.", model.__name__, run_id)
