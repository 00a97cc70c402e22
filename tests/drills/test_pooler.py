"""The whole product behind a real PgBouncer that lends a server for one transaction at a time."""

import csv
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.changing import are_over, edits, tags, tags_there
from tests.installation import Installation, PostgreSQL
from tests.stack import ROOT, free_ports, wait_for

from .servers import Pooler
from .test_frozen import SHORT

pytestmark = [pytest.mark.drill, pytest.mark.worker]

FOLLOWERS, PAGE = 10_000, 1_000
SERVERS = 4
PASSWORD = "a-drill-s-own"
ACTIVE = {"queued", "running", "waiting"}
ADMIN = "/admin/followers"
EVERYTHING = {"index": "0", "select_across": "1", "_selected_action": "0"}
# Limits, and what a process needs to start.
LOCK, STANDSTILL, MARGIN = 5, 30, 10

# Ends itself where nothing limits its patience.
CANCEL = f"""
import signal, time
signal.alarm({STANDSTILL + LOCK})
from django.db import OperationalError
from followers.models import SyncRun
from followers.runs import engine
began = time.monotonic()
try:
    said = engine.cancel(SyncRun.objects.get())
except OperationalError as refused:
    said = type(refused.__cause__).__name__
print(said, time.monotonic() - began)
"""


# Unlike the server's, and asked in two transactions.
ZONES = """
from django.db import connection
for _ in range(2):
    with connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        print(*cursor.fetchone())
"""


@pytest.fixture(scope="module")
def pooler(server):
    # Beside the server's data, where the user that PgBouncer runs as may read.
    pooler = Pooler(server.data.parent, server.url, SERVERS)
    with pooler.running():
        yield pooler


@pytest.fixture
def installation(server, pooler, tmp_path) -> Iterator[Installation]:
    """Without Redis, so that the queue goes through the pooler as well."""
    database = PostgreSQL(server.url)
    database.change(f"ALTER DATABASE {database.name} SET timezone = 'Asia/Tokyo'")
    settings = {"DATABASE_URL": pooler.url(database.name), "REDIS_URL": ""}
    try:
        with Installation(tmp_path, database, **settings) as installation:
            installation.manage("migrate", "-v0")
            yield installation
    finally:
        database.drop()


class Browser:
    """Somebody at the web server, logged in."""

    def __init__(self, url: str) -> None:
        self.url, self.session = url, requests.Session()
        self.session.headers["accept-language"] = "en"
        self.get("/admin/login/")
        self.post("/admin/login/", username="boss", password=PASSWORD)

    def get(self, path: str) -> str:
        answer = self.session.get(self.url + path, timeout=60)
        assert answer.status_code == 200, (path, answer.text)
        return answer.content.decode("utf-8-sig")

    def post(self, path: str, **fields: object) -> str:
        fields["csrfmiddlewaretoken"] = self.session.cookies["csrftoken"]
        answer = self.session.post(self.url + path, fields, timeout=60)
        assert answer.status_code == 200, (path, answer.text)
        return answer.content.decode("utf-8-sig")


@contextmanager
def browser(installation: Installation) -> Iterator[Browser]:
    environment = installation.environment | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    installation.settings["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
    who = ("--username", "boss", "--email", "boss@example.com")
    installation.manage("createsuperuser", "--noinput", *who)
    (port,) = free_ports(1)
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port),
        "--workers", "2", "--blocking-threads", "4", "wxadmin.wsgi:application",
    ]  # fmt: skip
    web = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
        yield Browser(f"http://127.0.0.1:{port}")
    finally:
        web.terminate()
        web.wait()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=10).status_code == 200
    except requests.ConnectionError:
        return False


def openids(text: str) -> set[str]:
    """Of a CSV with a header."""
    header, *rows = csv.reader(io.StringIO(text))
    return {row[header.index("openid")] for row in rows}


def one(installation, table: str) -> int:
    return installation.database.query(f"SELECT max(id) FROM followers_{table}")[0][0]


def watched(browser: Browser, installation: Installation) -> str:
    """How the sync ended, which somebody looks at all the time."""
    page = f"{ADMIN}/syncrun/{one(installation, 'syncrun')}/change/"
    wait_for(lambda: browser.get(page) and installation.runs("status")[0][0] not in ACTIVE)
    return installation.runs("status")[0][0]


