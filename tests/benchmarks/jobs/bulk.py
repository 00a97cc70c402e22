"""wechatpy and `bulk_create(update_conflicts=True)`, 10,000 at a time."""

import time
from itertools import islice

from django.utils import timezone

from followers.models import Follower, OfficialAccount
from tests.benchmarks.simulation import PAGE

from .usual import openids


def run(followers: int) -> float:
    account = OfficialAccount.objects.get()
    began = time.perf_counter()
    listed = openids()
    while page := list(islice(listed, PAGE)):
        now = timezone.now()
        Follower.objects.bulk_create(
            [
                Follower(account=account, openid=openid, first_seen_at=now, status_as_of=now)
                for openid in page
            ],
            update_conflicts=True,
            unique_fields=["account", "openid"],
            update_fields=["subscribed", "status_as_of"],
        )
    seconds = time.perf_counter() - began
    assert Follower.objects.count() == followers
    return seconds
