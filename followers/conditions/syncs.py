"""Conditions of syncs: failed, waiting for a person or for WeChat, not complete."""

from collections.abc import Iterator
from operator import attrgetter

from ..models import Run, SyncStage
from .condition import Condition, Kind
from .facts import Facts

Status = Run.Status
# Stages that report followers left for the next sync.
LEAVES_OVER = (SyncStage.Name.LISTING, SyncStage.Name.DETAILS)


def sync_failed(facts: Facts) -> Iterator[Condition]:
    """The last sync that was not cancelled failed; the same until one has succeeded.

    However many fail in a row, it is one condition, which began with the first of them.
    """
    ended = [run for run in facts.syncs if run.status in (Status.SUCCEEDED, Status.FAILED)]
    newest = {run.account_id: run for run in sorted(ended, key=attrgetter("pk"))}
    for run in ended:
        if run.status == Status.FAILED and run == newest[run.account_id]:
            yield Condition(
                Kind.SYNC_FAILED,
                f"run {run.first}",
                run.first_at or run.created_at,
                run.account,
                run,
                is_being_retried=run.is_retried,
            )


def sync_review(facts: Facts) -> Iterator[Condition]:
    """The result looks wrong, and a person decides."""
    for run in sorted(facts.syncs, key=attrgetter("pk"), reverse=True):
        if run.status == Status.REVIEW:
            since = run.finished_at or run.created_at
            yield Condition(Kind.SYNC_REVIEW, f"run {run.pk}", since, run.account, run)


def sync_waiting(facts: Facts) -> Iterator[Condition]:
    """WeChat does not answer, or the calls of the day are used up."""
    for run in sorted(facts.syncs, key=attrgetter("pk")):
        if run.status == Status.WAITING:
            since = run.progressed_at or run.created_at
            yield Condition(Kind.SYNC_WAITING, f"run {run.pk}", since, run.account, run)


def sync_incomplete(facts: Facts) -> Iterator[Condition]:
    """The latest sync has succeeded and left something for the next one."""
    newest = facts.newest_syncs.values()
    runs = {run.pk: run for run in newest if run.status == Status.SUCCEEDED}
    stages = SyncStage.objects.filter(run__in=runs, name__in=LEAVES_OVER) if runs else ()
    for stage in sorted(stages, key=lambda stage: (-stage.run_id, stage.position)):
        run = stage.run = runs[stage.run_id]
        if not _leaves_over(stage):
            continue
        since = run.finished_at or run.created_at
        name = f"run {run.pk} {stage.name}"
        yield Condition(Kind.SYNC_INCOMPLETE, name, since, run.account, run, stage)


def _leaves_over(stage: SyncStage) -> bool:
    if stage.name == SyncStage.Name.DETAILS:
        return stage.run.outstanding > 0
    # sync.state.ListingState
    return bool(stage.state.get("unconfirmed"))
