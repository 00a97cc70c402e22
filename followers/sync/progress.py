"""The progress of a sync, as JSON and as a share."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from ..models import Run, SyncPage, SyncRun, SyncStage
from ..runs.messages import describe
from ..runs.progress import as_iso, run_progress
from .complete_list import CONFIRMED_PAGES_FROM
from .state import load_state

LOG_PAGES = 30
RATE_PAGES = 6


def sync_progress(run: SyncRun) -> dict[str, Any]:
    """The JSON of `/admin/followers/syncrun/<id>/progress/`.

    `overall`: the share of the run that is done, 0 to 1, which never falls; None while nothing is
    known. `done`, `total`: of the current stage, or of the listing at the end. `rate`: followers
    per second over the latest pages. Times are ISO 8601 in local time.
    """
    stages = list(run.stages.all())
    current = current_stage(stages)
    pages = SyncPage.objects.filter(stage__in=stages, number__lt=CONFIRMED_PAGES_FROM).defer(
        *BITMAP_COLUMNS
    )
    log = list(pages.order_by("-pk")[:LOG_PAGES])
    labels = {row.pk: str(row.get_name_display()) for row in stages}
    pages_of_stage = [page for page in log if current and page.stage_id == current.pk]
    rate = _followers_per_second(pages_of_stage) if run.status == Run.Status.RUNNING else None
    done, total = (current.done, current.total) if current else (0, 0)
    return {
        **run_progress(run),
        "stage": current.name if current else None,
        "stages": [_stage_json(row) for row in stages],
        "overall": overall_progress(stages),
        "done": done,
        "total": total,
        "fetched": run.fetched,
        "added": run.added,
        "resubscribed": run.resubscribed,
        "unsubscribed": run.unsubscribed,
        "unchanged": run.unchanged,
        "pages": run.pages,
        "outstanding": run.outstanding,
        "rate": rate and round(rate, 1),
        "seconds_left": round(max(total - done, 0) / rate) if rate else None,
        "log": [_page_json(page, labels[page.stage_id]) for page in log],
    }


# Counters of a stage beside `done`: memberships added and removed, followers asked about, bad ids.
STATE_FACTS = ("added", "removed", "asked", "still", "unconfirmed", "restarts", "bad")
BITMAP_COLUMNS = ("new_rows", "returned_rows", "unchanged_rows")


def current_stage(stages: Iterable[SyncStage]) -> SyncStage | None:
    """The first stage that is not done, or the listing where all are."""
    rows = list(stages)
    unfinished = [row for row in rows if row.status != SyncStage.Status.DONE]
    return next(iter(unfinished + rows), None)


def overall_progress(stages: Iterable[SyncStage]) -> float | None:
    """The share of a run that is done, 0 to 1; None before anything is known."""
    shares: list[tuple[int, float]] = []
    for row in stages:
        state = load_state(row)
        shares.append((state.WEIGHT, 1 if row.status == row.Status.DONE else state.reached))
    if not any(share for _weight, share in shares):
        return None
    weights = sum(weight for weight, _share in shares)
    return round(sum(weight * share for weight, share in shares) / weights, 4)


def _stage_json(row: SyncStage) -> dict[str, Any]:
    note, state = describe(row), load_state(row)
    return {
        "name": row.name,
        "label": str(row.get_name_display()),
        "status": row.status,
        "phase": row.phase,
        "done": row.done,
        "total": row.total,
        "message": note.meaning,
        "advice": note.advice,
        "facts": {name: value for name in STATE_FACTS if (value := getattr(state, name, None))},
    }


def _page_json(page: SyncPage, stage: str) -> dict[str, Any]:
    return {
        "stage": stage,
        "walk": page.walk_number,
        "number": page.number,
        "ids": page.ids,
        "added": page.added,
        "resubscribed": page.resubscribed,
        "stored_at": as_iso(page.stored_at),
    }


def _followers_per_second(log: list[SyncPage]) -> float | None:
    """The rate over the latest pages, newest first; None if no page was stored lately."""
    latest = log[:RATE_PAGES]
    max_age = timedelta(seconds=settings.SYNC_LEASE_SECONDS)
    # The database's own clock would cost a query for every request.
    if not latest or timezone.now() - latest[0].stored_at > max_age:
        return None
    seconds = (latest[0].stored_at - latest[-1].requested_at).total_seconds()
    return sum(page.ids for page in latest) / seconds if seconds > 0 else None
