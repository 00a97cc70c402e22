"""Run to the end within a management command: work on the run, or watch a worker do it."""

import time
from collections.abc import Callable

from ..models import Run
from . import engine

POLL_SECONDS = 0.5
MOVING_STATUSES = (Run.Status.QUEUED, Run.Status.RUNNING)


def run_in_foreground(
    run: Run,
    on_progress: Callable[[], None],
    on_idle: Callable[[Run], None] = lambda run: None,
) -> None:
    """Return when the run is over or waits. `run` is refreshed before each `on_progress`.

    Where runs are serialized per account, the older ones are worked on first. `on_idle` is called
    with a run that does not progress: a worker has claimed it, or was killed a moment ago.
    """

    def report() -> None:
        run.refresh_from_db()
        on_progress()

    while run.status in MOVING_STATUSES:
        current = _oldest_run_before(run) or run
        version, ticket = current.version, current.ticket
        engine.advance(type(run), current.pk, ticket, in_foreground=True, after_commit=report)
        current.refresh_from_db()
        report()
        if (current.version, current.ticket) == (version, ticket):
            on_idle(current)
            time.sleep(POLL_SECONDS)


def _oldest_run_before(run: Run) -> Run | None:
    if not run.serialized_per_account:
        return None
    older = type(run)._default_manager.filter(account=run.account_id, pk__lt=run.pk)
    return older.filter(status__in=MOVING_STATUSES).order_by("pk").first()
