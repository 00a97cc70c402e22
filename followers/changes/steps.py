"""Changes as a kind of run: the steps of an EditRun are the engine's stages."""

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
from ..runs.stage import Outcome, RunKind, Stage
from ..wechat.client import Client
from ..wechat.decoding import TagInfo
from ..wechat.errors import WeChatError
from .change import kind_of
from .reasons import REASONS


@dataclass(frozen=True)
class StepResponse:
    """What was fetched for a step.

    tag: created, or already there (`existed`). error: WeChat refuses the change of the tag.
    is_tag_gone: the tag to add or remove does not exist. skip_reason: see skip_reason_texts.
    """

    tag: TagInfo | None = None
    existed: bool = False
    error: WeChatError | None = None
    is_tag_gone: bool = False
    skip_reason: str = ""


def add_chunk(
    step: EditStep, number: int, outcome: str, ids: BitMap64, at: datetime, **values: Any
) -> int:
    """Store an outcome; returns its count. No ids: the change was of the tag itself, count 1."""
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
        **values,
    )
    return count


class StepStage:
    """Base of the stages: stores outcomes. The run's counters are written with the commit."""

    def __init__(self, step: EditStep, client: Client) -> None:
        self.step, self.client, self.run = step, client, step.run
        last = step.chunks.aggregate(last=Max("number"))["last"]
        self._number = 0 if last is None else last + 1

    @property
    def tag(self) -> Tag | None:
        return self.step.tag

    def close(self) -> None:
        """Nothing is open."""

    def record_outcome(self, outcome: str, ids: BitMap64, **values: Any) -> None:
        """Store one outcome and count it. No ids: the change was of the tag itself."""
        now = db_now()
        if EditChunk.objects.filter(stored_at__gt=now).exists():
            backdate_changes(self.run.account_id, now)
        count = add_chunk(self.step, self._number, outcome, ids, now, **values)
        self._number += 1
        setattr(self.run, outcome, getattr(self.run, outcome) + count)

    def record_failure(self, error: WeChatError, ids: Iterable[int] = ()) -> None:
        reason = {"reason": error.kind, "error_code": error.code, "error_params": error.params}
        self.record_outcome(EditChunk.Outcome.FAILED, BitMap64(ids), **reason)


def _open_stage(run: EditRun, client: Client) -> Stage:
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
        # Nothing could be done, so the reason of the last failure becomes the run's.
        failed = EditChunk.objects.filter(step__run=run, outcome=EditChunk.Outcome.FAILED)
        reason = failed.order_by("-pk").values("reason", "error_code", "error_params")[0]
        claim.end(Run.Status.FAILED, **reason)
    else:
        claim.end(Run.Status.SUCCEEDED)


CHANGE_KIND = RunKind(EditRun, _open_stage, _end_step, reasons=REASONS)
