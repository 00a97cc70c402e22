"""Changes of an installation's followers: people who confirm them, and what came of them."""

import json
import subprocess
import sys
from collections.abc import Collection
from typing import Any, Self

from .installation import Installation
from .stack import ROOT

TAGGING = "/cgi-bin/tags/members/batchtagging"

# What the confirmation page does, without a browser.
CONFIRM = """
import json, sys
import django
django.setup()
from followers.changes.change import Change
from followers.changes.record import record
from followers.models import Follower, OfficialAccount
account = OfficialAccount.objects.get()
print("ready", flush=True)
for line in sys.stdin:
    click = json.loads(line)
    people = Follower.objects.filter(subscribed=True)
    if click["openids"] is not None:
        people = people.filter(openid__in=click["openids"])
    change = Change(click["action"], tag=account.tags.get(wechat_id=click["tag"]))
    print(record(account, people, change, user=None, selection="some").pk, flush=True)
"""

# What the run's page offers for download, as a browser gets it.
EXPORTS = """
import csv, io, json
from django.contrib.auth.models import User
from django.test import Client
client = Client(headers={{"host": "localhost"}})
client.force_login(User.objects.create_superuser("auditor"))
found = {{}}
for outcome in ("done", "skipped", "failed"):
    answer = client.get("/admin/followers/editrun/{run}/people/" + outcome + "/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    found[outcome] = [row[0] for row in csv.reader(io.StringIO(text))][1:]
print(json.dumps(found))
"""


class Marketer:
    """Somebody at a browser, in a process of their own; ends with the context."""

    def __init__(self, installation: Installation) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CONFIRM],
            cwd=ROOT,
            env={**installation.environment, "DJANGO_SETTINGS_MODULE": "wxadmin.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.communicate()

    def click(self, action: str, tag: int, openids: Collection[str] | None = None) -> None:
        """Confirm a change of these followers, or of all, and do not wait until it is recorded."""
        assert self.process.stdin is not None
        chosen = None if openids is None else sorted(openids)
        order = {"action": action, "tag": tag, "openids": chosen}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def recorded(self) -> int:
        """The run of the oldest click that was not asked about yet."""
        return int(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


def edits(installation: Installation, columns: str) -> list[Any]:
    """These columns of every change, the oldest first."""
    return installation.database.query(f"SELECT {columns} FROM followers_editrun ORDER BY id")


def are_over(installation: Installation) -> bool:
    active = {"queued", "running", "waiting"}
    return not active & {status for (status,) in edits(installation, "status")}


def tags(installation: Installation) -> dict[int, set[str]]:
    """Who has which tag, as far as the database knows; tags that nobody has are left out."""
    found: dict[int, set[str]] = {}
    pairs = installation.database.query(
        "SELECT tag.wechat_id, follower.openid FROM followers_followertag AS pair"
        " JOIN followers_tag AS tag ON tag.id = pair.tag_id"
        " JOIN followers_follower AS follower ON follower.id = pair.follower_id"
    )
    for number, openid in pairs:
        found.setdefault(number, set()).add(openid)
    return found


def tags_there(installation: Installation) -> dict[int, set[str]]:
    """The same as the sandbox's own record has it."""
    truth = installation.sandbox.tags()
    return {number: set(tag.openids) for number, tag in truth.items() if tag.openids}


def exports(installation: Installation, run: int) -> dict[str, list[str]]:
    """The openids in the CSV of each outcome of a change."""
    code = EXPORTS.format(run=run)
    found: dict[str, list[str]] = json.loads(installation.manage("shell", "-v0", "-c", code))
    return found


def calls(installation: Installation, path: str = TAGGING) -> int:
    return int(installation.sandbox.state["calls"].get(path, 0))


def most_tag_writes(installation: Installation) -> int:
    """How many changes of tags the account has ever had under way at one moment."""
    return int(installation.sandbox.state["most_tag_writes"])
