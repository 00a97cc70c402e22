"""API usage of an account: today's calls, and the remaining quota.

Days are those of Beijing, where WeChat's daily quotas are assumed to be reset at midnight.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from ..models import ApiUsage, OfficialAccount
from ..rows.clock import db_now
from ..wechat import paths
from ..wechat.errors import BEIJING, Explanation, WeChatError, explain
from ..wechat.function_names import function_name
from ..wechat.limits import MAX_OPENIDS_PER_PAGE, PUBLISHED_DAILY_LIMITS
from .client import client_for

__all__ = ["function_name"]

LISTING_PATH = paths.USER_GET
# A quarter of the 2,000 that WeChat gives out in a day.
MAX_TOKENS_FOR_TESTS = 500


def beijing_today() -> date:
    """The date in Beijing, by the database's clock."""
    return beijing_day(db_now())


def beijing_day(at: datetime) -> date:
    """The day against whose quotas calls made at that time count."""
    return at.astimezone(BEIJING).date()


def is_today(at: datetime) -> bool:
    """Whether calls made at that time count against today's quotas."""
    return beijing_day(at) == beijing_today()


def record_calls(account_id: int, calls: Mapping[str, int]) -> None:
    """Add calls by path to the account's usage, with one small statement for each path."""
    for path, number in calls.items():
        key: dict[str, Any] = {"account_id": account_id, "day": beijing_today(), "path": path}
        # A sync's commit may hold the lock; the lock timeout is only set within a transaction.
        with transaction.atomic(savepoint=False):
            if ApiUsage.objects.filter(**key).update(calls=F("calls") + number):
                continue
            row, created = ApiUsage.objects.get_or_create(**key, defaults={"calls": number})
            if not created:
                ApiUsage.objects.filter(pk=row.pk).update(calls=F("calls") + number)


def move_future_calls_to_today(account_id: int) -> None:
    """Count calls as today's that were recorded for future days while the clock was ahead."""
    for row in ApiUsage.objects.filter(account=account_id, day__gt=beijing_today()):
        # If two processes do this at once, only one deletes the row.
        deleted, _models = row.delete()
        if deleted:
            record_calls(account_id, {row.path: row.calls})


@dataclass(frozen=True)
class Quota:
    """Today's quota of one path; `is_reported`: by WeChat, otherwise the published default."""

    path: str
    used: int
    limit: int
    is_reported: bool

    @property
    def left(self) -> int:
        return max(self.limit - self.used, 0)


@dataclass(frozen=True)
class CallsToday:
    """`used`: calls by path. `quotas`: by path, for all paths with a limit."""

    used: dict[str, int]
    quotas: dict[str, Quota]


def calls_today(account: OfficialAccount) -> CallsToday:
    """All of the account's calls and quotas, in one query."""
    return calls_of([account.pk], beijing_today())[account.pk]


def calls_of(account_ids: Collection[int], day: date) -> dict[int, CallsToday]:
    """The same for several accounts, in one query. day: today in Beijing."""
    # A limit that WeChat reported on an earlier day still applies; the calls of that day do not.
    rows = ApiUsage.objects.filter(
        Q(day=day) | Q(daily_limit__isnull=False), account__in=account_ids
    )
    used: dict[int, dict[str, int]] = {pk: {} for pk in account_ids}
    reported: dict[int, dict[str, int]] = {pk: {} for pk in account_ids}
    for row in rows.order_by("day"):
        if row.day == day:
            used[row.account_id][row.path] = row.calls + row.used_elsewhere
        if row.daily_limit is not None:
            reported[row.account_id][row.path] = row.daily_limit
    return {pk: _calls(used[pk], reported[pk]) for pk in account_ids}


def _calls(used: dict[str, int], reported: dict[str, int]) -> CallsToday:
    limits = PUBLISHED_DAILY_LIMITS | {path: limit for path, limit in reported.items() if limit}
    quotas = {
        path: Quota(path, used.get(path, 0), limit, is_reported=path in reported)
        for path, limit in limits.items()
    }
    return CallsToday(used, quotas)


def quota_for(account: OfficialAccount, path: str) -> Quota | None:
    """Today's quota of one path; None where no limit is known."""
    return calls_today(account).quotas.get(path)


def may_test_connection(account: OfficialAccount) -> bool:
    """Whether a connection test may request a token: the daily quota of tokens is limited.

    Tests do not use the shared token, and without tokens, no other call can be made today.
    """
    rows = ApiUsage.objects.filter(account=account, day=beijing_today(), path=paths.STABLE_TOKEN)
    return sum(rows.values_list("calls", flat=True)) < MAX_TOKENS_FOR_TESTS


def calls_needed(followers: int) -> int:
    """Number of calls to list all followers: one for each page, and one for the empty last page."""
    return ceil(followers / MAX_OPENIDS_PER_PAGE) + 1


def fetch_quota(account: OfficialAccount) -> Explanation | None:
    """Store the quota of the follower list as reported by WeChat; returns why WeChat refused."""
    try:
        with client_for(account) as client:
            try:
                answer = client.quota_get(LISTING_PATH)
            finally:
                # Refused calls count, too.
                record_calls(account.pk, client.take_calls())
    except WeChatError as error:
        return explain(error.code, error.kind, error.params)
    day = beijing_today()
    row, _created = ApiUsage.objects.get_or_create(account=account, day=day, path=LISTING_PATH)
    row.daily_limit, row.used_elsewhere = answer.daily_limit, max(answer.used - row.calls, 0)
    row.save(update_fields=["daily_limit", "used_elsewhere"])
    return None
