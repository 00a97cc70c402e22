"""Whole requests for the follower list while another process lists everybody for the first time.

Answers the seconds of the requests that were made before that process ended.
"""

import os
import subprocess
import sys
import time

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse


def run(followers: int) -> list[float]:
    user = User.objects.create_superuser("benchmark")
    browser = Client(headers={"host": "localhost"})
    browser.force_login(user)
    address = reverse("admin:followers_follower_changelist")
    browser.get(address)
    syncing = [sys.executable, "-m", "tests.benchmarks.jobs", "sync", str(followers)]
    seconds = []
    with subprocess.Popen(syncing, env=os.environ, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            began = time.perf_counter()
            answer = browser.get(address)
            seconds.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.status_code
    assert process.returncode == 0, process.returncode
    return seconds
