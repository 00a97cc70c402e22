"""A listing whose result looks wrong: its numbers, and the user's decision to apply or discard."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from .. import audit
from ..models import Follower, Run, SyncRun, SyncStage
from ..runs import lease
from .state import ListingState
from .walk import clear_bitmaps

Status = Run.Status


@dataclass(frozen=True)
class Evidence:
    """known: followers before the sync; listed: ids that WeChat listed; gone: known, not listed.

    total: WeChat's own count; sample: up to twenty of those who would be marked as having left.
    """

    known: int
    listed: int
    gone: int
    total: int
    sample: list[Follower]


def load_evidence(run: SyncRun) -> Evidence:
    """Of a run in review."""
    state = ListingState.load(_listing(run))
    sample = Follower.objects.filter(pk__in=state.sample, account=run.account_id).order_by("pk")
    return Evidence(state.known, state.listed, state.gone, run.total, list(sample))


def apply(run: SyncRun, user: Any = None) -> bool:
    """Accept the list: the run goes on and marks the missing followers as having left.

    False if the run is no longer in review, or a later listing exists, which is more recent.
    """
    try:
        with transaction.atomic():
            lease.lock_account(run.account_id)
            if _has_later_listing(run) or not lease.requeue(run, Status.REVIEW):
                return False
            row = _listing(run)
            state = ListingState.load(row)
            # If the list was stored already and differs, only the difference is left to store.
            row.phase = "reconcile" if row.phase == "reconcile" else "decide"
            state.approved, state.approved_by = True, str(user or "")
            state.save(row)
            audit.record_run(audit.Action.REVIEW_APPLIED, run, actor=user)
    except IntegrityError:
        # The one-active-run constraint: a new sync is under way.
        return False
    return True


def discard(run: SyncRun, user: Any = None) -> bool:
    """Leave all followers as they were; False if the run is no longer in review."""
    row = _listing(run)
    with transaction.atomic():
        discarded = SyncRun.objects.filter(pk=run.pk, status=Status.REVIEW).update(
            status=Status.CANCELLED,
            reason="kept" if row.phase == "reconcile" else "discarded",
            error_params={"by": str(user or "")},
            finished_at=Now(),
        )
        if discarded:
            clear_bitmaps(run.pk)
            audit.record_run(audit.Action.REVIEW_DISCARDED, run, actor=user)
    return discarded == 1


def _listing(run: SyncRun) -> SyncStage:
    return run.stages.get(name=SyncStage.Name.LISTING)


def _has_later_listing(run: SyncRun) -> bool:
    later = SyncRun.objects.filter(account=run.account_id, pk__gt=run.pk)
    return later.filter(stages__name=SyncStage.Name.LISTING).exists()
