"""`manage.py sync_followers`, as a person runs it, for the follower list alone."""

import io
import json
import os
import time

from django.core.management import call_command

from followers.models import OfficialAccount, SyncStage
from followers.sync import engine


def run(followers: int) -> float:
    answer = io.StringIO()
    began = time.perf_counter()
    # The command goes on with the run that it finds; profiles are 100 in a call, and not measured.
    account = OfficialAccount.objects.get(app_id=os.environ["APP_ID"])
    engine.start(account, stages=[SyncStage.Name.LISTING], enqueue=False)
    call_command("sync_followers", account.app_id, "--json", stdout=answer)
    seconds = time.perf_counter() - began
    result = json.loads(answer.getvalue())
    # A sync that stopped early would look fast.
    assert (result["status"], result["fetched"]) == ("succeeded", followers), result
    return seconds
