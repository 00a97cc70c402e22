"""What several jobs do: some stages of a sync in this process, as the command runs them."""

import io
import json
from typing import Any

from django.core.management import call_command

from followers.models import OfficialAccount
from followers.sync import syncs


def sync(account: OfficialAccount, stage: str) -> dict[str, Any]:
    """One stage alone; the command goes on with the run that it finds."""
    answer = io.StringIO()
    syncs.start(account, stages=[stage], enqueue=False)
    call_command("sync_followers", account.app_id, "--json", stdout=answer)
    result: dict[str, Any] = json.loads(answer.getvalue())
    assert result["status"] == "succeeded", result
    return result
