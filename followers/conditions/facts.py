"""What conditions are made of, each read once: several kinds ask for the same."""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ..models import EditRun, OfficialAccount, Run, SyncRun, Worker
from ..rows.clock import db_now
from ..runs import heartbeat

Status = Run.Status
CHANGES_SHOWN_FOR = timedelta(days=7)


class Facts:
    """Of the accounts of a query.

    rows: the same accounts, now: the database's time, where they have been read already. shown:
    other syncs of theirs that the page shows, read together with those of `syncs`.
    """

    def __init__(
        self,
        query: QuerySet[OfficialAccount],
        rows: list[OfficialAccount] | None = None,
        now: datetime | None = None,
        shown: QuerySet[SyncRun] | None = None,
    ) -> None:
        self.query, self._shown = query, shown
        if rows is not None:
            self.accounts = rows
        if now is not None:
            self.now = now

    @cached_property
    def accounts(self) -> list[OfficialAccount]:
        return list(self.query)

    @cached_property
    def now(self) -> datetime:
        return db_now()

    @cached_property
    def workers(self) -> list[Worker]:
        """Those that are alive."""
        return heartbeat.workers_alive()

    @cached_property
    def syncs(self) -> list[Any]:
        """Those that run, or wait for a person or for WeChat, of each account the newest one and
        the newest that has ended by itself, and `shown`; as `_with_first_failure` has them.
        """
        active = SyncRun.objects.filter(
            status__in=(Status.RUNNING, Status.REVIEW, Status.WAITING),
            account__in=self.query.order_by(),
        )
        parts: list[QuerySet[Any, Any]] = [
            self._newest(),
            self._newest(Status.SUCCEEDED, Status.FAILED),
        ]
        if self._shown is not None:
            # SQLite allows an order and a limit in a query within a part of a union, not in a part.
            shown = SyncRun.objects.filter(pk__in=self._shown.values("pk"))
            parts.append(shown.order_by().values("pk"))
        ids = active.order_by().values("pk").union(*parts)
        runs = _with_first_failure(SyncRun.objects.filter(pk__in=ids))
        return list(runs.select_related("account", "requested_by").order_by("account__name", "pk"))

    @cached_property
    def newest_syncs(self) -> dict[int, SyncRun]:
        """By account, if it has any."""
        return {run.account_id: run for run in sorted(self.syncs, key=lambda run: run.pk)}

    @cached_property
    def changes(self) -> list[EditRun]:
        """Those that run or wait, and those of the last days that failed for some or all followers
        and were neither retried nor undone; the newest first.
        """
        active = Q(status__in=(Status.RUNNING, Status.WAITING))
        failed = Q(status=Status.FAILED) | Q(status=Status.SUCCEEDED, failed__gt=0)
        recent = Q(finished_at__gte=self.now - CHANGES_SHOWN_FOR, retried_by=None, undone_by=None)
        runs = EditRun.objects.filter(active | (failed & recent), account__in=self.query.order_by())
        return list(runs.select_related("account").order_by("-pk"))

    def _newest(self, *statuses: Status) -> QuerySet[OfficialAccount, Any]:
        """The ids of the newest run of each account, or of its newest with one of these."""
        runs = SyncRun.objects.filter(account=OuterRef("pk")).order_by("-pk")
        if statuses:
            runs = runs.filter(status__in=statuses)
        found = OfficialAccount.objects.filter(pk__in=self.query.order_by().values("pk"))
        return found.order_by().annotate(newest=Subquery(runs.values("pk")[:1])).values("newest")


def _with_first_failure(runs: QuerySet[SyncRun]) -> QuerySet[SyncRun]:
    """first, first_at: the first failure since the last success. is_retried: one is on its way."""
    of_account = SyncRun.objects.filter(account=OuterRef("account"))
    succeeded = of_account.filter(status=Status.SUCCEEDED).order_by("-pk")
    last_success = Coalesce(Subquery(succeeded.values("pk")[:1]), 0)
    failed = of_account.filter(status=Status.FAILED, pk__gt=OuterRef("last_success")).order_by("pk")
    return runs.annotate(last_success=last_success).annotate(
        first=Subquery(failed.values("pk")[:1]),
        first_at=Subquery(failed.values("finished_at")[:1]),
        is_retried=Exists(of_account.filter(status__in=Run.ACTIVE)),
    )
