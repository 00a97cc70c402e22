"""The progress JSON that all kinds of runs share."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from ..models import Run
from .heartbeat import explain_waiting


def run_progress(run: Run) -> dict[str, Any]:
    """Status, texts about what happened and what to do, and times (ISO 8601 in local time)."""
    explanation = explain_waiting(run)
    return {
        "id": run.pk,
        "account": run.account_id,
        "status": run.status,
        "status_label": str(run.get_status_display()),
        "active": run.is_active,
        "message": explanation.meaning,
        "advice": explanation.advice,
        "detail": explanation.detail,
        "resume_at": as_iso(run.resume_at),
        "started_at": as_iso(run.started_at),
        "finished_at": as_iso(run.finished_at),
    }


def as_iso(moment: datetime | None) -> str | None:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None
