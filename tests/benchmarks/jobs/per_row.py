"""wechatpy and `update_or_create` for each follower."""

import time

from django.utils import timezone

from followers.models import Follower, OfficialAccount

from .usual import openids


def run(followers: int) -> float:
    account = OfficialAccount.objects.get()
    began = time.perf_counter()
    for openid in openids():
        now = timezone.now()
        Follower.objects.update_or_create(
            account=account,
            openid=openid,
            defaults={"subscribed": True, "status_as_of": now},
            create_defaults={"subscribed": True, "status_as_of": now, "first_seen_at": now},
        )
    seconds = time.perf_counter() - began
    assert Follower.objects.count() == followers
    return seconds
