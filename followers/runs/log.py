"""The log's lines about runs: one where a run begins, one where it ends."""

import logging

from django.utils import translation
from django.utils.text import capfirst

from ..models import Run

logger = logging.getLogger(__name__)


def began(run: Run) -> None:
    logger.info("%s began.", _name(run))


def ended(model: type[Run], run_id: int) -> None:
    """Say what came of a run; reads its row again, as its end has only just been written."""
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
    why = " ".join(str(each) for each in (run.reason, run.error_code) if each)
    return f"{run.status} ({why})" if why else run.status
