"""The profiles of all followers, once their list is known; only the profiles are timed."""

import os
import time

from followers.models import OfficialAccount, SyncStage

from .syncing import sync


def run(followers: int) -> float:
    account = OfficialAccount.objects.get(app_id=os.environ["APP_ID"])
    assert sync(account, SyncStage.Name.LISTING)["fetched"] == followers
    began = time.perf_counter()
    result = sync(account, SyncStage.Name.DETAILS)
    seconds = time.perf_counter() - began
    # A sync that left some out would look fast.
    assert result["outstanding"] == 0, result
    assert not account.follower_set.filter(details_synced_at=None).exists()
    return seconds