def tag_everybody(browser: Browser, installation: Installation) -> int:
    """Through the pages, as somebody clicks; the run's number."""
    tag = one(installation, "tag")
    form = {**EVERYTHING, "action": "edit_tag", "add_tag": tag}
    page = browser.post(f"{ADMIN}/follower/", step="preview", **form)
    nonce = re.search(r'name="nonce" value="([^"]+)"', page)
    assert nonce, page
    browser.post(f"{ADMIN}/follower/", step="start", nonce=nonce[1], **form)
    wait_for(lambda: edits(installation, "id") and are_over(installation))
    return one(installation, "editrun")


def look_around(browser: Browser, installation: Installation, run: int) -> None:
    """Every page that reads a large result, and those whose forms choose among rows."""
    account = one(installation, "officialaccount")
    browser.post(f"{ADMIN}/channel/add/", account=account, scene="s1", name="Door")
    for path in (
        "/admin/",
        *(f"{ADMIN}/{kind}/" for kind in ("follower", "channel", "tag", "syncrun", "editrun")),
        f"{ADMIN}/follower/{one(installation, 'follower')}/change/",
        f"{ADMIN}/channel/add/",
        f"{ADMIN}/channel/{one(installation, 'channel')}/change/",
        f"{ADMIN}/officialaccount/{account}/change/",
        f"{ADMIN}/syncrun/{one(installation, 'syncrun')}/change/",
        f"{ADMIN}/editrun/{run}/change/",
        "/admin/auth/user/add/",
    ):
        browser.get(path)


def test_from_the_first_migration_to_a_change_of_everybody(installation, pooler):
    sandbox = installation.start_sandbox(FOLLOWERS, page_size=PAGE, tags=5)
    installation.start_worker()
    with browser(installation) as person:
        installation.manage("sync_followers", sandbox.app_id, "--queue")
        assert watched(person, installation) == "succeeded", installation.log
        assert installation.followers() == sandbox.followers()
        assert tags(installation) == tags_there(installation)
        unread = "SELECT count(*) FROM followers_follower WHERE details_synced_at IS NULL"
        assert installation.database.query(unread) == [(0,)]

        everybody = person.post(f"{ADMIN}/follower/", action="export_csv", **EVERYTHING)
        assert openids(everybody) == sandbox.followers()

        run = tag_everybody(person, installation)
        ((status, done),) = edits(installation, "status, done")
        assert (status, tags(installation)) == ("succeeded", tags_there(installation))
        assert len(openids(person.get(f"{ADMIN}/editrun/{run}/people/done/"))) == done > 0
        look_around(person, installation, run)

    assert "does not exist" not in installation.log + pooler.log.read_text()
    assert installation.manage("shell", "-v0", "-c", ZONES).split() == ["UTC", "UTC"]
    servers = (
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        f" AND datname = '{installation.database.name}' AND pid <> pg_backend_pid()"
    )
    assert 0 < installation.database.query(servers)[0][0] <= SERVERS


@pytest.fixture
def frozen(installation, tmp_path):
    """A run whose worker froze in its fourth commit, with the run's row locked."""
    order = tmp_path / "freeze.order"
    installation.settings |= SHORT | {"SYNC_LEASE_SECONDS": 60, "FREEZE": order}
    installation.start_sandbox(FOLLOWERS, page_size=PAGE, latency=0.2)
    installation.start_worker()
    order.write_text("3 within")
    installation.sync()
    done = order.with_suffix(".done")
    wait_for(done.exists)
    yield int(done.read_text())
    os.kill(int(done.read_text()), signal.SIGCONT)


def cancel(installation):
    """What it came to, and after how many seconds."""
    said, seconds = installation.manage("shell", "-v0", "-c", CANCEL).split()
    return said, float(seconds)


def test_a_worker_that_froze_in_a_transaction_blocks_nobody_for_long(installation, frozen):
    said, seconds = cancel(installation)
    assert said == "LockNotAvailable"
    assert LOCK <= seconds < LOCK + MARGIN
    wait_for(lambda: cancel(installation)[0] == "True", STANDSTILL + LOCK)

    # The frozen one holds a process of its group, and nothing else.
    installation.sync()
    assert installation.wait_until_ended() == ["cancelled", "succeeded"], installation.log
    before = installation.database.query("SELECT * FROM followers_syncrun ORDER BY id")
    os.kill(frozen, signal.SIGCONT)
    wait_for(lambda: "A slice of SyncRun 1 failed" in installation.log)
    assert installation.database.query("SELECT * FROM followers_syncrun ORDER BY id") == before
    assert installation.followers() == installation.sandbox.followers()
