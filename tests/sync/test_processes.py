"""Several processes at the same instant."""

import os
import subprocess
import sys
from contextlib import ExitStack

from django.db import connection

from followers.models import SyncRun

from ..stack import ROOT

CLICK = """
import sys
import django
django.setup()
from followers.models import OfficialAccount
from followers.sync import syncs
account = OfficialAccount.objects.get()
print("ready", flush=True)
sys.stdin.readline()
run, created = syncs.start(account)
print(run.pk, created)
"""


def database_url():
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    place = f"{values['HOST']}:{values['PORT'] or 5432}"
    return f"postgres://{values['USER']}{password}@{place}/{values['NAME']}"


def clicker():
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    environment |= {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "wxadmin.settings"}
    return subprocess.Popen(
        [sys.executable, "-c", CLICK],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_five_syncs_requested_at_once_are_one_run(transactional_db, account):
    with ExitStack() as stack:
        clickers = [stack.enter_context(clicker()) for _ in range(5)]
        assert [each.stdout.readline() for each in clickers] == ["ready\n"] * 5
        for each in clickers:
            each.stdin.write("now\n")
            each.stdin.flush()
        answers = [each.stdout.readline().split() for each in clickers]
    run = SyncRun.objects.get()
    assert sorted(answers) == [[str(run.pk), "False"]] * 4 + [[str(run.pk), "True"]]
