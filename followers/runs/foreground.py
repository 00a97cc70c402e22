"""A run in the hands of a command: worked on here, or watched while somebody else does."""

import time
from collections.abc import Callable

from ..models import Run
from . import engine

POLL_SECONDS = 0.5
MOVING = (Run.Status.QUEUED, Run.Status.RUNNING)


def work_or_watch(
    run: Run, show: Callable[[], None], on_idle: Callable[[Run], None] = lambda run: None
) -> None:
    """Until the run is over or waits; `run` is read anew before each `show`.

    Where runs of its kind go one after the other, those before it are worked on as well. `on_idle`
    is called with a run that does not move: somebody else works on it, or was killed a moment ago.
    """

    def tell() -> None:
        run.refresh_from_db()
        show()

    while run.status in MOVING:
        present = _before(run) or run
        moved = _slice(present, tell)
        tell()
        if not moved:
            on_idle(present)
            time.sleep(POLL_SECONDS)


def _before(run: Run) -> Run | None:
    if not run.serialized_per_account:
        return None
    earlier = type(run)._default_manager.filter(account=run.account_id, status__in=MOVING)
    return earlier.filter(pk__lt=run.pk).order_by("pk").first()


def _slice(run: Run, tell: Callable[[], None]) -> bool:
    """Whether it moved."""
    before = (run.version, run.ticket)
    engine.advance(type(run), run.pk, run.ticket, queue=False, after_commit=tell)
    run.refresh_from_db()
    return (run.version, run.ticket) != before
