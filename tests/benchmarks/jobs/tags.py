"""The followers of each tag, once their list is known, and once more when nothing has changed."""

import os
import time

from django.db.models import Sum

from followers.models import ApiUsage, FollowerTag, OfficialAccount, SyncStage

from .syncing import sync

PATHS = ["/cgi-bin/tags/get", "/cgi-bin/user/tag/get"]


def run(followers: int) -> dict[str, float]:
    account = OfficialAccount.objects.get(app_id=os.environ["APP_ID"])
    assert sync(account, SyncStage.Name.LISTING)["fetched"] == followers
    first, calls = _timed(account)
    again, more = _timed(account)
    assert calls == more, (calls, more)
    return {
        "first": first,
        "again": again,
        "calls": calls,
        "memberships": FollowerTag.objects.count(),
    }


def _timed(account: OfficialAccount) -> tuple[float, int]:
    before = _calls(account)
    began = time.perf_counter()
    sync(account, SyncStage.Name.TAGS)
    return time.perf_counter() - began, _calls(account) - before


def _calls(account: OfficialAccount) -> int:
    used = ApiUsage.objects.filter(account=account, path__in=PATHS)
    return used.aggregate(total=Sum("calls"))["total"] or 0
