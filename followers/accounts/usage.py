"""How many calls an account has made today, how many are left, and whether a sync will fit.

Counters start again at midnight in Beijing, as WeChat's daily quotas are assumed to.
"""

from collections.abc import Mapping
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


def today() -> date:
    """The day in Beijing, by the database's clock."""
    return db_now().astimezone(BEIJING).date()


def counts_today(moment: datetime) -> bool:
    """Whether the calls of that moment count against today's quotas."""
    return moment.astimezone(BEIJING).date() == today()


def record_calls(account_id: int, calls: Mapping[str, int]) -> None:
    """Add calls by path to the account's books; one small statement for each path."""
    for path, number in calls.items():
        key = {"account_id": account_id, "day": today(), "path": path}
        # The limit on waiting for a lock, which a sync's commit may hold, needs a transaction.
        with transaction.atomic(savepoint=False):
            _add(key, number)


def _add(key: dict[str, Any], number: int) -> None:
    if not ApiUsage.objects.filter(**key).update(calls=F("calls") + number):
        row, created = ApiUsage.objects.get_or_create(**key, defaults={"calls": number})
        if not created:
            ApiUsage.objects.filter(pk=row.pk).update(calls=F("calls") + number)


def rebook_future_calls(account_id: int) -> None:
    """Calls that a clock which was ahead has booked on days to come were made today."""
    for row in ApiUsage.objects.filter(account=account_id, day__gt=today()):
        # Of two who do this at once, one finds the row.
        found, _models = row.delete()
        if found:
            record_calls(account_id, {row.path: row.calls})


@dataclass(frozen=True)
class Quota:
    """One path today; `asked`: these are WeChat's own numbers, not the published default."""

    path: str
    used: int
    limit: int
    asked: bool

    @property
    def left(self) -> int:
        return max(self.limit - self.used, 0)


@dataclass(frozen=True)
class CallsToday:
    """used: calls by path, of any path. quotas: those of paths with a limit, used or not."""

    used: dict[str, int]
    quotas: dict[str, Quota]


def calls_today(account: OfficialAccount) -> CallsToday:
    """All of the account's calls and quotas, in one query."""
    day = today()
    used: dict[str, int] = {}
    told: dict[str, int] = {}
    # A limit that WeChat told on an earlier day still holds; what others used then does not.
    rows = ApiUsage.objects.filter(Q(day=day) | Q(daily_limit__isnull=False), account=account)
    for row in rows.order_by("day"):
        if row.day == day:
            used[row.path] = row.calls + row.used_elsewhere
        if row.daily_limit is not None:
            told[row.path] = row.daily_limit
    limits = PUBLISHED_DAILY_LIMITS | {path: limit for path, limit in told.items() if limit}
    quotas = {
        path: Quota(path, used.get(path, 0), limit, asked=path in told)
        for path, limit in limits.items()
    }
    return CallsToday(used, quotas)


def known_quota(account: OfficialAccount, path: str) -> Quota | None:
    """Of one path; None where neither WeChat nor its documentation has told a limit."""
    return calls_today(account).quotas.get(path)


def may_test(account: OfficialAccount) -> bool:
    """Whether so few tokens were asked for today that a test of the connection may take one more.

    Tests ask for tokens of their own, and without tokens nothing else can be asked today.
    """
    rows = ApiUsage.objects.filter(account=account, day=today(), path=paths.STABLE_TOKEN)
    return sum(rows.values_list("calls", flat=True)) < MAX_TOKENS_FOR_TESTS


def calls_needed(followers: int) -> int:
    """Calls for a whole walk: one for each page, and one that finds the end."""
    return ceil(followers / MAX_OPENIDS_PER_PAGE) + 1


def ask_quota(account: OfficialAccount) -> Explanation | None:
    """Ask WeChat for limit and use, and note them; returns the reason in words where it refuses."""
    try:
        with client_for(account) as client:
            try:
                answer = client.quota_get(LISTING_PATH)
            finally:
                # A refused call counts as well.
                record_calls(account.pk, client.take_calls())
    except WeChatError as error:
        return explain(error.code, error.kind, error.params)
    row, _created = ApiUsage.objects.get_or_create(account=account, day=today(), path=LISTING_PATH)
    row.daily_limit, row.used_elsewhere = answer.daily_limit, max(answer.used - row.calls, 0)
    row.save(update_fields=["daily_limit", "used_elsewhere"])
    return None
