"""An EditRun as a kind of run: its steps one after the other."""

from typing import Any

from ..models import EditChunk, EditRun, EditStep, Run
from ..runs.kinds import Kind
from ..runs.lease import Claim
from ..runs.stage import Outcome, Stage
from ..wechat.client import Client
from . import follower_kinds, tag_kinds  # noqa: F401 (the kinds register themselves)
from .change import kind_of
from .reasons import REASONS


def _open(run: EditRun, client: Client) -> Stage:
    step = run.steps.exclude(status=EditStep.Status.DONE).earliest("position")
    step.run = run
    return kind_of(step.action).open(step, client)


def _end_step(claim: Claim[EditRun], outcome: Outcome) -> None:
    run = claim.run
    step = run.steps.exclude(status=EditStep.Status.DONE).earliest("position")
    step.status = EditStep.Status.DONE
    step.save(update_fields=["status"])
    if run.steps.exclude(status=EditStep.Status.DONE).exists():
        claim.hand_over()
    elif run.failed and not run.done:
        claim.end(Run.Status.FAILED, **_why(run))
    else:
        claim.end(Run.Status.SUCCEEDED)


def _why(run: EditRun) -> dict[str, Any]:
    """Nothing of it could be done: the reason is the run's."""
    failed = EditChunk.objects.filter(step__run=run, outcome=EditChunk.Outcome.FAILED)
    last = failed.order_by("-pk")[0]
    return {name: getattr(last, name) for name in ("reason", "error_code", "error_params")}


CHANGE = Kind(EditRun, _open, _end_step, reasons=REASONS)
