"""`manage.py sync_followers`, as a person runs it."""

import io
import json
import os
import time

from django.core.management import call_command


def run(followers: int) -> float:
    answer = io.StringIO()
    began = time.perf_counter()
    call_command("sync_followers", os.environ["APP_ID"], "--json", stdout=answer)
    seconds = time.perf_counter() - began
    result = json.loads(answer.getvalue())
    # A sync that stopped early would look fast.
    assert (result["status"], result["fetched"]) == ("succeeded", followers), result
    return seconds
