"""An EditRun as a kind of run: its steps, one after the other, as the engine's stages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from pyroaring import BitMap64

from ..models import EditChunk, EditRun, EditStep, Run, Tag
from ..rows.backdating import backdate_changes
from ..rows.bitmaps import pack
from ..rows.clock import db_now
from ..runs.lease import Claim
from ..runs.stage import Kind, Outcome, Stage
from ..wechat.client import Client
from ..wechat.decoding import TagInfo
from ..wechat.errors import WeChatError
from .change import kind_of
from .reasons import REASONS


@dataclass(frozen=True)
class StepResponse:
    """WeChat's answer to what a step has sent.

    tag: created, or there already (`existed`). error: it cannot be done to the tag. gone: the tag
    that followers were to have is not there. skip: why nothing is done (skip_words).
    """

    tag: TagInfo | None = None
    existed: bool = False
    error: WeChatError | None = None
    gone: bool = False
    skip: str = ""


def add_chunk(
    step: EditStep, number: int, outcome: str, ids: BitMap64, at: datetime, **why: Any
) -> int:
    """Store an outcome; returns how many it counts for. No ids: the tag itself was meant."""
    count = len(ids) or 1
    EditChunk.objects.create(
        step=step,
        number=number,
        outcome=outcome,
        count=count,
        rows=pack(ids),
        first_row=ids.min() if ids else 0,
        last_row=ids.max() if ids else 0,
        stored_at=at,
        **why,
    )
    return count


class StepStage:
    """Says what came of whom; the run's counters are written with the commit."""

    def __init__(self, step: EditStep, client: Client) -> None:
        self.step, self.client, self.run = step, client, step.run
        last = step.chunks.aggregate(last=Max("number"))["last"]
        self._number = 0 if last is None else last + 1

    @property
    def tag(self) -> Tag | None:
        return self.step.tag

    def close(self) -> None:
        """Nothing is open."""

    def settle(self, outcome: str, ids: BitMap64, **why: Any) -> None:
        """Write one outcome and count it. No ids: the tag itself was meant."""
        now = db_now()
        if EditChunk.objects.filter(stored_at__gt=now).exists():
            backdate_changes(self.run.account_id, now)
        count = add_chunk(self.step, self._number, outcome, ids, now, **why)
        self._number += 1
        setattr(self.run, outcome, getattr(self.run, outcome) + count)

    def fail(self, error: WeChatError, ids: Iterable[int] = ()) -> None:
        why = {"reason": error.kind, "error_code": error.code, "error_params": error.params}
        self.settle(EditChunk.Outcome.FAILED, BitMap64(ids), **why)


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
