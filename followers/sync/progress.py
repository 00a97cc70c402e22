"""A run as numbers that a page can show while it moves."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from ..models import Run, SyncPage, SyncRun, SyncStage
from ..runs.messages import describe
from ..runs.progress import as_iso, run_progress
from .complete import KEPT_PAGES
from .state import state_of

LOG_PAGES = 30
RATE_PAGES = 6


def progress(run: SyncRun) -> dict[str, Any]:
    """The JSON of `/admin/followers/syncrun/<id>/progress/`.

    `overall` is the share of the whole run that is done, 0 to 1: it never falls, and is None while
    nothing is known. `done` and `total` are the present stage's, or the listing's at the end;
    `rate` is followers per second over the latest pages; times are ISO 8601 in local time.
    """
    stages = list(run.stages.all())
    stage = present_stage(stages)
    pages = SyncPage.objects.filter(stage__in=stages, number__lt=KEPT_PAGES).defer(*BITMAPS)
    log = list(pages.order_by("-pk")[:LOG_PAGES])
    labels = {row.pk: str(row.get_name_display()) for row in stages}
    present = [page for page in log if stage and page.stage_id == stage.pk]
    rate = _rate(present) if run.status == Run.Status.RUNNING else None
    done, total = (stage.done, stage.total) if stage else (0, 0)
    return {
        **run_progress(run),
        "stage": stage.name if stage else None,
        "stages": [_stage(row) for row in stages],
        "overall": overall(stages),
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
        "log": [_page(page, labels[page.stage_id]) for page in log],
    }


# What a stage counted beyond its place: memberships added and removed, people asked about, bad ids.
FACTS = ("added", "removed", "asked", "still", "unconfirmed", "restarts", "bad")
BITMAPS = ("new_rows", "returned_rows", "unchanged_rows")


def present_stage(stages: Iterable[SyncStage]) -> SyncStage | None:
    """The first stage that is not done, or the listing where all are."""
    rows = list(stages)
    unfinished = [row for row in rows if row.status != SyncStage.Status.DONE]
    return next(iter(unfinished + rows), None)


def overall(stages: Iterable[SyncStage]) -> float | None:
    """How much of a run is done, 0 to 1; None before anything is known."""
    shares: list[tuple[int, float]] = []
    for row in stages:
        state = state_of(row)
        shares.append((state.WEIGHT, 1 if row.status == row.Status.DONE else state.reached))
    if not any(share for _weight, share in shares):
        return None
    whole = sum(weight for weight, _share in shares)
    return round(sum(weight * share for weight, share in shares) / whole, 4)


def _stage(row: SyncStage) -> dict[str, Any]:
    note, state = describe(row), state_of(row)
    return {
        "name": row.name,
        "label": str(row.get_name_display()),
        "status": row.status,
        "phase": row.phase,
        "done": row.done,
        "total": row.total,
        "message": note.meaning,
        "advice": note.advice,
        "facts": {name: found for name in FACTS if (found := getattr(state, name, None))},
    }


def _page(page: SyncPage, stage: str) -> dict[str, Any]:
    return {
        "stage": stage,
        "walk": page.walk_number,
        "number": page.number,
        "ids": page.ids,
        "added": page.added,
        "resubscribed": page.resubscribed,
        "stored_at": as_iso(page.stored_at),
    }


def _rate(log: list[SyncPage]) -> float | None:
    """Followers per second over the latest pages, newest first; None where nothing moves."""
    latest = log[:RATE_PAGES]
    silence = timedelta(seconds=settings.SYNC_LEASE_SECONDS)
    # The database's own clock would cost a query for every look at the page.
    if not latest or timezone.now() - latest[0].stored_at > silence:
        return None
    seconds = (latest[0].stored_at - latest[-1].requested_at).total_seconds()
    return sum(page.ids for page in latest) / seconds if seconds > 0 else None
