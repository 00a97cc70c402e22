"""Log lines about runs: one at the start, one at the end."""

import logging

from django.utils import translation
from django.utils.text import capfirst

from ..models import Run

logger = logging.getLogger(__name__)


def run_started(run: Run) -> None:
    logger.info("%s began.", _name(run))


def run_ended(model: type[Run], run_id: int) -> None:
    """Log the run's result. Reads its row again, because its end was written just now."""
    run = model._default_manager.filter(pk=run_id).first()
    if run is None:
        # Deleted together with its account.
        return
    parts = [_result(run), *(f"{name} {getattr(run, name)}" for name in run.counted)]
    if run.started_at and run.finished_at:
        parts.append(f"{(run.finished_at - run.started_at).total_seconds():.0f} s")
    logger.info("%s ended: %s.", _name(run), ", ".join(parts))


def _name(run: Run) -> str:
    with translation.override("en"):
        kind = capfirst(str(run._meta.verbose_name))
    return f"{kind} #{run.pk} of {run.account.app_id}"


def _result(run: Run) -> str:
    reason = " ".join(str(part) for part in (run.reason, run.error_code) if part)
    return f"{run.status} ({reason})" if reason else run.status
