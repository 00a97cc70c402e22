"""Conditions of syncs: failed, waiting for a person or for WeChat, not complete."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ..models import OfficialAccount, Run, SyncRun, SyncStage
from .condition import Condition, Kind

Accounts = QuerySet[OfficialAccount]
Status = Run.Status
# Stages that report followers left for the next sync.
LEAVES_OVER = (SyncStage.Name.LISTING, SyncStage.Name.DETAILS)


def sync_failed(accounts: Accounts) -> Iterator[Condition]:
    """The last sync that was not cancelled failed; the same until one has succeeded.

    However many fail in a row, it is one condition, which began with the first of them.
    """
    of_account = SyncRun.objects.filter(account=OuterRef("account"))
    succeeded = of_account.filter(status=Status.SUCCEEDED).order_by("-pk")
    last_success = Coalesce(Subquery(succeeded.values("pk")[:1]), 0)
    first_failed = of_account.filter(status=Status.FAILED, pk__gt=OuterRef("last_success"))
    first_failed = first_failed.order_by("pk")
    runs = SyncRun.objects.filter(
        pk__in=_latest(accounts, Status.SUCCEEDED, Status.FAILED), status=Status.FAILED
    )
    runs = runs.annotate(last_success=last_success).annotate(
        first=Subquery(first_failed.values("pk")[:1]),
        first_at=Subquery(first_failed.values("finished_at")[:1]),
        is_retried=Exists(of_account.filter(status__in=Run.ACTIVE)),
    )
    for run in runs.select_related("account").order_by("account__name", "pk"):
        yield Condition(
            Kind.SYNC_FAILED,
            f"run {run.first}",
            run.first_at or run.created_at,
            run.account,
            run,
            is_being_retried=run.is_retried,
        )


def sync_review(accounts: Accounts) -> Iterator[Condition]:
    """The result looks wrong, and a person decides."""
    runs = SyncRun.objects.filter(status=Status.REVIEW, account__in=accounts)
    for run in runs.select_related("account"):
        since = run.finished_at or run.created_at
        yield Condition(Kind.SYNC_REVIEW, f"run {run.pk}", since, run.account, run)


def sync_waiting(accounts: Accounts) -> Iterator[Condition]:
    """WeChat does not answer, or the calls of the day are used up."""
    runs = SyncRun.objects.filter(status=Status.WAITING, account__in=accounts)
    for run in runs.select_related("account").order_by("pk"):
        since = run.progressed_at or run.created_at
        yield Condition(Kind.SYNC_WAITING, f"run {run.pk}", since, run.account, run)


def sync_incomplete(accounts: Accounts) -> Iterator[Condition]:
    """The latest sync has succeeded and left something for the next one."""
    runs = SyncRun.objects.filter(pk__in=_latest(accounts), status=Status.SUCCEEDED)
    stages = SyncStage.objects.filter(run__in=runs, name__in=LEAVES_OVER)
    stages = stages.select_related("run__account").order_by("-run", "position")
    for stage in stages:
        run = stage.run
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


def _latest(accounts: Accounts, *statuses: Status) -> QuerySet[OfficialAccount, Any]:
    """The ids of the newest run of each account, or of its newest with one of these statuses."""
    runs = SyncRun.objects.filter(account=OuterRef("pk")).order_by("-pk")
    if statuses:
        runs = runs.filter(status__in=statuses)
    found = OfficialAccount.objects.filter(pk__in=accounts.order_by().values("pk"))
    return found.order_by().annotate(latest=Subquery(runs.values("pk")[:1])).values("latest")
