"""The profiles of all followers, once their list is known; only the profiles are timed."""

import io
import json
import os
import time
from typing import Any

from django.core.management import call_command

from followers.models import OfficialAccount, SyncStage
from followers.sync import engine


def run(followers: int) -> float:
    account = OfficialAccount.objects.get(app_id=os.environ["APP_ID"])
    assert _sync(account, SyncStage.Name.LISTING)["fetched"] == followers
    began = time.perf_counter()
    result = _sync(account, SyncStage.Name.DETAILS)
    seconds = time.perf_counter() - began
    # A sync that left some out would look fast.
    assert result["outstanding"] == 0, result
    assert not account.follower_set.filter(details_synced_at=None).exists()
    return seconds


def _sync(account: OfficialAccount, stage: str) -> dict[str, Any]:
    answer = io.StringIO()
    engine.start(account, stages=[stage], enqueue=False)
    call_command("sync_followers", account.app_id, "--json", stdout=answer)
    result: dict[str, Any] = json.loads(answer.getvalue())
    assert result["status"] == "succeeded", result
    return result
