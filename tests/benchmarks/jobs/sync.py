"""`manage.py sync_followers`, as a person runs it, for the follower list alone."""

import os
import time

from followers.models import OfficialAccount, SyncStage

from .syncing import sync


def run(followers: int) -> float:
    began = time.perf_counter()
    # Profiles are 100 in a call, and not measured.
    account = OfficialAccount.objects.get(app_id=os.environ["APP_ID"])
    result = sync(account, SyncStage.Name.LISTING)
    seconds = time.perf_counter() - began
    # A sync that stopped early would look fast.
    assert result["fetched"] == followers, result
    return seconds
